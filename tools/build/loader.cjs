// Starts one command of a build: the parts that every run needs come as one script, with V8's code cache where the installer
// made one for this Node; what only some runs need lies in files of its own. Never writes, except for `warm`, which the installer
// calls. A cache that V8 refuses (another Node, other flags) costs its reading and nothing else.
"use strict";
const { existsSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const PARTS = new Map();
const LOADED = new Map();
/** Compiled scripts of this run by file. */
const SCRIPTS = new Map();
let command = "";

/** Code of a script may be kept for one command, one build of Node and one architecture; V8 checks its own flags besides. */
function cachePath(file) {
  return join(__dirname, `${command}.${file}.${process.version}-${process.arch}.cache`);
}

function cached(file) {
  try {
    return readFileSync(cachePath(file));
  } catch {
    // None was made for this Node, or no quiet run needs this part.
  }
}

function compile(file) {
  const filename = join(__dirname, file);
  // The build writes ASCII: bytes are characters, and V8 keeps them as such.
  const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData: cached(file) });
  SCRIPTS.set(file, script);
  return script.runInThisContext();
}

function part(id) {
  const known = LOADED.get(id);
  if (known) return known.exports;
  const module = { exports: PARTS.get(id)?.() ?? {} };
  LOADED.set(id, module);
  if (!PARTS.has(id)) compile(id)(module.exports, load, module);
  return module.exports;
}

/** Parts of Node itself that take their time and room and that most runs only name: they come when something of them is used. */
const WHEN_USED = new Set([
  ...["child_process", "crypto", "dns", "fs/promises", "http", "https", "module", "net", "os"],
  ...["stream", "stream/promises", "timers/promises", "tls", "tty", "zlib"],
]);
/** What packages take their base classes from as soon as they are read. */
const AT_ONCE = new Set(["net", "stream"]);

function isForLater(name) {
  return name.startsWith("node:")
    ? WHEN_USED.has(name.slice("node:".length))
    : WHEN_USED.has(name) && !AT_ONCE.has(name);
}

function whenUsed(name) {
  // `require` keeps what it has loaded.
  return new Proxy(
    {},
    {
      get: (_, key) => (key === "__esModule" ? undefined : require(name)[key]),
      has: (_, key) => key in require(name),
      ownKeys: () => Reflect.ownKeys(require(name)),
      getOwnPropertyDescriptor: (_, key) => {
        const found = Object.getOwnPropertyDescriptor(require(name), key);
        return found && { ...found, configurable: true };
      },
    },
  );
}

function load(name) {
  if (name.startsWith("./")) return part(name.slice(name.lastIndexOf("/") + 1));
  return isForLater(name) ? whenUsed(name) : require(name);
}

load.resolve = require.resolve;

function start(name) {
  command = name;
  // Nothing is left to do then. Without a word Node takes its heap apart before it ends, a tenth of what a quiet run costs.
  process.once("beforeExit", () => process.exit());
  compile(`${name}.pack.cjs`)((id, given) => PARTS.set(id, given), {}, load, {});
}

/** Runs a command in this process and, at its end, keeps what V8 compiled for it where nothing is kept yet. */
function warm(name) {
  start(name);
  process.on("exit", () => {
    for (const [file, script] of SCRIPTS) {
      if (existsSync(cachePath(file))) continue;
      const aside = `${cachePath(file)}.${process.pid}`;
      writeFileSync(aside, script.createCachedData());
      renameSync(aside, cachePath(file));
    }
  });
}

module.exports = { start, warm };

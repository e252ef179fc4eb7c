// Starts one command of a build: the parts that every run needs come as one script, with V8's code cache where the installer
// made one for this Node; what only some runs need lies in files of its own. Never writes, except for `warm`, which the installer
// calls. A cache that V8 refuses (another Node, other flags) costs its reading and nothing else.
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const PARTS = new Map();
const LOADED = new Map();

/** Code of a script may be kept for one build of Node on one architecture; V8 checks its own flags besides. */
function cachePath(name) {
  return join(__dirname, `${name}.${process.version}-${process.arch}.cache`);
}

function compile(file, cachedData) {
  const filename = join(__dirname, file);
  return new Script(readFileSync(filename, "utf8"), { filename, cachedData });
}

function part(id) {
  const known = LOADED.get(id);
  if (known) return known.exports;
  const body = PARTS.get(id) ?? compile(id).runInThisContext();
  const module = { exports: {} };
  LOADED.set(id, module);
  body(module.exports, load, module);
  return module.exports;
}

function load(name) {
  return name.startsWith("./") ? part(name.slice(name.lastIndexOf("/") + 1)) : require(name);
}

function start(name) {
  let cachedData;
  try {
    cachedData = readFileSync(cachePath(name));
  } catch {
    // None was made for this Node.
  }
  const script = compile(`${name}.pack.cjs`, cachedData);
  script.runInThisContext()((id, body) => PARTS.set(id, body));
  part(`${name}.js`);
  return script;
}

/** Runs a command in this process and, at its end, keeps what V8 compiled for it. */
function warm(name) {
  const script = start(name);
  process.on("exit", () => {
    const aside = `${cachePath(name)}.${process.pid}`;
    writeFileSync(aside, script.createCachedData());
    renameSync(aside, cachePath(name));
  });
}

module.exports = { start, warm };

// Builds every command of bin/ into dist/. A command's start-up is what a small board pays every minute, so what every run of it
// needs is one script (parts-DIGEST/NAME.pack.cjs), and what only some runs need (schema and YAML parser, HTTP, option parser …)
// lies in files of its own, behind the source's dynamic imports. CommonJS, because on Node 20 `require` of the packages we use
// costs 10-55 ms less than `import`.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { build, transform } from "esbuild";
import { sourceDigest } from "./build/digest.mjs";
import { later } from "./build/later.mjs";
import { EXTERNAL, nativeParts } from "./build/native-parts.mjs";
import { warmAll } from "./build/warm.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const commands = readdirSync("bin")
  .filter((name) => name.endsWith(".ts"))
  .map((name) => basename(name, ".ts"));

const SMALL = { platform: "node", target: "node20", minifyWhitespace: true, minifySyntax: true };
const BUNDLE = { ...SMALL, bundle: true, write: false, external: EXTERNAL, legalComments: "none", logLevel: "warning" };

/**
 * The parts of all commands: code shared by several is one part. `code`: a module; `imports`: ids of what it cannot do without; `foreign`:
 * of packages alone.
 */
async function makeParts(digest) {
  const { outputFiles, metafile } = await build({
    entryPoints: commands.map((name) => `bin/${name}.ts`),
    outdir: "out",
    chunkNames: "[name]-[hash]",
    ...BUNDLE,
    splitting: true,
    format: "esm",
    metafile: true,
    plugins: [nativeParts, later],
    // Without its parsers and its mock, which no command uses.
    alias: { serialport: "./node_modules/serialport/dist/serialport.js" },
    // import.meta.url finds package.json when run from source; a build knows its version.
    define: {
      __SOLAR_STATION_VERSION__: JSON.stringify(version),
      __SOLAR_STATION_BUILD__: JSON.stringify(digest),
      "import.meta.url": "undefined",
      // In a pack there is no folder of a module's own; nativeParts knows where things are.
      __dirname: '""',
    },
  });
  const parts = new Map();
  for (const { path, text } of outputFiles) {
    const id = basename(path);
    const isStatic = ({ external, kind }) => !external && kind === "import-statement";
    const { imports, exports, inputs } = metafile.outputs[`out/${id}`];
    const needed = imports.filter(isStatic).map((found) => basename(found.path));
    const foreign = !Object.keys(inputs).some((path) => /^(bin|lib)\//.test(path));
    parts.set(id, { code: text.replace(/^#!.*\n/, ""), imports: needed, exports, foreign });
  }
  return parts;
}

/** The bundler leaves other characters in the templates of tags; a file of ASCII is read faster and held in half the memory. */
function ascii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Ids that `id` cannot do without, itself included. */
function needs(parts, id, found = new Set()) {
  if (found.has(id)) return found;
  found.add(id);
  for (const next of parts.get(id).imports) needs(parts, next, found);
  return found;
}

/** A part as a file of its own. Our own names stand in stacks; those of packages only take room. */
async function apart({ code, foreign }) {
  const how = { ...SMALL, minifyIdentifiers: foreign, format: "cjs", supported: { "dynamic-import": false } };
  const { code: body } = await transform(code, how);
  return `(function (exports, require, module) {\n${ascii(body)}})`;
}

/**
 * One script of everything that a command cannot do without, in one scope: a call from part to part is a call, not a look into an object of
 * getters, which costs an interpreter more than the call. What a part outside may ask for by the id of a part within, it gets from here.
 */
async function packed(parts, name, ids) {
  const within = [...ids];
  const lines = within.map((id, at) => {
    const given = parts.get(id).exports.map((key) => `get ${key}() { return part${at}.${key}; }`);
    return `import * as part${at} from "./${id}";\ndefine("${id}", () => ({ ${given.join(", ")} }));`;
  });
  const virtual = {
    name: "parts",
    setup(builder) {
      builder.onResolve({ filter: /^\.\/[^/]+\.js$/ }, ({ path, kind }) =>
        kind === "dynamic-import" || !ids.has(path.slice(2)) ? { path, external: true } : { path, namespace: "part" },
      );
      builder.onLoad({ filter: /./, namespace: "part" }, ({ path }) => ({ contents: parts.get(path.slice(2)).code }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: `import "./${name}.js";\n${lines.join("\n")}`, resolveDir: "." },
    ...BUNDLE,
    format: "cjs",
    supported: { "dynamic-import": false },
    plugins: [virtual],
  });
  return `(function (define, exports, require, module) {\n${ascii(outputFiles[0].text)}})`;
}

/** The executable: knows its version without loading anything. */
function executable(name, folder) {
  return `#!/usr/bin/env node
"use strict";
if (process.argv.length === 3 && process.argv[2] === "--version") {
  try {
    require("node:fs").writeSync(1, "${version}\\n");
  } catch (error) {
    if (error.code !== "EPIPE") {
      console.error(\`${name}: error: the answer cannot be written: \${error.message}\`);
      process.exitCode = 74;
    }
  }
} else require("./${folder}/loader.cjs").start("${name}");
`;
}

async function writeParts(folder, parts) {
  const always = new Map(commands.map((name) => [name, needs(parts, `${name}.js`)]));
  for (const [name, ids] of always) writeFileSync(`${folder}/${name}.pack.cjs`, await packed(parts, name, ids));
  for (const [id, part] of parts) {
    // In every pack: nobody asks for the file.
    if ([...always.values()].every((ids) => ids.has(id)) || commands.includes(basename(id, ".js"))) continue;
    writeFileSync(`${folder}/${id}`, await apart(part));
  }
  copyFileSync("tools/build/loader.cjs", `${folder}/loader.cjs`);
}

// Built aside and renamed into place, executables last, so that cron never starts half a build.
const folder = `parts-${sourceDigest(".")}`;
mkdirSync("dist", { recursive: true });
if (!existsSync(`dist/${folder}`)) {
  const aside = mkdtempSync("dist/.build-");
  try {
    chmodSync(aside, 0o755);
    await writeParts(aside, await makeParts(folder.slice("parts-".length)));
    renameSync(aside, `dist/${folder}`);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
for (const name of commands) {
  const aside = `dist/.${name}.${process.pid}`;
  writeFileSync(aside, executable(name, folder));
  chmodSync(aside, 0o755);
  renameSync(aside, `dist/${name}.cjs`);
}
// V8's cache costs two runs of each command: made where a build is to serve (npm ci, the bench), not at each build of a developer.
if (process.argv.includes("--warm")) await warmAll(`dist/${folder}`, commands);

// A command that started before may still ask for a part of the build before this one: it is kept, older ones go.
const older = readdirSync("dist").filter((name) => name.startsWith("parts-") && name !== folder);
older.sort((a, b) => statSync(`dist/${b}`).mtimeMs - statSync(`dist/${a}`).mtimeMs);
for (const name of older.slice(1)) rmSync(`dist/${name}`, { recursive: true, force: true });
for (const name of readdirSync("dist")) {
  if (name.endsWith(".cjs") && !commands.includes(basename(name, ".cjs"))) rmSync(`dist/${name}`);
}

// Builds better-sqlite3's native part for one architecture and one ABI of Node, with plain g++ or Debian's cross compilers: no
// node-gyp, so that three architectures and two ABIs come out of one computer. What is built is kept in .cache/native.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const SOURCE = join(root, "node_modules/better-sqlite3");

/** Debian's architecture → compiler, Node's name of it. armhf is ARMv7 with an FPU, as Debian has it. */
export const ARCHITECTURES = {
  amd64: { tools: "x86_64-linux-gnu", node: "x64", machine: "X86-64" },
  arm64: { tools: "aarch64-linux-gnu", node: "arm64", machine: "AArch64" },
  armhf: { tools: "arm-linux-gnueabihf", node: "arm", machine: "ARM" },
};

/** ABI → the Node whose headers stand for it. */
export const ABIS = { 115: "20.19.6", 127: "22.23.3" };

// As node-gyp gives them.
const C_FLAGS = ["-O3", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-w"];
const CXX_FLAGS = [
  ...[...C_FLAGS, "-std=c++20", "-fno-exceptions", "-fno-rtti", "-shared"],
  ...["-DNODE_GYP_MODULE_NAME=better_sqlite3", "-DBUILDING_NODE_EXTENSION", "-DUSING_UV_SHARED=1"],
  ...["-DUSING_V8_SHARED=1", "-D_GLIBCXX_USE_CXX11_ABI=1", "-D_FILE_OFFSET_BITS=64", "-D_LARGEFILE_SOURCE"],
];
// A libstdc++ of its own spares a dependency, and Node never hands one of its objects over.
const LINK_FLAGS = [
  ...["-static-libstdc++", "-static-libgcc", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL"],
  ...["-lm", "-lpthread", "-ldl"],
];

const run = (command, args) => execFileSync(command, args, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });

/** Folder with node.h of an ABI: this Node's own, else those of npm's `node` package. The headers are the same for every architecture. */
function headers(abi) {
  const own = join(dirname(process.execPath), "../include/node");
  if (process.versions.modules === String(abi) && existsSync(join(own, "node.h"))) return own;
  const folder = join(root, ".cache/headers", String(abi));
  const found = () =>
    [`node_modules/node/node_modules/node-linux-${process.arch}`, `node_modules/node-linux-${process.arch}`]
      .map((path) => join(folder, path, "include/node"))
      .find((path) => existsSync(join(path, "node.h")));
  if (!found()) {
    mkdirSync(folder, { recursive: true });
    run("npm", ["install", "--prefix", folder, "--no-save", "--no-fund", "--no-audit", `node@${ABIS[abi]}`]);
  }
  const path = found();
  if (!path) throw new Error(`no headers of Node ${ABIS[abi]} in ${folder}`);
  return path;
}

/** SQLite's compile options as better-sqlite3 chose them, read from its own build file. */
function defines() {
  const text = readFileSync(join(SOURCE, "deps/defines.gypi"), "utf8");
  return [...text.matchAll(/^\s+'([A-Z0-9_]+(?:=[^']+)?)',$/gm)].map(([, define]) => `-D${define}`);
}

/** The path of better_sqlite3.node for an architecture and an ABI; built when it is not there yet. */
export function nativePart(architecture, abi) {
  const { tools } = ARCHITECTURES[architecture];
  const [cc, cxx, strip] = ["gcc", "g++", "strip"].map((tool) => `${tools}-${tool}`);
  const { version } = JSON.parse(readFileSync(join(SOURCE, "package.json"), "utf8"));
  const recipe = createHash("sha256")
    .update(readFileSync(import.meta.filename))
    .digest("hex")
    .slice(0, 8);
  const folder = join(root, ".cache/native", `${version}-${recipe.slice(0, 8)}`);
  const result = join(folder, `${architecture}-${abi}.node`);
  if (existsSync(result)) return result;
  const include = headers(abi);
  mkdirSync(folder, { recursive: true });
  const sqlite = join(SOURCE, "deps/sqlite3");
  const object = join(folder, `${architecture}-sqlite3.o`);
  if (!existsSync(object)) {
    run(cc, [...C_FLAGS, ...defines(), "-I", sqlite, "-c", join(sqlite, "sqlite3.c"), "-o", `${object}.aside`]);
    renameSync(`${object}.aside`, object);
  }
  const aside = `${result}.aside`;
  const includes = ["-I", include, "-I", sqlite, "-I", join(SOURCE, "src")];
  const sources = [join(SOURCE, "src/better_sqlite3.cpp"), object];
  run(cxx, [...CXX_FLAGS, ...includes, ...sources, "-o", aside, ...LINK_FLAGS]);
  run(strip, ["--strip-unneeded", aside]);
  rmSync(result, { force: true });
  renameSync(aside, result);
  return result;
}

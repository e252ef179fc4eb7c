// Runs the tests a second time under Node 22, taken from npm's `node` package, in a copy of the project of its own: the
// native parts are built for one Node version, so both cannot share node_modules. --whole: those as well that tell nothing of Node;
// --nightly WORD …: the nightly run instead.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { testEnvironment } from "./test-environment.mjs";

const NODE = "22.23.3";
const root = resolve(import.meta.dirname, "..");
const cache = join(root, ".cache", "node22");
const runtime = join(cache, "runtime");
const copy = join(cache, "project");
const bin = join(runtime, "node_modules/node/bin");

const run = (command, args, options) => execFileSync(command, args, { stdio: "inherit", ...options });

mkdirSync(runtime, { recursive: true });
if (!existsSync(join(bin, "node"))) {
  run("npm", ["install", "--prefix", runtime, "--no-save", "--no-fund", "--no-audit", `node@${NODE}`]);
}
const withNode = (environment) => ({ ...environment, PATH: `${bin}:${environment.PATH}` });
const headers = join(runtime, "node_modules/node/node_modules", `node-linux-${process.arch}`, "include");
const nodedir = existsSync(headers) ? [`--nodedir=${join(headers, "..")}`] : [];

const NOT_COPIED = new Set([".cache", ".git", "dist"]);
for (const entry of readdirSync(root).filter((name) => !NOT_COPIED.has(name))) {
  rmSync(join(copy, entry), { recursive: true, force: true });
  cpSync(join(root, entry), join(copy, entry), { recursive: true, verbatimSymlinks: true });
}
const node = execFileSync(join(bin, "node"), ["--version"], { encoding: "utf8" }).trim();
console.log(`testing again under Node ${node}`);
// Of the packages only SQLite's is bound to one Node. Optimised little it is compiled in half the time, and does the same.
const compiler = { ...withNode(process.env), CFLAGS: "-O1", CXXFLAGS: "-O1" };
run("npm", ["rebuild", "better-sqlite3", ...nodedir], { cwd: copy, env: compiler });
run("npm", ["run", "prepare"], { cwd: copy, env: withNode(process.env) });
const words = process.argv.slice(2);
const script = words.includes("--nightly")
  ? ["test:nightly", "--", ...words.filter((word) => !word.startsWith("--"))]
  : ["test:run", ...(words.includes("--whole") ? [] : ["--", "--again"])];
try {
  run("npm", ["run", ...script], { cwd: copy, env: withNode(testEnvironment()) });
} catch {
  // It has said why.
  process.exitCode = 1;
}
// docs/reference/promises.md is made of the results on both.
for (const kept of [".cache/results", ".cache/nights"]) {
  if (existsSync(join(copy, kept))) cpSync(join(copy, kept), join(root, kept), { recursive: true });
}

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { bundled } from "../support/bundle.ts";
import { runCommand } from "../support/command.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const COMMANDS = readdirSync(join(ROOT, "bin")).map((file) => file.replace(/\.ts$/, ""));

test("every command of bin/ is installed by package.json, and the other way round", async () => {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  assert.deepEqual(Object.keys(manifest.bin).sort(), [...COMMANDS].sort());
});

for (const name of COMMANDS) {
  test(`${name} explains itself: help with exit codes, version, wrong options`, async () => {
    const help = await runCommand(name, ["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^Usage: ${name} `));
    for (const option of ["--config", "--json", "--verbose"]) assert.ok(help.stdout.includes(option), option);
    assert.match(help.stdout, /EXIT STATUS\n {3}0 {2}done/);
    assert.match((await runCommand(name, ["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
    const wrong = await runCommand(name, ["--jso"]);
    assert.equal(wrong.code, 64);
    assert.equal(wrong.stdout, "");
    assert.equal(wrong.stderr.trimEnd().split("\n").length, 1);
  });
}

test("a reader that closes the pipe early gets no stack trace", async () => {
  const child = spawn("sh", ["-c", `"${process.execPath}" "${bundled("station")}" config example | head -1`], {
    cwd: ROOT,
  });
  let stderr = "";
  child.stderr.on("data", (text) => (stderr += text));
  await new Promise((done) => child.on("close", done));
  assert.equal(stderr, "");
});

test("an answer that cannot be written is one clear line and 74", async () => {
  for (const words of ["config example", "config show --json", "--help", "config --help", "--version"]) {
    const child = spawn("sh", ["-c", `"${process.execPath}" "${bundled("station")}" ${words} >/dev/full`], {
      cwd: ROOT,
    });
    let stderr = "";
    child.stderr.on("data", (text) => (stderr += text));
    const code = await new Promise((done) => child.on("close", done));
    assert.match(stderr, /^station: error: the answer cannot be written: .*ENOSPC.*\n$/, words);
    assert.equal(code, 74, words);
  }
});

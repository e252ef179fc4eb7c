import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { appendLog, loggedLines, logLine, missingLines } from "../../lib/orders/log-file.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("a line of the log is one line, whatever the order and its result hold", () => {
  const line = logLine(
    "2027-01-15 08:00:00",
    "20113=50\u001b[31m\n",
    "refused: \u001b]0;x\u0007\n[forged] 1 = OK\u2028",
  );
  assert.match(line, /^\[2027-01-15 08:00:00\] [\x20-\x7e\u00a0-\uffff]+\n$/);
});

test("a link in the log's place is not followed", (t) => {
  const folder = scratchDirectory(t);
  const [path, other] = [join(folder, "log"), join(folder, "other")];
  writeFileSync(other, "theirs\n");
  symlinkSync(other, path);
  assert.throws(() => appendLog(path, ["line\n"]), { code: "ELOOP" });
  assert.equal(readFileSync(other, "utf8"), "theirs\n");
  assert.equal(loggedLines(path).has("theirs\n"), false);
});

test("a line that a full disk cut off does not swallow the next one", (t) => {
  const path = join(scratchDirectory(t), "log");
  writeFileSync(path, "whole\ncut of");
  appendLog(path, ["next\n"]);
  assert.equal(readFileSync(path, "utf8"), "whole\ncut of\nnext\n");
});

test("a full log is set aside once, and the next lines begin a new one", (t) => {
  const path = join(scratchDirectory(t), "log");
  const full = "x".repeat(256 * 1024);
  writeFileSync(`${path}.1`, "older\n");
  writeFileSync(path, `${full}\n`);
  appendLog(path, ["next\n"]);
  assert.equal(readFileSync(path, "utf8"), "next\n");
  assert.equal(readFileSync(`${path}.1`, "utf8"), `${full}\n`);
  assert.equal(loggedLines(path).get("next\n"), 1);
});

test("lines that stand there already are not written again, each as often as it is meant", () => {
  const found = new Map([
    ["a\n", 2],
    ["b\n", 1],
  ]);
  assert.deepEqual(missingLines(["a\n", "b\n", "c\n"], [], found), ["c\n"]);
  assert.deepEqual(missingLines(["a\n", "b\n"], ["a\n", "a\n"], found), ["a\n"]);
});

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { StateError } from "../../lib/base/errors.ts";
import {
  backupName,
  dispensable,
  listBackups,
  notedChecksum,
  partialPath,
  removePartials,
  writeWhole,
} from "../../lib/store/backup-files.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { DAY, MONDAY } from "./history-support.ts";

test("the newest of the latest days, weeks and months stay; what claims to be of the future is neither counted nor removed", (t) => {
  const folder = scratchDirectory(t);
  const made = [...Array(40).keys()].map((day) => MONDAY + 7200 - day * DAY);
  for (const at of [...made, MONDAY + 3600, MONDAY + 400 * DAY]) writeFileSync(join(folder, backupName(at)), "");
  const counts = { daily: 3, weekly: 2, monthly: 2 };
  const gone = new Set(dispensable(listBackups(folder), counts, MONDAY + DAY / 2, "UTC").map(({ name }) => name));
  const kept = readdirSync(folder).filter((name) => !gone.has(name));
  const days = [400, 0, -1, -2].map((day) => MONDAY + 7200 + day * DAY);
  assert.deepEqual(kept.sort(), [MONDAY + 400 * DAY, ...days.slice(1)].map(backupName).sort());
});

test("half-written files of dead runs go, those of living processes stay", (t) => {
  const folder = scratchDirectory(t);
  const mine = `a.partial-${process.pid}`;
  for (const name of ["a.partial-99999999", "a.partial-99999999-journal", mine, "a.db.gz"])
    writeFileSync(join(folder, name), "");
  removePartials(folder);
  assert.deepEqual(readdirSync(folder).sort(), ["a.db.gz", mine].sort());
});

test("a folder that is not there has no backups and no half-written files; a file in its place is told", (t) => {
  const folder = scratchDirectory(t);
  const none = join(folder, "none");
  assert.deepEqual(listBackups(none), []);
  removePartials(none);
  assert.deepEqual(readdirSync(folder), [], "none was made");
  writeFileSync(none, "");
  for (const look of [listBackups, removePartials]) {
    assert.throws(
      () => look(none),
      (error: Error) => error instanceof StateError && error.message.startsWith(`${none}: `),
    );
  }
});

test("a checksum file that holds none is told, one that is not there is none", (t) => {
  const path = join(scratchDirectory(t), "a.db.gz");
  assert.equal(notedChecksum(path), null);
  writeFileSync(`${path}.sha256`, "unknown  a.db.gz\n");
  assert.throws(() => notedChecksum(path), /a\.db\.gz\.sha256: no checksum in it/);
  writeFileSync(`${path}.sha256`, `${"0".repeat(64)} *a.db.gz\n`);
  assert.equal(notedChecksum(path), "0".repeat(64));
});

test("a file that does not become whole leaves no half: a full disk, a name that is taken by a folder", async (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "a.json.gz");
  symlinkSync("/dev/full", partialPath(path));
  await assert.rejects(writeWhole(path, Readable.from(["text"])), {
    name: "StateError",
    message: `${path}: no space left on the disk`,
  });
  assert.deepEqual(readdirSync(folder), []);
  mkdirSync(join(path, "inside"), { recursive: true });
  await assert.rejects(writeWhole(path, Readable.from(["text"])), (error: Error) => error instanceof StateError);
  assert.deepEqual(readdirSync(folder), ["a.json.gz"]);
});

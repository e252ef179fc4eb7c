import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { backupName, dispensable, listBackups, removePartials } from "../../lib/store/backup-files.ts";
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

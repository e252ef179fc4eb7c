import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import BetterSqlite from "better-sqlite3";
import { StateError } from "../../lib/base/errors.ts";
import { failureText } from "../../lib/base/failure/failure.ts";
import { checkState, copyState, differences, type StateFacts, stateFacts } from "../../lib/store/backup.ts";
import { openStore } from "../../lib/store/database.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { DAY, every, MONDAY, newStore, storeInverter } from "./history-support.ts";

test("a copy made while another command writes is whole, and the writer is not kept out", async (t) => {
  const store = newStore(t);
  storeInverter(store, every(60, MONDAY, MONDAY + 20 * DAY), (at) => ({ pv_power: at % 977 }));
  const other = openStore(store.path);
  t.after(() => other.close());
  const target = join(scratchDirectory(t), "copy.db");
  const before = stateFacts(store);
  let written = 0;
  let copying = true;
  const copy = copyState(store, target).finally(() => {
    copying = false;
  });
  while (copying) {
    storeInverter(other, [MONDAY + 30 * DAY + written * 60], () => ({}));
    written += 1;
    await new Promise((done) => setImmediate(done));
  }
  await copy;
  const facts = checkState(target);
  assert.deepEqual(differences(before, facts, stateFacts(store)), []);
  assert.ok(written > 1, `${written}`);
});

const told = (found: ReturnType<typeof differences>) => found.map((one) => failureText(one)).join();

test("a copy that lacks rows, a table or the latest id is not taken for one", () => {
  const facts = (rows: number, latest: number | null): StateFacts => ({
    schema: 5,
    newest_at: null,
    tables: { samples: { rows, latest } },
  });
  assert.deepEqual(differences(facts(10, 100), facts(11, 110), facts(12, 120)), []);
  assert.match(told(differences(facts(10, 100), facts(9, 100), facts(12, 120))), /9 rows, expected 10\.\.12/);
  assert.match(told(differences(facts(10, 100), facts(11, 90), facts(12, 120))), /ends at 90/);
  assert.match(told(differences(facts(10, 100), facts(10, null), facts(10, 100))), /ends at null/);
  assert.match(told(differences(facts(1, 1), { ...facts(1, 1), tables: {} }, facts(1, 1))), /samples is missing/);
  assert.match(told(differences(facts(1, 1), { ...facts(1, 1), schema: 4 }, facts(1, 1))), /schema 4 instead of 5/);
});

test("a damaged page in a copy, an index that lacks its rows, and rows of no device are found", async (t) => {
  const store = newStore(t);
  storeInverter(store, every(60, MONDAY, MONDAY + DAY), () => ({}));
  const target = join(scratchDirectory(t), "copy.db");
  await copyState(store, target);
  const bytes = readFileSync(target);
  // The head of the last page: the file opens, and nothing that is counted lies there.
  bytes.fill(0xff, bytes.length - 4096, bytes.length - 4080);
  const damaged = join(scratchDirectory(t), "damaged.db");
  writeFileSync(damaged, bytes);
  assert.throws(() => checkState(damaged), StateError);
  // An index that lacks its rows: no query stumbles over it.
  const odd = new BetterSqlite(target);
  odd.exec(
    "INSERT INTO doubts (device, key, code, first_at, last_at, count, since, streak, open) SELECT min(id), 'soc', 'low', 1, 99, 1, 1, 1, 0 FROM devices",
  );
  odd.unsafeMode(true);
  odd.pragma("writable_schema = ON");
  odd.exec(
    "UPDATE sqlite_master SET sql = 'CREATE INDEX doubts_of_device ON doubts (last_at)' WHERE name = 'doubts_of_device'",
  );
  odd.close();
  assert.throws(() => checkState(target), /: damaged: /);
  await copyState(store, target);
  const other = openStore(target);
  other.db.pragma("foreign_keys = OFF");
  other.db.exec("DELETE FROM devices");
  other.close();
  assert.throws(() => checkState(target), /rows of no device/);
});

test("a copy of a newer program, no database and a foreign file are refused", async (t) => {
  const store = newStore(t);
  storeInverter(store, every(60, MONDAY, MONDAY + DAY), () => ({}));
  const folder = scratchDirectory(t);
  const target = join(folder, "copy.db");
  await copyState(store, target);
  checkState(target);
  const newer = openStore(target);
  newer.db.pragma("user_version = 99");
  newer.close();
  assert.throws(() => checkState(target), /newer than this program/);
  const foreign = join(folder, "foreign.db");
  const db = new BetterSqlite(foreign);
  db.exec("CREATE TABLE other (id INTEGER)");
  db.close();
  assert.throws(() => checkState(foreign), /no state file of solar-station/);
  const text = join(folder, "text");
  writeFileSync(text, "nothing ".repeat(1000));
  assert.throws(() => checkState(text), StateError);
  assert.throws(() => checkState(join(folder, "none")), StateError);
});

test("a copy that cannot be put where it is wanted is told with its path", async (t) => {
  const store = newStore(t);
  const target = join(scratchDirectory(t), "none/copy.db");
  await assert.rejects(copyState(store, target), (error: Error) => {
    assert.ok(error instanceof StateError);
    assert.ok(error.message.startsWith(`${target}: the copy failed: `), error.message);
    return true;
  });
});

test("a backup of an earlier program tells how far it goes: by its samples, or by its runs where there are none", (t) => {
  const path = join(scratchDirectory(t), "copy.db");
  writeFileSync(path, gunzipSync(readFileSync(join(import.meta.dirname, "../fixtures/state-schema-9.db.gz"))));
  const db = new BetterSqlite(path);
  const newest = (column: string, table: string) => db.prepare(`SELECT max(${column}) FROM ${table}`).pluck().get();
  assert.equal(checkState(path).schema, 9);
  const run = Number(newest("started_at", "job_runs"));
  assert.equal(checkState(path).newest_at, Math.max(run, Number(newest("at", "inverter_samples"))));
  db.exec("DELETE FROM inverter_samples; DELETE FROM bms_samples");
  assert.equal(checkState(path).newest_at, run);
  db.exec("DROP TABLE job_runs");
  db.close();
  assert.equal(checkState(path).newest_at, null);
});

/** Another file in the place of one that failed, in this process; what the commands make of it stands in e2e/state-damage.test.ts. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import BetterSqlite from "better-sqlite3";
import { type StateDamage, StateDamaged } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { openStore } from "../../lib/store/database.ts";
import { recoverState } from "../../lib/store/recover.ts";
import { type Recovery, recoveryValues } from "../../lib/store/recovery.ts";
import { speech } from "../../lib/words/index.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { every, MONDAY, newStore, storeInverter } from "./history-support.ts";

const clock = { now: () => MONDAY, monotonic: () => 0 };
const recover = (path: string, damage: StateDamage, backups: readonly string[] = []) =>
  recoverState(new StateDamaged(path, damage, said("found")), { backups, clock });

/** Samples that a state file holds. */
function samplesIn(t: TestContext, path: string): number {
  const store = openStore(path, { clock });
  t.after(() => store.close());
  return Number(store.db.prepare("SELECT count(*) FROM inverter_samples").pluck().get());
}

/** A sound state file with samples that lacks a table after `change`. */
function lacking(t: TestContext, change: string): string {
  const store = newStore(t);
  storeInverter(store, every(60, MONDAY - 3600, MONDAY), () => ({}));
  const { path } = store;
  store.closeWhole();
  const db = new BetterSqlite(path);
  db.pragma("foreign_keys = OFF");
  db.exec(`DROP TABLE requests; ${change}`);
  db.close();
  return path;
}

test("what a file that lacks a table still holds comes over; samples whose device is gone do not", async (t) => {
  const path = lacking(t, "");
  const done = await recover(path, "not_a_state_file");
  assert.deepEqual([done?.damage, done?.salvaged], ["not_a_state_file", 60]);
  assert.equal(samplesIn(t, path), 60);
  const orphans = lacking(t, "DELETE FROM devices");
  assert.equal((await recover(orphans, "not_a_state_file"))?.salvaged, 0);
  assert.equal(samplesIn(t, orphans), 0);
});

test("the samples of an earlier program's file come over too, whose key was made of two columns", async (t) => {
  const path = join(scratchDirectory(t), "station.db");
  writeFileSync(path, gunzipSync(readFileSync(join(import.meta.dirname, "../fixtures/state-schema-9.db.gz"))));
  const db = new BetterSqlite(path);
  const newest = Number(db.prepare("SELECT max(at) FROM inverter_samples").pluck().get());
  db.exec("DROP TABLE requests");
  db.close();
  const later = { now: () => newest + 60, monotonic: () => 0 };
  const found = new StateDamaged(path, "not_a_state_file", said("found"));
  const done = await recoverState(found, { backups: [], clock: later });
  assert.equal(done?.salvaged, 1441);
  assert.equal(samplesIn(t, path), 721);
});

test("bad files of the same second keep a name each, and a backup folder that is none is passed over", async (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "station.db");
  const noFolder = join(folder, "backups");
  writeFileSync(noFolder, "a file");
  const kept: string[] = [];
  for (let round = 0; round < 3; round++) {
    writeFileSync(path, `bad ${round} `.repeat(1000));
    const done = await recover(path, "not_a_database", [noFolder]);
    assert.equal(done?.backup, null);
    kept.push(basename(done?.aside ?? ""));
  }
  const name = "station.db.damaged-20260601T000000Z";
  assert.deepEqual(kept, [name, `${name}-2`, `${name}-3`]);
  assert.deepEqual(
    kept.map((one) => readFileSync(join(folder, one), "utf8").slice(0, 5)),
    ["bad 0", "bad 1", "bad 2"],
  );
});

test("a file that another command has put right meanwhile stays, and nobody looks through it again", async (t) => {
  const store = newStore(t);
  const { path } = store;
  store.close();
  for (const ending of [".suspect", ".recovery"]) writeFileSync(path + ending, "");
  assert.equal(await recover(path, "damaged_pages"), null);
  assert.deepEqual([existsSync(`${path}.suspect`), existsSync(`${path}.recovery`)], [false, false]);
});

const SILENT: Recovery = {
  ...{ damage: "damaged_pages", at: MONDAY, aside: null, backup: null, backup_until: null, salvaged: 0 },
  ...{ orders_known: true, cancelled_orders: 0, active_leases: 0 },
};
const GONE = "station.db has damaged pages; there is no good backup, so a fresh state file was begun";

// biome-ignore format: a row a line
const SENTENCES: readonly [string, Partial<Recovery>, string][] = [
  ["a fresh file", {}, GONE],
  ["rights put right", { damage: "no_access" }, "station.db may not be read and written by this user; its rights were put right"],
  ["a backup", { backup: "/b/x.db.gz", backup_until: MONDAY }, "station.db has damaged pages; the backup x.db.gz with samples until 1 Jun 2026, 02:00 is in its place"],
  ["a backup without samples", { backup: "/b/x.db.gz" }, "station.db has damaged pages; the backup x.db.gz is in its place"],
  ["what was cancelled", { cancelled_orders: 2 }, `${GONE}; 2 orders that were open then are cancelled`],
  ["leases that hold", { active_leases: 1 }, `${GONE}; 1 value set for a time is still known and goes back at its end`],
  ["what the bad file gave", { salvaged: 2 }, `${GONE}; 2 later samples could be read from the damaged file`],
  ["what nobody knows", { orders_known: false }, `${GONE}; orders and values set for a time since then are not known`],
];

for (const [name, changes, want] of SENTENCES) {
  test(`the owner is told of ${name}`, () => {
    const values = recoveryValues("station.db", { ...SILENT, ...changes }, "Europe/Berlin");
    assert.equal(speech("en").doctor.recovery(values).replaceAll("\u00a0", " "), want);
  });
}

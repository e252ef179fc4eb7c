/** A simulated month as an earlier program left it (schema 9: doubts, decisions, orders and reports of its own commands). */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import BetterSqlite from "better-sqlite3";
import { StateError } from "../../lib/base/errors.ts";
import { openStore } from "../../lib/store/database.ts";
import { MIGRATIONS } from "../../lib/store/migrations/index.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { sumOf, sumsOf } from "../support/state-sums.ts";

function unpack(folder: string): string {
  const path = join(folder, "station.db");
  writeFileSync(path, gunzipSync(readFileSync(join(import.meta.dirname, "../fixtures/state-schema-9.db.gz"))));
  return path;
}

const versionOf = (db: BetterSqlite.Database) => Number(db.pragma("user_version", { simple: true }));

test("a month of schema 9 migrates once and keeps every sample, order, decision and counter", (t) => {
  const path = unpack(scratchDirectory(t));
  const raw = new BetterSqlite(path);
  const before = sumsOf(raw);
  assert.equal(versionOf(raw), 9);
  raw.close();
  const rows = Object.fromEntries(Object.entries(before).map(([table, sum]) => [table, sum.rows]));
  const { inverter_samples, bms_samples, commands, decisions, daily_reports, doubts, settings } = rows;
  assert.deepEqual(
    { inverter_samples, bms_samples, commands, decisions, daily_reports, doubts, settings },
    {
      ...{ inverter_samples: 721, bms_samples: 720, commands: 12, decisions: 339 },
      ...{ daily_reports: 30, doubts: 4, settings: 109 },
    },
  );
  for (let opened = 0; opened < 2; opened++) {
    const { db, close } = withClose(path);
    assert.equal(versionOf(db), MIGRATIONS.length);
    for (const [table, sum] of Object.entries(before)) assert.deepEqual(sumOf(db, table, sum.columns), sum, table);
    assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
    assert.deepEqual(db.pragma("foreign_key_check"), []);
    close();
  }
});

test("the way back is refused in one clear line that names both schemas, and nothing is changed", (t) => {
  const path = unpack(scratchDirectory(t));
  const { close } = withClose(path);
  close();
  const newer = new BetterSqlite(path);
  newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  const before = sumsOf(newer);
  newer.close();
  assert.throws(
    () => openStore(path),
    (error) => {
      assert.ok(error instanceof StateError);
      const { length } = MIGRATIONS;
      assert.equal(
        error.message,
        `${path}: schema ${length + 1} is newer than this program's ${length}; upgrade solar-station`,
      );
      return true;
    },
  );
  const after = new BetterSqlite(path);
  t.after(() => after.close());
  assert.deepEqual(sumsOf(after), before);
});

function withClose(path: string) {
  const store = openStore(path);
  return { db: store.db, close: () => store.close() };
}

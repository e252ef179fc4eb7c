import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testStation } from "../support/command.ts";
import { feed } from "../support/plant-samples.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const NOW = Date.UTC(2026, 5, 21, 10) / 1000;
/** What grows with the years: a run of every minute may not read it from end to end. */
const GROWING = [
  ...["inverter_samples", "bms_samples", "inverter_quarters", "bms_quarters", "inverter_days", "bms_days", "decisions"],
  ...["commands", "mqtt_commands", "alert_events", "outbox", "plans", "boots", "device_events", "settings_changes"],
];
const RECORDER = `--import=${new URL("../support/record-sql.mjs", import.meta.url).href}`;

test("the jobs of a minute find everything that grows by an index", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const devices = `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{name: bms, port: "${bms.url}", polls: 1}]`;
  const station = testStation(t, devices);
  feed(station, NOW - 3 * 3600, NOW);
  const found: string[] = [];
  for (const name of ["pv1800-dump", "jkbms-dump", "batmon", "status-page"]) {
    const file = join(station.folder, `${name}.sql`);
    const env = { NODE_OPTIONS: RECORDER, RECORD_SQL: file };
    const { code, stderr } = await station.run(name, [], { form: "source", now: NOW, env });
    assert.equal(code, 0, stderr);
    const statements = new Set(readFileSync(file, "utf8").trim().split("\n"));
    assert.ok(statements.size > 10, `${name}: ${statements.size} statements`);
    station.look((store) => {
      for (const text of statements) {
        const sql = JSON.parse(text) as string;
        if (!/^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)/i.test(sql)) continue;
        // The newest few, from the end.
        if (/ORDER BY \w+ DESC LIMIT (1|\?)$/.test(sql) && !sql.includes("WHERE")) continue;
        for (const step of plan(store.db, sql)) {
          const [, table] = /^SCAN (\w+)(?! USING)/.exec(step) ?? [];
          if (table !== undefined && isGrowing(sql, table)) found.push(`${name}: ${step}: ${sql}`);
        }
      }
    });
  }
  assert.deepEqual(found, []);
});

/** The plan names an alias where the statement has one. */
function isGrowing(sql: string, named: string): boolean {
  const [, table = named] = new RegExp(`(\\w+) (?:AS )?${named}\\b`, "i").exec(sql) ?? [];
  return GROWING.includes(named) || GROWING.includes(table);
}

function plan(db: { prepare(sql: string): { all(): unknown[] } }, sql: string): string[] {
  // A plan does not need the values.
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql.replace(/\?/g, "NULL")}`).all() as { detail: string }[];
  return rows.map(({ detail }) => detail);
}

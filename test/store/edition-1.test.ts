/** A month as the first edition wrote it: everything is still there after the way to today's schema, and goes on. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import BetterSqlite, { type Database } from "better-sqlite3";
import { openStore } from "../../lib/store/database.ts";
import { MIGRATIONS } from "../../lib/store/migrations/index.ts";
import { saveInverterSample } from "../../lib/store/samples.ts";
import { testStation } from "../support/command.ts";
import { recordedInverter } from "../support/recorded-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedInverter } from "../support/simulated.ts";
import { sumOf, type TableSum } from "../support/state-sums.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
/** Of every table before: its stored columns, how many rows, and the sum of their values. */
const BEFORE: Readonly<Record<string, TableSum>> = JSON.parse(
  readFileSync(join(FIXTURES, "state-edition-1.json"), "utf8"),
);
/** Its last sample; five seconds later an order was queued. */
const LAST = 1_790_812_800;

function unpack(folder: string): string {
  const path = join(folder, "station.db");
  writeFileSync(path, gunzipSync(readFileSync(join(FIXTURES, "state-edition-1.db.gz"))));
  return path;
}

/** Every row of every table, value by value; `meta` holds a note about the columns, which is made anew. */
function assertAllThere(db: Database): void {
  for (const [table, before] of Object.entries(BEFORE)) {
    if (table !== "meta") assert.deepEqual(sumOf(db, table, before.columns), before, table);
  }
}

test("every row of every table is still there, value by value, and opening twice is harmless", (t) => {
  const path = unpack(scratchDirectory(t));
  assert.deepEqual(
    [BEFORE.inverter_samples?.rows, BEFORE.bms_samples?.rows, BEFORE.decisions?.rows],
    [8641, 8386, 4034],
  );
  for (let opened = 0; opened < 2; opened++) {
    const store = openStore(path);
    assert.equal(store.db.pragma("user_version", { simple: true }), MIGRATIONS.length);
    assertAllThere(store.db);
    assert.equal(store.db.pragma("integrity_check", { simple: true }), "ok");
    assert.deepEqual(store.db.pragma("foreign_key_check"), []);
    store.close();
  }
});

test("a second inverter's sample of the same second stands beside the first", (t) => {
  const store = openStore(unpack(scratchDirectory(t)));
  t.after(() => store.close());
  store.write(() => saveInverterSample(store, "second", LAST, recordedInverter()));
  const sql = "SELECT d.name FROM inverter_samples s JOIN devices d ON d.id = s.device WHERE s.at = ? ORDER BY d.id";
  assert.deepEqual(store.db.prepare(sql).pluck().all(LAST), ["inverter", "second"]);
});

test("killed in the middle of the way, the file is the old one and the next run goes it to the end", async (t) => {
  const path = unpack(scratchDirectory(t));
  const opener = `import { openStore } from ${JSON.stringify(new URL("../../lib/store/database.ts", import.meta.url).href)};
    openStore(process.argv[1]).close();`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", opener, path], {
    env: { ...process.env, SOLAR_STATION_FAULT_POINT: "samples_half_rekeyed" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
  const looked = new BetterSqlite(path);
  assert.equal(looked.prepare("SELECT count(*) FROM sqlite_master WHERE name LIKE '%_before'").pluck().get(), 0);
  assertAllThere(looked);
  assert.ok(Number(looked.pragma("user_version", { simple: true })) < MIGRATIONS.length);
  looked.close();
  const store = openStore(path);
  assertAllThere(store.db);
  store.close();
});

test("the queued order is carried out and the rules go on from what they remember", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, `inverter: {port: "${sim.url}", gap_ms: 5, timeout_ms: 150, retries: 1}`);
  unpack(station.folder);
  const dumped = await station.run("pv1800-dump", ["--json"], { now: LAST + 60 });
  assert.equal(dumped.code, 0, dumped.stderr);
  const judged = await station.run("batmon", ["--json"], { now: LAST + 65 });
  assert.equal(judged.code, 0, judged.stderr);
  // A station that decided for itself before modes had to be chosen goes on so; a fresh one observes.
  assert.equal(JSON.parse(judged.stdout).decision.mode, "auto");
  station.look(({ db }) => {
    const order = db.prepare("SELECT state, read_back_raw FROM commands WHERE id = 32").get();
    assert.deepEqual(order, { state: "done", read_back_raw: 60 });
    assert.equal(db.prepare("SELECT leased_raw FROM leases WHERE order_id = 32").pluck().get(), 60);
    const decided = Number(db.prepare("SELECT max(at) FROM decisions").pluck().get());
    assert.ok(decided >= LAST + 65, `a decision of now: ${decided}`);
    const memory = db.prepare("SELECT value FROM rule_states WHERE name = 'grid_switch'").pluck().get();
    const { started_at, since, full_minutes } = JSON.parse(String(memory));
    assert.deepEqual([started_at, since], [1_788_220_805, 1_788_220_805], "what it knew, it knows");
    assert.ok(full_minutes >= 41_195, `goes on counting from 41195: ${full_minutes}`);
  });
});

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inputOf } from "../../lib/judge/decided-again.ts";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { runWorld } from "../../lib/sim/plant/plant-run.ts";
import { makeWorld, SCENARIOS, type ScenarioName } from "../../lib/sim/plant/scenario.ts";
import { monitorView } from "../../lib/station/monitor-mode.ts";
import { storedRules } from "../../lib/station/stored-judgement.ts";
import { openStore } from "../../lib/store/database.ts";
import { decisionsBetween, insertDecision, latestDecision } from "../../lib/store/decisions.ts";
import { addMessages } from "../../lib/store/outbox.ts";
import { latestReport, reportsBetween, ruleState } from "../../lib/store/rules.ts";
import { rulesController } from "../../tools/policy-controllers.ts";
import { batmonStation } from "../support/batmon.ts";
import { tries } from "../support/campaign.ts";
import { scratchDirectory } from "../support/scratch.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;

const DAYS = tries(40, 1000);

test(`fed again with its stored inputs every decision is the same, over ${DAYS} simulated days`, (t) => {
  const store = openStore(join(scratchDirectory(t), "station.db"));
  t.after(() => store.close());
  const names = Object.keys(SCENARIOS) as ScenarioName[];
  let days = 0;
  let decisions = 0;
  let again = 0;
  for (let seed = 1; days < DAYS; seed++) {
    for (const name of names) {
      const world = makeWorld(name, seed);
      days += world.minutes / 1440;
      const watch: Parameters<typeof rulesController>[1] = {
        watch: (input, decision) => {
          decisions++;
          const isAction = decision.action.kind === "order";
          if (!isAction && decisions % 61 !== 0) return;
          again++;
          store.db.exec("BEGIN");
          const row = { at: decision.at, on_grid: decision.on_grid, winner: decision.winner, ordered: null };
          insertDecision(store, { ...row, record: { decision, input }, parameters: DEFAULTS });
          const stored = latestDecision<{ decision: unknown; input: typeof input }>(store);
          store.db.exec("ROLLBACK");
          assert.ok(stored);
          const { input: printed, decision: told } = stored.record;
          assert.deepEqual(JSON.parse(JSON.stringify(decide(printed).decision)), told);
        },
      };
      runWorld({ world, capacity_ah: seed % 2 ? 100 : 280, controller: rulesController(DEFAULTS, watch), interval: 5 });
    }
  }
  assert.ok(
    days >= DAYS && decisions >= 288 * DAYS && again >= 4 * DAYS,
    `${days} days, ${decisions} decisions, ${again} again`,
  );
});

test("a day of batmon: every stored decision can be made again from the stored samples", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  await station.pass(90, { cell: 3400, soc: 99, pv: 900, load: 500, float: true });
  await station.pass(60, { on_grid: false, pv: 500, soc: 80 });
  await station.pass(40, { on_grid: false, pv: 0, without: ["bms"] });
  const rows = decisionsBetween<never, never>(station.store, NOON, station.now);
  assert.equal(rows.length, 190);
  for (const row of rows) {
    const { decision } = decide(inputOf(station.context.config, station.store, row));
    assert.deepEqual(JSON.parse(JSON.stringify(decision)), (row.record as { decision: unknown }).decision);
  }
});

test("when nothing can be stored, the way back to the grid is ordered all the same, the way off is not", async (t) => {
  for (const [mode, on_grid] of [
    ["on-grid", false],
    ["off-grid", true],
  ] as const) {
    const station = batmonStation(t, { batmon: { mode: "observe" } });
    const file = join(station.folder, "inverter_cmd.lst");
    const lines = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
    station.now = NOON;
    await station.pass(30, { on_grid, soc: 70 });
    Object.assign(station.context.config.batmon, { mode });
    station.store.db.exec("CREATE TRIGGER full BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    await assert.rejects(station.pass(1, { on_grid, soc: 70 }), /disk full/);
    assert.match(lines(), on_grid ? /^$/ : /^20105=1 by batmon/);
    station.store.db.exec("DROP TRIGGER full");
    station.now = NOON + 60 * 31;
    await station.pass(1, { on_grid, soc: 70 });
    assert.match(lines(), on_grid ? /^20105=0 by batmon/ : /^20105=1 by batmon/);
  }
});

test("memory that is damaged is told and starts afresh; the switch stays where it is", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  await station.pass(5, { on_grid: false });
  station.store.db.exec(
    "UPDATE rule_states SET value = '{\"version\":1}' WHERE name IN ('grid_switch', 'alerts', 'report')",
  );
  station.store.db.exec("UPDATE rule_states SET value = '[]' WHERE name = 'switches'");
  const answer = await station.pass(1, { on_grid: false });
  assert.ok(answer);
  const { decision } = answer.json as { decision: { flags: string[]; on_grid: boolean } };
  assert.ok(decision.flags.includes("memory_lost"));
  assert.equal(decision.on_grid, false);
  await station.pass(3, { on_grid: false });
  assert.equal(existsSync(join(station.folder, "inverter_cmd.lst")), false);
});

test("after midnight the whole day is reported for the month's sums; a report asked for is sent", async (t) => {
  const channel = { kmsg: { enabled: true, path: "/nonexistent" }, reg_event: { url: "http://127.0.0.1:9/" } };
  const station = batmonStation(t, { batmon: { report_hour: 21 }, notify: channel });
  station.now = Date.UTC(2026, 5, 21, 20) / 1000;
  await station.pass(60, { on_grid: false }, 300);
  const [day] = reportsBetween<{ until: number }>(station.store, "2026-06-21", "2026-06-22");
  assert.equal(day?.report.until, Date.UTC(2026, 5, 22) / 1000, "until midnight, not until its hour");
  assert.equal(latestReport(station.store)?.day, "2026-06-21");
  assert.deepEqual(ruleState(station.store, "report"), { sent: "2026-06-21", whole: "2026-06-21", hour: null });
});

test("what waits for a channel that was taken out of the configuration is given up", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  const message = { channel: "telegram:7", kind: "info", severity: "info", key: "", at: NOON, dated: true, text: "x" };
  station.store.write(() => addMessages(station.store, [{ ...message, next_attempt_at: NOON }]));
  await station.pass(1);
  assert.equal(station.store.db.prepare("SELECT state FROM outbox").pluck().get(), "failed");
});

test("what Home Assistant and the page are told", async (t) => {
  const station = batmonStation(t, { alerts: { data_stale: { older_than: 120 } } });
  station.now = NOON;
  const told = () => monitorView(station.context, station.store, storedRules(station.context, station.store));
  assert.deepEqual(told(), {
    ...{ mode: "auto", mode_options: ["auto", "on-grid", "off-grid", "observe"], why: null, alerts: null },
  });
  await station.pass(3);
  await station.pass(4, { without: ["bms"] });
  const view = told();
  assert.match(String(view.why?.text), /^The house stays on the grid: the BMS's data is \d+\smin old\.$/);
  assert.deepEqual(
    view.alerts?.map(({ id, title, severity }) => [id, title, severity]),
    [["data_stale", "Data stale", "warning"]],
  );
});

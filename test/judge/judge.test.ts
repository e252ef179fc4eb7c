/** What the rules are given and what becomes of it: without samples, without a plan, with the second actuator, by place and risk. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { configSchema } from "../../lib/config/schema.ts";
import { madeAgain } from "../../lib/judge/made-again.ts";
import { siteOf } from "../../lib/judge/planning.ts";
import type { AlertEvent } from "../../lib/rules/alerts/types.ts";
import type { Decision } from "../../lib/rules/grid-switch/types.ts";
import type { PlanInput } from "../../lib/rules/plan/types.ts";
import { plansBetween } from "../../lib/store/plans.ts";
import { saveRuleState } from "../../lib/store/rules.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import { batmonStation } from "../support/batmon.ts";
import { recordedInverterSettings } from "../support/recorded-samples.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;

test("what was decided without any sample is decided again the same", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  await station.pass(2, { without: ["bms", "inverter"] });
  await station.pass(2, { without: ["inverter"] });
  const again = madeAgain(station.context.config, station.store, NOON, station.now);
  assert.deepEqual([again.recorded, again.same, again.first_other], [4, 4, null]);
});

test("a planner that stumbles over its own memory does not keep the rules from deciding", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  await station.pass(2, { soc: 70, pv: 900, load: 500 });
  const broken = { plan: { version: 1, at: station.now, gains: [null] }, acting: { runs: 1 } };
  station.store.write(() => saveRuleState(station.store, "plan", station.now, broken));
  const answer = await station.pass(1, { soc: 70, pv: 900, load: 500 });
  assert.ok(answer);
  const { decision } = answer.json as { decision: Decision };
  assert.ok(decision.flags.includes("no_plan"), JSON.stringify(decision.flags));
  assert.notEqual(decision.winner, null);
});

test("the second actuator forbids charging from the grid, in an order of its own beside that of the switch", async (t) => {
  const station = batmonStation(t, { batmon: { rules: { charger_source_rule: true } } });
  station.now = NOON;
  const settings = { ...recordedInverterSettings(), charger_source_priority: 0 };
  station.store.write(() => saveSettings(station.store, "inverter", "inverter", NOON - 60, settings, () => "foreign"));
  await station.pass(30, { soc: 60, pv: 0, load: 500, on_grid: true });
  const lines = readFileSync(join(station.folder, "inverter_cmd.lst"), "utf8").trim().split("\n");
  const [first] = lines.filter((line) => line.startsWith("charger_source_priority="));
  assert.match(first ?? "", /^charger_source_priority=only_solar by batmon id charger-\d+ life \d+s$/);
});

test("a relay that stays open although the switch is on is told as not carried out", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  const told: AlertEvent[] = [];
  for (let minute = 0; minute < 15; minute += 1) {
    const answer = await station.pass(1, { on_grid: true, relay: false, soc: 35 });
    assert.ok(answer);
    told.push(...(answer.json as { events: AlertEvent[] }).events);
  }
  const [event] = told.filter(({ id }) => id === "switch_not_executed");
  assert.equal(event?.values.wanted, "on", JSON.stringify(told));
});

test("noon is where the place says, else where the clock of its zone in winter does", () => {
  const noon = (station: Readonly<Record<string, unknown>>) =>
    siteOf(configSchema.parse({ station: { time_zone: "Europe/Berlin", ...station } }), NOON);
  assert.deepEqual(noon({ latitude: 52.5, longitude: 13.4 }), { latitude: 52.5, offset_s: 7200, noon_s: 39_984 });
  assert.deepEqual(noon({}), { latitude: 45, offset_s: 7200, noon_s: 39_600 });
  assert.equal(noon({ longitude: -170 }).noon_s, 84_000);
});

test("the risk of a dark house that the owner takes raises the reserve of the plan; without it the reserve is as set", async (t) => {
  const reserves = async (dark_hours_per_year: number | null) => {
    const station = batmonStation(t, { batmon: { preset: "planner", planner: { dark_hours_per_year } } });
    station.now = NOON;
    await station.pass(2, { on_grid: false, soc: 70, pv: 900, load: 500 });
    const [plan] = plansBetween<PlanInput>(station.store, NOON, station.now);
    return plan?.input.settings.reserve ?? [];
  };
  assert.deepEqual(new Set(await reserves(null)), new Set([30]));
  const careful = await reserves(0);
  assert.ok(careful.length === 24 && Math.min(...careful) > 30, JSON.stringify(careful));
});

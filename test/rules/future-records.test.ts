import assert from "node:assert/strict";
import { test } from "node:test";
import { followClock } from "../../lib/rules/grid-switch/clock.ts";
import { derive } from "../../lib/rules/grid-switch/derive.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { freshState } from "../../lib/rules/grid-switch/state.ts";
import { bmsSample, inverterSample, T0 } from "./grid-switch-station.ts";

const STATE = { ignore_before: 0, backoff: 0 };

test("a record of the future is not judged, one slightly ahead is", () => {
  const records = (ahead: number) => ({ bms: [bmsSample(T0 + ahead)], inverter: [inverterSample(T0 + ahead)] });
  const wrong = derive(T0, records(600), DEFAULTS, STATE);
  assert.deepEqual([wrong.bms, wrong.inverter], [null, null]);
  assert.notEqual(derive(T0, records(100), DEFAULTS, STATE).bms, null);
});

test("of two charges that disagree the lower one counts for the reserve", () => {
  const inverter = [inverterSample(T0, { battery_voltage: 50 })];
  const { soc, reserve_soc } = derive(T0, { bms: [bmsSample(T0)], inverter }, DEFAULTS, STATE);
  assert.equal(soc, 60);
  assert.ok(reserve_soc !== null && reserve_soc < 20, `${reserve_soc}`);
});

test("what was counted and known in the future is forgotten", () => {
  const ahead = T0 + 86_400;
  const draft = { ...freshState(T0), bms_counted_at: ahead, last_soc: { soc: 50, at: ahead } };
  const input = { now: T0, uptime_s: null, samples: { bms: [], inverter: [] }, state: null } as const;
  followClock(draft, { ...input, parameters: DEFAULTS, mode: "auto" }, DEFAULTS);
  assert.deepEqual([draft.bms_counted_at, draft.last_soc], [0, null]);
});

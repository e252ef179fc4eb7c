import assert from "node:assert/strict";
import { test } from "node:test";
import type { BacktestResult, BacktestSwitch } from "../../lib/rules/backtest.ts";
import { ORIGINAL_LIMITS, type ShadowInput, shadowAlarms, shadowStretches } from "../../lib/rules/shadow.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { bmsSample, cells, inverterSample, NOON, SETTINGS } from "./alerts-support.ts";

/** Both devices for some minutes; `pack` says what the battery tells at a minute, null = nothing. */
function minutes(
  count: number,
  pack: (minute: number) => Partial<BmsInput> | null,
  machine: Partial<InverterInput> = {},
) {
  const all = Array.from({ length: count }, (_, minute) => minute);
  return {
    bms: all.flatMap((minute) => {
      const told = pack(minute);
      return told === null ? [] : [bmsSample(NOON + 60 * minute, told)];
    }),
    inverter: all.map((minute) => inverterSample(NOON + 60 * minute, machine)),
  };
}

const alarms = (samples: Pick<ShadowInput, "bms" | "inverter">) =>
  shadowAlarms({ ...samples, settings: SETTINGS, limits: ORIGINAL_LIMITS, interval_s: 60 });
/** Minute of each alarm of one kind, and minutes until the original told the same; null = never. */
const outline = (samples: Pick<ShadowInput, "bms" | "inverter">, id: string) =>
  alarms(samples)
    .filter((one) => one.id === id)
    .map(({ at, told_at }) => [Math.round((at - NOON) / 60), told_at === null ? null : (told_at - at) / 60]);

test("an alarm of ours stands beside the minute in which the original told the same", () => {
  const low = minutes(40, (minute) => ({ cells: cells(minute < 10 ? 3.3 : 2.6, { 3: null }) }));
  const [emergency] = alarms(low).filter(({ id }) => id === "cell_emergency");
  assert.ok(emergency?.told_at, JSON.stringify(alarms(low)));
  assert.ok(Math.abs(emergency.told_at - emergency.at) <= 300);
  assert.equal(emergency.until, null, "it is still raised at the end");
  const all_high = minutes(40, (minute) => ({ cells: cells(minute < 10 ? 3.3 : 3.68) }));
  assert.ok(outline(all_high, "cell_high")[0]?.[1] !== null);
  const strong = minutes(40, (minute) => ({ battery_current: minute < 10 ? 0 : -220 }));
  assert.ok(typeof outline(strong, "over_current")[0]?.[1] === "number", JSON.stringify(alarms(strong)));
});

test("what the original overlooked is named as never told", () => {
  const one_high = minutes(40, (minute) => ({ cells: cells(3.3, minute < 10 ? {} : { 7: 3.68 }) }));
  assert.deepEqual(outline(one_high, "cell_high")[0]?.[1], null);
  // It counted the minutes of an age as months: 45 silent minutes are none.
  const silent = minutes(80, (minute) => (minute >= 10 && minute < 55 ? null : {}));
  const [stale] = alarms(silent).filter(({ id }) => id === "data_stale" || id === "device_silent");
  assert.ok(stale?.until, JSON.stringify(alarms(silent)));
  assert.equal(stale.told_at, null);
  const long = minutes(130, (minute) => (minute >= 10 && minute < 100 ? null : {}));
  const told = alarms(long).find(({ id }) => id === "data_stale" || id === "device_silent");
  assert.ok(told?.told_at && told.told_at - told.at > 1800, JSON.stringify(told));
});

test("a pack that tells no cells has none that are low or high: ours doubts it, the original says nothing", () => {
  const found = alarms(minutes(30, () => ({ cells: [], pack_voltage: null, battery_current: null })));
  assert.deepEqual(
    found.map(({ id, told_at }) => [id, told_at]),
    [
      ["bms_implausible", null],
      ["sensors_disagree", null],
    ],
  );
});

test("a device that was never seen is not missed, and where there are no samples there is no alarm", () => {
  assert.deepEqual(alarms(minutes(20, () => null)), []);
  assert.deepEqual(alarms({ bms: minutes(20, () => ({})).bms, inverter: [] }), []);
  assert.deepEqual(alarms({ bms: [], inverter: [] }), []);
});

/** Moves of the switch in minutes, ours and those of the original, within three hours. */
function result(ours: readonly [number, boolean][], real: readonly [number, boolean][]): BacktestResult {
  const at = (minute: number) => NOON + 60 * minute;
  const own = ours.map(
    ([minute, on_grid]): BacktestSwitch => ({ at: at(minute), on_grid, rule: on_grid ? "S5" : "G1" }),
  );
  return {
    ...{ from: NOON, to: at(180), runs: 180, same_hours: 0, blind_hours: 0 },
    rules: { switches: ours.length, off_grid_hours: 0, list: own },
    real: {
      switches: real.length,
      off_grid_hours: 0,
      list: real.map(([minute, on_grid]) => ({ at: at(minute), on_grid })),
    },
  };
}

// biome-ignore format: a row a line
const STRETCHES: readonly { name: string; ours: [number, boolean][]; real: [number, boolean][]; want: unknown[] }[] = [
  { name: "both stay", ours: [], real: [], want: [] },
  { name: "both move within a quarter of an hour", ours: [[30, false]], real: [[44, false]], want: [] },
  { name: "the original follows late", ours: [[30, false]], real: [[60, false]], want: [[30, 60, "off", "G1"]] },
  { name: "the original never follows", ours: [[30, false]], real: [], want: [[30, 180, "off", "G1"]] },
  { name: "ours sees no reason", ours: [], real: [[30, false], [90, true]], want: [[30, 90, "on", null]] },
  { name: "ours comes back", ours: [[30, false], [80, true]], real: [], want: [[30, 80, "off", "G1"]] },
  { name: "apart for the last minutes only", ours: [[170, false]], real: [], want: [] },
];

for (const { name, ours, real, want } of STRETCHES) {
  test(`where the two switches stood apart: ${name}`, () => {
    const found = shadowStretches(result(ours, real), true);
    assert.deepEqual(
      found.map(({ from, to, ours: side, because }) => [(from - NOON) / 60, (to - NOON) / 60, side, because]),
      want,
    );
  });
}

test("without a run there is no stretch", () => {
  assert.deepEqual(shadowStretches({ ...result([], []), from: null, to: null }, false), []);
});

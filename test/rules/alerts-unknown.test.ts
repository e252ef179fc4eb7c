/** Alerts beside values that are not known, and what the memory of the alerts does with old, moved and held messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertFacts, AlertState } from "../../lib/rules/alerts/types.ts";
import {
  bmsMinutes,
  bmsSample,
  cells,
  inverterMinutes,
  inverterSample,
  type Moment,
  NOON,
  outline,
  runAlerts,
  SETTINGS,
  type ToldEvent,
} from "./alerts-support.ts";

const NO_CELL = { cells: cells(3.3).map(() => null) };

function factMoments(times: readonly number[], facts: (at: number) => Partial<AlertFacts>): Moment[] {
  return times.map((second) => ({ now: NOON + second, facts: facts(NOON + second) }));
}

/** Texts of the events of one alert. */
function textsOf(events: readonly ToldEvent[], id: string): string[] {
  return events.filter((event) => event.id === id).map(({ text }) => text);
}

test("without one known cell no alert of cells is raised, and the others say what is left", () => {
  const { events } = runAlerts(bmsMinutes(20, () => ({ ...NO_CELL, soc: 15, charge_mosfet_on: false })));
  assert.deepEqual(outline(events), [
    "raised charge_mosfet_off:main",
    "raised bms_implausible:main",
    "raised soc_low:main",
  ]);
  assert.match(textsOf(events, "soc_low")[0] ?? "", /15\s%/);
  assert.doesNotMatch(events.map(({ text }) => text).join(" "), /null|NaN|undefined/);
});

test("a record without a list of cells is named as one that lacks its cells", () => {
  const { events } = runAlerts(bmsMinutes(4, () => ({ cells: [] })));
  assert.deepEqual(outline(events), ["raised bms_implausible:main"]);
  assert.deepEqual(events[0]?.values.excluded, ["cells"]);
});

test("an alarm of a cell is not over because its cells are no longer known", () => {
  const low = { cells: cells(3.25, { 7: 2.85 }) };
  const settings = { ...SETTINGS, alerts: { cell_low: { enabled: false } } };
  const { events, state } = runAlerts(
    bmsMinutes(40, (minute) => (minute < 3 ? low : NO_CELL)),
    settings,
  );
  assert.deepEqual(outline(events), ["raised cell_emergency:main", "raised bms_implausible:main"]);
  assert.notEqual(state.tracks["cell_emergency:main"]?.active_since, null);
});

test("a cold battery is well again only where it is warmer by the way back, not just above the limit", () => {
  const { events } = runAlerts(
    bmsMinutes(40, (minute) => ({ battery_temperature_1: minute < 8 ? 1 : minute < 25 ? 4 : 8 })),
  );
  assert.deepEqual(outline(events), ["raised battery_temperature_low:main", "cleared battery_temperature_low:main"]);
  assert.equal(((events[1]?.at ?? 0) - NOON) / 60 > 25, true, "not while it was at 4 °C");
});

test("a full charge counts where its highest cell shows it, and not by the counter alone", () => {
  const fullAt = (over: Parameters<typeof bmsSample>[1]) =>
    runAlerts([...bmsMinutes(1, () => ({})), ...bmsMinutes(1, () => ({ soc: 100, ...over }), NOON + 600)]).state
      .last_full_at;
  assert.equal(fullAt({ cells: cells(3.46) }), NOON + 595);
  assert.equal(fullAt(NO_CELL), NOON - 5, "the first moment that is known");
});

test("an inverter that does not tell its faults clears none of those it told", () => {
  const error = {
    word: "error_1",
    bit: 6,
    label: "overload timeout",
    severity: "critical",
    ends_off_grid: true,
  } as const;
  const warning = { word: "warning_1", bit: 5, label: null, severity: "warning", ends_off_grid: false } as const;
  const { events, state } = runAlerts(
    inverterMinutes(30, (minute) =>
      minute < 3 ? { errors: [error], warnings: [warning] } : { errors: null, warnings: null },
    ),
  );
  assert.deepEqual(outline(events), ["raised inverter_error:error_1.6", "raised inverter_warning:warning_1.5"]);
  assert.notEqual(state.tracks["inverter_error:error_1.6"]?.active_since, null);
});

/** Both devices, twenty minutes long. */
function plant(
  bms: Parameters<typeof bmsSample>[1],
  inverter: Parameters<typeof inverterSample>[1],
  facts: Partial<AlertFacts> = {},
): string[] {
  const moments = Array.from({ length: 35 }, (_, minute) => {
    const now = NOON + minute * 60;
    return { now, bms: [bmsSample(now, bms)], inverter: [inverterSample(now, inverter)], facts };
  });
  return outline(runAlerts(moments).events);
}

test("sensors disagree only where both sides of a pair are known", () => {
  const apart = { battery_voltage: 49, battery_current: 20 };
  assert.deepEqual(plant({}, apart), ["raised sensors_disagree"]);
  assert.deepEqual(plant({}, { battery_voltage: null, battery_current: 20 }), ["raised sensors_disagree"]);
  assert.deepEqual(plant({}, { battery_voltage: null, battery_current: null }), []);
});

test("little PV beside a nearly full battery is sun unused; PV that is not known, or room in the battery, is not", () => {
  const usual = { pv_quarter_hour_max: 2000 };
  assert.deepEqual(plant({ soc: 95 }, { pv_power: 100 }, usual), ["raised pv_wasted"]);
  assert.deepEqual(plant({ soc: 60 }, { pv_power: 100 }, usual), []);
  assert.deepEqual(plant({ soc: 95 }, { pv_power: null }, usual), []);
  assert.deepEqual(plant({ soc: 95 }, { pv_power: 900 }, usual), []);
});

test("data is missing, repeated, old or of the future, and each is said as what it is", () => {
  const device = { kind: "bms", device: "main", silent_since: null, failure: null } as const;
  const said = (last_sample_at: number | null, repeats_since: number | null = null) => {
    const facts = { devices: [{ ...device, last_sample_at, repeats_since }] };
    const { events } = runAlerts(factMoments([0], () => facts));
    return [events[0]?.values.dated, events[0]?.text.replaceAll("\u00a0", " ")];
  };
  assert.deepEqual(
    [said(null), said(NOON, NOON - 1200), said(NOON - 1200), said(NOON + 7200)],
    [
      ["none", "There is no data of the BMS yet."],
      ["repeated", "The data of the BMS stands still: one and the same answer for 20 min."],
      ["old", "No fresh data of the BMS: the newest is 20 min old."],
      ["future", "The data of the BMS is dated in the future."],
    ],
  );
});

test("what happened to an inverter is told once with what was read, also where nothing was known to compare it with", () => {
  const evidence = [{ key: "software_version", raw: 1416, expected: null }];
  const events_of = (kind: string, device: string) => ({
    device_events: [{ id: 1, at: NOON, kind, device, code: "firmware_changed", evidence }],
  });
  const said = (kind: string, device: string) =>
    runAlerts(factMoments([0, 60], () => events_of(kind, device) as unknown as Partial<AlertFacts>)).events.map(
      ({ values, text }) => [values.device, values.found, values.expected, text],
    );
  assert.deepEqual(said("inverter", "inverter"), [
    [
      null,
      ["1416"],
      ["–"],
      "The inverter has other firmware than before: Software version 1416. It is read as before.",
    ],
  ]);
  assert.deepEqual(said("bms", "north")[0]?.[0], "north");
});

test("an alert that is told once and switched off is not told", () => {
  const facts = { clock: { trusted: true, jump_s: 7200 } };
  const told = (enabled: boolean) =>
    outline(
      runAlerts(
        factMoments([0], () => facts),
        { ...SETTINGS, alerts: { clock_jump: { enabled } } },
      ).events,
    );
  assert.deepEqual([told(true), told(false)], [["info clock_jump"], []]);
});

test("orders that a limit stops are news once an hour for each setting, whatever the clock does in between", () => {
  const stopped = (at: number) => ({ at, code: "write_cap", what: "max_charge_current" }) as const;
  const minutes = [0, 10, 20, 70].map((minute) => minute * 60);
  const { events, state } = runAlerts(factMoments(minutes, (at) => ({ stopped_orders: [stopped(at)] })));
  assert.deepEqual(
    events.map(({ id, at }) => [id, (at - NOON) / 60]),
    [
      ["order_stopped", 0],
      ["order_stopped", 70],
    ],
  );
  const later = NOON + 90 * 60;
  const back = -86_400;
  const jumped = [
    { now: later + back, facts: { clock: { trusted: true, jump_s: back }, stopped_orders: [stopped(later + back)] } },
  ];
  const moved = runAlerts(jumped, SETTINGS, state);
  assert.deepEqual(textsOf(moved.events, "order_stopped"), [], "twenty minutes later by any clock");
  const quiet = runAlerts(
    factMoments([6 * 3600], () => ({})),
    SETTINGS,
    state,
  );
  assert.deepEqual(quiet.state.stopped_told, {});
});

test("a warning that came back untold is told when its cool-down is over and it still stands", () => {
  const settings = { ...SETTINGS, alerts: { over_current: { clear_hold_s: 60, cooldown_s: 7200 } } };
  const moments = bmsMinutes(150, (minute) => ({ battery_current: minute < 4 || minute >= 80 ? -70 : 0 }));
  const { events } = runAlerts(moments, settings);
  assert.deepEqual(
    events.map(({ kind, at }) => `${kind} ${Math.round((at - NOON) / 60)}`),
    ["raised 1", "cleared 5", "raised 121"],
  );
  assert.doesNotMatch(events[2]?.text ?? "", /without a message/, "it has come once, and this is its message");
});

test("messages over the limit wait an hour for the next summary, which says of each whether it still lasts", () => {
  const settings = { ...SETTINGS, max_messages_per_hour: 2 };
  const writes = (names: readonly string[], at: number) => ({
    foreign_writes: names.map((name) => ({ at, name, old_value: "off", new_value: "on" })),
    stopped_orders: names.map((what) => ({ at, code: "lease_unsafe" as const, what })),
  });
  const minutes = Array.from({ length: 100 }, (_, minute) => minute * 60);
  const { events } = runAlerts(
    factMoments(minutes, (at) =>
      writes(at < NOON + 1200 ? ["a", "b", "c"] : at < NOON + 3000 ? ["a", "b", "c", "d", "e"] : [], at),
    ),
    settings,
  );
  const summaries = events.filter(({ kind }) => kind === "summary");
  assert.deepEqual(
    summaries.map(({ at, values }) => [(at - NOON) / 60, values.keys, values.active]),
    [
      [15, ["order_stopped", "foreign_write:b", "foreign_write:c"], [0, 1, 1]],
      [75, ["order_stopped", ...["d", "e", "a", "b", "c"].map((name) => `foreign_write:${name}`)], [0, 0, 0, 0, 0, 0]],
    ],
  );
});

test("memory of an older edition without a start of the trouble counts a return from its new beginning", () => {
  const hot = runAlerts(bmsMinutes(30, (minute) => ({ battery_temperature_1: minute < 10 ? 55 : 30 })));
  assert.deepEqual(outline(hot.events), [
    "raised battery_temperature_high:main",
    "cleared battery_temperature_high:main",
  ]);
  const key = "battery_temperature_high:main";
  const track = { ...hot.state.tracks[key], started_at: null, last_at: null };
  const start = { ...hot.state, tracks: { [key]: track } } as unknown as AlertState;
  const again = NOON + 31 * 60;
  const { state } = runAlerts(
    bmsMinutes(8, () => ({ battery_temperature_1: 55 }), again),
    SETTINGS,
    start,
  );
  assert.equal(state.tracks[key]?.active_since, again - 5);
});

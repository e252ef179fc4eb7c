import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertDefinition } from "../../lib/rules/alerts/alert-definition.ts";
import type { AlertSettings } from "../../lib/rules/alerts/alert-settings.ts";
import { ALERT_IDS, ALERTS, resolveAlert } from "../../lib/rules/alerts/definitions.ts";
import { openAlerts } from "../../lib/rules/alerts/evaluate.ts";
import { freshAlertState } from "../../lib/rules/alerts/fresh-state.ts";
import { readAlertState } from "../../lib/rules/alerts/state.ts";
import { advance, newTrack } from "../../lib/rules/alerts/track.ts";
import { bmsMinutes, bmsSample, cells, type Moment, NOON, outline, runAlerts, SETTINGS } from "./alerts-support.ts";

const HOT = { battery_temperature_1: 55 };
/** Alerts without any hold of their own: the worst that an owner can configure. */
const NO_HOLDS: AlertSettings = {
  ...SETTINGS,
  alerts: { cell_low: { enabled: false }, cell_emergency: { clear_hold_s: 0 } },
};
/** The alarm under test alone. */
const EMERGENCY_ONLY: AlertSettings = { ...SETTINGS, alerts: { cell_low: { enabled: false } } };

/** On for `on` samples and off for as many, every 18 s, for an hour, then quiet for half an hour. */
function flapping(over: Parameters<typeof bmsSample>[1], settings: AlertSettings): ReturnType<typeof runAlerts> {
  const moments: Moment[] = Array.from({ length: 300 }, (_, index) => {
    const now = NOON + index * 18;
    const on = index < 200 && index % 2 === 0;
    return { now, bms: [bmsSample(now, on ? over : {})] };
  });
  return runAlerts(moments, settings);
}

test("an alarm on and off 100 times in an hour: one raise, one recovery with the count", () => {
  const { events } = flapping({ cells: cells(3.3, { 4: 2.9 }) }, EMERGENCY_ONLY);
  assert.deepEqual(outline(events), [
    "raised cell_emergency:main",
    "reminded cell_emergency:main",
    "cleared cell_emergency:main",
  ]);
  assert.match(events[2]?.text ?? "", /interrupted 99 times/);
});

test("the same without any holds stays within the limit and still ends with one recovery and a count", () => {
  const { events, state } = flapping({ cells: cells(3.3, { 4: 2.9 }) }, NO_HOLDS);
  const kinds = outline(events);
  assert.ok(kinds.length <= 12, kinds.join(", "));
  assert.equal(kinds.at(-1), "cleared cell_emergency:main");
  assert.match(events.at(-1)?.text ?? "", /interrupted 9\d times/);
  assert.deepEqual(openAlerts(state), []);
});

test("many alerts at once: N an hour, the rest in one summary, critical ones always pass", () => {
  const bits = Array.from({ length: 20 }, (_, bit) => ({
    ...{ bit, label: `words ${bit}`, ends_off_grid: false },
    severity: "warning" as const,
  }));
  const { events } = runAlerts(
    bmsMinutes(50, (minute) => ({
      warnings: bits,
      cells: minute === 20 ? cells(3.3, { 1: 2.8 }) : cells(3.3),
    })),
    { ...SETTINGS, max_messages_per_hour: 6 },
  );
  const ordinary = events.filter(({ severity }) => severity !== "critical");
  assert.equal(ordinary.length, 6);
  assert.deepEqual(outline(events.filter(({ severity }) => severity === "critical")), [
    "raised cell_emergency:main",
    "cleared cell_emergency:main",
  ]);
  const summary = events.find(({ kind }) => kind === "summary");
  assert.match(summary?.text ?? "", /^15 more messages in the last 15\smin.*BMS reports \d+×, still so/);
});

test("voltage sawing across the threshold all day: few messages, the alarm does not flutter", () => {
  const { events } = runAlerts(
    bmsMinutes(1440, (minute) => ({ cells: cells(3.25, { 2: minute % 2 === 0 ? 3.07 : 3.13 }) })),
  );
  const kinds = outline(events).filter((line) => line.includes("cell_low"));
  assert.equal(kinds.filter((line) => line.startsWith("raised")).length, 1);
  assert.equal(kinds.filter((line) => line.startsWith("cleared")).length, 0);
  assert.ok(kinds.length <= 25, `${kinds.length} messages`);
});

test("inside the cool-down a warning comes back untold, and the next message says so", () => {
  const settings = { ...SETTINGS, alerts: { over_current: { clear_hold_s: 60, cooldown_s: 7200 } } };
  const moments = bmsMinutes(320, (minute) => ({
    battery_current: [0, 70, 145].some((at) => minute >= at && minute < at + 4) ? -70 : 0,
  }));
  const { events } = runAlerts(moments, settings);
  assert.deepEqual(outline(events), [
    "raised over_current:main",
    "cleared over_current:main",
    "raised over_current:main",
    "cleared over_current:main",
  ]);
  assert.match(events[2]?.text ?? "", /It came once before without a message/);
});

test("a critical alarm comes back told inside its cool-down", () => {
  const settings = { ...SETTINGS, alerts: { cell_low: { enabled: false }, cell_emergency: { cooldown_s: 86_400 } } };
  const low = { cells: cells(3.3, { 4: 2.9 }) };
  const { events } = runAlerts(
    bmsMinutes(240, (minute) => (minute < 5 || (minute >= 180 && minute < 185) ? low : {})),
    settings,
  );
  assert.deepEqual(
    outline(events).filter((line) => !line.startsWith("reminded")),
    [
      "raised cell_emergency:main",
      "cleared cell_emergency:main",
      "raised cell_emergency:main",
      "cleared cell_emergency:main",
    ],
  );
});

test("samples that are young for long tell an alarm once, also when it was over long ago", () => {
  const settings = {
    ...SETTINGS,
    max_age_s: 3600,
    alerts: { cell_low: { enabled: false }, cell_emergency: { cooldown_s: 0, clear_hold_s: 0 } },
  };
  const low = { cells: cells(3.3, { 4: 2.9 }) };
  const moments = bmsMinutes(28, (minute) => (minute < 2 ? low : {}));
  const { events } = runAlerts(moments, settings);
  assert.deepEqual(outline(events), ["raised cell_emergency:main", "cleared cell_emergency:main"]);
});

test("what is too old to be judged raises nothing when it is first seen", () => {
  const at = NOON - SETTINGS.max_age_s - 60;
  const samples = [0, 30, 59].map((later) => bmsSample(at + later, { cells: cells(3.3, { 4: 2.9 }) }));
  assert.deepEqual(outline(runAlerts([{ now: NOON, bms: samples }], EMERGENCY_ONLY).events), [
    "raised data_stale:main",
  ]);
});

test("a moment that was judged before changes no track, and neither does an earlier one", () => {
  const alert = resolveAlert("cell_high", {});
  const track = newTrack(alert, "main", "");
  const bad = { subject: "", level: "bad", values: {} } as const;
  advance(track, alert, NOON, bad);
  for (const at of [NOON, NOON - 30]) assert.equal(advance(track, alert, at, bad), null);
  assert.equal(track.pending_samples, 1);
});

test("a disabled alert is silent and leaves no memory", () => {
  const hot = runAlerts(bmsMinutes(8, () => HOT));
  const settings = { ...SETTINGS, alerts: { battery_temperature_high: { enabled: false } } };
  const { events, state } = runAlerts(
    bmsMinutes(3, () => HOT, NOON + 600),
    settings,
    hot.state,
  );
  assert.deepEqual(outline(events), []);
  assert.deepEqual(state.tracks, {});
});

test("clock an hour back: no alert from old samples, no double message, the recovery comes", () => {
  const hot = runAlerts(bmsMinutes(10, () => HOT));
  assert.deepEqual(outline(hot.events), ["raised battery_temperature_high:main"]);
  const back = NOON - 3600;
  const quiet = runAlerts(
    bmsMinutes(20, () => ({}), back),
    SETTINGS,
    hot.state,
  );
  assert.deepEqual(outline(quiet.events), ["cleared battery_temperature_high:main"]);
  const hold_restarted = runAlerts(
    bmsMinutes(4, () => ({ soc: 18 }), back),
    SETTINGS,
    runAlerts(bmsMinutes(4, () => ({ soc: 18 }))).state,
  );
  assert.deepEqual(outline(hold_restarted.events), []);
});

test("clock ten years ahead and back: lengths stay true when the jump is known, and nothing floods", () => {
  const hot = runAlerts(bmsMinutes(10, () => HOT));
  const years = 10 * 365 * 86_400;
  const trusted = { trusted: true, jump_s: years };
  const ahead = bmsMinutes(10, (minute) => (minute < 2 ? HOT : {}), NOON + 600 + years).map((moment, index) =>
    index === 0 ? { ...moment, facts: { clock: trusted } } : moment,
  );
  const { events, state } = runAlerts(ahead, SETTINGS, hot.state);
  assert.deepEqual(outline(events), ["info clock_jump", "cleared battery_temperature_high:main"]);
  assert.match(events[0]?.text ?? "", /set 3650\sd ahead/);
  assert.match(events[1]?.text ?? "", /It lasted 12\smin/);
  const again = bmsMinutes(3, () => ({}), NOON + 1200).map((moment, index) =>
    index === 0 ? { ...moment, facts: { clock: { trusted: true, jump_s: -years } } } : moment,
  );
  assert.deepEqual(outline(runAlerts(again, SETTINGS, state).events), ["info clock_jump"]);
});

test("an unknown jump ahead does not complete a running hold", () => {
  const half = runAlerts(bmsMinutes(3, () => HOT));
  const { events } = runAlerts(
    bmsMinutes(4, () => HOT, NOON + 86_400),
    SETTINGS,
    half.state,
  );
  assert.deepEqual(outline(events), []);
});

test("memory that holds nothing of ours is a fresh start", () => {
  for (const damaged of [null, "", [], { version: 2 }, { version: 1 }, { of: "another program" }]) {
    assert.equal(readAlertState(damaged), null);
    const { events } = runAlerts(
      bmsMinutes(7, () => HOT),
      SETTINGS,
      damaged,
    );
    assert.deepEqual(outline(events), ["raised battery_temperature_high:main"]);
  }
});

test("one field that is missing or makes no sense, and a track of an unknown alert, cost only themselves", () => {
  const { state } = runAlerts(bmsMinutes(10, () => HOT));
  const track = state.tracks["battery_temperature_high:main"];
  assert.ok(track);
  const broken: unknown[] = [
    { ...state, tracks: { ...state.tracks, x: { id: "none" }, y: 7 } },
    ...Object.keys(state)
      .filter((key) => key !== "tracks")
      .flatMap((key) => [without(state, key), { ...state, [key]: "nonsense" }]),
    ...Object.keys(track)
      .filter((key) => !["id", "device", "subject", "active_since", "announced"].includes(key))
      .map((key) => ({ ...state, tracks: { "battery_temperature_high:main": without(track, key) } })),
  ];
  for (const stored of broken) {
    const read = readAlertState(JSON.parse(JSON.stringify(stored)));
    assert.deepEqual(
      openAlerts(read ?? freshAlertState()).map(({ key, since }) => [key, since]),
      [["battery_temperature_high:main", track.active_since]],
      JSON.stringify(stored),
    );
    const { events } = runAlerts(
      bmsMinutes(2, () => HOT, NOON + 600),
      SETTINGS,
      stored,
    );
    assert.deepEqual(outline(events), [], "told once");
  }
});

function without(value: object, key: string): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

test("three bad minutes in every fifteen are one trouble: two alarms, two recoveries, the length of the bad stretches", () => {
  const { events } = runAlerts(
    bmsMinutes(150, (minute) => (minute < 90 && minute % 15 < 3 ? { cells: cells(3.3, { 4: 2.85 }) } : {})),
    EMERGENCY_ONLY,
  );
  const kinds = outline(events);
  assert.ok(kinds.filter((kind) => kind.startsWith("raised")).length <= 2, kinds.join(", "));
  assert.ok(kinds.filter((kind) => kind.startsWith("cleared")).length <= 2, kinds.join(", "));
  assert.match(events.at(-1)?.text ?? "", /It lasted 18\smin in all\. It was interrupted 5 times/);
});

test("while the clock is not trusted, events say that their time is not to be believed", () => {
  const moments = bmsMinutes(1, () => ({ cells: cells(3.3, { 1: 2.8 }) }));
  const untrusted = moments.map((moment) => ({ ...moment, facts: { clock: { trusted: false, jump_s: null } } }));
  assert.equal(runAlerts(untrusted).events[0]?.dated, false);
  assert.equal(runAlerts(moments).events[0]?.dated, true);
});

test("memory stays bounded over a month of troubles", () => {
  const { state } = runAlerts(
    Array.from({ length: 1500 }, (_, index) => {
      const now = NOON + index * 1740;
      return { now, bms: [bmsSample(now, { cells: cells(3.3, { [(index % 16) + 1]: 2.8 }) })] };
    }),
  );
  assert.ok(JSON.stringify(state).length < 4000);
});

test("every definition is complete: defaults in range, times in order", () => {
  for (const id of ALERT_IDS) {
    const row: AlertDefinition = ALERTS[id];
    assert.match(id, /^[a-z][a-z_]*$/);
    for (const [name, { default: value, min, max, doc }] of Object.entries(row.thresholds)) {
      assert.ok(min <= value && value <= max && min < max, `${id}.${name}`);
      assert.ok(doc.length > 0, `${id}.${name}`);
    }
    if (row.watch) assert.ok({ above: "raise_above", below: "raise_below" }[row.watch.beyond] in row.thresholds, id);
    if (row.watch) assert.ok("clear_back" in row.thresholds, id);
    assert.ok(row.condition !== "" && row.clear_rule !== "", id);
    assert.ok(row.hold_s >= 0 && row.clear_hold_s >= 0 && row.cooldown_s >= 0 && row.hold_samples >= 1, id);
  }
});

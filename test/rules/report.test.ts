import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBounds, localTime } from "../../lib/base/local-time.ts";
import { formatReport } from "../../lib/publish/report-text.ts";
import { type AlertEvent, NO_COURSE } from "../../lib/rules/alerts/types.ts";
import { hourDue, reportDue } from "../../lib/rules/report/due.ts";
import { dailyReport } from "../../lib/rules/report/report.ts";
import type { CountedEnergy, ReportInput } from "../../lib/rules/report/types.ts";
import { countedEnergy } from "../../lib/view/energy.ts";
import { missingSeconds } from "../../lib/view/energy-flow.ts";
import { EnergyFold } from "../../lib/view/energy-fold.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { speech } from "../../lib/words/index.ts";
import { bmsSample, cells, inverterSample } from "./alerts-support.ts";

const EN = { speech: speech("en"), packs: 1 };
const RU = { speech: speech("ru"), packs: 1 };
const BERLIN = "Europe/Berlin";
const DAY = "2026-06-15";
const { start: MIDNIGHT, end: NEXT_MIDNIGHT } = dayBounds(DAY, BERLIN);

const utc = (text: string): number => Date.parse(text) / 1000;

/** What the stored history would say of these records: the same fold. */
function counted(bms: readonly BmsInput[], inverter: readonly InverterInput[], day: string): CountedEnergy {
  const { start, end } = dayBounds(day, BERLIN);
  const ofCounter = (key: keyof InverterInput) =>
    countedEnergy(
      [...inverter].sort((a, b) => a.at - b.at).map((one) => ({ at: one.at, value: one[key] as number | null })),
      start,
      end,
      6000,
    );
  const flow = (key: "charge_energy" | "discharge_energy") => {
    const packs = new Map<string, EnergyFold>();
    for (const { at, device, pack_voltage, battery_current } of [...bms].sort((a, b) => a.at - b.at)) {
      const kind = { energy: { charge_energy: { from: "power" }, discharge_energy: { from: "power" } } } as const;
      const fold = packs.get(device) ?? new EnergyFold(kind, new Map(), start);
      packs.set(device, fold);
      const power = pack_voltage === null || battery_current === null ? null : pack_voltage * battery_current * 1000;
      fold.add({ at, power }); // a repeated one adds nothing
    }
    const amounts = [...packs.values()].flatMap((fold) => [...fold.quarters.values()].flatMap((one) => one[key] ?? []));
    return amounts.length === 0 ? null : Number((amounts.reduce((a, b) => a + b, 0) / 1_000_000).toFixed(2));
  };
  const relay = new EnergyFold({ energy: { pv_energy: { from: "counter" } } }, new Map(), start);
  for (const { at, grid_relay_closed } of [...inverter].sort((a, b) => a.at - b.at)) {
    relay.add({ at, pv_energy: null, relay: grid_relay_closed === null ? null : Number(grid_relay_closed) });
  }
  const seconds = (key: "on_grid_s" | "off_grid_s") => {
    const known = [...relay.quarters.values()].flatMap((one) => one[key] ?? []);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
  };
  return {
    on_grid_s: seconds("on_grid_s"),
    off_grid_s: seconds("off_grid_s"),
    pv: ofCounter("pv_energy"),
    load: ofCounter("load_energy"),
    bought: ofCounter("grid_import_energy"),
    sold: ofCounter("grid_export_energy"),
    grid_charged: ofCounter("grid_charge_energy"),
    charged: flow("charge_energy"),
    discharged: flow("discharge_energy"),
  };
}

function input(over: Partial<ReportInput> = {}): ReportInput {
  return {
    now: NEXT_MIDNIGHT,
    counted: counted(over.bms ?? [], over.inverter ?? [], over.day ?? DAY),
    day: DAY,
    time_zone: BERLIN,
    bms: [],
    inverter: [],
    rated_power: 6000,
    empty_soc: 8,
    switches: [],
    alerts: [],
    open_alerts: [],
    earlier: [],
    machine: null,
    ...over,
  };
}

/** One sample a minute from `from` to `until`. */
function minutes<T>(from: number, until: number, make: (at: number, minute: number) => T): T[] {
  return Array.from({ length: Math.floor((until - from) / 60) }, (_, minute) => make(from + minute * 60, minute));
}

/** A plain day: 600 W load; off-grid from 10 to 16 h local; PV counts 1 kWh an hour from 8 to 18; 20 A charge at noon. */
function plainDay(until = NEXT_MIDNIGHT): { bms: BmsInput[]; inverter: InverterInput[] } {
  const hour = (at: number): number => (at - MIDNIGHT) / 3600;
  const bms = minutes(MIDNIGHT, until, (at) =>
    bmsSample(at, {
      soc: hour(at) < 6 ? 40 : 80,
      pack_voltage: 50,
      battery_current: hour(at) >= 12 && hour(at) < 13 ? 20 : hour(at) >= 20 && hour(at) < 22 ? -10 : 0,
      cells: at === MIDNIGHT + 7 * 3600 ? cells(3.3, { 5: 3.11, 9: 3.45 }) : cells(3.3),
    }),
  );
  const tenth = (value: number): number => Math.floor(value * 10) / 10;
  const inverter = minutes(MIDNIGHT - 60, until, (at) =>
    inverterSample(at, {
      ongrid_switch: hour(at) < 10 || hour(at) >= 16,
      grid_relay_closed: hour(at) < 10 || hour(at) >= 16,
      charge_stage: hour(at) >= 16 && hour(at) < 17 ? "float" : "absorb",
      pv_power: hour(at) >= 8 && hour(at) < 18 ? 1000 : 0,
      load_power: 600,
      pv_energy: tenth(100 + Math.min(Math.max(hour(at) - 8, 0), 10)),
      load_energy: tenth(300 + Math.max(hour(at), 0) * 0.6),
      grid_import_energy: tenth(200 + Math.max(hour(at), 0) * 0.15),
      grid_export_energy: 5,
      grid_charge_energy: tenth(10 + Math.max(hour(at), 0) / 24),
    }),
  );
  return { bms, inverter };
}

test("a plain day: energies, shares, SoC, cells, hours", () => {
  const report = dailyReport(input(plainDay()));
  assert.deepEqual(report.energy, {
    pv: 10,
    load: 14.3,
    bought: 3.5,
    sold: 0,
    grid_charged: 0.9,
    charged: 1,
    discharged: 1,
    saved: 11.52,
  });
  assert.equal(report.self_sufficiency, 76);
  assert.equal(report.self_consumption, 100);
  assert.deepEqual(report.soc, {
    now: 80,
    at_dawn: 80,
    min: { value: 40, at: MIDNIGHT },
    max: { value: 80, at: MIDNIGHT + 6 * 3600 },
  });
  assert.deepEqual(report.cells.lowest, { value: 3.11, at: MIDNIGHT + 7 * 3600, device: "main", cell: 5 });
  assert.deepEqual(report.cells.highest, { value: 3.45, at: MIDNIGHT + 7 * 3600, device: "main", cell: 9 });
  assert.deepEqual(report.cells.spread, { value: 0.34, at: MIDNIGHT + 7 * 3600 });
  assert.equal(report.off_grid_s, 6 * 3600);
  assert.equal(report.on_grid_s, 18 * 3600 - 60, "up to the last sample, as in the history");
  assert.equal(report.pv_unused_s, 3600);
  assert.equal(report.equivalent_cycles, 0.2);
  assert.equal(report.minutes_without_bms, 0);
  assert.equal(report.minutes_without_inverter, 0);
  assert.deepEqual(report.counter_faults, []);
});

test("a day without any data says so everywhere and invents no zero", () => {
  const report = dailyReport(input({ now: MIDNIGHT + 21 * 3600 }));
  assert.deepEqual(
    Object.values(report.energy),
    Array.from({ length: 8 }, () => null),
  );
  assert.equal(report.off_grid_s, null);
  assert.equal(report.soc.now, null);
  assert.equal(report.minutes_without_bms, 21 * 60);
  assert.equal(report.minutes_without_inverter, 21 * 60);
  const text = formatReport(report, EN);
  assert.match(text, /^Solar station, 15\sJun, until 21:00\nPV: no data\nHouse: no data\n/);
  assert.doesNotMatch(text, /\b0 kWh/);
});

test("one missing counter leaves the others", () => {
  const { bms, inverter } = plainDay();
  const report = dailyReport(input({ bms, inverter: inverter.map((one) => ({ ...one, grid_import_energy: null })) }));
  assert.equal(report.energy.bought, null);
  assert.equal(report.self_sufficiency, null);
  assert.equal(report.energy.pv, 10);
});

test("six hours without samples: minutes counted, energy of the battery not invented, counters go on", () => {
  const { bms, inverter } = plainDay();
  const gap = ({ at }: { at: number }): boolean => at < MIDNIGHT + 11 * 3600 || at >= MIDNIGHT + 17 * 3600;
  const report = dailyReport(input({ bms: bms.filter(gap), inverter: inverter.filter(gap) }));
  // As in the history, the last sample before a gap says nothing of the minute behind it.
  assert.equal(report.minutes_without_bms, 361);
  assert.equal(report.minutes_without_inverter, 361);
  assert.equal(report.energy.charged, 0);
  assert.equal(report.energy.pv, 10);
  assert.equal(report.off_grid_s, 3600 - 60, "the minute before the gap is not known");
});

test("missing minutes: what the history does not bridge either", () => {
  const missing = (times: number[], until: number, from = 0) =>
    missingSeconds(
      times.map((at) => ({ at })),
      from,
      until,
    );
  assert.equal(missing([0, 60, 120, 240, 300], 360), 0, "a lost minute is bridged");
  assert.equal(missing([], 360), 360);
  assert.equal(missing([0, 300, 600], 900), 0);
  assert.equal(missing([0, 60, 1000, 1060], 1120), 940);
  assert.equal(missing([-60, 0, 60, 120], 180), 0);
  assert.equal(missing([-20, 40, 100], 160, 0), 0, "midnight between two samples");
  assert.equal(missing([-1200, -600, 0, 600, 1200], 1800), 0, "every ten minutes is a habit");
});

test("samples every 5 minutes give the same hours and energies", () => {
  const { bms, inverter } = plainDay();
  const fifth = <T>(samples: T[]): T[] => samples.filter((_, index) => index % 5 === 0);
  const report = dailyReport(input({ bms: fifth(bms), inverter: fifth(inverter.slice(1)) }));
  assert.equal(report.off_grid_s, 6 * 3600);
  assert.equal(report.energy.charged, 1);
  assert.equal(report.minutes_without_bms, 0);
});

test("the same samples twice change nothing", () => {
  const { bms, inverter } = plainDay();
  assert.deepEqual(
    dailyReport(input({ bms: [...bms, ...bms], inverter: [...inverter, ...inverter] })).energy,
    dailyReport(input({ bms, inverter })).energy,
  );
});

const DOUBTED: Partial<BmsInput> = {
  ...{ soc: null, cells: cells(3.3, { 1: null, 2: null }), battery_current: null },
  doubts: ["soc", "cell_1", "cell_2", "battery_current"].map((key) => ({ key, code: "out_of_range", raw: 65535 })),
};

test("implausible values are counted and do not become extremes", () => {
  const { inverter } = plainDay();
  const bms = minutes(MIDNIGHT, MIDNIGHT + 3600, (at, minute) => bmsSample(at, minute === 5 ? DOUBTED : {}));
  const report = dailyReport(input({ bms, inverter, now: MIDNIGHT + 3600 }));
  assert.equal(report.implausible_samples, 1);
  assert.equal(report.soc.max?.value, 60);
  assert.equal(report.cells.lowest?.value, 3.3);
  assert.equal(report.battery_current.min?.value, 0);
});

test("two packs: energies add up, the present SoC is weighted, a silent one leaves no SoC", () => {
  const until = MIDNIGHT + 2 * 3600;
  const pack = (device: string, soc: number, capacity: number, end: number): BmsInput[] =>
    minutes(MIDNIGHT, end, (at) => bmsSample(at, { device, soc, capacity, battery_current: 10, pack_voltage: 50 }));
  const light = minutes(MIDNIGHT, until, (at) => inverterSample(at, { pv_power: at < MIDNIGHT + 5400 ? 0 : 100 }));
  const both = dailyReport(
    input({ now: until, bms: [...pack("a", 30, 100, until), ...pack("b", 60, 200, until)], inverter: light }),
  );
  assert.deepEqual(
    [both.soc.at_dawn, both.soc.min?.value, both.soc.max?.value],
    [50, 50, 50],
    "of the whole, not of one",
  );
  assert.equal(both.energy.charged, 1.98, "up to the last sample: nothing is known of the minute after it");
  assert.equal(both.soc.now, 50);
  const silent = dailyReport(
    input({ now: until, bms: [...pack("a", 30, 100, until), ...pack("b", 60, 200, until - 3600)], inverter: light }),
  );
  assert.equal(silent.soc.at_dawn, null, "the other does not speak for it");
  assert.equal(silent.soc.now, null);
  assert.equal(silent.minutes_without_bms, 61);
  const unsized = pack("b", 60, 200, until).map((sample) => ({ ...sample, capacity: null }));
  const alike = dailyReport(input({ now: until, bms: [...pack("a", 30, 100, until), ...unsized] }));
  assert.equal(alike.soc.now, 45, "packs count alike where one does not tell how large it is");
  assert.equal(alike.run_time_s, null);
});

test("days of 23 and 25 hours", () => {
  for (const [day, length] of [
    ["2026-03-29", 23],
    ["2026-10-25", 25],
    ["2028-02-29", 24],
    ["2026-12-31", 24],
  ] as const) {
    const { start, end } = dayBounds(day, BERLIN);
    assert.equal((end - start) / 3600, length, day);
    assert.deepEqual([localTime(start, BERLIN).day, localTime(start - 1, BERLIN).day < day], [day, true]);
    const inverter = minutes(start, end, (at) =>
      inverterSample(at, { ongrid_switch: false, grid_relay_closed: false }),
    );
    const report = dailyReport(input({ day, now: end, inverter }));
    assert.equal(report.off_grid_s, length * 3600 - 60, day);
    assert.equal(report.minutes_without_inverter, 0, day);
    assert.equal(report.energy.saved, Number((length * 0.03).toFixed(2)), day);
  }
  const { start, end } = dayBounds("2026-04-05", "Australia/Lord_Howe");
  assert.equal((end - start) / 3600, 24.5);
});

const DUE: readonly { name: string; now: string; last: string | null; want: string | null }[] = [
  { name: "before the hour", now: "2026-06-15T18:59:00Z", last: "2026-06-14", want: null },
  { name: "at the hour", now: "2026-06-15T19:00:00Z", last: "2026-06-14", want: "2026-06-15" },
  { name: "late cron in the same evening", now: "2026-06-15T21:59:00Z", last: "2026-06-14", want: "2026-06-15" },
  { name: "once", now: "2026-06-15T19:01:00Z", last: "2026-06-15", want: null },
  {
    name: "missed in the evening: next run, next morning",
    now: "2026-06-16T05:00:00Z",
    last: "2026-06-14",
    want: "2026-06-15",
  },
  { name: "a week away: only yesterday", now: "2026-06-20T05:00:00Z", last: "2026-06-14", want: "2026-06-19" },
  { name: "very first morning", now: "2026-06-16T05:00:00Z", last: null, want: null },
  { name: "the clock had been years ahead", now: "2026-06-15T19:00:00Z", last: "2036-01-01", want: "2026-06-15" },
  { name: "winter time: 20:59 local", now: "2026-12-15T19:59:00Z", last: "2026-12-14", want: null },
];
for (const { name, now, last, want } of DUE) {
  test(`due: ${name}`, () => assert.equal(reportDue(utc(now), BERLIN, 21, last), want));
}

test("hourly: once in each wanted hour, over midnight too, never made up for", () => {
  const evening = { from: 15, to: 21 };
  const at = (text: string, last: string | null, hours = evening) => hourDue(utc(text), BERLIN, hours, last);
  assert.equal(at("2026-06-15T12:59:00Z", null), null);
  assert.equal(at("2026-06-15T13:00:00Z", null), "2026-06-15 15");
  assert.equal(at("2026-06-15T13:59:00Z", "2026-06-15 15"), null);
  assert.equal(at("2026-06-15T19:30:00Z", "2026-06-15 15"), "2026-06-15 21");
  assert.equal(at("2026-06-15T20:00:00Z", "2026-06-15 15"), null);
  assert.equal(at("2026-06-15T22:10:00Z", null, { from: 22, to: 1 }), "2026-06-16 00");
  assert.equal(hourDue(utc("2026-06-15T13:00:00Z"), BERLIN, null, null), null);
});

test("alerts of the day with their count; open ones; switches; sums of month and week", () => {
  const event = (at: number, severity: AlertEvent["severity"], key: string, cell: number): AlertEvent => ({
    at,
    id: "cell_low",
    key,
    kind: "raised",
    severity,
    since: at,
    dated: true,
    values: { cell },
    course: NO_COURSE,
  });
  const energy = { ...dailyReport(input(plainDay())).energy, bought: null };
  const sunday = "2026-06-21";
  const { start } = dayBounds(sunday, BERLIN);
  const report = dailyReport(
    input({
      day: sunday,
      now: start + 21 * 3600,
      alerts: [
        event(start + 60, "warning", "cell_low:main", 1),
        event(start + 600, "warning", "cell_low:main", 2),
        event(start + 700, "critical", "grid_lost", 3),
        event(start - 60, "warning", "soc_low:main", 4),
      ],
      open_alerts: [{ key: "grid_lost", id: "grid_lost", severity: "critical", since: start + 700, values: {} }],
      switches: [{ at: start + 36_000, to: "off", cause: "G2" }],
      earlier: [
        { day: "2026-05-31", energy },
        { day: "2026-06-14", energy },
        { day: "2026-06-20", energy },
      ],
    }),
  );
  assert.deepEqual(
    report.alerts.map(({ key, count, severity }) => `${severity} ${key} ${count}`),
    ["critical grid_lost 1", "warning cell_low:main 2"],
  );
  assert.equal(report.month.days, 3);
  assert.equal(report.month.energy.pv, 20);
  assert.equal(report.month.energy.bought, null);
  assert.equal(report.week?.energy.pv, 10);
  const text = formatReport(report, EN);
  assert.match(text, /\n {2}10:00 off the grid: the sun is enough\n/);
  assert.match(text, /\n {2}2× Cell 2 of the battery is low\./);
  assert.match(text, /still open: Grid lost \(since 00:11\)/);
  assert.match(text, /Month \(3\sd\): PV 20\.0\skWh/);
});

test("the text says how the saving was estimated, in both languages", () => {
  const report = dailyReport(input(plainDay()));
  assert.match(formatReport(report, EN), /Saved: 11\.5\d?\skWh \(estimate: what always being on the grid/);
  assert.match(formatReport(report, EN), /Lowest cell: 3\.11\sV, cell 5 \(07:00\)/);
  const russian = formatReport(report, RU);
  assert.match(russian, /Сэкономлено: 11,5\d?\sкВт·ч \(оценка: сколько пришлось бы купить/);
  assert.match(russian, /Нижняя ячейка: 3,11\sВ, ячейка 5 \(07:00\)/);
  assert.equal(russian.split("\n").length, formatReport(report, EN).split("\n").length);
  assert.doesNotMatch(formatReport(report, EN) + russian, /undefined|null|NaN/);
});

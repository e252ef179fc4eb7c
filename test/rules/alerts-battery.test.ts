import assert from "node:assert/strict";
import { test } from "node:test";
import { faultFlag } from "../../lib/codec/bits.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { bmsMinutes, bmsSample, cells, type Moment, NOON, outline, runAlerts } from "./alerts-support.ts";

interface Case {
  readonly name: string;
  readonly moments: readonly Moment[];
  /** Every event, as "kind key". */
  readonly want: readonly string[];
  /** Words that the texts must hold, in the order of the events. */
  readonly says?: readonly RegExp[];
}

const CASES: readonly Case[] = [
  { name: "a healthy day says nothing", moments: bmsMinutes(60, () => ({})), want: [] },
  {
    name: "one runaway cell in a normal pack is high: the highest cell decides, not the lowest",
    moments: bmsMinutes(4, () => ({ cells: cells(3.34, { 9: 3.62 }), soc: 95 })),
    want: ["raised cell_high:main"],
    says: [/^Cell 9 of the battery is high: 3\.62\sV, spread 280\smV, current 0\.0\sA, charge 95\s%/],
  },
  {
    name: "all cells just below the limit are not high",
    moments: bmsMinutes(10, () => ({ cells: cells(3.59), soc: 95 })),
    want: [],
  },
  {
    name: "a high cell that climbs on becomes critical at once",
    moments: bmsMinutes(5, (minute) => ({ cells: cells(3.4, { 3: minute < 3 ? 3.61 : 3.66 }), soc: 95 })),
    want: ["raised cell_high:main", "raised cell_high:main"],
    says: [/3\.61\sV/, /3\.66\sV/],
  },
  {
    name: "a low cell after its hold names cell, spread and current",
    moments: bmsMinutes(8, () => ({ cells: cells(3.22, { 7: 3.05 }), battery_current: 0, soc: 30 })),
    want: ["raised cell_low:main"],
    says: [/^Cell 7 of the battery is low: 3\.05\sV, .*spread 170\smV, charge 30\s%/],
  },
  {
    name: "the sag of a kettle is no low cell",
    moments: bmsMinutes(12, (minute) =>
      minute % 6 < 4 ? { cells: cells(3.09), battery_current: -60, soc: 40 } : { cells: cells(3.22), soc: 40 },
    ),
    want: [],
  },
  {
    name: "2.95 V once is no emergency, twice in a row is; recovery after 10 minutes",
    moments: bmsMinutes(20, (minute) => ({
      cells: minute === 0 || minute === 2 || minute === 3 ? cells(3.3, { 2: 2.95 }) : cells(3.3),
    })),
    want: ["raised cell_emergency:main", "cleared cell_emergency:main"],
    says: [/^Cell 2 of the battery is nearly empty: 2\.95\sV/, /It lasted 1\smin/],
  },
  {
    name: "2.90 V once is an emergency",
    moments: bmsMinutes(1, () => ({ cells: cells(3.3, { 2: 2.9 }) })),
    want: ["raised cell_emergency:main"],
  },
  {
    name: "imbalance at rest on the plateau, after 15 minutes",
    moments: bmsMinutes(17, () => ({ cells: cells(3.3, { 4: 3.42 }) })),
    want: ["raised cell_spread:main"],
    says: [/cell 1 at 3\.30\sV, cell 4 at 3\.42\sV/],
  },
  {
    name: "the same spread under current says nothing",
    moments: bmsMinutes(40, () => ({ cells: cells(3.3, { 4: 3.42 }), battery_current: 30 })),
    want: [],
  },
  {
    name: "current above 60 A in two records, either direction",
    moments: bmsMinutes(3, () => ({ battery_current: -70 })),
    want: ["raised over_current:main"],
    says: [/−70\.0\sA, limit 60\.0\sA/],
  },
  {
    name: "a large pack may carry more",
    moments: bmsMinutes(5, () => ({ battery_current: -150, capacity: 280 })),
    want: [],
  },
  {
    name: "hot battery, critical from 10 more",
    moments: bmsMinutes(8, () => ({ battery_temperature_2: 61 })),
    want: ["raised battery_temperature_high:main"],
  },
  {
    name: "cold battery",
    moments: bmsMinutes(8, () => ({ battery_temperature_1: 1 })),
    want: ["raised battery_temperature_low:main"],
  },
  {
    name: "hot transistors",
    moments: bmsMinutes(8, () => ({ mosfet_temperature: 90 })),
    want: ["raised mosfet_temperature:main"],
  },
  {
    name: "every warning bit is its own alert, in words; a cleared bit is told",
    moments: bmsMinutes(12, (minute) => ({
      warnings:
        minute < 4
          ? [faultFlag(BMS_FIELDS.warnings, 7), faultFlag(BMS_FIELDS.warnings, 11)]
          : [faultFlag(BMS_FIELDS.warnings, 7)],
    })),
    want: ["raised bms_fault:main/7", "raised bms_fault:main/11", "cleared bms_fault:main/11"],
    says: [
      /reports: cell difference too big\.$/,
      /reports: cell under-voltage\.$/,
      /no longer reports: cell under-voltage/,
    ],
  },
  {
    name: "switches off",
    moments: bmsMinutes(3, () => ({ charge_mosfet_on: false, discharge_mosfet_on: false })),
    want: ["raised charge_mosfet_off:main", "raised discharge_mosfet_off:main"],
  },
  {
    name: "low battery, with hysteresis: 22 % does not clear it",
    moments: bmsMinutes(40, (minute) => ({ soc: minute < 8 ? 19 : 22, cells: cells(3.25) })),
    want: ["raised soc_low:main"],
  },
  {
    name: "a counter that says 15 % on the plateau is doubted",
    moments: bmsMinutes(32, () => ({ soc: 15 })),
    want: ["raised soc_low:main", "raised soc_mistrust:main"],
  },
  {
    name: "values that are not believed are named and judge nothing",
    moments: bmsMinutes(6, () => ({
      cells: cells(3.3, { 1: null, 2: null, 3: null }),
      soc: null,
      battery_current: null,
      doubts: [
        { key: "cell_1", code: "out_of_range", raw: 0 },
        { key: "cell_2", code: "out_of_range", raw: 65535 },
        { key: "soc", code: "out_of_range", raw: 255 },
        { key: "battery_current", code: "out_of_range", raw: -32768 },
        { key: "pack_voltage", code: "contradicts", raw: 65535 },
      ],
    })),
    want: ["raised bms_implausible:main"],
    says: [/not believed: Cell 1, Cell 2, SoC, Battery current, Pack voltage and 1 more\. All others count/],
  },
  {
    name: "a cell that reads nonsense beside a reported empty battery is an emergency",
    moments: bmsMinutes(1, () => ({
      cells: cells(3.3, { 4: null }),
      doubts: [{ key: "cell_4", code: "out_of_range", raw: 12 }],
      discharge_mosfet_on: false,
    })),
    want: ["raised cell_emergency:main"],
    says: [/^Cell 4 of the battery reads nonsense/],
  },
  {
    name: "a sample dated in the future is not judged, and its device counts as stale",
    moments: [{ now: NOON, bms: [bmsSample(NOON + 3600, { cells: cells(3.3, { 1: 2.5 }) })] }],
    want: ["raised data_stale:main"],
    says: [/dated in the future/],
  },
  {
    name: "two packs are judged apart",
    moments: Array.from({ length: 3 }, (_, minute) => ({
      now: NOON + minute * 60,
      bms: [
        bmsSample(NOON + minute * 60, { device: "a" }),
        bmsSample(NOON + minute * 60, { device: "b", cells: cells(3.3, { 5: 2.8 }) }),
      ],
    })),
    want: ["raised cell_emergency:b"],
  },
];

for (const { name, moments, want, says } of CASES) {
  test(name, () => {
    const { events } = runAlerts(moments);
    assert.deepEqual(outline(events), want);
    for (const [index, words] of (says ?? []).entries()) assert.match(events[index]?.text ?? "", words);
  });
}

test("severity: runaway cell warns, 3.65 V and an emptied cell are critical, harmless bits inform", () => {
  const severities = (over: Parameters<typeof bmsSample>[1]): string[] =>
    runAlerts(bmsMinutes(3, () => over ?? {})).events.map(({ severity }) => severity);
  assert.deepEqual(severities({ cells: cells(3.4, { 1: 3.62 }) }), ["warning"]);
  assert.deepEqual(severities({ cells: cells(3.4, { 1: 3.65 }) }), ["critical"]);
  assert.deepEqual(severities({ cells: cells(3.3, { 1: 2.9 }) }), ["critical"]);
  assert.deepEqual(severities({ warnings: [faultFlag(BMS_FIELDS.warnings, 0)] }), ["info"]);
  assert.deepEqual(severities({ warnings: [faultFlag(BMS_FIELDS.warnings, 3)] }), ["critical"]);
});

test("the same sample offered 20 times counts once", () => {
  const sample = bmsSample(NOON, { cells: cells(3.4, { 1: 3.62 }) });
  const repeats = Array.from({ length: 20 }, (_, index) => ({ now: NOON + index, bms: index === 0 ? [sample] : [] }));
  const once = runAlerts(repeats);
  assert.deepEqual(outline(once.events), []);
  assert.equal(once.state.tracks["cell_high:main"]?.pending_samples, 1);
  const second = { now: NOON + 60, bms: [sample, bmsSample(NOON + 60, { cells: cells(3.4, { 1: 3.62 }) })] };
  assert.deepEqual(outline(runAlerts([...repeats, second]).events), ["raised cell_high:main"]);
});

test("holds are seconds: one run a minute and one in five minutes raise at the same time", () => {
  const low = (at: number): ReturnType<typeof bmsSample> => bmsSample(at, { soc: 18, cells: cells(3.24) });
  const raisedAt = (step: number): number | undefined => {
    const moments = Array.from({ length: 1200 / step + 1 }, (_, index) => ({
      now: NOON + index * step,
      bms: [low(NOON + index * step)],
    }));
    return runAlerts(moments).events.find(({ id }) => id === "soc_low")?.at;
  };
  assert.equal(raisedAt(60), NOON + 300);
  assert.equal(raisedAt(300), NOON + 300);
  assert.equal(raisedAt(30), NOON + 300);
});

test("one late run over many samples judges as many runs would", () => {
  const samples = Array.from({ length: 9 }, (_, minute) =>
    bmsSample(NOON + minute * 60, { soc: 18, cells: cells(3.24) }),
  );
  const { events } = runAlerts([{ now: NOON + 500, bms: samples }]);
  assert.deepEqual(outline(events), ["raised soc_low:main"]);
  assert.equal(events[0]?.at, NOON + 300);
});

test("two bad samples an hour apart prove no hold", () => {
  const far = [0, 3600].map((offset) => ({
    now: NOON + offset,
    bms: [bmsSample(NOON + offset, { soc: 18, cells: cells(3.24) })],
  }));
  const { events } = runAlerts(far);
  assert.deepEqual(outline(events), []);
});

test("a long trouble is reminded in its interval and its recovery is told once with its length", () => {
  const { events } = runAlerts(bmsMinutes(200, (minute) => ({ battery_temperature_1: minute < 150 ? 55 : 30 })));
  assert.deepEqual(outline(events), [
    "raised battery_temperature_high:main",
    "reminded battery_temperature_high:main",
    "reminded battery_temperature_high:main",
    "cleared battery_temperature_high:main",
  ]);
  assert.match(events[1]?.text ?? "", /Still so after 1\sh 5\smin/);
  assert.match(events[3]?.text ?? "", /It lasted 2\sh 30\smin/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateAlerts } from "../../lib/rules/alerts/evaluate.ts";
import type { AlertFacts } from "../../lib/rules/alerts/types.ts";
import {
  bmsSample,
  cells,
  inverterMinutes,
  inverterSample,
  type Moment,
  NOON,
  outline,
  QUIET_FACTS,
  runAlerts,
  SETTINGS,
} from "./alerts-support.ts";

const NO_SWITCH = {
  ...{ automatic: true, blocking: null, budget: null, unconfirmed: null, switches: [] },
  ...{ position: "on" as const, blind: null },
};
const AT_NIGHT = NOON + 10 * 3600;

function factMinutes(minutes: number, facts: (minute: number) => Partial<AlertFacts>): Moment[] {
  return Array.from({ length: minutes }, (_, minute) => ({ now: NOON + minute * 60, facts: facts(minute) }));
}

/** Both devices every minute. */
function plantMinutes(
  minutes: number,
  over: (minute: number) => {
    bms?: Parameters<typeof bmsSample>[1];
    inverter?: Parameters<typeof inverterSample>[1];
    facts?: Partial<AlertFacts>;
  },
): Moment[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const now = NOON + minute * 60;
    const { bms, inverter, facts } = over(minute);
    return { now, bms: [bmsSample(now, bms)], inverter: [inverterSample(now, inverter)], facts: facts ?? {} };
  });
}

const CASES: readonly {
  name: string;
  moments: readonly Moment[];
  want: readonly string[];
  says?: readonly RegExp[];
}[] = [
  { name: "a healthy plant says nothing", moments: plantMinutes(60, () => ({})), want: [] },
  {
    name: "one dip of the grid is no outage",
    moments: inverterMinutes(10, (minute) => (minute === 3 ? { grid_voltage: 0, grid_frequency: 0 } : {})),
    want: [],
  },
  {
    name: "an outage is confirmed by the second sample, tells run time, and its return tells the length",
    moments: plantMinutes(30, (minute) => ({
      inverter: minute >= 3 && minute < 20 ? { grid_voltage: 0, grid_frequency: 0 } : {},
    })),
    want: ["raised grid_lost", "cleared grid_lost"],
    says: [
      /Battery 60\s%\. It lasts about 3\sh 30\smin: the house draws 600\sW\./,
      /The grid is back: 230\sV, 50\.0\sHz\..* It lasted 17\smin/,
    ],
  },
  {
    name: "right voltage at a wrong frequency is no grid",
    moments: inverterMinutes(4, () => ({ grid_frequency: 38 })),
    want: ["raised grid_lost"],
  },
  {
    name: "detached, 0 V behind the relay says nothing about the grid",
    moments: inverterMinutes(10, () => ({ ongrid_switch: false, grid_voltage: 0, grid_frequency: 0 })),
    want: [],
  },
  {
    name: "a running outage is told again at 50, 30 and 20 %",
    moments: plantMinutes(55, (minute) => ({
      bms: { soc: Math.max(15, 62 - minute), cells: cells(3.29) },
      inverter: { grid_voltage: 0, grid_frequency: 0, load_power: null },
    })),
    want: ["raised grid_lost", "reminded grid_lost", "reminded grid_lost", "reminded grid_lost", "raised soc_low:main"],
    says: [/^No grid\. Battery 61\s%\.$/, /Battery 50\s%/, /Battery 30\s%/, /Battery 20\s%/],
  },
  {
    name: "a value that is not believed is told when it lasts, and is no outage",
    moments: inverterMinutes(5, () => ({
      grid_voltage: null,
      grid_frequency: null,
      doubts: [{ key: "grid_voltage", code: "out_of_range", raw: 65535, low: 0, high: 300 }],
    })),
    want: ["raised inverter_implausible"],
    says: [/values that are not believed: Grid voltage\. All others count/],
  },
  {
    name: "hot inverter",
    moments: inverterMinutes(8, () => ({ inverter_temperature: 85 })),
    want: ["raised inverter_temperature"],
  },
  {
    name: "error and warning bits in words",
    moments: inverterMinutes(3, () => ({
      errors: [{ word: "error_1", bit: 6, label: "overload timeout", severity: "critical", ends_off_grid: true }],
      warnings: [{ word: "warning_1", bit: 5, label: null, severity: "warning", ends_off_grid: false }],
    })),
    want: ["raised inverter_error:error_1.6", "raised inverter_warning:warning_1.5"],
    says: [/error: overload timeout\.$/, /warns: a fault without a name \(no\. 5\)\.$/],
  },
  {
    name: "the charger's PV voltage too low is normal at night",
    moments: inverterMinutes(
      30,
      () => ({
        pv_power: 0,
        errors: [
          { word: "charger_errors", bit: 5, label: "PV voltage too low", severity: "warning", ends_off_grid: false },
        ],
      }),
      AT_NIGHT,
    ),
    want: [],
  },
  {
    name: "the same at noon is told",
    moments: inverterMinutes(3, () => ({
      errors: [
        { word: "charger_errors", bit: 5, label: "PV voltage too low", severity: "warning", ends_off_grid: false },
      ],
    })),
    want: ["raised inverter_error:charger_errors.5"],
  },
  {
    name: "BMS and inverter differ by 3 V for 10 minutes",
    moments: plantMinutes(12, () => ({ inverter: { battery_voltage: 49.8 } })),
    want: ["raised sensors_disagree"],
    says: [/BMS 52\.8\sV, 0\.0\sA, inverter 49\.8\sV, 0\.0\sA/],
  },
  {
    name: "float on the grid at noon is sun unused, and the guard is named",
    moments: inverterMinutes(32, () => ({ charge_stage: "float", pv_power: 20 })).map((moment) => ({
      ...moment,
      facts: { grid_switch: { ...NO_SWITCH, blocking: { code: "temperature", value: -4, limit: null } } },
    })),
    want: ["raised pv_wasted"],
    says: [/the battery is full, PV 20\sW\. Why it stays on the grid: a temperature is out of its limits/],
  },
  {
    name: "feed-in mode is named while the charge MOSFET is off and the sold counter rises",
    moments: plantMinutes(5, (minute) => ({
      bms: { charge_mosfet_on: false },
      inverter: { grid_power: 0, grid_export_energy: 5 + (minute + 1) / 10 },
    })),
    want: ["raised charge_mosfet_off:main", "raised feed_in"],
    says: [/switched charging off/, /sells to the grid while the BMS has charging switched off.*sold in all 5\.4\skWh/],
  },
  {
    name: "feed-in mode by the estimate",
    moments: plantMinutes(3, () => ({
      bms: { charge_mosfet_on: false },
      inverter: { grid_power: 0, grid_power_estimated: -400 },
    })),
    want: ["raised charge_mosfet_off:main", "raised feed_in"],
    says: [/./, /about 400\sW/],
  },
  {
    name: "export with the charge MOSFET on is no feed-in mode",
    moments: plantMinutes(5, () => ({ inverter: { grid_power: 0, grid_power_estimated: -400 } })),
    want: [],
  },
  {
    name: "a silent device after 5 minutes; its staleness is no second message on the grid",
    moments: Array.from({ length: 20 }, (_, minute) => ({
      now: NOON + minute * 60,
      facts: {
        devices: [
          {
            kind: "bms" as const,
            device: "main",
            last_sample_at: NOON - 60,
            silent_since: NOON,
            failure: "silent" as const,
          },
        ],
      },
    })),
    want: ["raised device_silent:main"],
    says: [/^The BMS does not answer\. Look at cable/],
  },
  {
    name: "while off-grid stale data is critical even when the device is known to be silent",
    moments: [
      { now: NOON, inverter: [inverterSample(NOON, { ongrid_switch: false })] },
      {
        now: NOON + 700,
        facts: {
          devices: [
            { kind: "inverter", device: "inverter", last_sample_at: NOON, silent_since: NOON + 60, failure: "silent" },
          ],
        },
      },
    ],
    want: ["raised data_stale:inverter"],
    says: [/^No fresh data of the inverter: the newest is 12\smin old\. The house was off-grid when last seen/],
  },
  {
    name: "a failing job after a quarter of an hour",
    moments: factMinutes(17, () => ({
      failing_jobs: [{ name: "mqtt-push", since: NOON, exit: 69 }],
    })),
    want: ["raised job_failed:mqtt-push"],
  },
  {
    name: "a foreign write is told once and closed after a quiet hour",
    moments: factMinutes(62, () => ({
      foreign_writes: [{ at: NOON, name: "ongrid_switch", old_value: "off", new_value: "on" }],
    })),
    want: ["raised foreign_write:ongrid_switch", "cleared foreign_write:ongrid_switch"],
    says: [/^"On-grid switch" was changed, not by an order of this station: off → on\.$/],
  },
  {
    name: "a second master",
    moments: factMinutes(2, () => ({ second_master: { at: NOON, signs: 3 } })),
    want: ["raised second_master"],
  },
  {
    name: "a switch that is not executed: told at the third attempt, cleared by the read-back",
    moments: factMinutes(6, (minute) => ({
      grid_switch: {
        ...NO_SWITCH,
        unconfirmed:
          minute < 5
            ? { wanted: "on" as const, since: NOON, attempts: minute + 1, gave_up: false, fate: "expired" }
            : null,
      },
    })),
    want: ["raised switch_not_executed", "cleared switch_not_executed"],
    says: [
      /did not go back to the grid after 3 tries\. The last order expired before it was sent\. Switch it at the inverter's panel/,
      /^The inverter is on the grid, as wanted now\./,
    ],
  },
  {
    name: "the budget is used up once a day",
    moments: factMinutes(120, () => ({ grid_switch: { ...NO_SWITCH, budget: { used: 10, limit: 10 } } })),
    want: ["raised budget_exhausted"],
  },
  {
    name: "disk nearly full by either limit, with hysteresis",
    moments: factMinutes(20, (minute) => ({
      disk: { path: "/var", free_percent: minute < 2 ? 4 : minute < 10 ? 5.5 : 20, free_mib: 900 },
    })),
    want: ["raised disk_low", "cleared disk_low"],
  },
  {
    name: "an order to leave the grid that was given up stays told until it is true or no longer wanted",
    moments: factMinutes(90, (minute) => ({
      grid_switch: {
        ...NO_SWITCH,
        unconfirmed:
          minute < 80 ? { wanted: "off" as const, since: NOON, attempts: 3, gave_up: true, fate: "failed" } : null,
      },
    })),
    want: [
      "raised switch_not_executed",
      "reminded switch_not_executed",
      "reminded switch_not_executed",
      "cleared switch_not_executed",
    ],
    says: [/did not leave the grid after 3 tries\. The last try failed\. The house stays on the grid/],
  },
  {
    name: "off-grid and blind",
    moments: factMinutes(30, (minute) => ({
      grid_switch: {
        ...NO_SWITCH,
        position: "off",
        blind: minute < 10 ? { bms_age_s: 720, inverter_age_s: null, next: "ordered" as const } : null,
      },
    })),
    want: ["raised blind", "cleared blind"],
    says: [
      /too little is known to stay so: data of the BMS 12\smin old, no data of the inverter\. It goes back to the grid\.$/,
    ],
  },
  {
    name: "state that cannot be written, settings that make the switching rest",
    moments: factMinutes(1, () => ({
      state_writable: false,
      invalid_settings: { mode: "eco", parameters: ["reserve"] },
    })),
    want: ["raised state_not_writable", "raised settings_invalid"],
  },
  {
    name: "a clock that is not set for five minutes",
    moments: factMinutes(7, () => ({ clock: { trusted: false, jump_s: null } })),
    want: ["raised clock_untrusted"],
  },
  {
    name: "each executed switch is told once, however often it is reported",
    moments: factMinutes(10, () => ({
      grid_switch: {
        ...NO_SWITCH,
        switches: [
          {
            at: NOON - 60,
            to: "off",
            cause: "G2",
            soc: 71,
            cell_voltage_min: 3.31,
            pv_power: 900,
            load_power: 500,
          },
        ],
      },
    })),
    want: ["info switched"],
    says: [
      /^The house is off-grid: the sun is enough\. Charge 71\s%, lowest cell 3\.31\sV, PV 900\sW, house 500\sW\.$/,
    ],
  },
];

for (const { name, moments, want, says } of CASES) {
  test(name, () => {
    const { events } = runAlerts(moments);
    assert.deepEqual(outline(events), want);
    for (const [index, words] of (says ?? []).entries()) assert.match(events[index]?.text ?? "", words);
  });
}

test("the grid returning five times for 20 s is one outage with interruptions", () => {
  const moments: Moment[] = [];
  for (let second = 0; second < 1800; second += 5) {
    const at = NOON + second;
    const in_outage = second >= 60 && second < 1000;
    const short_return = [200, 350, 500, 650, 800].some((from) => second >= from && second < from + 20);
    const lost = in_outage && !short_return;
    moments.push({ now: at, inverter: [inverterSample(at, lost ? { grid_voltage: 0, grid_frequency: 0 } : {})] });
  }
  const { events } = runAlerts(moments);
  assert.deepEqual(outline(events), ["raised grid_lost", "cleared grid_lost"]);
  assert.match(events[1]?.text ?? "", /It lasted 16\smin\. It was interrupted 5 times\./);
});

test("stale data: told after 10 minutes, loudly off-grid, cleared when fresh for 5", () => {
  const silent = (ongrid_switch: boolean): Moment[] => [
    { now: NOON, inverter: [inverterSample(NOON, { ongrid_switch })] },
    ...Array.from({ length: 15 }, (_, minute) => ({ now: NOON + (minute + 1) * 60 })),
    ...Array.from({ length: 7 }, (_, minute) => {
      const now = NOON + (minute + 16) * 60;
      return { now, inverter: [inverterSample(now, { ongrid_switch })] };
    }),
  ];
  const on_grid = runAlerts(silent(true)).events;
  assert.deepEqual(outline(on_grid), ["raised data_stale:inverter", "cleared data_stale:inverter"]);
  assert.equal(on_grid[0]?.at, NOON + 11 * 60);
  assert.equal(on_grid[0]?.severity, "warning");
  assert.equal(runAlerts(silent(false)).events[0]?.severity, "critical");
});

test("no off-grid time for 72 h although PV exceeded the need; a long outage of the automation is silent", () => {
  const hours = (automatic: boolean): Moment[] =>
    Array.from({ length: 75 * 6 }, (_, index) => {
      const now = NOON + index * 600;
      return {
        now,
        inverter: [inverterSample(now, { pv_power: 1200, load_power: 500 })],
        facts: { grid_switch: { ...NO_SWITCH, automatic, blocking: { code: "manual", value: 12, limit: 0 } } },
      };
    });
  const { events } = runAlerts(hours(true));
  assert.deepEqual(outline(events), ["raised no_solar"]);
  assert.match(events[0]?.text ?? "", /for 3\sd .* hands off for 12\smin more/);
  assert.deepEqual(outline(runAlerts(hours(false)).events), []);
});

test("no full charge for 30 days; a full charge clears it", () => {
  const moments: Moment[] = Array.from({ length: 32 }, (_, day) => {
    const now = NOON + day * 86_400;
    return { now, bms: [bmsSample(now, day === 31 ? { soc: 100, cells: cells(3.47) } : {})] };
  });
  assert.deepEqual(outline(runAlerts(moments).events), ["raised never_full", "cleared never_full"]);
});

test("a machine of several that has long been silent does not keep what is left from being judged", () => {
  let state: unknown = null;
  const told = Array.from({ length: 4 }, (_, minute) => NOON + minute * 60).flatMap((now) => {
    const result = evaluateAlerts({
      ...{ now, state, settings: SETTINGS, bms: [] },
      inverter: [
        inverterSample(now, {
          errors: [{ word: "error_1", bit: 6, label: "overload", severity: "critical", ends_off_grid: true }],
        }),
      ],
      machines: [{ ...inverterSample(NOON - 7200), device: "old" }],
      facts: QUIET_FACTS,
    });
    state = result.state;
    return outline(result.events);
  });
  assert.deepEqual(told, ["raised inverter_error:error_1.6"]);
});

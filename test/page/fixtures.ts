import { addDays } from "../../lib/base/local-time.ts";
import { snapshotFromRaw } from "../../lib/codec/values.ts";
import { BMS_FIELDS, type BmsRaw, type BmsSample } from "../../lib/devices/bms/sample.ts";
import { derive } from "../../lib/devices/inverter/derived.ts";
import {
  INVERTER_SAMPLE_FIELDS,
  type InverterSampleRaw,
  type InverterValues,
} from "../../lib/devices/inverter/sample.ts";
import type {
  BmsView,
  CellWeek,
  DaySeries,
  EnergyDay,
  FedDay,
  InverterTotals,
  InverterView,
  PageModel,
} from "../../lib/page/model.ts";
import { headlineOf } from "../../lib/rules/headline.ts";
import { livePowers } from "../../lib/view/live-powers.ts";
import { type Language, speech } from "../../lib/words/index.ts";

/** 2026-06-21 13:00 in Kyiv. */
export const NOON = Date.UTC(2026, 5, 21, 10, 0, 0) / 1000;
/** 2026-11-22 23:40 in Kyiv. */
export const NIGHT = Date.UTC(2026, 10, 22, 21, 40, 0) / 1000;

type InverterRaw = { readonly [K in keyof InverterSampleRaw]?: number };

/** Engineering values from scaled integers; what is not named was not reported. */
export function inverterValues(raw: InverterRaw): InverterValues {
  return snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw);
}

/** A BMS sample; what is not named was not reported. */
export function bmsSample(raw: Partial<BmsRaw>, cells: readonly (number | null)[]): BmsSample {
  const empty = Object.fromEntries(Object.keys(BMS_FIELDS).map((key) => [key, null])) as unknown as BmsRaw;
  return { ...empty, ...raw, cells, good_answers: 5, bad_answers: 0 };
}

const RELAYS = {
  inverter_relay_closed: 1,
  load_relay_closed: 1,
  neutral_relay_closed: 1,
  dc_relay_closed: 1,
  earth_relay_closed: 0,
  charger_battery_relay_closed: 1,
};
const CALM = {
  inverter_errors_1: 0,
  inverter_errors_2: 0,
  inverter_errors_3: 0,
  inverter_warnings_1: 0,
  inverter_warnings_2: 0,
  charger_errors: 0,
  charger_warnings: 0,
  battery_voltage_grade: 48,
  energy_flow: 0,
};

const SUMMER_NOON = inverterValues({
  ...RELAYS,
  ...CALM,
  work_state: 2,
  battery_voltage: 536,
  inverter_voltage: 2301,
  grid_voltage: 2278,
  bus_voltage: 4331,
  control_current: 12,
  inverter_current: 58,
  grid_current: 0,
  load_current: 58,
  inverter_power: 1246,
  grid_power: 0,
  load_power: 1246,
  load_percent: 25,
  load_apparent_power: 1334,
  inverter_frequency: 5000,
  grid_frequency: 4998,
  ac_radiator_temperature: 44,
  transformer_temperature: 51,
  dc_radiator_temperature: 47,
  charger_radiator_temperature: 49,
  grid_relay_closed: 0,
  pv_relay_closed: 1,
  charger_work_state: 2,
  mppt_state: 1,
  charge_stage: 1,
  pv_voltage: 1123,
  charger_battery_voltage: 537,
  pv_charge_current: 621,
  pv_power: 3334,
  battery_power: 2011,
  battery_current: 38,
  ongrid_switch: 0,
});

const QUIET_NIGHT = inverterValues({
  ...RELAYS,
  ...CALM,
  work_state: 4,
  battery_voltage: 512,
  inverter_voltage: 2264,
  grid_voltage: 2264,
  bus_voltage: 4102,
  inverter_current: 3,
  grid_current: 17,
  load_current: 15,
  inverter_power: -21,
  grid_power: 371,
  load_power: 348,
  load_percent: 7,
  load_apparent_power: 402,
  inverter_frequency: 4999,
  grid_frequency: 4999,
  ac_radiator_temperature: 24,
  transformer_temperature: 27,
  dc_radiator_temperature: 23,
  charger_radiator_temperature: 21,
  grid_relay_closed: 1,
  pv_relay_closed: 0,
  charger_work_state: 3,
  mppt_state: 0,
  charge_stage: 0,
  pv_voltage: 42,
  charger_battery_voltage: 0,
  pv_charge_current: 0,
  pv_power: 0,
  charger_errors: 32,
  battery_power: 4,
  battery_current: 0,
  ongrid_switch: 1,
});

const CELLS = [3352, 3350, 3351, 3349, 3353, 3350, 3347, 3351, 3352, 3338, 3350, 3351, 3361, 3350, 3349, 3351];

const NOON_SAMPLE = bmsSample(
  {
    pack_voltage: 53604,
    battery_current: 37520,
    soc: 78,
    capacity: 280000,
    cycle_count: 412,
    cycle_capacity: 115360,
    mosfet_temperature: 360,
    battery_temperature_1: 270,
    battery_temperature_2: 280,
    warnings: 0,
    charge_mosfet_on: 1,
    discharge_mosfet_on: 1,
    balancing: 1,
    cell_count: 16,
  },
  CELLS,
);

/** A model with everything well at a summer noon; the other situations change what differs. */
type Bare = Omit<PageModel, "headline">;

function noonModel(lang: Language): Bare {
  const now = NOON;
  return {
    now,
    speech: speech(lang),
    time_zone: "Europe/Kyiv",
    station: lang === "ru" ? "Дача, солнечная станция" : "Solar station, cottage",
    version: "0.1.0",
    refresh_s: 60,
    max_age_s: 180,
    cell_order: "down",
    cell_full_colour_mv: 15,
    machines: [],
    mixed: null,
    inverter: {
      name: "inverter",
      last_at: now - 24,
      doubts: [],
      values: SUMMER_NOON,
      derived: derive(SUMMER_NOON, { grade: 48 }),
      identity: ["PV1800", "5048", "fw 1.07.14"],
    },
    bms: [bmsView(now - 41, NOON_SAMPLE)],
    day: daySeries(now),
    energy: energyView("2026-06-21"),
    fed: fedDays("2026-06-21"),
    past: [
      { href: "day/2026-06-20.html", name: lang === "ru" ? "20 июня 2026" : "20 Jun 2026" },
      { href: "month/2026-05.html", name: lang === "ru" ? "Май 2026" : "May 2026" },
    ],
    grid_switch: {
      at: now - 55,
      mode: "auto",
      why: "Off grid since 08:41: the charge is 78 % (75 % needed to leave the grid) and the sun gives 3,210 W against a need of 1,310 W.",
    },
    judgement: { state: "fresh", at: now - 55, age_s: 55 },
    alerts: [],
    orders: [
      {
        at: now - 15500,
        device: "inverter",
        text: "ongrid_switch = off",
        source: "batmon",
        state: "done",
        reason: null,
      },
      {
        at: now - 88000,
        device: "inverter",
        text: "max_discharge_current = 150.0",
        source: "mqtt",
        state: "refused",
        reason: "the daily budget of 6 automatic writes is used up",
      },
    ],
  };
}

function bmsView(last_at: number | null, sample: BmsSample | null): BmsView {
  return {
    name: "bms",
    last_at,
    doubts: [],
    sample,
    wanted: { charge: true, discharge: true, balancer: true },
    weeks: cellWeeks(),
    identity: ["JK_B2A24S15P", "10.10"],
  };
}

const MADE = {
  noon: noonModel,
  night: (lang) => {
    const now = NIGHT;
    const cells = CELLS.map((mv) => mv - 148);
    const sample = bmsSample(
      { ...NOON_SAMPLE, pack_voltage: 51230, battery_current: 80, soc: 31, balancing: 0, warnings: 0 },
      cells,
    );
    return {
      ...noonModel(lang),
      now,
      inverter: {
        ...(noonModel(lang).inverter as InverterView),
        last_at: now - 12,
        values: QUIET_NIGHT,
        derived: derive(QUIET_NIGHT, { grade: 48 }),
      },
      bms: [bmsView(now - 33, sample)],
      day: daySeries(now),
      energy: energyView("2026-11-22"),
      fed: fedDays("2026-11-22"),
    };
  },
  outage: (lang) => {
    const now = NIGHT;
    const base = noonModel(lang);
    const values = { ...QUIET_NIGHT, grid_voltage: 0, grid_power: 0, load_power: 710, work_state: "off_grid" as const };
    const sample = bmsSample({ ...NOON_SAMPLE, pack_voltage: 51_700, battery_current: -15_700, soc: 24 }, CELLS);
    return {
      ...base,
      ...{ now, day: daySeries(now), energy: energyView("2026-11-22"), fed: fedDays("2026-11-22") },
      inverter: {
        ...(base.inverter as InverterView),
        last_at: now - 28,
        values,
        derived: derive(values, { grade: 48 }),
      },
      bms: [bmsView(now - 29, sample)],
      judgement: { state: "fresh", at: now - 55, age_s: 55 },
      alerts: [
        {
          severity: "critical",
          title: speech(lang).alerts.grid_lost.title,
          text: speech(lang).alerts.grid_lost.raised({
            ...{ grid_voltage: 0, grid_frequency: 0, soc: 24, run_time_s: 7400, load_power: 710 },
          }),
          since: now - 3480,
        },
        {
          severity: "warning",
          title: speech(lang).alerts.soc_low.title,
          text: speech(lang).alerts.soc_low.raised({
            ...{ device: null, cell: 7, voltage: 3.21, spread: 0.02, current: -15.7, soc: 24 },
          }),
          since: now - 900,
        },
      ],
    };
  },
  silent: (lang) => ({
    ...noonModel(lang),
    bms: [bmsView(NOON - 4 * 3600 - 1260, null)],
    alerts: [
      {
        severity: "warning",
        title: lang === "ru" ? "BMS молчит" : "BMS silent",
        text: "no reply from /dev/ttyUSB1 in 500 ms (3 tries)",
        since: NOON - 4 * 3600 - 1260,
      },
    ],
  }),
  alarm: (lang) => {
    const cells = [...CELLS];
    cells[12] = 3652;
    cells[3] = null as unknown as number;
    const sample = bmsSample(
      { ...NOON_SAMPLE, warnings: 1 << 10, charge_mosfet_on: 0, battery_current: -23110 },
      cells,
    );
    const base = noonModel(lang);
    const inverter = base.inverter as InverterView;
    const values = { ...SUMMER_NOON, inverter_errors_1: [{ bit: 2, label: "battery_voltage_high" as const }] };
    return {
      ...base,
      inverter: { ...inverter, values: values as unknown as InverterValues },
      bms: [bmsView(NOON - 41, sample)],
      alerts: [
        {
          severity: "critical",
          title: lang === "ru" ? "Ячейка 13: 3,652 В" : "Cell 13 at 3.652 V",
          text:
            lang === "ru"
              ? "Выше предела 3,600 В уже 3 мин; ток −23,1 А, разброс 314 мВ."
              : "Above the limit of 3.600 V for 3 min; current −23.1 A, spread 314 mV.",
          since: NOON - 180,
        },
        {
          severity: "warning",
          title: lang === "ru" ? "Разброс ячеек 314 мВ" : "Cells differ by 314 mV",
          text: lang === "ru" ? "Предел 60 мВ." : "The limit is 60 mV.",
          since: NOON - 540,
        },
      ],
    };
  },
  empty: (lang) => {
    const base = noonModel(lang);
    return {
      ...base,
      inverter: { ...(base.inverter as InverterView), last_at: null, values: null, derived: null, identity: [] },
      bms: [
        {
          ...bmsView(null, null),
          wanted: { charge: null, discharge: null, balancer: null },
          identity: [],
        },
      ],
      day: emptySeries(NOON),
      energy: { today: null, yesterday: null, month: null, days: [] },
      fed: [],
      grid_switch: null,
      alerts: null,
      orders: null,
    };
  },
} satisfies Record<string, (lang: Language) => Bare>;

export type Situation = keyof typeof MADE;
/** A model with the headline that the rules make of it. */
export const SITUATIONS = Object.fromEntries(
  Object.entries(MADE).map(([name, make]) => [name, (lang: Language) => withHeadline(make(lang))]),
) as { readonly [S in Situation]: (lang: Language) => PageModel };

export function withHeadline(model: Bare): PageModel {
  const { inverter, now, judgement } = model;
  const headline = headlineOf({
    ...{ now, judgement, live: livePowers(model), plan: null, followed: false, reserve: 30, empty_soc: 8 },
    inverter: inverter === null ? "none" : inverter.last_at === null ? "never" : inverter.values ? "live" : "silent",
    inverter_last_at: inverter?.last_at ?? null,
    work_state: inverter?.values?.work_state ?? null,
    grid_voltage: inverter?.values?.grid_voltage ?? null,
    on_grid: inverter?.values?.ongrid_switch ?? null,
    alerts: (model.alerts ?? []).map((alert, index) => ({
      ...alert,
      id: alert.title === model.speech.alerts.grid_lost.title ? "grid_lost" : index === 0 ? "cell_high" : "cell_spread",
    })),
  });
  return { ...model, headline };
}

const STEP = 300;
const STEPS = 288;

function emptySeries(now: number): DaySeries {
  const nothing = Array.from({ length: STEPS }, () => null);
  return {
    from: now - STEP * STEPS,
    step_s: STEP,
    pv_power: nothing,
    load_power: nothing,
    grid_power: nothing,
    battery_power: nothing,
    soc: [{ name: "bms", values: nothing }],
    off_grid: nothing,
    ahead: [],
    reserve: 30,
    cell_min: nothing,
    cell_max: nothing,
  };
}

/** A made-up day that looks like one: a bell of sun, a house with kettles, a battery that fills and empties, a gap of an hour. */
function daySeries(now: number): DaySeries {
  const lines: Record<Exclude<keyof DaySeries, "from" | "step_s" | "ahead" | "reserve">, (number | null)[]> = {
    pv_power: [],
    load_power: [],
    grid_power: [],
    battery_power: [],
    soc: [],
    off_grid: [],
    cell_min: [],
    cell_max: [],
  };
  let soc = 41;
  for (let step = 0; step < STEPS; step++) {
    const at = now - STEP * (STEPS - step);
    const hour = ((((at + 3 * 3600) % 86400) + 86400) % 86400) / 3600;
    const ripple = Math.sin(step * 1.7) * Math.sin(step * 0.31);
    const sun = Math.max(0, Math.sin(((hour - 5.5) / 15) * Math.PI)) ** 1.6;
    const pv = hour > 5.5 && hour < 20.5 ? Math.max(0, 3900 * sun * (0.86 + 0.14 * ripple)) : 0;
    const kettle = step % 37 < 2 && hour > 7 ? 1900 : 0;
    const load = 330 + 240 * (1 + Math.sin(hour / 2.1)) + kettle + 60 * ripple;
    const onGrid = hour < 8.5;
    const grid = onGrid ? Math.max(0, load + 40 - pv) : 0;
    lines.off_grid.push(onGrid ? 0 : 1);
    const battery = Math.max(-3200, Math.min(2900, pv + grid - load - 40));
    soc = Math.max(8, Math.min(99, soc + (battery * STEP) / 3600 / 143.36));
    const volt = 3.22 + 0.0016 * soc + (battery / 3000) * 0.03;
    const gap = step > 120 && step < 132;
    lines.pv_power.push(gap ? null : Math.round(pv));
    lines.load_power.push(gap ? null : Math.round(load));
    lines.grid_power.push(gap ? null : Math.round(grid));
    lines.battery_power.push(gap ? null : Math.round(battery));
    lines.soc.push(gap ? null : Math.round(soc));
    lines.cell_min.push(gap ? null : Number((volt - 0.012 - 0.003 * ripple).toFixed(3)));
    lines.cell_max.push(gap ? null : Number((volt + 0.011 + 0.004 * ripple).toFixed(3)));
  }
  const ahead = Array.from({ length: 36 }, (_, index) => {
    const value = Math.max(30, Math.round(soc - index));
    return {
      at: now + 1200 * (index + 1),
      soc: value,
      low: value - Math.min(8, index),
      high: value + Math.min(8, index),
    };
  });
  return {
    from: now - STEP * STEPS,
    step_s: STEP,
    ...lines,
    ahead,
    reserve: 30,
    soc: [{ name: "bms", values: lines.soc }],
  };
}

/** Four weeks of a house that lives on the sun by day, on the battery in the evening, and on the grid in bad weather and before dawn. */
function fedDays(today: string): FedDay[] {
  return Array.from({ length: 28 }, (_, index) => ({
    day: addDays(today, index - 27),
    hours: Array.from({ length: 24 }, (_, hour) => {
      if (index === 9 || (index === 27 && hour > 13)) return null;
      const dull = index % 6 === 4;
      if (hour >= 8 && hour < (dull ? 11 : 18)) return "sun" as const;
      return hour < 5 || dull ? ("grid" as const) : ("battery" as const);
    }),
  }));
}

/** Thirteen weeks in which one cell runs away downwards. */
function cellWeeks(): CellWeek[] {
  return Array.from({ length: 13 }, (_, week) => ({
    first_day: addDays("2026-03-30", 7 * week),
    deviations:
      week === 4 ? [] : Array.from({ length: 16 }, (_, cell) => ((cell * 7) % 11) - 5 - (cell === 6 ? 2 * week : 0)),
  }));
}

function energyView(today: string) {
  const days: EnergyDay[] = Array.from({ length: 30 }, (_, index) => {
    const day = addDays(today, index - 29);
    if (index === 11 || index === 12) {
      return {
        day,
        pv_energy: null,
        load_energy: null,
        grid_import_energy: null,
        grid_export_energy: null,
        grid_charge_energy: null,
      };
    }
    const wave = 0.5 + 0.5 * Math.sin(index * 1.9) * Math.cos(index * 0.7);
    const pv = Number((8 + 15 * wave).toFixed(1));
    const load = Number((12 + 4 * Math.sin(index)).toFixed(1));
    const bought = Number(Math.max(0.4, load - 0.75 * pv).toFixed(1));
    return {
      day,
      pv_energy: pv,
      load_energy: load,
      grid_import_energy: bought,
      grid_export_energy: 0,
      grid_charge_energy: 0.3,
    };
  });
  const month = {
    pv_energy: 342.7,
    load_energy: 281.4,
    grid_import_energy: 61.2,
    grid_export_energy: 0,
    grid_charge_energy: 6.1,
  };
  const flows = { charge_energy: 6.4, discharge_energy: 5.9, saved: 7.3 };
  const whole = (totals: InverterTotals, saved: number | null) => ({ ...totals, ...flows, saved });
  return {
    today: whole(days.at(-1) as EnergyDay, null),
    yesterday: whole(days.at(-2) as EnergyDay, 7.3),
    month: { ...whole(month, 121.8), charge_energy: 151.2, discharge_energy: 142.6 },
    days,
  };
}

/** Models of the page in its main situations. */
import type { BmsSample } from "../../lib/devices/bms/sample.ts";
import { derive } from "../../lib/devices/inverter/derived.ts";
import type { InverterValues } from "../../lib/devices/inverter/sample.ts";
import { inverterOrders } from "../../lib/orders/order-table.ts";
import { reasonText } from "../../lib/orders/reasons.ts";
import type { BmsView, InverterView, PageModel } from "../../lib/page/model.ts";
import { headlineOf } from "../../lib/rules/headline.ts";
import { livePowers } from "../../lib/view/live-powers.ts";
import { type Language, speech } from "../../lib/words/index.ts";
import { cellWeeks, daySeries, emptySeries, energyView, fedDays } from "./past-days.ts";
import { bmsSample, CELLS, NOON_SAMPLE, QUIET_NIGHT, SUMMER_NOON } from "./samples.ts";

/** 2026-06-21 13:00 in Kyiv. */
export const NOON = Date.UTC(2026, 5, 21, 10, 0, 0) / 1000;
/** 2026-11-22 23:40 in Kyiv. */
export const NIGHT = Date.UTC(2026, 10, 22, 21, 40, 0) / 1000;

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
    every_s: 0,
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
      why: speech(lang).decision({
        ...{ on_grid: false, wish: null, acts: true, winner: "stay", guard: null },
        ...{ soc: 78, reserve: 30, lowest_cell: 3.338, pv: 3334, pv_needed: 1310 },
      }),
    },
    judgement: { state: "fresh", at: now - 55, age_s: 55 },
    alerts: [],
    orders: [
      {
        at: now - 15500,
        device: "inverter",
        text: `${speech(lang).entity("ongrid_switch", "On-grid switch")} ${speech(lang).orders.off}`,
        source: speech(lang).orders.sources.batmon as string,
        state: "done",
        reason: null,
      },
      {
        at: now - 88000,
        device: "inverter",
        text: `${speech(lang).entity("max_discharge_current", "Max discharge current")} 150.0 A`,
        source: speech(lang).orders.sources.mqtt as string,
        state: "refused",
        reason: refusal(lang),
      },
    ],
  };
}

/** Of an order beyond what may be written. */
function refusal(lang: Language): string | null {
  const reason = { code: "out_of_range", value: 1500 };
  return reasonText(speech(lang), reason, { table: inverterOrders(), key: "max_discharge_current" });
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

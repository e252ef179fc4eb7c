/** Every situation that the page is looked at in, and pages of the past. */
import type { BmsView, InverterView, PageModel } from "../../lib/page/model.ts";
import { renderPage } from "../../lib/page/page.ts";
import { type PastModel, renderPast } from "../../lib/page/past.ts";
import { periodOf } from "../../lib/page/periods.ts";
import { type Language, speech } from "../../lib/words/index.ts";
import { ORDER_REASONS } from "../../tools/reference/order-examples.ts";
import { NOON, SITUATIONS, withHeadline } from "./fixtures.ts";

const noon = (lang: Language) => SITUATIONS.noon(lang);
const inverter = (model: PageModel) => model.inverter as InverterView;
const pack = (model: PageModel) => model.bms[0] as BmsView;
const soc = (model: PageModel) => model.day.soc[0] as PageModel["day"]["soc"][number];
const again = (model: PageModel, change: Partial<PageModel>) => withHeadline({ ...model, ...change });

const MORE = {
  stale: (lang) => {
    const model = noon(lang);
    return again(model, {
      inverter: { ...inverter(model), values: null, derived: null, last_at: NOON - 7 * 3600 },
      bms: [{ ...pack(model), sample: null, last_at: NOON - 6 * 3600 }],
      judgement: { state: "old", at: NOON - 2 * 86_400, age_s: 2 * 86_400 },
    });
  },
  packs: (lang) => {
    const model = noon(lang);
    const named = (name: string) => ({ ...pack(model), name });
    return again(model, {
      bms: [named("cellar"), { ...named("attic"), sample: null, last_at: NOON - 3900 }, named("annex")],
      day: {
        ...model.day,
        soc: [0, 7, 15].map((less, index) => ({
          name: ["cellar", "attic", "annex"][index] as string,
          values: soc(model).values.map((value) => (value === null ? null : Math.max(0, value - less))),
        })),
      },
    });
  },
  machines: (lang) => {
    const model = noon(lang);
    const machines = ["l1", "l2", "l3"].map((name) => ({ ...inverter(model), name }));
    return again(model, { machines, mixed: { on: ["l1", "l2"], off: ["l3"] } });
  },
  alerts: (lang) => {
    const model = noon(lang);
    const words = speech(lang).alerts;
    const ids = ["cell_low", "grid_lost", "soc_low", "cell_spread"] as const;
    const alerts = ids.map((id, index) => ({
      severity: index < 2 ? ("critical" as const) : ("warning" as const),
      title: words[id].title,
      text: words.cell_low.raised({
        ...{ device: "cellar", cell: 7, voltage: 2.981, spread: 0.142, current: -15.7, soc: 24, rest_voltage: null },
      }),
      since: NOON - 4000 * (index + 1),
    }));
    return again(model, { alerts: [...alerts, { ...(alerts[3] as (typeof alerts)[number]), severity: "info" }] });
  },
  doubts: (lang) => {
    const model = noon(lang);
    const doubt = (key: string, raw: number) => ({ key, raw, code: "out_of_range" as const, limit: null, since: NOON });
    return again(model, {
      inverter: { ...inverter(model), doubts: [doubt("transformer_temperature", 200), doubt("grid_voltage", 9999)] },
      bms: [{ ...pack(model), doubts: [doubt("battery_temperature_1", -400)] }],
    } as Partial<PageModel>);
  },
  feed_in: (lang) => {
    const model = noon(lang);
    const { values, derived } = inverter(model);
    if (values === null || derived === null) throw new Error("noon has values");
    const selling = { ...values, grid_power: -12_345, grid_relay_closed: true, ongrid_switch: true, pv_power: 14_020 };
    return again(model, {
      inverter: { ...inverter(model), values: selling, derived: { ...derived, grid_net_power: -12_345 } },
      energy: { ...model.energy, month: { ...model.energy.month, grid_export_energy: 1234.5 } as never },
    } as Partial<PageModel>);
  },
  large: (lang) => {
    const model = noon(lang);
    const sample = pack(model).sample;
    const cells = Array.from({ length: 24 }, (_, index) => 3300 + ((index * 37) % 60));
    return again(model, {
      station: lang === "ru" ? "Дом у озера с очень длинным названием, второй ввод" : "House by the lake, second feed",
      bms: [{ ...pack(model), sample: sample && { ...sample, cells } }],
      cell_order: "around-turned",
    });
  },
  orders: (lang) => {
    const model = noon(lang);
    const [order] = model.orders ?? [];
    if (order === undefined) throw new Error("noon has orders");
    const reasons = ORDER_REASONS.map(({ tell }) => tell(speech(lang))).sort((a, b) => b.length - a.length);
    return again(model, {
      every_s: 1200,
      orders: reasons.slice(0, 5).map((reason) => ({ ...order, state: "refused" as const, reason })),
    });
  },
  bms_only: (lang) => again(noon(lang), { inverter: null }),
} satisfies Record<string, (lang: Language) => PageModel>;

/** Models of the status page by situation. */
export const STATUS = { ...SITUATIONS, ...MORE } as const;

function past(kind: "day" | "week" | "month", lang: Language): PastModel {
  const model = noon(lang);
  const period = periodOf(kind, "2026-06-16");
  const days = model.energy.days.slice(-7);
  return {
    ...{ speech: model.speech, time_zone: model.time_zone, station: model.station, version: model.version, period },
    before: periodOf(kind, "2026-05-20"),
    after: kind === "month" ? null : periodOf(kind, "2026-06-24"),
    around: kind === "day" ? [periodOf("week", "2026-06-16"), periodOf("month", "2026-06-16")] : [],
    totals: model.energy.month as PastModel["totals"],
    series:
      kind === "month"
        ? null
        : { ...model.day, step_s: kind === "week" ? 2100 : 300, off_grid: [], ahead: [], reserve: null },
    days: kind === "month" ? model.energy.days : days,
    linked: new Set(days.map(({ day }) => day)),
    fed: kind === "day" ? [] : model.fed.slice(kind === "week" ? -7 : 0),
  };
}

/** Every page to look at, and the moment it is looked at. */
export const PAGES: Readonly<Record<string, (lang: Language) => { readonly html: string; readonly now: number }>> = {
  ...Object.fromEntries(
    Object.entries(STATUS).map(([name, make]) => [
      name,
      (lang: Language) => ({ html: renderPage(make(lang)), now: make(lang).now }),
    ]),
  ),
  ...Object.fromEntries(
    (["day", "week", "month"] as const).map((kind) => [
      `past_${kind}`,
      (lang: Language) => ({ html: renderPast(past(kind, lang)), now: NOON }),
    ]),
  ),
};

import type { Context } from "../../cli/spec.ts";
import { version } from "../../cli/version.ts";
import type { Raw } from "../../codec/table.ts";
import { snapshotFromRaw } from "../../codec/values.ts";
import type {
  AlertView,
  BmsView,
  DaySeries,
  GridSwitchView,
  InverterView,
  OrderView,
  PageModel,
} from "../../page/model.ts";
import { INVERTER_IDENTITY_FIELDS } from "../../pv1800/registers.ts";
import type { Store } from "../../store/database.ts";
import { latestOrders } from "../../store/orders.ts";
import { packSteps, seriesMeans } from "../../store/series.ts";
import { latestSettings } from "../../store/settings.ts";
import { energyView } from "./energy.ts";
import { type LiveBms, type LiveInverter, liveBms, liveInverter } from "./live.ts";

/** What the rules left in the state file, for those who show it. */
export interface JudgementReader {
  readonly grid_switch: (store: Store) => GridSwitchView | null;
  readonly alerts: (store: Store, lang: PageModel["lang"]) => readonly AlertView[] | null;
}

const STEP_S = 300;
const STEPS = 288;
const ORDERS_SHOWN = 5;

/** Fills the page's model from the state file. A file without samples gives the page of a first start. */
export function pageModel(context: Context, store: Store, judgement: JudgementReader): PageModel {
  const { config, clock } = context;
  const now = clock.now();
  return {
    now,
    lang: config.station.lang,
    time_zone: config.station.time_zone,
    station: config.station.name,
    version: version(),
    refresh_s: config.page.refresh_s,
    max_age_s: config.station.max_age_s,
    cell_order: config.page.cell_order,
    cell_full_colour_mv: config.page.cell_full_colour_mv,
    inverter: inverterView(liveInverter(context, store), store),
    bms: liveBms(context, store).map(bmsView),
    day: daySeries(context, store, now),
    energy: energyView(context, store),
    grid_switch: judgement.grid_switch(store),
    alerts: judgement.alerts(store, config.station.lang),
    orders: latestOrders(store, ORDERS_SHOWN).map(
      (order): OrderView => ({
        at: order.finished_at ?? order.queued_at,
        device: order.device,
        text: order.text,
        source: order.source,
        state: order.state,
        reason: order.reason,
      }),
    ),
  };
}

function inverterView(live: LiveInverter | null, store: Store): InverterView | null {
  if (live === null) return null;
  const { name, last_at, values, facts } = live;
  const settings = latestSettings(store, name);
  const grade = settings?.raw.charger_battery_voltage_grade ?? facts.grade ?? null;
  return {
    name,
    last_at,
    values,
    grade: typeof grade === "number" ? grade : null,
    identity: machineText(facts.identity),
  };
}

/** "PV1800", "fw 1.07.14" from the identity registers as they were stored. */
function machineText(identity: unknown): string[] {
  if (identity === null || typeof identity !== "object") return [];
  const known = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, identity as Readonly<Record<string, Raw>>);
  const model = known.machine_number === null ? [] : [`${known.machine_type ?? ""}${known.machine_number}`];
  return known.software_version === null ? model : [...model, `fw ${known.software_version}`];
}

function bmsView(live: LiveBms): BmsView {
  const { name, last_at, sample, settings, facts } = live;
  const wanted = (key: string) => (typeof settings?.[key] === "boolean" ? (settings[key] as boolean) : null);
  return {
    name,
    last_at,
    sample,
    wanted: {
      charge: wanted("charge_mosfet_enabled"),
      discharge: wanted("discharge_mosfet_enabled"),
      balancer: wanted("balancer_enabled"),
    },
    identity: texts({ ...facts, ...settings }, ["model", "manufacturer_id", "software_version"]),
  };
}

function texts(from: Readonly<Record<string, unknown>>, keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const value = from[key];
    return typeof value === "string" && value.trim() !== "" ? [value.trim()] : [];
  });
}

/** The last 24 h in steps of five minutes, ending now. */
function daySeries(context: Context, store: Store, now: number): DaySeries {
  const { inverter, bms } = context.config;
  const from = now - STEP_S * STEPS;
  const steps = { from, to: now + 1, step_s: STEP_S };
  const columns = ["pv_power", "load_power", "grid_power", "battery_power"];
  const rows = inverter.enabled ? seriesMeans(store, "inverter_samples", inverter.name, steps, columns) : [];
  const packs = bms.map(({ name }) => packSteps(store, name, steps));
  const slot = (at: number) => Math.min(STEPS - 1, Math.floor((at - from) / STEP_S));
  const line = (points: readonly { at: number; value: number | null }[], digits: number) => {
    const values = Array.from({ length: STEPS }, () => null as number | null);
    for (const { at, value } of points) {
      if (value !== null) values[slot(at)] = Number(value.toFixed(digits));
    }
    return values;
  };
  const column = (key: string) =>
    line(
      rows.map(({ at, values }) => ({ at, value: values[key] ?? null })),
      0,
    );
  const measured = line(totalPower(packs), 0);
  const coarse = column("battery_power");
  return {
    from,
    step_s: STEP_S,
    pv_power: column("pv_power"),
    load_power: column("load_power"),
    grid_power: column("grid_power"),
    battery_power: measured.map((value, index) => value ?? coarse[index] ?? null),
    soc: line(
      (packs[0] ?? []).map(({ at, soc }) => ({ at, value: soc })),
      1,
    ),
    cell_min: line(extremes(packs, "cell_min", Math.min), 3),
    cell_max: line(extremes(packs, "cell_max", Math.max), 3),
  };
}

type Pack = ReturnType<typeof packSteps>;

/** Sum over the packs, where every one of them is known. */
function totalPower(packs: readonly Pack[]): { at: number; value: number | null }[] {
  const sums = new Map<number, number[]>();
  for (const { at, power } of packs.flat()) {
    if (power !== null) sums.set(at, [...(sums.get(at) ?? []), power]);
  }
  return [...sums].map(([at, powers]) => ({
    at,
    value: powers.length === packs.length ? powers.reduce((a, b) => a + b, 0) : null,
  }));
}

function extremes(packs: readonly Pack[], key: "cell_min" | "cell_max", pick: (...values: number[]) => number) {
  const found = new Map<number, number>();
  for (const step of packs.flat()) {
    const mv = step[key];
    if (mv !== null) found.set(step.at, pick(mv, found.get(step.at) ?? mv));
  }
  return [...found].map(([at, mv]) => ({ at, value: mv / 1000 }));
}

import type { Context } from "../../cli/spec.ts";
import { version } from "../../cli/version.ts";
import type { Raw } from "../../codec/table.ts";
import { snapshotFromRaw } from "../../codec/values.ts";
import { inverterNames } from "../../config/units.ts";
import { INVERTER_IDENTITY_FIELDS } from "../../devices/inverter/sample.ts";
import { orderReason } from "../../orders/order-report.ts";
import type { BmsView, DaySeries, InverterView, OrderView, PageModel } from "../../page/model.ts";
import { planInForce } from "../../rules/plan/kept.ts";
import type { Plan } from "../../rules/plan/types.ts";
import type { Store } from "../../store/database.ts";
import { historySeries } from "../../store/history.ts";
import { latestOrders } from "../../store/orders.ts";
import { mixedSwitch } from "../../view/whole.ts";
import { type SwitchRecord, switchMemory } from "../batmon/memory.ts";
import { ruleSet } from "../batmon/rule-settings.ts";
import { storedPlan } from "../batmon/stored-plan.ts";
import { speechOfStation } from "../voice.ts";
import { energyView } from "./energy.ts";
import { stationHeadline } from "./headline.ts";
import { storedAlerts, storedDecision, storedJudgement } from "./judgement.ts";
import { type LiveBms, type LiveInverter, liveBms, liveInverters, wholeLive } from "./live.ts";

const STEP_S = 300;
const STEPS = 288;
const ORDERS_SHOWN = 5;
const INVERTER_LINES = ["pv_power", "load_power", "grid_power", "battery_power"];
const PACK_LINES = ["battery_power", "soc", "cell_min", "cell_max"];

/** Fills the page's model from the state file. A file without samples gives the page of a first start. */
export function pageModel(context: Context, store: Store): PageModel {
  const { config, clock } = context;
  const now = clock.now();
  const machines = liveInverters(context, store);
  const inverter = wholeLive(machines);
  const bms = liveBms(context, store);
  return {
    now,
    speech: speechOfStation(context),
    time_zone: config.station.time_zone,
    station: config.station.name,
    version: version(),
    headline: stationHeadline(context, store, { inverter, bms }),
    refresh_s: config.page.refresh_s,
    max_age_s: config.station.max_age_s,
    cell_order: config.page.cell_order,
    cell_full_colour_mv: config.page.cell_full_colour_mv,
    inverter: inverterView(inverter),
    machines: machines.length > 1 ? machines.flatMap((one) => inverterView(one) ?? []) : [],
    mixed: mixedSwitch(machines.map(({ name, values }) => [name, values?.ongrid_switch ?? null])),
    bms: bms.map(bmsView),
    day: daySeries(context, store, now, inverter?.values?.ongrid_switch ?? null),
    energy: energyView(context, store),
    grid_switch: storedDecision(context, store),
    judgement: storedJudgement(context, store),
    alerts:
      storedAlerts(context, store)?.map(({ severity, title, text, since }) => ({ severity, title, text, since })) ??
      null,
    orders: latestOrders(store, ORDERS_SHOWN).map(
      (order): OrderView => ({
        at: order.finished_at ?? order.queued_at,
        device: order.device,
        text: order.text,
        source: order.source,
        state: order.state,
        reason: orderReason(context, store, order),
      }),
    ),
  };
}

function inverterView(live: LiveInverter | null): InverterView | null {
  if (live === null) return null;
  const { name, last_at, values, facts } = live;
  return {
    name,
    last_at,
    doubts: live.doubts,
    values,
    derived: live.derived,
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
    doubts: live.doubts,
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

/** The last 24 h in steps of five minutes of the clock: what is past stays as it was drawn. The last step is the one that runs. */
function daySeries(context: Context, store: Store, now: number, on_grid: boolean | null): DaySeries {
  const { bms } = context.config;
  const span = { from: Math.floor(now / STEP_S + 1) * STEP_S - STEP_S * STEPS, to: now, step_s: STEP_S };
  const machines = inverterNames(context.config).map((device) =>
    historySeries(store, { ...span, device, fields: INVERTER_LINES }),
  );
  const packs = bms.map(({ name }) => historySeries(store, { ...span, device: name, fields: PACK_LINES }));
  const column = (key: string) => {
    const lines = machines.map((machine) => machine.fields[key]?.avg ?? []);
    return lines.length === 1 ? rounded(lines[0] ?? [], 0) : Array.from({ length: STEPS }, (_, i) => sumAt(lines, i));
  };
  const measured = packs.map((pack) => pack.fields.battery_power?.avg ?? []);
  return {
    from: span.from,
    step_s: STEP_S,
    pv_power: column("pv_power"),
    load_power: column("load_power"),
    grid_power: column("grid_power"),
    // The BMS measures finer; where not every pack was heard, the inverter says it.
    battery_power: column("battery_power").map((coarse, index) => sumAt(measured, index) ?? coarse),
    soc: packs.map((pack) => ({ name: pack.device, values: rounded(pack.fields.soc?.avg ?? [], 1) })),
    off_grid: offGrid(switchMemory(store).list, on_grid, span),
    ahead: aheadOf(storedPlan(store), now),
    reserve: context.config.batmon.enabled ? ruleSet(context.config).parameters.reserve : null,
    cell_min: extremeAt(
      packs.map((pack) => pack.fields.cell_min?.min ?? []),
      Math.min,
    ),
    cell_max: extremeAt(
      packs.map((pack) => pack.fields.cell_max?.max ?? []),
      Math.max,
    ),
  };
}

/** Where the grid switch stood in each step, by the changes that were seen; 1 = off the grid. */
function offGrid(
  changes: readonly SwitchRecord[],
  on_grid: boolean | null,
  { from, step_s }: { from: number; step_s: number },
) {
  const inside = changes.filter(({ at }) => at > from);
  const [first] = inside;
  const before = first === undefined ? on_grid : first.to === "off" /* the change turned it */;
  return Array.from({ length: STEPS }, (_, index) => {
    const middle = from + (index + 0.5) * step_s;
    const last = inside.filter(({ at }) => at <= middle).at(-1);
    const on = last === undefined ? before : last.to === "on";
    return on === null ? null : Number(!on);
  });
}

/** Of the plan, what comes within these hours, s. */
const AHEAD_S = 12 * 3600;

function aheadOf(plan: Plan | null, now: number): DaySeries["ahead"] {
  const course = planInForce(plan, now)?.course ?? [];
  return course
    .filter(({ at }) => at > now && at <= now + AHEAD_S)
    .map(({ at, soc, soc_low, soc_high }) => ({
      ...{ at, soc: Math.round(soc), low: Math.round(soc_low), high: Math.round(soc_high) },
    }));
}

type Line = readonly (number | null)[];

function rounded(values: Line, digits: number): (number | null)[] {
  return values.map((value) => (value === null ? null : Number(value.toFixed(digits))));
}

/** Sum of all lines at a step, W; null unless every one knows it. */
function sumAt(lines: readonly Line[], index: number): number | null {
  const values = lines.map((line) => line[index] ?? null);
  if (values.length === 0 || values.includes(null)) return null;
  return Math.round(values.reduce<number>((sum, value) => sum + (value ?? 0), 0));
}

function extremeAt(lines: readonly Line[], pick: (...values: number[]) => number): (number | null)[] {
  return Array.from({ length: STEPS }, (_, index) => {
    const known = lines.flatMap((line) => line[index] ?? []);
    return known.length === 0 ? null : pick(...known);
  });
}

import { addDays, localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { version } from "../cli/version.ts";
import type { Raw } from "../codec/table.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import { INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import { orderGiver, orderReason, orderWhat } from "../orders/order-reason.ts";
import type { BmsView, CellWeek, DaySeries, InverterView, OrderView, PageModel, PastLink } from "../page/model.ts";
import type { SwitchRecord } from "../rules/grid-switch/types.ts";
import { planInForce } from "../rules/plan/kept.ts";
import type { Plan } from "../rules/plan/types.ts";
import type { Store } from "../store/database.ts";
import { latestOrders } from "../store/orders.ts";
import type { LiveBms, LiveInverter } from "../view/live.ts";
import { mixedSwitch } from "../view/whole.ts";
import { liveStation } from "./live-devices.ts";
import { wentByPlan } from "./plan-followed.ts";
import { switchMemory } from "./rule-memory.ts";
import { ruleSet } from "./rule-settings.ts";
import { energyView } from "./station-energy.ts";
import { stationHeadline } from "./station-headline.ts";
import { cellWeeks, fedDays, stationSeries } from "./station-series.ts";
import { alertViews, decisionView, storedRules } from "./stored-judgement.ts";
import { storedPlan } from "./stored-plan.ts";
import { speechOfStation } from "./voice.ts";

const STEP_S = 300;
const STEPS = 288;
const ORDERS_SHOWN = 5;
/** Weeks of "who fed the house", days. */
const FED_DAYS = 28;

/** Fills the page's model from the state file. A file without samples gives the page of a first start. A screen (`past` null) has no room for weeks. `every_s`: how seldom the page is written. */
export function pageModel(
  context: Context,
  store: Store,
  past: readonly PastLink[] | null = null,
  every_s = 0,
): PageModel {
  const { config, clock } = context;
  const now = clock.now();
  const live = liveStation(context, store);
  const { machines, inverter, bms } = live;
  const rules = storedRules(context, store);
  const plan = wentByPlan(rules.decided?.decision) ? storedPlan(store) : null;
  const day = daySeries(context, store, now, inverter?.values?.ongrid_switch ?? null, plan);
  const { day: today } = localTime(now, config.station.time_zone);
  return {
    now,
    speech: speechOfStation(context),
    time_zone: config.station.time_zone,
    station: config.station.name,
    version: version(),
    headline: stationHeadline(context, store, { live, rules }),
    refresh_s: config.page.refresh_s,
    max_age_s: config.station.max_age_s,
    every_s,
    cell_order: config.page.cell_order,
    cell_full_colour_mv: config.page.cell_full_colour_mv,
    inverter: inverterView(inverter),
    machines: machines.length > 1 ? machines.flatMap((one) => inverterView(one) ?? []) : [],
    mixed: mixedSwitch(machines.map(({ name, values }) => [name, values?.ongrid_switch ?? null])),
    bms: bms.map((one) => bmsView(one, past === null ? [] : cellWeeks(context, store, one.name))),
    day,
    energy: energyView(context, store),
    fed: past === null ? [] : fedDays(context, store, { first: addDays(today, 1 - FED_DAYS), last: today }, day),
    past: past ?? [],
    grid_switch: decisionView(context, rules),
    judgement: rules.judgement,
    alerts:
      alertViews(context, rules)?.map(({ severity, title, text, since }) => ({ severity, title, text, since })) ?? null,
    orders: latestOrders(store, ORDERS_SHOWN).map(
      (order): OrderView => ({
        at: order.finished_at ?? order.queued_at,
        device: order.device,
        text: orderWhat(context, store, order),
        source: orderGiver(context, order),
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

/** Model and "fw 1.07.14" from the identity registers as they were stored. */
function machineText(identity: unknown): string[] {
  if (identity === null || typeof identity !== "object") return [];
  const known = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, identity as Readonly<Record<string, Raw>>);
  const model = known.machine_number === null ? [] : [`${known.machine_type ?? ""}${known.machine_number}`];
  return known.software_version === null ? model : [...model, `fw ${known.software_version}`];
}

function bmsView(live: LiveBms, weeks: readonly CellWeek[]): BmsView {
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
    weeks,
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
function daySeries(context: Context, store: Store, now: number, on_grid: boolean | null, plan: Plan | null): DaySeries {
  const span = { from: Math.floor(now / STEP_S + 1) * STEP_S - STEP_S * STEPS, to: now, step_s: STEP_S };
  return {
    ...stationSeries(context, store, span),
    off_grid: offGrid(switchMemory(store).list, on_grid, span),
    ahead: aheadOf(plan, now),
    reserve: context.config.batmon.enabled ? ruleSet(context.config).parameters.reserve : null,
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

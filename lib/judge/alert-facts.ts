import { statfsSync } from "node:fs";
import { AHEAD_S, isFromFuture } from "../base/clock.ts";
import { EXIT } from "../base/errors.ts";
import { localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { areSeveral, inverterNames, type StationUnit, stationUnits } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { orderTable } from "../orders/device-tables.ts";
import { settingValue } from "../orders/reasons.ts";
import { lastSecondMaster } from "../poll/heard-master.ts";
import { resolveAlert } from "../rules/alerts/definitions.ts";
import type { AlertFacts, DeviceFact, GridSwitchFact } from "../rules/alerts/types.ts";
import { parameterProblems } from "../rules/grid-switch/parameters.ts";
import { type Decision, MODES } from "../rules/grid-switch/types.ts";
import { blockingOf } from "../rules/grid-switch/why-facts.ts";
import type { Samples } from "../station/rule-inputs.ts";
import { alertSettings, ruleSet } from "../station/rule-settings.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { highestIn } from "../store/extremes.ts";
import { jobState, latestJobRun } from "../store/jobs.ts";
import { latestOrders, ordersWithCode } from "../store/orders.ts";
import { latestMode } from "../store/rules.ts";
import { lastSampleAt } from "../store/samples.ts";
import { repeatsSince } from "../view/standing.ts";
import { eventFacts } from "./event-facts.ts";
import type { Judgement } from "./judge.ts";

const DAY_S = 86400;
/** A dump job that fails, and no sample for this long: the device is silent, s. */
const SILENT_S = 150;
/** On a new station the rules may run before the first poll: a device never seen is missed only after this, s. */
const FIRST_SAMPLE_S = 600;
/** A failure of a job that has not run for this long is no news, s. */
const JOB_GONE_S = DAY_S;
/** Exit codes of a dump job that say: this device does not answer, or wrongly. */
const DEVICE_CODES: readonly (number | null)[] = [EXIT.unavailable, EXIT.protocol];
const DUMP_JOBS = Object.values(POLLS);
const OTHER_JOBS = ["mqtt-push", "status-page", "backup-stats"] as const;

/** What the alerts need to know beside the samples. */
export function alertFacts(context: Context, store: Store, judgement: Judgement, samples: Samples): AlertFacts {
  const now = context.clock.now();
  return {
    devices: deviceFactsNow(context, store, now, samples).filter(
      ({ last_sample_at }) => last_sample_at !== null || now - judgement.state.started_at >= FIRST_SAMPLE_S,
    ),
    failing_jobs: failingJobs(store, now),
    disk: disk(context.config.station.state_dir),
    state_writable: true,
    clock: { trusted: clockTrusted(context), jump_s: judgement.clock_jump_s },
    foreign_writes: foreignWrites(context, store, now),
    second_master: secondMaster(context, store, now),
    ...eventFacts(context, store),
    stopped_orders: stoppedOrders(store, now),
    invalid_settings: invalidSettings(context, store),
    pv_quarter_hour_max: quarterHourMaximum(context, store, now),
    grid_switch: gridSwitchFact(context, judgement),
  };
}

function deviceFactsNow(context: Context, store: Store, now: number, samples: Samples): DeviceFact[] {
  const { config } = context;
  const fact = ({ kind, name }: StationUnit): DeviceFact => {
    const job = POLLS[kind];
    const { failing_since, failing_code } = jobState(store, job);
    const last = lastSampleAt(store, name, now + AHEAD_S);
    const silent =
      failing_since !== null && DEVICE_CODES.includes(failing_code) && (last === null || now - last > SILENT_S);
    return {
      kind,
      device: kind === "inverter" && !areSeveral(config, kind) ? "inverter" : name,
      last_sample_at: last,
      repeats_since: kind === "bms" ? repeatsSince(ofDevice(samples.bms, name), samples.inverter) : null,
      silent_since: silent ? Math.max(failing_since, last ?? failing_since) : null,
      failure: !silent ? null : failing_code === EXIT.protocol ? "wrong" : "silent",
    };
  };
  return stationUnits(config).map(fact);
}

function ofDevice(records: Samples["bms"], name: string): Samples["bms"] {
  return records.filter(({ device }) => device === name);
}

function failingJobs(store: Store, now: number): AlertFacts["failing_jobs"] {
  return [...DUMP_JOBS, ...OTHER_JOBS].flatMap((name) => {
    const { failing_since: since, failing_code } = jobState(store, name);
    // A refused order is told with the order, a device that does not answer as such.
    const isDump = DUMP_JOBS.some((dump) => dump === name);
    if (since === null || failing_code === EXIT.data || (isDump && DEVICE_CODES.includes(failing_code))) return [];
    const last = latestJobRun(store, name);
    if (last === null || now - last.started_at > JOB_GONE_S) return [];
    return [{ name, since, exit: failing_code ?? EXIT.software }];
  });
}

function disk(path: string): AlertFacts["disk"] {
  const { bavail, blocks, bsize } = statfsSync(path);
  if (blocks === 0) return null;
  return { path, free_percent: (100 * bavail) / blocks, free_mib: (bavail * bsize) / 2 ** 20 };
}

/** False only when it is known that nobody has set the clock yet. */
export function clockTrusted({ clock }: Context): boolean {
  return clock.isSet?.() ?? true;
}

/** Orders looked at for changes by others: more than a busy day has. */
const RECENT_ORDERS = 200;

function foreignWrites(context: Context, store: Store, now: number): AlertFacts["foreign_writes"] {
  return latestOrders(store, RECENT_ORDERS).flatMap((order) => {
    if (order.source !== "foreign" || order.key === null || now - order.queued_at > DAY_S) return [];
    const field = orderTable(context, store, order.device)?.rows[order.key];
    if (!field) return [];
    const text = (raw: number | null) => settingValue(speechOfStation(context), field, raw);
    return [
      {
        at: order.queued_at,
        name: order.key,
        old_value: text(order.old_raw),
        new_value: text(order.read_back_raw ?? order.wanted_raw),
      },
    ];
  });
}

/** An order that was stopped longer ago is no news, s. */
const STOPPED_NEWS_S = 7200;

function stoppedOrders(store: Store, now: number): AlertFacts["stopped_orders"] {
  return ordersWithCode(store, ["lease_unsafe", "write_cap"], now - STOPPED_NEWS_S, now + AHEAD_S).map((order) => ({
    at: order.finished_at ?? order.queued_at,
    code: order.code === "lease_unsafe" ? "lease_unsafe" : "write_cap",
    what: order.key ?? order.text,
  }));
}

function secondMaster(context: Context, store: Store, now: number): AlertFacts["second_master"] {
  const seen = inverterNames(context.config).flatMap((name) => lastSecondMaster(store, name) ?? []);
  return seen.find(({ at }) => !isFromFuture(at, now) && now - at <= DAY_S) ?? null;
}

const QUARTER_S = 900;
const SUNNY_DAYS = 7;

function quarterHourMaximum(context: Context, store: Store, now: number): number | null {
  const { hour } = localTime(now, context.config.station.time_zone);
  const { daylight_from_hour, daylight_to_hour } = context.config.alerts;
  if (hour < daylight_from_hour || hour >= daylight_to_hour) return null;
  const start = now - (now % QUARTER_S);
  const spans = Array.from({ length: SUNNY_DAYS }, (_, day) => {
    const from = start - (day + 1) * DAY_S;
    return { from, to: from + QUARTER_S };
  });
  const highest = inverterNames(context.config).map((name) =>
    highestIn(store, "inverter_samples", name, "pv_power", spans),
  );
  const known = highest.filter((watts) => watts !== null);
  return known.length === 0 ? null : known.reduce((sum, watts) => sum + watts, 0);
}

/** What makes automatic switching rest although the configuration was accepted. */
function invalidSettings(context: Context, store: Store): AlertFacts["invalid_settings"] {
  const stored = latestMode(store)?.mode;
  const known = stored === undefined || MODES.some((mode) => mode === stored);
  const parameters = parameterProblems(ruleSet(context.config).parameters).map(({ name }) => name);
  return { mode: known ? null : stored, parameters: [...new Set(parameters)] };
}

function gridSwitchFact(context: Context, { decision, state, switches }: Judgement): GridSwitchFact {
  const { parameters } = ruleSet(context.config);
  const position = state.on_grid === null ? null : state.on_grid ? "on" : "off";
  return {
    automatic: decision.mode === "auto" && !decision.flags.includes("manual"),
    blocking: decision.on_grid === true ? blockingOf(decision) : null,
    budget: { used: state.switch_times.length, limit: parameters.switch_budget - 1 },
    unconfirmed: unconfirmed(context, { decision, state }),
    position,
    blind: position === "off" && decision.flags.includes("blind") ? blindFact(decision) : null,
    switches: switches.list.filter(({ at }) => decision.at - at < DAY_S),
  };
}

function blindFact({ mode, wish, inputs }: Decision): GridSwitchFact["blind"] {
  const { bms_age_s, inverter_age_s } = inputs;
  return { bms_age_s, inverter_age_s, next: mode === "observe" ? "by_hand" : wish === true ? "ordered" : "later" };
}

/** An order that the read-back does not show, one that was given up, or a relay and work state that contradict the register. */
function unconfirmed(
  context: Context,
  { decision, state }: Pick<Judgement, "decision" | "state">,
): GridSwitchFact["unconfirmed"] {
  const { order } = decision;
  if (order) {
    const { value, since, attempts, state, journal } = order;
    const fate = state === "under_way" ? null : state === "failed" ? (journal ?? state) : state;
    return { wanted: value ? "on" : "off", since, attempts, gave_up: state === "gave_up", fate };
  }
  if (!decision.flags.includes("physical_mismatch")) return null;
  const { limits } = resolveAlert("switch_not_executed", alertSettings(context.config).alerts);
  return {
    wanted: state.on_grid === true ? "on" : "off",
    since: decision.at - Math.round(state.physical_minutes * 60),
    // The register obeyed and the relay did not: no further try will tell more.
    attempts: Math.max(1, limits.attempts ?? 1),
    gave_up: false,
    fate: "relay",
  };
}

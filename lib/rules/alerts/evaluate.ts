/** Alerts: samples and facts in, messages and the state for the next run out. Pure; time is an argument. */
import { isFromFuture } from "../../base/clock.ts";
import { BMS_CONDITIONS, idsFrom } from "./conditions-bms.ts";
import { INVERTER_CONDITIONS, pvOverNeed } from "./conditions-inverter.ts";
import { RUN_CONDITIONS } from "./conditions-run.ts";
import { type AlertId, type ResolvedAlert, resolveAlert, type WatchedId, watchOf } from "./definitions.ts";
import { eventValues, untoldEvents } from "./device-events.ts";
import { freshAlertState } from "./fresh-state.ts";
import { limitMessages } from "./message-limit.ts";
import { type BmsView, type InverterView, viewBms, viewInverter } from "./samples.ts";
import { readAlertState } from "./state.ts";
import { advance, isForgettable, newTrack, settleClock, type TrackEvent } from "./track.ts";
import {
  type AlertEvent,
  type AlertInput,
  type AlertState,
  type Finding,
  NO_COURSE,
  type Track,
  type Values,
} from "./types.ts";
import { watchedFindings } from "./watched.ts";

const REST_WINDOW_S = 600;
const POWER_WINDOW_S = 900;
/** A BMS sample this old still says what the pack does while the inverter is judged, s. */
const PAIR_AGE_S = 180;
/** A switch-over that the first run finds is news only this long, s. */
const SWITCH_NEWS_S = 3600;
/** Orders that a limit stops are told again only after this long, s. */
const STOPPED_AGAIN_S = 3600;

/**
 * Judges every sample not judged before, then the facts at `now`. Returns the next state (plain JSON; the old one is untouched)
 * and the events to deliver, oldest first, after the hourly limit.
 */
export function evaluateAlerts(input: AlertInput): { state: AlertState; events: AlertEvent[] } {
  const { now, facts, settings } = input;
  const state = readAlertState(input.state) ?? freshAlertState();
  const alerts = new Alerts(state, input);
  const jump = facts.clock.jump_s;
  const jump_limit = alerts.resolved("clock_jump").limits.jump_above ?? Number.POSITIVE_INFINITY;
  const jumped = jump !== null && Math.abs(jump) >= jump_limit;
  settleClock(state, now, jumped ? jump : null);
  state.first_run_at ??= now;
  if (jumped) alerts.tellOnce("clock_jump", now, { jump_s: jump });

  const bms = input.bms
    .filter((sample) => isJudgeable(sample.at, now, settings.max_age_s + REST_WINDOW_S))
    .map(viewBms);
  const inverter = input.inverter
    .filter((sample) => isJudgeable(sample.at, now, settings.max_age_s + POWER_WINDOW_S))
    .map(viewInverter);
  const byTime = (a: { at: number }, b: { at: number }): number => a.at - b.at;
  bms.sort(byTime);
  inverter.sort(byTime);
  forgetGoneDevices(state, alerts, facts.devices);
  for (const device of new Set(bms.map((sample) => sample.device))) {
    judgeBms(
      alerts,
      state,
      bms.filter((sample) => sample.device === device),
      device,
    );
  }
  const machines = (input.machines ?? []).filter(({ at }) => isJudgeable(at, now, settings.max_age_s + POWER_WINDOW_S));
  judgeInverter(alerts, state, inverter, bms, machines.length > 0);
  for (const device of new Set(machines.map((sample) => sample.device))) {
    const own = machines.filter((sample) => sample.device === device).map(viewInverter);
    judgeMachine(alerts, state, own, device, bms);
  }
  judgeRun(alerts, state, lastKnownConnection(input, now));

  state.last_run_at = now;
  forgetQuietTracks(state, alerts, now);
  const events = alerts.events.sort(byTime);
  return { state, events: limitMessages(events, state, now, settings.max_messages_per_hour) };
}

function isJudgeable(at: number, now: number, max_age_s: number): boolean {
  return !isFromFuture(at, now) && now - at <= max_age_s;
}

/** Applies findings to tracks and turns what happens into events. */
class Alerts {
  readonly events: AlertEvent[] = [];
  private readonly cache = new Map<AlertId, ResolvedAlert>();

  constructor(
    private readonly state: AlertState,
    readonly input: AlertInput,
  ) {}

  resolved(id: AlertId): ResolvedAlert {
    const known = this.cache.get(id) ?? resolveAlert(id, this.input.settings.alerts);
    this.cache.set(id, known);
    return known;
  }

  /** Subjects that the findings do not name any more are good. Null findings change nothing. */
  apply(id: AlertId, device: string, at: number, findings: readonly Finding[] | null): void {
    const alert = this.resolved(id);
    if (!alert.enabled || findings === null) return;
    const named = new Set(findings.map(({ subject }) => subject));
    const gone = Object.values(this.state.tracks).filter(
      (track) => track.id === id && track.device === device && !named.has(track.subject),
    );
    for (const finding of findings) this.applyOne(alert, device, at, finding);
    for (const { subject, values } of gone) this.applyOne(alert, device, at, { subject, level: "good", values });
  }

  private applyOne(alert: ResolvedAlert, device: string, at: number, finding: Finding): void {
    const key = [alert.id, [device, finding.subject].filter((part) => part !== "").join("/")].filter(Boolean).join(":");
    const track = Object.hasOwn(this.state.tracks, key) ? this.state.tracks[key] : undefined;
    if (track === undefined && finding.level !== "bad") return;
    const present = track ?? newTrack(alert, device, finding.subject);
    this.state.tracks[key] = present;
    const happened = advance(present, alert, at, finding);
    if (happened !== null) this.events.push(this.toEvent(key, alert, present, happened));
  }

  /** An event without a state behind it. */
  tellOnce(
    id: "switched" | "clock_jump" | "device_event" | "order_stopped",
    at: number,
    values: Finding["values"],
  ): void {
    const alert = this.resolved(id);
    if (!alert.enabled) return;
    const dated = this.input.facts.clock.trusted;
    const { severity } = alert;
    this.events.push({ at, id, key: id, kind: "info", severity, since: at, dated, values, course: NO_COURSE });
  }

  private toEvent(key: string, alert: ResolvedAlert, track: Track, happened: TrackEvent): AlertEvent {
    const values = withDevice(track.device, track.values);
    const { lasted_s, in_all, returns, untold } = happened;
    return {
      at: happened.at,
      id: alert.id,
      key,
      kind: happened.kind,
      severity: track.severity,
      since: happened.since,
      dated: this.input.facts.clock.trusted,
      values,
      course: { lasted_s, in_all, returns, untold },
    };
  }
}

function judgeBms(alerts: Alerts, state: AlertState, samples: readonly BmsView[], device: string): void {
  for (const sample of unseen(alerts, state, `bms:${device}`, samples)) {
    const window = samples.filter(({ at }) => at > sample.at - REST_WINDOW_S && at <= sample.at);
    for (const id of idsFrom("bms")) judgeSample(alerts, BMS_CONDITIONS, id, device, { sample, window });
    const full = (sample.soc ?? 0) >= 99 && (sample.highest?.voltage ?? 0) >= 3.45;
    if (full || state.last_full_at === null) state.last_full_at = sample.at;
  }
}

function judgeInverter(
  alerts: Alerts,
  state: AlertState,
  samples: readonly InverterView[],
  bms: readonly BmsView[],
  several: boolean,
): void {
  const { facts, settings } = alerts.input;
  const ids = idsFrom("inverter").filter((id) => !several || !isOfOneMachine(id));
  for (const sample of unseen(alerts, state, "inverter", samples)) {
    const window = samples.filter(({ at }) => at > sample.at - POWER_WINDOW_S && at <= sample.at);
    if (sample.ongrid_switch === false || state.last_solar_at === null) state.last_solar_at = sample.at;
    if (pvOverNeed(window)) state.last_pv_over_need_at = sample.at;
    if (sample.charge_stage === "float") state.last_full_at = sample.at;
    const context = { sample, window, bms: packsBeside(sample.at, bms), facts, settings, memory: state };
    for (const id of ids) judgeSample(alerts, INVERTER_CONDITIONS, id, "", context);
  }
}

/** What concerns one machine of several: the others say nothing about it, nor about a value that is watched. */
function isOfOneMachine(id: AlertId): boolean {
  return watchOf(id) !== null || ["inverter_error", "inverter_warning", "inverter_implausible"].includes(id);
}

function judgeMachine(
  alerts: Alerts,
  state: AlertState,
  samples: readonly InverterView[],
  device: string,
  bms: readonly BmsView[],
): void {
  const { facts, settings } = alerts.input;
  const ids = idsFrom("inverter").filter(isOfOneMachine);
  for (const sample of unseen(alerts, state, `inverter:${device}`, samples)) {
    const window = samples.filter(({ at }) => at > sample.at - POWER_WINDOW_S && at <= sample.at);
    const context = { sample, window, bms: packsBeside(sample.at, bms), facts, settings, memory: state };
    for (const id of ids) judgeSample(alerts, INVERTER_CONDITIONS, id, device, context);
  }
}

/** The newest sample of each pack beside one of the inverter. */
function packsBeside(at: number, bms: readonly BmsView[]): BmsView[] {
  const newest = new Map<string, BmsView>();
  for (const pack of bms) {
    if (pack.at <= at && at - pack.at <= PAIR_AGE_S) newest.set(pack.device, pack);
  }
  return [...newest.values()];
}

function judgeRun(alerts: Alerts, state: AlertState, connected: boolean | null): void {
  const { now, facts } = alerts.input;
  const context = { now, facts, connected, memory: state };
  for (const id of idsFrom("run")) {
    if (id === "switched" || id === "clock_jump" || id === "device_event" || id === "order_stopped") continue;
    judgeOne(alerts, RUN_CONDITIONS, id, "", now, context);
  }
  const told_until = state.last_switch_told_at ?? now - SWITCH_NEWS_S;
  const fresh = (facts.grid_switch?.switches ?? []).filter(({ at }) => at > told_until && !isFromFuture(at, now));
  for (const change of [...fresh].sort((a, b) => a.at - b.at)) {
    const { at, ...rest } = change;
    alerts.tellOnce("switched", at, rest);
    state.last_switch_told_at = at;
  }
  tellDeviceEvents(alerts, state, now);
  tellStoppedOrders(alerts, state);
}

/** Each event of a device once, by its number: whatever the clock did, none is told twice. */
function tellDeviceEvents(alerts: Alerts, state: AlertState, now: number): void {
  const { facts } = alerts.input;
  for (const event of untoldEvents(facts, now, state.last_device_event, SWITCH_NEWS_S)) {
    const values = eventValues(event);
    if (values !== null) alerts.tellOnce("device_event", now, values);
  }
  state.last_device_event = Math.max(state.last_device_event ?? 0, ...facts.device_events.map(({ id }) => id));
}

/** A limit that stops a flood stops many orders: of one setting it is news once an hour. */
function tellStoppedOrders(alerts: Alerts, state: AlertState): void {
  const { now, facts } = alerts.input;
  const told_until = state.last_stopped_order_at ?? now - SWITCH_NEWS_S;
  for (const { at, code, what } of facts.stopped_orders) {
    if (at <= told_until) continue;
    state.last_stopped_order_at = Math.max(state.last_stopped_order_at ?? 0, at);
    const last = state.stopped_told[what];
    if (code === "write_cap" && last !== undefined && at - last < STOPPED_AGAIN_S) continue;
    if (code === "write_cap") state.stopped_told[what] = at;
    alerts.tellOnce("order_stopped", at, { code, name: what });
  }
  for (const [what, at] of Object.entries(state.stopped_told)) {
    if (now - at >= STOPPED_AGAIN_S) delete state.stopped_told[what];
  }
}

/** Calls one condition with its own thresholds: `limits` has exactly the keys of that alert's table row. */
function judgeOne<I extends AlertId, Context>(
  alerts: Alerts,
  conditions: { readonly [K in I]: (context: Context, limits: never) => readonly Finding[] | null },
  id: I,
  device: string,
  at: number,
  context: Context,
): void {
  const alert = alerts.resolved(id);
  if (alert.enabled) alerts.apply(id, device, at, conditions[id](context, alert.limits as never));
}

/** One alert of a sample: its value watched, or its condition called. */
function judgeSample<I extends AlertId, Context extends { readonly sample: BmsView | InverterView }>(
  alerts: Alerts,
  conditions: { readonly [K in Exclude<I, WatchedId>]: (context: Context, limits: never) => readonly Finding[] | null },
  id: I,
  device: string,
  context: Context,
): void {
  const { sample } = context;
  const { enabled, watch, limits } = alerts.resolved(id);
  if (watch === undefined) judgeOne(alerts, conditions, id as Exclude<I, WatchedId>, device, sample.at, context);
  else if (enabled) alerts.apply(id, device, sample.at, watchedFindings(watch, limits, sample));
}

/** Samples young enough to be judged that were not judged before, each time stamp once. */
function unseen<T extends { readonly at: number }>(
  alerts: Alerts,
  state: AlertState,
  source: string,
  samples: readonly T[],
): T[] {
  const { now, settings } = alerts.input;
  const found: T[] = [];
  for (const sample of samples) {
    const seen_at = Object.hasOwn(state.seen, source) ? state.seen[source] : undefined;
    if (seen_at !== undefined && sample.at <= seen_at) continue;
    state.seen[source] = sample.at;
    if (now - sample.at <= settings.max_age_s) found.push(sample);
  }
  return found;
}

/** The newest reading of the grid switch, however old: it decides only how loudly missing data is told. */
function lastKnownConnection(input: AlertInput, now: number): boolean | null {
  let newest: { at: number; connected: boolean } | null = null;
  for (const { at, ongrid_switch } of input.inverter) {
    if (ongrid_switch === null || isFromFuture(at, now)) continue;
    if (newest === null || at > newest.at) newest = { at, connected: ongrid_switch };
  }
  return newest?.connected ?? null;
}

/** A BMS that was taken out of the station leaves no alarm behind. */
function forgetGoneDevices(state: AlertState, alerts: Alerts, devices: AlertInput["facts"]["devices"]): void {
  const present = new Set(devices.map(({ device }) => device));
  for (const [key, track] of Object.entries(state.tracks)) {
    const { source, enabled } = alerts.resolved(track.id);
    const gone = track.device !== "" && source !== "run" && !present.has(track.device);
    const unlisted = (track.id === "device_silent" || track.id === "data_stale") && !present.has(track.subject);
    if (gone || unlisted || !enabled) delete state.tracks[key];
  }
}

function forgetQuietTracks(state: AlertState, alerts: Alerts, now: number): void {
  for (const [key, track] of Object.entries(state.tracks)) {
    if (isForgettable(track, alerts.resolved(track.id), now)) delete state.tracks[key];
  }
}

/** An alarm that is raised now, with what is known of it at present. */
export interface OpenAlert {
  readonly key: string;
  readonly id: AlertId;
  readonly severity: Track["severity"];
  readonly since: number;
  readonly values: Values;
}

function withDevice(device: string, values: Values): Values {
  return device === "" ? values : { device, ...values };
}

/** Alarms that are raised now, most severe first, for reports, pages and resumed deliveries. */
export function openAlerts(state: AlertState): OpenAlert[] {
  const rank = { critical: 0, warning: 1, info: 2 };
  return Object.entries(state.tracks)
    .flatMap(([key, { id, severity, active_since, device, values }]) =>
      active_since === null ? [] : [{ key, id, severity, since: active_since, values: withDevice(device, values) }],
    )
    .sort((a, b) => rank[a.severity] - rank[b.severity] || a.since - b.since);
}

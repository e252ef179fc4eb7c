import type { Context } from "../cli/spec.ts";
import { INVERTER_SETTING_FIELDS, type SettingsRaw, type StatusRaw, sampleOf } from "../devices/inverter/sample.ts";
import { SETTING_BLOCKS, STATUS_BLOCKS } from "../devices/pv1800/blocks.ts";
import { holds, partName } from "../devices/pv1800/client.ts";
import { type LineWarning, secondMaster } from "../devices/pv1800/second-master.ts";
import { runInverterOrders, takeInverterOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { rememberFacts } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { isAsked, takeRequests } from "../store/publish.ts";
import { saveInverterSample, saveRejected } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/setting-rows.ts";
import { inverterContext } from "../store/view.ts";
import type { Doubt } from "../view/doubt.ts";
import { type JudgedInverter, judgeInverter } from "../view/judge-inverter.ts";
import { Refused } from "../view/refusal.ts";
import { leaveRefusalNow } from "./batmon/leave.ts";
import { DeviceParts } from "./device-parts.ts";
import { Failures } from "./failures.ts";
import { acceptAdvice } from "./identity.ts";
import { acceptMachine, type Machine, refreshIdentity, settleIdentity } from "./inverter-identity.ts";
import { type InverterLine, openInverterLine } from "./inverter-line.ts";
import { noteSecondMaster } from "./second-master.ts";
import { takeKeptSamples } from "./take-kept.ts";

/** What one round found. */
export interface InverterRound {
  readonly at: number;
  /** The judged status; null = none was read, or it was refused. */
  readonly status: StatusRaw | null;
  readonly doubts: readonly Doubt[];
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly warnings: readonly LineWarning[];
  readonly orders: OrdersRun;
  /** What failed, as one; the rest of the round is there all the same. */
  readonly failure: Error | null;
}

/**
 * One round in its order: live values read, judged and stored, then the orders, then what is slow or optional. None of them takes
 * another one with it. @throws when the port cannot be opened; the orders are journaled before
 */
export async function inverterRound(context: Context): Promise<InverterRound> {
  const store = context.openStore();
  takeKeptSamples(context, store, "inverter", context.config.inverter.name);
  const line = await openOrJournal(context, store);
  try {
    return await onLine(context, line, store);
  } finally {
    noteSecondMaster(context, store, line.master.stats);
    await line.close();
  }
}

/** A port that does not open must not hide an order: it is journaled, and its life runs. */
async function openOrJournal(context: Context, store: Store): Promise<InverterLine> {
  try {
    return await openInverterLine(context);
  } catch (error) {
    takeInverterOrders(context, store);
    throw error;
  }
}

async function onLine(context: Context, line: InverterLine, store: Store): Promise<InverterRound> {
  const failures = new Failures();
  const parts = new DeviceParts(context, store, "inverter", context.config.inverter.name);
  const machine: Machine = { context, line, store, parts, failures };
  if (context.options.acceptMachine === true) await acceptMachine(machine);
  const judged = await failures.attempt(() => pollStatus(machine));
  const at = context.clock.now();
  const mayLeave = () => leaveRefusalNow(context, store);
  const orders = await runInverterOrders({ context, store, client: line.client, mayLeave });
  if (orders.failure) failures.add(orders.failure);
  let settings: Partial<SettingsRaw> | null = null;
  // A device that did not answer at all is not asked for more.
  if (judged !== undefined && judged.verdict.refusal?.code !== "other_machine") {
    settings = (await failures.attempt(() => readSettings(machine, judged.isChanged))) ?? null;
    await failures.attempt(() => refreshIdentity(machine));
  }
  const warnings = [secondMaster(line.master.stats)].filter((warning) => warning !== null);
  for (const { text } of warnings) context.log.warn(text);
  return {
    at: judged?.at ?? at,
    status: judged?.verdict.refusal === null ? judged.verdict.raw : null,
    doubts: judged?.verdict.doubts ?? [],
    settings: settings ?? latestSettings(store, context.config.inverter.name)?.raw ?? null,
    warnings,
    orders,
    failure: failures.asOne(),
  };
}

/** A judged status and when it was read. */
interface Polled {
  readonly at: number;
  readonly verdict: JudgedInverter;
  /** The machine is not quite the one of before. */
  readonly isChanged: boolean;
}

/** Reads, judges and stores. A refused status is kept for diagnosis, and told as a failure. @throws what the master throws */
async function pollStatus(machine: Machine): Promise<Polled> {
  const { context, line, store, parts, failures } = machine;
  const { config, clock, log, dryRun } = context;
  const { name, port } = config.inverter;
  const round = await line.client.readStatusParts(parts.toSkip(STATUS_BLOCKS.map(partName), "live"));
  parts.note(round, "live", failures);
  const { status } = round;
  const at = clock.now();
  const judged = judgeInverter(status, inverterContext(store, name, at));
  const { judged: verdict, isChanged } = await settleIdentity(machine, judged);
  if (verdict.refusal) {
    const advice = verdict.refusal.code === "other_machine" ? acceptAdvice("inverter") : null;
    const refused = new Refused(verdict.refusal, port, advice);
    failures.add(refused);
    if (!dryRun) store.write(() => saveRejected(store, "inverter", name, at, refused.refusal, status));
    return { at, verdict, isChanged };
  }
  if (!dryRun) storeStatus(context, store, at, verdict);
  log.info("stored a sample", { device: name, work_state: verdict.raw.work_state, doubts: verdict.doubts.length });
  return { at, verdict, isChanged };
}

function storeStatus(context: Context, store: Store, at: number, verdict: JudgedInverter): void {
  const { name } = context.config.inverter;
  const { raw, doubts, resets, machine } = verdict;
  const { battery_class } = machine;
  store.write(() => {
    saveInverterSample(store, name, at, { raw: sampleOf(raw) });
    saveDoubts(store, "inverter", name, at, doubts);
    if (resets.length > 0) {
      const evidence = resets.map(({ key, from_raw, to_raw }) => ({ key, raw: to_raw, expected: from_raw }));
      saveDeviceEvent(store, "inverter", name, { at, code: "counter_reset", evidence });
    }
    if (raw.ongrid_switch !== null) {
      noteSettings(context, store, at, { ongrid_switch: raw.ongrid_switch }, { part: true });
    }
  });
  const rated_power = raw.rated_power ?? raw.rated_apparent_power;
  rememberFacts(store, "inverter", name, {
    ...(battery_class === null ? {} : { battery_class }),
    ...(rated_power ? { rated_power } : {}),
    ratings: ratingsOf(raw),
  });
}

/** What the status blocks say about the machine itself: not part of a sample, and the same every time. */
function ratingsOf(status: StatusRaw): Partial<StatusRaw> {
  const keys = ["ac_grade", "rated_apparent_power", "charger_grade", "charger_rated_current"] as const;
  return Object.fromEntries(keys.map((key) => [key, status[key]]).filter(([, raw]) => raw !== null));
}

async function readSettings(machine: Machine, isChanged: boolean): Promise<Partial<SettingsRaw> | null> {
  const { context, line, store, parts, failures } = machine;
  const { name, settings_every_s } = context.config.inverter;
  const known = latestSettings(store, name);
  const age = known === null ? Number.POSITIVE_INFINITY : context.clock.now() - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_inverter_settings");
  const blocks = SETTING_BLOCKS.map(partName);
  const isDue = isChanged || age < 0 || age >= settings_every_s || parts.misses(blocks, "secondary");
  if (!isDue && !asked) return null;
  const round = await line.client.readSettingParts(asked ? [] : parts.toSkip(blocks, "secondary"));
  parts.note(round, "secondary", failures, asked);
  const settings = { ...silentRows(parts.absent(blocks, "secondary")), ...round.raw };
  if (context.dryRun) return settings;
  store.write(() => {
    if (round.answered.length > 0) noteSettings(context, store, context.clock.now(), settings, { part: false });
    takeRequests(store, "poll_inverter_settings");
  });
  return settings;
}

/** What a block that is not there once told is not known any more. */
function silentRows(absent: readonly string[]): Partial<SettingsRaw> {
  const blocks = SETTING_BLOCKS.filter((block) => absent.includes(partName(block)));
  const rows = Object.entries(INVERTER_SETTING_FIELDS).filter(([, { addr }]) => blocks.some((one) => holds(one, addr)));
  // The on-grid switch comes with every poll.
  return Object.fromEntries(rows.flatMap(([key]) => (key === "ongrid_switch" ? [] : [[key, null]])));
}

/** Inside write. */
function noteSettings(
  context: Context,
  store: Store,
  at: number,
  read: Partial<SettingsRaw>,
  options: { readonly part: boolean },
): void {
  const { name } = context.config.inverter;
  const all = saveSettings(store, "inverter", name, at, read, () => "foreign", options);
  // What was not known before, or is not any more, was changed by nobody.
  const changes = all.filter(({ old_raw, new_raw }) => old_raw !== null && new_raw !== null);
  journalForeignChanges(context, store, name, changes);
  for (const { key, old_raw, new_raw } of changes) {
    context.log.warn("setting changed", { key, old: String(old_raw), new: String(new_raw) });
  }
}

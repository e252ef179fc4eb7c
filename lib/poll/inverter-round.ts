import { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { inverterUnits } from "../config/units.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import { type SettingsRaw, type StatusRaw, sampleOf } from "../devices/inverter/sample.ts";
import { type LineWarning, secondMaster } from "../devices/inverter/second-master.ts";
import { runInverterOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import { leaveRefusalNow } from "../station/may-leave.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { rememberFacts } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { isAsked, takeRequests } from "../store/publish.ts";
import { saveInverterSample, saveRejected } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/setting-rows.ts";
import { inverterContext, rememberedModel } from "../store/view.ts";
import type { Doubt } from "../view/doubt.ts";
import { type JudgedInverter, judgeInverter } from "../view/judge-inverter.ts";
import { Refused } from "../view/refusal.ts";
import { DeviceParts } from "./device-parts.ts";
import { acceptMachine, type Machine, refreshIdentity, settleIdentity } from "./inverter-identity.ts";
import type { InverterLine } from "./inverter-line.ts";
import { acceptAdvice } from "./known-identity.ts";
import { takeKeptSamples } from "./take-kept.ts";

/** What one round of one inverter found. */
export interface InverterRound {
  readonly device: string;
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
 * One round of one inverter in its order: live values read, judged and stored, then the orders, then what is slow or optional. None of
 * them takes another one with it.
 */
export async function inverterRound(
  context: Context,
  line: InverterLine,
  unit: InverterConfig,
): Promise<InverterRound> {
  const store = context.openStore();
  takeKeptSamples(context, store, "inverter", unit.name);
  const failures = new Failures();
  const parts = new DeviceParts(context, store, "inverter", unit.name);
  const machineNow = (): Machine => {
    const client = line.client(unit, rememberedModel(store, unit.name));
    return { context, unit, client, store, parts, failures };
  };
  const first = machineNow();
  if (context.options.acceptMachine === true) await acceptMachine(first);
  const judged = await failures.attempt(() => pollStatus(first));
  const at = context.clock.now();
  // What a register does depends on the model: a machine is asked who it is before anything is written to it.
  const isStranger = judged?.verdict.refusal === null && rememberedModel(store, unit.name) === null;
  if (isStranger) await failures.attempt(() => refreshIdentity(first));
  const machine = machineNow();
  const { client } = machine;
  const mayLeave = () => leaveRefusalNow(context, store);
  const orders = await runInverterOrders({ context, store, client, name: unit.name, mayLeave });
  if (orders.failure) failures.add(orders.failure);
  let settings: Partial<SettingsRaw> | null = null;
  // A device that did not answer at all is not asked for more.
  if (judged !== undefined && judged.verdict.refusal?.code !== "other_machine") {
    settings = (await failures.attempt(() => readSettings(machine, judged.isChanged))) ?? null;
    if (!isStranger) await failures.attempt(() => refreshIdentity(machine));
  }
  const warnings = [secondMaster(line.master.stats)].filter((warning) => warning !== null);
  for (const { text } of warnings) context.log.warn(text);
  return {
    device: unit.name,
    at: judged?.at ?? at,
    status: judged?.verdict.refusal === null ? judged.verdict.raw : null,
    doubts: judged?.verdict.doubts ?? [],
    settings: settings ?? latestSettings(store, unit.name)?.raw ?? null,
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
  const { context, unit, client, store, parts, failures } = machine;
  const { clock, log, dryRun } = context;
  const { name, port } = unit;
  const round = await client.readStatusParts(parts.toSkip(client.statusParts, "live"));
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
  if (!dryRun) storeStatus(machine, at, verdict);
  log.info("stored a sample", { device: name, work_state: verdict.raw.work_state, doubts: verdict.doubts.length });
  return { at, verdict, isChanged };
}

function storeStatus({ context, store, unit }: Machine, at: number, verdict: JudgedInverter): void {
  const { name } = unit;
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
      noteSettings(context, store, name, at, { ongrid_switch: raw.ongrid_switch }, { part: true });
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
  const { context, unit, client, store, parts, failures } = machine;
  const { name, settings_every_s } = unit;
  const known = latestSettings(store, name);
  const age = known === null ? Number.POSITIVE_INFINITY : context.clock.now() - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_inverter_settings");
  const isDue = isChanged || age < 0 || age >= settings_every_s || parts.misses(client.settingParts, "secondary");
  if (!isDue && !asked) return null;
  const round = await client.readSettingParts(asked ? [] : parts.toSkip(client.settingParts, "secondary"));
  parts.note(round, "secondary", failures, asked);
  const settings = { ...silentRows(client, parts.absent(client.settingParts, "secondary")), ...round.raw };
  if (context.dryRun) return settings;
  store.write(() => {
    if (round.answered.length > 0) noteSettings(context, store, name, context.clock.now(), settings, { part: false });
    if (unit === inverterUnits(context.config).at(-1)) takeRequests(store, "poll_inverter_settings");
  });
  return settings;
}

/** What a block that is not there once told is not known any more. */
function silentRows(client: InverterClient, absent: readonly string[]): Partial<SettingsRaw> {
  // The on-grid switch comes with every poll.
  return Object.fromEntries(client.settingsIn(absent).flatMap((key) => (key === "ongrid_switch" ? [] : [[key, null]])));
}

/** Inside write. */
function noteSettings(
  context: Context,
  store: Store,
  name: string,
  at: number,
  read: Partial<SettingsRaw>,
  options: { readonly part: boolean },
): void {
  const all = saveSettings(store, "inverter", name, at, read, () => "foreign", options);
  // What was not known before, or is not any more, was changed by nobody.
  const changes = all.filter(({ old_raw, new_raw }) => old_raw !== null && new_raw !== null);
  journalForeignChanges(context, store, name, changes);
  for (const { key, old_raw, new_raw } of changes) {
    context.log.warn("setting changed", { key, old: String(old_raw), new: String(new_raw) });
  }
}

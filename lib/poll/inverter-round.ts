import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { inverterUnits } from "../config/units.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import { INVERTER_IDENTITY_FIELDS, type SettingsRaw, type StatusRaw, sampleOf } from "../devices/inverter/sample.ts";
import { type LineWarning, secondMaster } from "../devices/inverter/second-master.ts";
import { runInverterOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import { leaveRefusalNow } from "../station/may-leave.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { takeRequests } from "../store/publish.ts";
import { saveInverterSample } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/setting-rows.ts";
import { inverterContext, rememberedModel } from "../store/view.ts";
import type { Doubt } from "../view/doubt.ts";
import { type JudgedInverter, judgeInverter } from "../view/judge-inverter.ts";
import { Refused } from "../view/refusal.ts";
import { type Device, deviceIn, keepRefused, noteResets, SETTINGS_ASKED, settingsDue } from "./device.ts";
import { acceptAdvice, acceptMachine, type Identity, knownIdentity, strangerSeen, whoAnswers } from "./identity.ts";
import type { InverterLine } from "./inverter-line.ts";
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

/** The inverter of one round. */
interface Machine extends Device {
  readonly client: InverterClient;
  readonly unit: InverterConfig;
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
  const device = deviceIn(context, "inverter", unit.name);
  const { store, failures } = device;
  takeKeptSamples(device);
  const machineNow = (): Machine => ({ ...device, unit, client: line.client(unit, rememberedModel(store, unit.name)) });
  const first = machineNow();
  if (context.options.acceptMachine === true) await acceptMachine(first, () => askIdentity(first));
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
  const { context, unit, client, store, name, parts, failures } = machine;
  const round = await client.readStatusParts(parts.toSkip(client.statusParts, "live"));
  parts.note(round, "live");
  const { status } = round;
  const at = context.clock.now();
  const { verdict, isChanged } = await settleIdentity(machine, judgeInverter(status, inverterContext(store, name, at)));
  if (verdict.refusal) {
    const advice = verdict.refusal.code === "other_machine" ? acceptAdvice("inverter") : null;
    const refused = new Refused(verdict.refusal, unit.port, advice);
    failures.add(refused);
    keepRefused(machine, at, refused, status);
    return { at, verdict, isChanged };
  }
  if (!context.dryRun) storeStatus(machine, at, verdict);
  const { work_state } = verdict.raw;
  context.log.info("stored a sample", { device: name, work_state, doubts: verdict.doubts.length });
  return { at, verdict, isChanged };
}

function storeStatus(machine: Machine, at: number, verdict: JudgedInverter): void {
  const { store, name } = machine;
  const { raw, doubts, resets } = verdict;
  const { battery_class } = verdict.machine;
  store.write(() => {
    saveInverterSample(store, name, at, { raw: sampleOf(raw) });
    saveDoubts(store, "inverter", name, at, doubts);
    noteResets(machine, at, resets);
    if (raw.ongrid_switch !== null) noteSettings(machine, at, { ongrid_switch: raw.ongrid_switch }, { part: true });
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

/** A status that contradicts the remembered identity: the machine is asked again before anything is believed. */
async function settleIdentity(machine: Machine, judged: JudgedInverter): Promise<Omit<Polled, "at">> {
  const { contradictions } = judged;
  const isOdd = contradictions.length > 0 || strangerSeen(machine.store, machine.name) !== null;
  if (judged.refusal !== null || !isOdd) return { verdict: judged, isChanged: false };
  const ask = () => askIdentity(machine);
  const { verdict, refusal } = await whoAnswers(machine, await ask(), ask);
  if (refusal) return { verdict: { ...judged, refusal }, isChanged: false };
  if (verdict?.code === "changed") return { verdict: judged, isChanged: true };
  // Not answered, or two readings that differ: the values stand for themselves, the constant is doubted.
  const doubts = contradictions.map(
    ({ key, raw, expected }): Doubt => ({
      ...{ key: `${key}_copy`, code: "contradicts", raw, twin: key },
      ...{ twin_value: typeof expected === "number" ? expected : null },
    }),
  );
  return { verdict: { ...judged, doubts: [...judged.doubts, ...doubts] }, isChanged: false };
}

/** The identity is read at first contact and then once a day. */
const IDENTITY_EVERY_S = 86_400;

/** Reads the identity when it is due. @throws Refused when another machine answers */
async function refreshIdentity(machine: Machine): Promise<void> {
  const { context, store, name, unit } = machine;
  const { identity_at } = deviceFacts(store, name);
  const at = context.clock.now();
  const age = typeof identity_at === "number" ? at - identity_at : Number.POSITIVE_INFINITY;
  if (knownIdentity(machine) !== null && age >= 0 && age < IDENTITY_EVERY_S) return;
  const ask = () => askIdentity(machine);
  const now = await ask();
  if (now === null || context.dryRun) return;
  const { verdict, refusal } = await whoAnswers(machine, now, ask);
  if (verdict === null) return;
  rememberFacts(store, "inverter", name, { identity_at: at });
  if (refusal) throw new Refused(refusal, unit.port, acceptAdvice("inverter"));
}

/** The identity as far as the machine tells it; null when it told nothing. */
async function askIdentity({ client, parts, failures }: Machine): Promise<Identity | null> {
  const skip = parts.toSkip(client.identityParts, "secondary");
  const round = await failures.attempt(() => client.readIdentityParts(skip));
  if (round === undefined) return null;
  parts.note(round, "secondary");
  if (round.answered.length === 0) return null;
  const nothing = Object.fromEntries(Object.keys(INVERTER_IDENTITY_FIELDS).map((key) => [key, null]));
  return { ...nothing, ...round.raw };
}

async function readSettings(machine: Machine, isChanged: boolean): Promise<Partial<SettingsRaw> | null> {
  const { context, unit, client, store, parts } = machine;
  const at = context.clock.now();
  const due = settingsDue(machine, client.settingParts, { at, every_s: unit.settings_every_s, isChanged });
  if (due === null) return null;
  const round = await client.readSettingParts(due.skip);
  parts.note(round, "secondary", due.asked);
  const settings = { ...silentRows(client, parts.absent(client.settingParts, "secondary")), ...round.raw };
  if (context.dryRun) return settings;
  store.write(() => {
    if (round.answered.length > 0) noteSettings(machine, context.clock.now(), settings, { part: false });
    if (unit === inverterUnits(context.config).at(-1)) takeRequests(store, SETTINGS_ASKED.inverter);
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
  { context, store, name }: Machine,
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

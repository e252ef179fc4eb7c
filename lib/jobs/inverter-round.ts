import type { Context } from "../cli/spec.ts";
import { runInverterOrders, takeInverterOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import { sampleOf } from "../pv1800/decode.ts";
import type { IdentityRaw, SettingsRaw, StatusRaw } from "../pv1800/registers.ts";
import { secondMasterHint } from "../pv1800/second-master.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { deviceFacts, rememberFacts } from "../store/devices.ts";
import { saveDoubts } from "../store/doubts.ts";
import { isAsked, takeRequests } from "../store/publish.ts";
import { saveInverterSample, saveRejected } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/settings.ts";
import { inverterContext } from "../store/view.ts";
import type { Doubt } from "../view/doubt.ts";
import { type IdentityVerdict, judgeIdentity } from "../view/identity.ts";
import { type JudgedInverter, judgeInverter } from "../view/judge-inverter.ts";
import { Refused } from "../view/refusal.ts";
import { leaveRefusalNow } from "./batmon/leave.ts";
import { Failures } from "./failures.ts";
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
  readonly warnings: readonly string[];
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
  const judged = await failures.attempt(() => pollStatus(context, line, store, failures));
  const at = context.clock.now();
  const mayLeave = () => leaveRefusalNow(context, store);
  const orders = await runInverterOrders({ context, store, client: line.client, mayLeave });
  if (orders.failure) failures.add(orders.failure);
  let settings: SettingsRaw | null = null;
  // A device that did not answer at all is not asked for more.
  if (judged !== undefined) {
    settings = (await failures.attempt(() => readSettings(context, line, store))) ?? null;
    await failures.attempt(() => refreshIdentity(context, line, store));
  }
  const warnings = [secondMasterHint(line.master.stats)].filter((hint) => hint !== null);
  for (const warning of warnings) context.log.warn(warning);
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
}

/** Reads, judges and stores. A refused status is kept for diagnosis, and told as a failure. @throws what the master throws */
async function pollStatus(context: Context, line: InverterLine, store: Store, failures: Failures): Promise<Polled> {
  const { config, clock, log, dryRun } = context;
  const { name, port } = config.inverter;
  const { status, failures: lost } = await line.client.readStatusParts();
  for (const error of lost) failures.add(error);
  const at = clock.now();
  const judged = judgeInverter(status, inverterContext(store, name, at));
  const verdict = await settleIdentity(context, line, store, at, judged, failures);
  if (verdict.refusal) {
    const refused = new Refused(verdict.refusal, port);
    failures.add(refused);
    if (!dryRun) store.write(() => saveRejected(store, "inverter", name, at, refused.reasons.join("; "), status));
    return { at, verdict };
  }
  if (!dryRun) storeStatus(context, store, at, verdict);
  log.info("stored a sample", { device: name, work_state: verdict.raw.work_state, doubts: verdict.doubts.length });
  return { at, verdict };
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

/** A status that contradicts the remembered identity: the machine is asked again, twice, before anything is believed. */
async function settleIdentity(
  context: Context,
  line: InverterLine,
  store: Store,
  at: number,
  judged: JudgedInverter,
  failures: Failures,
): Promise<JudgedInverter> {
  if (judged.refusal !== null || judged.contradictions.length === 0) return judged;
  const now = await failures.attempt(() => confirmedIdentity(line));
  // Not answered, or two readings that differ: the values stand for themselves, the constant is doubted.
  const verdict = now ? takeIdentity(context, store, at, now) : null;
  if (verdict?.code === "other_machine") {
    return { ...judged, refusal: { code: "other_machine", evidence: verdict.evidence } };
  }
  if (verdict?.code === "changed") return judged;
  const doubts = judged.contradictions.map(
    ({ key, raw, expected }): Doubt => ({
      ...{ key: `${key}_copy`, code: "contradicts", raw, twin: key },
      ...{ twin_value: typeof expected === "number" ? expected : null },
    }),
  );
  return { ...judged, doubts: [...judged.doubts, ...doubts] };
}

/** The identity when two readings agree, else null. */
async function confirmedIdentity(line: InverterLine): Promise<IdentityRaw | null> {
  const one = await line.client.readIdentity();
  const other = await line.client.readIdentity();
  return judgeIdentity(one, other).code === "same" ? other : null;
}

/** Compares with what is remembered; a change is remembered, journaled and told, another machine is told only. */
function takeIdentity(context: Context, store: Store, at: number, now: IdentityRaw): IdentityVerdict {
  const { name } = context.config.inverter;
  const known = deviceFacts(store, name).identity;
  const verdict = judgeIdentity(known as Readonly<Record<string, unknown>> | undefined, now);
  if (context.dryRun || verdict.code === "same") return verdict;
  if (verdict.code !== "other_machine") rememberFacts(store, "inverter", name, { identity: now });
  const code = verdict.code === "other_machine" ? "other_machine" : "firmware_changed";
  const isVersion = verdict.evidence.some(({ key }) => key.endsWith("_version"));
  if (verdict.code === "other_machine" || isVersion) {
    const isNews = store.write(() =>
      saveDeviceEvent(store, "inverter", name, { at, code, evidence: verdict.evidence }),
    );
    if (isNews) context.log.warn(code.replace("_", " "), evidenceFields(verdict));
  }
  return verdict;
}

function evidenceFields({ evidence }: IdentityVerdict): Record<string, string> {
  return Object.fromEntries(evidence.map(({ key, raw, expected }) => [key, `${expected} -> ${raw}`]));
}

/** The identity is read at first contact and then once a day. */
const IDENTITY_EVERY_S = 86_400;

async function refreshIdentity(context: Context, line: InverterLine, store: Store): Promise<void> {
  const { name } = context.config.inverter;
  const { identity, identity_at } = deviceFacts(store, name);
  const at = context.clock.now();
  const age = typeof identity_at === "number" ? at - identity_at : Number.POSITIVE_INFINITY;
  if (identity !== undefined && age >= 0 && age < IDENTITY_EVERY_S) return;
  const now = identity === undefined ? await line.client.readIdentity() : await confirmedIdentity(line);
  if (now === null || context.dryRun) return;
  takeIdentity(context, store, at, now);
  rememberFacts(store, "inverter", name, { identity_at: at });
}

async function readSettings(context: Context, line: InverterLine, store: Store): Promise<SettingsRaw | null> {
  const { name, settings_every_s } = context.config.inverter;
  const known = latestSettings(store, name);
  const age = known === null ? Number.POSITIVE_INFINITY : context.clock.now() - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_inverter_settings");
  if (age >= 0 && age < settings_every_s && !asked) return null;
  const settings = await line.client.readSettings();
  if (context.dryRun) return settings;
  store.write(() => {
    noteSettings(context, store, context.clock.now(), settings, { part: false });
    takeRequests(store, "poll_inverter_settings");
  });
  return settings;
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
  const changes = saveSettings(store, "inverter", name, at, read, () => "foreign", options);
  journalForeignChanges(context, store, name, changes);
  for (const { key, old_raw, new_raw } of changes) {
    context.log.warn("setting changed", { key, old: String(old_raw), new: String(new_raw) });
  }
}

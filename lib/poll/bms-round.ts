import { BadFrame, DeviceTimeout } from "../base/errors.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { type BmsClient, pollAnswers } from "../devices/bms/client.ts";
import type { BmsAnswer, BmsSample } from "../devices/bms/sample.ts";
import type { BmsSettings } from "../devices/bms/settings.ts";
import { runBmsOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { saveLastFrame } from "../store/frames.ts";
import { takeRequests } from "../store/publish.ts";
import { saveBmsSample } from "../store/samples.ts";
import { saveSettings } from "../store/setting-rows.ts";
import { bmsContext } from "../store/view.ts";
import { dialectOf, silentRounds } from "../view/dialect.ts";
import type { Doubt } from "../view/doubt.ts";
import { averageBms, type BmsContext, type JudgedBms, judgeBms, PROBES } from "../view/judge-bms.ts";
import { Refused } from "../view/refusal.ts";
import type { BmsLine } from "./bms-line.ts";
import { type Device, deviceIn, keepRefused, noteResets, SETTINGS_ASKED, settingsDue } from "./device.ts";
import { acceptAdvice, acceptMachine, forgetMachine, type Identity, strangerSeen, whoAnswers } from "./identity.ts";
import { takeKeptSamples } from "./take-kept.ts";

/** What one BMS told in this run. */
export interface BmsRound {
  readonly device: string;
  readonly at: number;
  readonly dialect: string;
  /** The judged sample; null = none was read, or every answer was refused. */
  readonly sample: BmsSample | null;
  readonly doubts: readonly Doubt[];
  readonly settings: BmsSettings | null;
  readonly orders: OrdersRun;
  /** What failed, as one; the rest of the round is there all the same. */
  readonly failure: Error | null;
}

/** The BMS of one round. */
interface Bms extends Device {
  readonly client: BmsClient;
  readonly unit: BmsConfig;
}

/**
 * One round of one BMS in its order: live values read, judged and stored, then the orders, then settings. None of them takes another one
 * with it. @throws when it is not known which protocol the device speaks
 */
export async function bmsRound(context: Context, line: BmsLine, unit: BmsConfig): Promise<BmsRound> {
  const device = deviceIn(context, "bms", unit.name);
  takeKeptSamples(device);
  const client = await line.client(unit);
  const one: Bms = { ...device, client, unit };
  const { store, failures } = one;
  if (context.options.acceptMachine === true) await acceptMachine(one, () => askIdentity(one));
  const judged = await failures.attempt(() => pollAndStore(one));
  const at = context.clock.now();
  const settingsNow = async () => judged && (await failures.attempt(() => readSettings(one, judged)));
  // Settings that came with the sample are of the time before the orders: noted later, they would look like somebody else's change.
  const early = client.knownSettings() === null ? undefined : await settingsNow();
  const orders = await runBmsOrders({ context, store, client, name: unit.name });
  if (orders.failure) failures.add(orders.failure);
  const settings = early === undefined ? await settingsNow() : early;
  return {
    device: unit.name,
    at: judged?.at ?? at,
    dialect: client.dialect,
    sample: judged?.verdict.sample ?? null,
    doubts: judged?.verdict.doubts ?? [],
    settings: settings ?? null,
    orders,
    failure: failures.asOne(),
  };
}

/** A judged sample and when it was read. */
interface Polled {
  readonly at: number;
  readonly verdict: JudgedBms;
  /** The device is not quite the one of before. */
  readonly isChanged: boolean;
}

async function pollAndStore(one: Bms): Promise<Polled> {
  const { context, store, client, unit } = one;
  const { dialect } = deviceFacts(store, unit.name);
  const isOther = dialect !== undefined && dialect !== client.dialect;
  // What is remembered of a device that speaks another protocol says nothing about this one.
  const memory = isOther ? {} : bmsContext(store, unit.name, context.clock.now());
  const { verdict, isChanged } = await pollJudged(one, memory, isOther);
  const at = context.clock.now();
  const { good_answers: good, bad_answers: bad } = verdict.sample;
  context.log.info("polled", { device: unit.name, good, bad, dialect: client.dialect });
  if (!context.dryRun) storeSample(one, at, verdict, memory);
  return { at, verdict, isChanged };
}

/** Several answers, each judged, as one. @throws Refused when every answer was, else what the client throws */
async function pollJudged(one: Bms, memory: BmsContext, isOther: boolean): Promise<Omit<Polled, "at">> {
  const { context, client, unit } = one;
  const accept = (answer: BmsAnswer): JudgedBms => {
    const verdict = judgeBms(answer, memory);
    if (verdict.refusal) throw new Refused(verdict.refusal, client.name);
    return verdict;
  };
  try {
    const { answers, bad } = await pollAnswers(client, { polls: unit.polls, gap_ms: unit.poll_gap_ms, accept });
    const verdict = averageBms(answers, bad);
    return { verdict, isChanged: isOther || (await settleIdentity(one, verdict)) };
  } catch (error) {
    if (error instanceof DeviceTimeout || error instanceof BadFrame) noteSilence(one);
    if (error instanceof Refused) keepRefused(one, context.clock.now(), error, null);
    throw error;
  }
}

function storeSample(one: Bms, at: number, verdict: JudgedBms, memory: BmsContext): void {
  const { store, client, name } = one;
  const { sample, doubts, resets, contradictions } = verdict;
  noteDialect(one, at);
  const seen = PROBES.filter((key) => sample[key] !== null && sample[key] !== 0);
  const told = deviceFacts(store, name).cell_count_told;
  rememberFacts(store, "bms", name, {
    dialect: client.dialect,
    silent_rounds: 0,
    ...client.learned,
    ...cellCountFacts(verdict, told),
    ...(sample.alarms === null ? {} : { probes_seen: union(memory.probes_seen ?? [], seen) }),
  });
  const isConfirmed = confirmsCellCount(verdict, told);
  // Put off and flushed: facts and sample are one transaction.
  store.later(() => {
    saveBmsSample(store, name, at, sample);
    saveDoubts(store, "bms", name, at, doubts);
    noteResets(one, at, resets);
    if (contradictions.length > 0 && isConfirmed) {
      saveDeviceEvent(store, "bms", name, { at, code: "cell_count_changed", evidence: contradictions });
    }
    const frame = client.lastFrame;
    if (frame) saveLastFrame(store, "bms", name, "answer", at, frame);
  });
  store.flush();
}

/** Another number of cells is believed when two good answers said so, in this run or in two. `told`: what the last run's answer said. */
function confirmsCellCount({ sample, contradictions }: JudgedBms, told: unknown): boolean {
  return contradictions.length === 0 || sample.good_answers > 1 || told === sample.cells.length;
}

function cellCountFacts(verdict: JudgedBms, told: unknown): Readonly<Record<string, number | null>> {
  const count = verdict.sample.cells.length;
  return confirmsCellCount(verdict, told) ? { cell_count: count, cell_count_told: null } : { cell_count_told: count };
}

function union(known: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...known, ...more])].sort();
}

/**
 * Whether this is the BMS that we know, asked where there is a reason: its identity came with the sample, the sample contradicts what is
 * remembered, or another machine answered last. True when it is not quite the one of before. @throws Refused when another machine answers
 */
async function settleIdentity(one: Bms, { contradictions, doubts }: JudgedBms): Promise<boolean> {
  const { client, store, name } = one;
  const came = client.knownSettings();
  const isOdd = contradictions.length > 0 || doubts.some(({ code }) => code === "fell" || code === "jump");
  const wasAway = silentRounds(deviceFacts(store, name)) > 0;
  if (client.identityParts.length === 0) return false;
  if (came === null && !isOdd && !wasAway && strangerSeen(store, name) === null) return false;
  const now = came === null ? await askIdentity(one) : came.identity;
  const { verdict, refusal } = await whoAnswers(one, now, () => askIdentity(one));
  if (refusal) throw new Refused(refusal, client.name, acceptAdvice("bms"));
  return verdict?.code === "changed" || contradictions.length > 0;
}

/** Whether settings that were read apart are those of our device. Another machine is a failure of the round. */
async function isOurs(one: Bms, now: Identity): Promise<boolean> {
  const { verdict, refusal } = await whoAnswers(one, now, () => askIdentity(one));
  if (verdict && refusal) one.failures.add(new Refused(refusal, one.client.name, acceptAdvice("bms")));
  return verdict !== null && refusal === null;
}

/** Who the device says that it is; null = it does not tell now. */
async function askIdentity({ client, parts, failures }: Bms): Promise<Identity | null> {
  const other = client.settingParts.filter((part) => !client.identityParts.includes(part));
  const skip = [...other, ...parts.toSkip(client.identityParts, "secondary")];
  const round = await failures.attempt(() => client.readSettingParts(skip));
  if (round === undefined) return null;
  parts.note(round, "secondary");
  return round.answered.length === 0 ? null : round.settings.identity;
}

/** A device that speaks another protocol than before is another one, or was set anew: what was known of the former is forgotten, and it is told. */
function noteDialect(one: Bms, at: number): void {
  const { store, client, name } = one;
  const before = dialectOf("auto", deviceFacts(store, name).dialect);
  if (before === null || before === client.dialect) return;
  forgetMachine(one);
  const evidence = [{ key: "dialect", raw: client.dialect, expected: before }];
  store.write(() => saveDeviceEvent(store, "bms", name, { at, code: "dialect_changed", evidence }));
}

/** Counts the rounds in which a device of a known protocol did not answer: after some it is looked for anew. */
function noteSilence({ context, store, name }: Bms): void {
  if (context.dryRun) return;
  rememberFacts(store, "bms", name, { silent_rounds: silentRounds(deviceFacts(store, name)) + 1 });
}

/** Settings when they are due; where they came with the sample they cost nothing. */
async function readSettings(one: Bms, { at, isChanged }: Polled): Promise<BmsSettings | null> {
  const { context, store, client, unit, parts } = one;
  const due = settingsDue(one, client.settingParts, { at, every_s: unit.settings_every_s, isChanged });
  if (due === null) return null;
  const came = client.knownSettings();
  const round = came
    ? { settings: came, answered: client.settingParts, failures: [] }
    : await client.readSettingParts(due.skip);
  parts.note(round, "secondary", due.asked);
  const { settings } = round;
  if (context.dryRun) return settings;
  if (came === null && !(await isOurs(one, settings.identity))) return null;
  const isLast = unit === context.config.bms.at(-1);
  store.write(() => {
    if (round.answered.length > 0) {
      const changes = saveSettings(store, "bms", unit.name, at, settings.raw, () => "foreign");
      journalForeignChanges(context, store, unit.name, changes);
    }
    if (isLast) takeRequests(store, SETTINGS_ASKED.bms);
  });
  return settings;
}

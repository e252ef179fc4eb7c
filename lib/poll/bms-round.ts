import { BadFrame, DeviceTimeout } from "../base/errors.ts";
import { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { pollAnswers } from "../devices/bms/client.ts";
import type { BmsAnswer, BmsSample } from "../devices/bms/sample.ts";
import type { BmsSettings } from "../devices/bms/settings.ts";
import { runBmsOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { saveLastFrame } from "../store/frames.ts";
import { isAsked, takeRequests } from "../store/publish.ts";
import { saveBmsSample, saveRejected } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/setting-rows.ts";
import { bmsContext } from "../store/view.ts";
import type { Doubt } from "../view/doubt.ts";
import { averageBms, type BmsContext, type JudgedBms, judgeBms, PROBES } from "../view/judge-bms.ts";
import { Refused } from "../view/refusal.ts";
import { acceptBms, type BmsUnit, isOurs, noteDialect, noteSilence, settleBms } from "./bms-identity.ts";
import type { BmsLine } from "./bms-line.ts";
import { DeviceParts } from "./device-parts.ts";
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

/**
 * One round of one BMS in its order: live values read, judged and stored, then the orders, then settings. None of them takes another one
 * with it. @throws when it is not known which protocol the device speaks
 */
export async function bmsRound(context: Context, line: BmsLine, unit: BmsConfig): Promise<BmsRound> {
  const store = context.openStore();
  takeKeptSamples(context, store, "bms", unit.name);
  const failures = new Failures();
  const client = await line.client(unit);
  const parts = new DeviceParts(context, store, "bms", unit.name);
  const one: BmsUnit = { context, store, client, unit, parts, failures };
  if (context.options.acceptMachine === true) await acceptBms(one);
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

async function pollAndStore(one: BmsUnit): Promise<Polled> {
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
async function pollJudged(one: BmsUnit, memory: BmsContext, isOther: boolean): Promise<Omit<Polled, "at">> {
  const { context, store, client, unit } = one;
  const accept = (answer: BmsAnswer): JudgedBms => {
    const verdict = judgeBms(answer, memory);
    if (verdict.refusal) throw new Refused(verdict.refusal, client.name);
    return verdict;
  };
  try {
    const { answers, bad } = await pollAnswers(client, { polls: unit.polls, gap_ms: unit.poll_gap_ms, accept });
    const verdict = averageBms(answers, bad);
    return { verdict, isChanged: isOther || (await settleBms(one, verdict)) };
  } catch (error) {
    if (error instanceof DeviceTimeout || error instanceof BadFrame) noteSilence(one);
    if (error instanceof Refused && !context.dryRun) {
      const at = context.clock.now();
      store.write(() => saveRejected(store, "bms", unit.name, at, error.refusal, null));
    }
    throw error;
  }
}

function storeSample(one: BmsUnit, at: number, verdict: JudgedBms, memory: BmsContext): void {
  const { store, client, unit } = one;
  const { sample, doubts, resets, contradictions } = verdict;
  noteDialect(one, at);
  const seen = PROBES.filter((key) => sample[key] !== null && sample[key] !== 0);
  const told = deviceFacts(store, unit.name).cell_count_told;
  rememberFacts(store, "bms", unit.name, {
    dialect: client.dialect,
    silent_rounds: 0,
    ...client.learned,
    ...cellCountFacts(verdict, told),
    ...(sample.alarms === null ? {} : { probes_seen: union(memory.probes_seen ?? [], seen) }),
  });
  const isConfirmed = confirmsCellCount(verdict, told);
  // Put off and flushed: facts and sample are one transaction.
  store.later(() => {
    saveBmsSample(store, unit.name, at, sample);
    saveDoubts(store, "bms", unit.name, at, doubts);
    if (resets.length > 0) {
      const evidence = resets.map(({ key, from_raw, to_raw }) => ({ key, raw: to_raw, expected: from_raw }));
      saveDeviceEvent(store, "bms", unit.name, { at, code: "counter_reset", evidence });
    }
    if (contradictions.length > 0 && isConfirmed) {
      saveDeviceEvent(store, "bms", unit.name, { at, code: "cell_count_changed", evidence: contradictions });
    }
    if (client.lastFrame) saveLastFrame(store, "bms", unit.name, "answer", at, client.lastFrame);
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

/** Settings when they are due; where they came with the sample they cost nothing. */
async function readSettings(one: BmsUnit, { at, isChanged }: Polled): Promise<BmsSettings | null> {
  const { context, store, client, unit, parts, failures } = one;
  const known = latestSettings(store, unit.name);
  const age = known === null ? Number.POSITIVE_INFINITY : at - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_bms_settings");
  const isDue = isChanged || age < 0 || age >= unit.settings_every_s || parts.misses(client.settingParts, "secondary");
  if (!isDue && !asked) return null;
  const came = client.knownSettings();
  const skip = asked ? [] : parts.toSkip(client.settingParts, "secondary");
  const round = came
    ? { settings: came, answered: client.settingParts, failures: [] }
    : await client.readSettingParts(skip);
  parts.note(round, "secondary", failures, asked);
  const { settings } = round;
  if (context.dryRun) return settings;
  if (came === null && !(await isOurs(one, settings.identity))) return null;
  const isLast = unit === context.config.bms.at(-1);
  store.write(() => {
    if (round.answered.length > 0) {
      const changes = saveSettings(store, "bms", unit.name, at, settings.raw, () => "foreign");
      journalForeignChanges(context, store, unit.name, changes);
    }
    if (isLast) takeRequests(store, "poll_bms_settings");
  });
  return settings;
}

import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { type BmsClient, pollAnswers } from "../devices/bms/client.ts";
import type { BmsAnswer, BmsSample } from "../devices/bms/sample.ts";
import { type BmsSettings, type Dialect, isDialect } from "../devices/jkbms/settings.ts";
import { runBmsOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import type { OrdersRun } from "../orders/order-report.ts";
import type { Store } from "../store/database.ts";
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
import type { BmsLine } from "./bms-line.ts";
import { DeviceParts } from "./device-parts.ts";
import { Failures } from "./failures.ts";
import { takeKeptSamples } from "./take-kept.ts";

/** What one BMS told in this run. */
export interface BmsRound {
  readonly device: string;
  readonly at: number;
  readonly dialect: Dialect;
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
  const client = await line.client(unit, knownDialect(store, unit));
  const judged = await failures.attempt(() => pollAndStore({ context, store, client, unit }));
  const at = context.clock.now();
  const settingsNow = async () =>
    judged && (await failures.attempt(() => readSettings({ context, store, client, unit }, judged.at, failures)));
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

interface Unit {
  readonly context: Context;
  readonly store: Store;
  readonly client: BmsClient;
  readonly unit: BmsConfig;
}

async function pollAndStore(one: Unit): Promise<{ readonly at: number; readonly verdict: JudgedBms }> {
  const { context, store, client, unit } = one;
  const memory = bmsContext(store, unit.name, context.clock.now());
  const verdict = await pollJudged(one, memory);
  const at = context.clock.now();
  const { good_answers: good, bad_answers: bad } = verdict.sample;
  context.log.info("polled", { device: unit.name, good, bad, dialect: client.dialect });
  if (!context.dryRun) storeSample(one, at, verdict, memory);
  return { at, verdict };
}

/** Several answers, each judged, as one. @throws Refused when every answer was, else what the client throws */
async function pollJudged({ context, store, client, unit }: Unit, memory: BmsContext): Promise<JudgedBms> {
  const accept = (answer: BmsAnswer): JudgedBms => {
    const verdict = judgeBms(answer, memory);
    if (verdict.refusal) throw new Refused(verdict.refusal, client.name);
    return verdict;
  };
  try {
    const { answers, bad } = await pollAnswers(client, { polls: unit.polls, gap_ms: unit.poll_gap_ms, accept });
    return averageBms(answers, bad);
  } catch (error) {
    if (error instanceof Refused && !context.dryRun) {
      const at = context.clock.now();
      store.write(() => saveRejected(store, "bms", unit.name, at, error.reasons.join("; "), error.refusal));
    }
    throw error;
  }
}

function storeSample({ store, client, unit }: Unit, at: number, verdict: JudgedBms, memory: BmsContext): void {
  const { sample, doubts, resets, contradictions } = verdict;
  const seen = PROBES.filter((key) => sample[key] !== null && sample[key] !== 0);
  const told = deviceFacts(store, unit.name).cell_count_told;
  rememberFacts(store, "bms", unit.name, {
    dialect: client.dialect,
    ...client.learned,
    ...cellCountFacts(verdict, told),
    ...(sample.alarms === null ? {} : { probes_seen: union(memory.probes_seen ?? [], seen) }),
  });
  const isConfirmed = confirmsCellCount(verdict, told);
  store.write(() => {
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
async function readSettings(one: Unit, at: number, failures: Failures): Promise<BmsSettings | null> {
  const { context, store, client, unit } = one;
  const known = latestSettings(store, unit.name);
  const age = known === null ? Number.POSITIVE_INFINITY : at - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_bms_settings");
  const parts = new DeviceParts(context, store, "bms", unit.name);
  const isDue = age < 0 || age >= unit.settings_every_s || parts.misses(client.settingParts, "secondary");
  if (!isDue && !asked) return null;
  const came = client.knownSettings();
  const skip = asked ? [] : parts.toSkip(client.settingParts, "secondary");
  const round = came
    ? { settings: came, answered: client.settingParts, failures: [] }
    : await client.readSettingParts(skip);
  parts.note(round, "secondary", failures, asked);
  const { settings } = round;
  if (context.dryRun) return settings;
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

/** The dialect found earlier, or null. */
export function knownDialect(store: Store, unit: BmsConfig): Dialect | null {
  const { dialect } = deviceFacts(store, unit.name);
  return isDialect(dialect) ? dialect : null;
}

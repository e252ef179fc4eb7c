import type { Answer, Context } from "../cli/spec.ts";
import { Implausible, StationError } from "../errors.ts";
import { runInverterOrders, takeInverterOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import { type OrdersRun, orderLine, ordersJson } from "../orders/order-report.ts";
import { sampleOf } from "../pv1800/decode.ts";
import { assertPlausible } from "../pv1800/plausibility.ts";
import type { SettingsRaw, StatusRaw } from "../pv1800/registers.ts";
import { secondMasterHint } from "../pv1800/second-master.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts, rememberFacts } from "../store/devices.ts";
import { isAsked, takeRequests } from "../store/publish.ts";
import { inverterSamples, lastSampleAt, saveInverterSample, saveRejected } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/settings.ts";
import { type InverterLine, openInverterLine } from "./inverter-line.ts";
import { inverterJson, inverterText, registersText } from "./inverter-text.ts";

/** What one round found. */
export interface InverterRound {
  readonly at: number;
  readonly status: StatusRaw;
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly warnings: readonly string[];
  readonly orders: OrdersRun;
}

/** `pv1800-dump`: polls once, or again and again with --repeat, and stores what was read. */
export async function dumpInverter(context: Context): Promise<Answer | undefined> {
  const { options, config } = context;
  if (!config.inverter.enabled) {
    context.log.info("the inverter is disabled in the configuration");
    return undefined;
  }
  if (options.raw === true) return rawRegisters(context);
  if (options.repeat === undefined) {
    const round = await pollOnce(context);
    return answerOf(context, round);
  }
  return repeat(context, Number(options.repeat), Number(options.for ?? options.repeat));
}

function answerOf(context: Context, round: InverterRound): Answer {
  const { name } = context.config.inverter;
  const orders = ordersJson(context, context.openStore(), round.orders);
  return {
    json: { ...inverterJson(name, round), orders },
    text: () => [inverterText(name, round), ...orderLines(context, round)].join("\n"),
    ...(round.orders.failure ? { failure: round.orders.failure } : {}),
  };
}

function orderLines(context: Context, round: InverterRound): string[] {
  return round.orders.orders.map((order) => orderLine(context, context.openStore(), order));
}

/** Rounds at fixed times from the start; the line is free between them, so that a person gets in. */
async function repeat(context: Context, every: number, until: number): Promise<Answer> {
  const began = context.clock.monotonic();
  const elapsed = () => (context.clock.monotonic() - began) / 1000;
  let failure: Error | undefined;
  let refused: Error | undefined;
  let rounds = 0;
  do {
    try {
      const answer = answerOf(context, await pollOnce(context));
      failure = answer.failure;
      refused ??= answer.failure;
      speak(context, answer);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      failure = error;
      context.log.warn(error.message);
    }
    rounds++;
    const next = rounds * every;
    if (next >= until) break;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - elapsed()) * 1000));
  } while (elapsed() < until);
  // Trouble on the line is over when a later round works; an order that was refused stays refused.
  const told = failure ?? refused;
  return { json: { rounds }, text: () => `${rounds} rounds`, ...(told ? { failure: told } : {}) };
}

function speak(context: Context, answer: Answer): void {
  if (context.options.json === true) context.print(`${JSON.stringify(answer.json)}\n`);
  else if (context.terminal || context.options.text === true) context.print(`${answer.text?.(context.terminal)}\n\n`);
}

async function pollOnce(context: Context): Promise<InverterRound> {
  const store = context.openStore();
  try {
    const line = await openInverterLine(context);
    try {
      const round = await pollLine(context, line, store);
      const orders = await runInverterOrders({ context, store, client: line.client });
      return { ...round, orders };
    } finally {
      await line.close();
    }
  } catch (error) {
    // A device that does not answer must not hide an order: it is journaled, and its life runs.
    takeInverterOrders(context, store);
    throw error;
  }
}

async function pollLine(context: Context, line: InverterLine, store: Store): Promise<Omit<InverterRound, "orders">> {
  const { config, clock, log } = context;
  const { name } = config.inverter;
  await identify(context, line, store);
  const status = await line.client.readStatus();
  const at = clock.now();
  judge(context, store, status, at);
  const settings = await settingsIfDue(context, line, store, at);
  const warnings = [secondMasterHint(line.master.stats)].filter((hint) => hint !== null);
  for (const warning of warnings) log.warn(warning);
  if (!context.dryRun) {
    rememberFacts(store, "inverter", name, { ratings: { ...ratingsOf(status) } });
    store.write(() => {
      saveInverterSample(store, name, at, { raw: sampleOf(status) });
      const read = settings ?? { ongrid_switch: status.ongrid_switch };
      const changes = saveSettings(store, "inverter", name, at, read, () => "foreign", { part: settings === null });
      journalForeignChanges(context, store, name, changes);
      noteChanges(context, changes);
      if (settings) takeRequests(store, "poll_inverter_settings");
    });
  }
  log.info("stored a sample", { device: name, work_state: status.work_state as number });
  return { at, status, settings: settings ?? latestSettings(store, name)?.raw ?? null, warnings };
}

/** What the status blocks say about the machine itself: not part of a sample, and the same every time. */
function ratingsOf(status: StatusRaw): Partial<StatusRaw> {
  const keys = ["ac_grade", "rated_apparent_power", "charger_grade", "charger_rated_current"] as const;
  return Object.fromEntries(keys.map((key) => [key, status[key]]).filter(([, raw]) => raw !== null));
}

/** Reads identity once and remembers it: a sample of another machine on this line must not pass as ours. */
async function identify(context: Context, line: InverterLine, store: Store): Promise<void> {
  const { name } = context.config.inverter;
  if (deviceFacts(store, name).identity !== undefined) return;
  const identity = await line.client.readIdentity();
  if (!context.dryRun) rememberFacts(store, "inverter", name, { identity });
}

/**
 * Counters are compared with the last sample only if it is not older than this: after an exchanged board they begin anew at
 * other values, and without an end to the comparison every sample would be refused for ever.
 */
const TOTALS_MEMORY_S = 6 * 3600;

function judge(context: Context, store: Store, status: StatusRaw, at: number): void {
  const { name, port } = context.config.inverter;
  const before = lastSampleAt(store, name);
  const previous =
    before === null || before > at || at - before > TOTALS_MEMORY_S
      ? null
      : inverterSamples(store, name, before, before + 1)[0];
  const identity = deviceFacts(store, name).identity as { protocol_version?: number | null } | undefined;
  try {
    const known = { protocol_version: identity?.protocol_version ?? null };
    assertPlausible(status, port, previous ? { raw: previous.sample.raw, age_s: at - previous.at } : null, known);
  } catch (error) {
    if (error instanceof Implausible && !context.dryRun) {
      store.later(() => saveRejected(store, "inverter", name, at, error.reasons.join("; "), status));
    }
    throw error;
  }
}

async function settingsIfDue(
  context: Context,
  line: InverterLine,
  store: Store,
  at: number,
): Promise<SettingsRaw | null> {
  const { name, settings_every_s } = context.config.inverter;
  const known = latestSettings(store, name);
  const age = known === null ? Number.POSITIVE_INFINITY : at - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_inverter_settings");
  if (age >= 0 && age < settings_every_s && !asked) return null;
  return line.client.readSettings();
}

function noteChanges(context: Context, changes: readonly { key: string; old_raw: unknown; new_raw: unknown }[]): void {
  for (const { key, old_raw, new_raw } of changes) {
    context.log.warn("setting changed", { key, old: String(old_raw), new: String(new_raw) });
  }
}

async function rawRegisters(context: Context): Promise<Answer> {
  const line = await openInverterLine(context);
  try {
    const blocks = await line.client.readRegisters();
    const registers = blocks.flatMap(({ start, words }) => words.map((word, i) => [String(start + i), word] as const));
    return { json: { registers: Object.fromEntries(registers) }, text: () => registersText(blocks), always: true };
  } finally {
    await line.close();
  }
}

import type { Answer, Context } from "../cli/spec.ts";
import { Implausible, StationError } from "../errors.ts";
import { sampleOf } from "../pv1800/decode.ts";
import { assertPlausible } from "../pv1800/plausibility.ts";
import type { SettingsRaw, StatusRaw } from "../pv1800/registers.ts";
import { secondMasterHint } from "../pv1800/second-master.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts, rememberFacts } from "../store/devices.ts";
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
    return { json: inverterJson(config.inverter.name, round), text: () => inverterText(config.inverter.name, round) };
  }
  return repeat(context, Number(options.repeat), Number(options.for ?? options.repeat));
}

/** Rounds at fixed times from the start; the line is free between them, so that a person gets in. */
async function repeat(context: Context, every: number, until: number): Promise<Answer> {
  const began = context.clock.monotonic();
  const elapsed = () => (context.clock.monotonic() - began) / 1000;
  let failure: Error | undefined;
  let rounds = 0;
  do {
    try {
      const round = await pollOnce(context);
      failure = undefined;
      speak(context, round);
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
  return { json: { rounds }, text: () => `${rounds} rounds`, ...(failure ? { failure } : {}) };
}

function speak(context: Context, round: InverterRound): void {
  const { name } = context.config.inverter;
  if (context.options.json === true) context.print(`${JSON.stringify(inverterJson(name, round))}\n`);
  else if (context.terminal || context.options.text === true) context.print(`${inverterText(name, round)}\n\n`);
}

async function pollOnce(context: Context): Promise<InverterRound> {
  const line = await openInverterLine(context);
  try {
    return await pollLine(context, line);
  } finally {
    await line.close();
  }
}

async function pollLine(context: Context, line: InverterLine): Promise<InverterRound> {
  const { config, clock, log } = context;
  const { name } = config.inverter;
  const store = context.openStore();
  await identify(context, line, store);
  const status = await line.client.readStatus();
  const at = clock.now();
  judge(context, store, status, at);
  const settings = await settingsIfDue(context, line, store, at);
  const warnings = [secondMasterHint(line.master.stats)].filter((hint) => hint !== null);
  for (const warning of warnings) log.warn(warning);
  if (!context.dryRun) {
    store.write(() => {
      saveInverterSample(store, name, at, { raw: sampleOf(status) });
      if (settings)
        noteChanges(
          context,
          saveSettings(store, "inverter", name, at, settings, () => "foreign"),
        );
    });
  }
  log.info("stored a sample", { device: name, work_state: status.work_state as number });
  return { at, status, settings: settings ?? latestSettings(store, name)?.raw ?? null, warnings };
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
  const previous = before === null || before > at || at - before > TOTALS_MEMORY_S ? null : inverterSamples(store, name, before, before + 1)[0];
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
  if (age >= 0 && age < settings_every_s && context.options.settings !== true) return null;
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

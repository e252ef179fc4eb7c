import type { Answer, Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/devices.ts";
import { Implausible, StationError, UsageError } from "../errors.ts";
import { type BmsClient, pollAveraged } from "../jkbms/client.ts";
import type { BmsSample } from "../jkbms/sample.ts";
import type { BmsSettings, Dialect } from "../jkbms/settings.ts";
import { runBmsOrders, takeBmsOrders } from "../orders/carry-out.ts";
import { journalForeignChanges } from "../orders/foreign-changes.ts";
import { type OrdersRun, orderLine, ordersJson } from "../orders/order-report.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts, rememberFacts } from "../store/devices.ts";
import { saveLastFrame } from "../store/frames.ts";
import { isAsked, takeRequests } from "../store/publish.ts";
import { saveBmsSample, saveRejected } from "../store/samples.ts";
import { latestSettings, saveSettings } from "../store/settings.ts";
import { type BmsLine, openBmsLine } from "./bms-line.ts";
import { bmsJson, bmsText, rawBmsText } from "./bms-text.ts";

/** What one BMS told in this run. */
export interface BmsRound {
  readonly device: string;
  readonly at: number;
  readonly dialect: Dialect;
  readonly sample: BmsSample;
  readonly settings: BmsSettings | null;
  readonly orders: OrdersRun;
}

/** Failures of several devices as one: exit code of the first, a line for each. */
class SomeDevicesFailed extends StationError {
  override readonly exitCode;
  constructor(readonly failures: readonly StationError[]) {
    super(failures.map((failure) => failure.message).join("\n"));
    this.exitCode = (failures[0] as StationError).exitCode;
  }
}

/** `jkbms-dump`: polls every BMS of the station; one that is missing never stops the others. */
export async function dumpBms(context: Context): Promise<Answer | undefined> {
  const units = chosenUnits(context);
  const rounds: BmsRound[] = [];
  const raw: Record<string, unknown> = {};
  const failures: StationError[] = [];
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      failures.push(error);
    }
  };
  for (const sharing of byPort(units)) {
    await attempt(async () => {
      const line = await openBmsLine(context, sharing[0] as BmsConfig);
      try {
        for (const unit of sharing) {
          await attempt(async () => {
            if (context.options.raw === true) raw[unit.name] = await readRaw(context, line, unit);
            else rounds.push(await pollUnit(context, line, unit));
            const trouble = rounds.at(-1)?.orders.failure;
            if (trouble) throw trouble;
          });
        }
      } finally {
        await line.close();
      }
    });
  }
  // When no device answered, orders are journaled all the same, and their life runs.
  if (rounds.length === 0 && context.options.raw !== true) takeBmsOrders(context, context.openStore());
  const failure = failures.length > 1 ? new SomeDevicesFailed(failures) : failures[0];
  const extra = failure ? { failure } : {};
  if (context.options.raw === true) return { json: raw, text: () => rawBmsText(raw), always: true, ...extra };
  const store = context.openStore();
  return {
    json: { devices: rounds.map((round) => ({ ...bmsJson(round), orders: ordersJson(context, store, round.orders) })) },
    text: () => rounds.map((round) => [bmsText(round), ...orderLines(context, store, round)].join("\n")).join("\n\n"),
    ...extra,
  };
}

function orderLines(context: Context, store: Store, round: BmsRound): string[] {
  return round.orders.orders.map((order) => orderLine(context, store, order));
}

/** The units that --bms chooses; all of them without it. @throws UsageError */
export function chosenUnits(context: Context): readonly BmsConfig[] {
  const { bms } = context.config;
  const wanted = context.options.bms;
  if (wanted === undefined) return bms;
  const found = bms.filter(({ name }) => name === wanted);
  if (found.length === 0)
    throw new UsageError(`no BMS is called "${wanted}"; there are: ${bms.map((b) => b.name).join(", ")}`);
  return found;
}

function byPort(units: readonly BmsConfig[]): BmsConfig[][] {
  const groups = new Map<string, BmsConfig[]>();
  for (const unit of units) groups.set(unit.port, [...(groups.get(unit.port) ?? []), unit]);
  return [...groups.values()];
}

async function readRaw(context: Context, line: BmsLine, unit: BmsConfig): Promise<unknown> {
  const client = await line.client(unit, knownDialect(context.openStore(), unit));
  return client.readRaw();
}

async function pollUnit(context: Context, line: BmsLine, unit: BmsConfig): Promise<BmsRound> {
  const store = context.openStore();
  const isLast = unit === context.config.bms.at(-1);
  const { clock, log, dryRun } = context;
  const client = await line.client(unit, knownDialect(store, unit));
  const sample = await plausibleSample(context, store, client, unit);
  const at = clock.now();
  const settings = await settingsIfDue(context, store, client, unit, at);
  log.info("polled", {
    device: unit.name,
    good: sample.good_answers,
    bad: sample.bad_answers,
    dialect: client.dialect,
  });
  if (!dryRun) {
    rememberFacts(store, "bms", unit.name, { dialect: client.dialect, ...client.learned });
    store.write(() => {
      saveBmsSample(store, unit.name, at, sample);
      if (client.lastFrame) saveLastFrame(store, "bms", unit.name, "answer", at, client.lastFrame);
      if (settings) {
        const changes = saveSettings(store, "bms", unit.name, at, settings.raw, () => "foreign");
        journalForeignChanges(context, store, unit.name, changes);
        if (isLast) takeRequests(store, "poll_bms_settings");
      }
    });
    store.flush();
  }
  const orders = await runBmsOrders({ context, store, client, name: unit.name });
  return { device: unit.name, at, dialect: client.dialect, sample, settings, orders };
}

async function plausibleSample(context: Context, store: Store, client: BmsClient, unit: BmsConfig): Promise<BmsSample> {
  try {
    return await pollAveraged(client, { polls: unit.polls, gap_ms: unit.poll_gap_ms });
  } catch (error) {
    if (error instanceof Implausible && !context.dryRun) {
      const at = context.clock.now();
      store.later(() => saveRejected(store, "bms", unit.name, at, error.reasons.join("; "), null));
    }
    throw error;
  }
}

async function settingsIfDue(context: Context, store: Store, client: BmsClient, unit: BmsConfig, at: number) {
  const known = latestSettings(store, unit.name);
  const age = known === null ? Number.POSITIVE_INFINITY : at - known.read_at;
  const asked = context.options.settings === true || isAsked(store, "poll_bms_settings");
  const due = age < 0 || age >= unit.settings_every_s || asked;
  if (!due) return null;
  return client.knownSettings() ?? (await client.readSettings());
}

/** The dialect found earlier, or null. */
export function knownDialect(store: Store, unit: BmsConfig): Dialect | null {
  const { dialect } = deviceFacts(store, unit.name);
  return dialect === "4e57" || dialect === "modbus" ? dialect : null;
}

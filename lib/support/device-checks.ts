import { DeviceTimeout, failureOf, PortBusy, PortGone, StationError } from "../base/errors.ts";
import type { Context } from "../cli/spec.ts";
import type { Raw } from "../codec/table.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import type { BmsConfig, InverterConfig } from "../config/sections/device-section.ts";
import { areSeveral, inverterUnits } from "../config/units.ts";
import { INVERTER_KIND, POLLS } from "../devices/index.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import { INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import { secondMaster } from "../devices/inverter/second-master.ts";
import type { ModbusStats } from "../modbus/master.ts";
import { openBmsLine } from "../poll/bms-line.ts";
import { openInverterLine } from "../poll/inverter-line.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { rememberedModel } from "../store/view.ts";
import { dialectOf } from "../view/dialect.ts";
import type { Doubt, Refusal } from "../view/doubt.ts";
import { judgeIdentity } from "../view/identity.ts";
import { type JudgedInverter, judgeInverter } from "../view/judge-inverter.ts";
import type { DeviceTopic, DoctorDevice } from "../words/doctor-values.ts";
import { type Check, deviceCalled, fail, ok, skip, warn } from "./check.ts";

/** Polls per device: enough to see a bad line, short enough for cron's next minute. */
const ROUNDS = 5;

/** Asks every device itself. `store` may be null on a first start. */
export async function deviceChecks(context: Context, store: Store | null): Promise<Check[]> {
  const checks: Check[] = [];
  for (const unit of inverterUnits(context.config)) {
    const name = areSeveral(context.config, "inverter") ? unit.name : "inverter";
    const device = deviceCalled(context, "inverter", name);
    checks.push(...(await guarded(device, () => inverterChecks(context, unit, store))));
  }
  for (const unit of context.config.bms) {
    const device = deviceCalled(context, "bms", unit.name);
    checks.push(...(await guarded(device, () => bmsChecks(context, unit, device, store))));
  }
  return checks;
}

async function guarded(device: DoctorDevice, work: () => Promise<Check[]>): Promise<Check[]> {
  const topic = about("device", device);
  try {
    return await work();
  } catch (error) {
    const reason = failureOf(error);
    if (error instanceof PortBusy) return [skip(topic, "device_port_busy", { reason })];
    if (error instanceof PortGone) return [skip(topic, "device_port_gone", { reason })];
    if (error instanceof DeviceTimeout) return [fail(topic, "device_silent", { reason })];
    if (error instanceof StationError) return [fail(topic, "device_failed", { reason })];
    throw error;
  }
}

const about = (topic: DeviceTopic, device: DoctorDevice) => ({ topic, device });

async function inverterChecks(context: Context, unit: InverterConfig, store: Store | null): Promise<Check[]> {
  const device = deviceCalled(context, "inverter", unit.name);
  const line = await openInverterLine(context, unit);
  try {
    const client = line.client(unit, store && rememberedModel(store, unit.name));
    const identity = await client.readIdentityParts();
    const polls = await pollInverter(client);
    const silent = new Set([...identity.failures.map(({ part }) => part), ...polls.silent]);
    const other = secondMaster(line.master.stats);
    return [
      answersCheck(device, polls.times, line.master.stats),
      identityCheck(device, identity.raw, store),
      ...silentCheck(device, [...silent]),
      ...impossibleCheck(device, polls.judged),
      ...(other ? [warn(about("line", device), "second_master", { signs: other.signs })] : []),
    ];
  } finally {
    await line.close();
  }
}

interface Polls {
  /** ms of each. */
  readonly times: number[];
  readonly judged: JudgedInverter[];
  /** Parts that did not answer. */
  readonly silent: string[];
}

async function pollInverter(client: InverterClient): Promise<Polls> {
  const polls: Polls = { times: [], judged: [], silent: [] };
  for (let poll = 0; poll < ROUNDS; poll++) {
    const began = performance.now();
    const { status, failures } = await client.readStatusParts();
    polls.times.push(performance.now() - began);
    polls.silent.push(...failures.map(({ part }) => part));
    polls.judged.push(judgeInverter(status));
  }
  return polls;
}

function answersCheck(device: DoctorDevice, times: readonly number[], stats: ModbusStats): Check {
  const { requests, retries, bad_frames, timeouts, exceptions } = stats;
  const values = { poll_ms: median(times), requests, bad_frames, timeouts, exceptions };
  const topic = about("device", device);
  return retries === 0 ? ok(topic, "inverter_answers", values) : warn(topic, "inverter_troubled", values);
}

/** What cannot be, once each: five polls of one sensor that is broken say one thing. */
function impossibleCheck(device: DoctorDevice, judged: readonly JudgedInverter[]): Check[] {
  const refusals = new Map<string, Refusal>();
  const doubts = new Map<string, Doubt>();
  for (const { refusal, doubts: found } of judged) {
    // Of an answer that is refused no value says anything.
    if (refusal) refusals.set(refusal.code, refusal);
    else for (const doubt of found) doubts.set(`${doubt.key} ${doubt.code}`, doubt);
  }
  if (refusals.size + doubts.size === 0) return [];
  const values = { refusals: [...refusals.values()], doubts: [...doubts.values()] };
  return [fail(about("values", device), "values_impossible", values)];
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

type Told = Readonly<Partial<Record<string, Raw>>>;

/** Model and serial number against those of the first contact. */
function identityCheck(device: DoctorDevice, told: Told, store: Store | null): Check {
  const raw = Object.fromEntries(Object.keys(INVERTER_IDENTITY_FIELDS).map((key) => [key, told[key] ?? null]));
  const now = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, raw);
  const machine = {
    model: now.machine_number === null ? null : `${now.machine_type ?? ""}${now.machine_number}`,
    software: textOf(now.software_version),
    protocol: textOf(now.protocol_version),
  };
  const topic = about("identity", device);
  const other = otherMachine(device, raw, store);
  if (other) return other;
  if (INVERTER_KIND.models.isUnknown(INVERTER_KIND.models.modelOf(now))) {
    return warn(topic, "model_untried", { ...machine, command: POLLS.inverter });
  }
  return machine.model === null ? warn(topic, "model_untold", {}) : ok(topic, "identity", machine);
}

function textOf(value: string | number | null): string | null {
  return value === null ? null : String(value);
}

/** Serial number and model against those that are remembered; null = nothing speaks against this machine. */
function otherMachine(device: DoctorDevice, raw: Readonly<Record<string, Raw>>, store: Store | null): Check | null {
  const { kind, name } = device;
  const known = store && (deviceFacts(store, name).identity as Readonly<Record<string, Raw>> | undefined);
  const { code, evidence } = judgeIdentity(known, raw);
  if (code !== "other_machine") return null;
  return fail(about("identity", device), "other_machine", { refusal: { code, evidence }, command: POLLS[kind] });
}

/** Parts of a device that did not answer beside the rest of it. */
function silentCheck(device: DoctorDevice, parts: readonly string[]): Check[] {
  return parts.length === 0 ? [] : [warn(about("parts", device), "parts_silent", { parts })];
}

async function bmsChecks(
  context: Context,
  unit: BmsConfig,
  device: DoctorDevice,
  store: Store | null,
): Promise<Check[]> {
  const known = store && dialectOf("auto", deviceFacts(store, unit.name).dialect);
  const line = await openBmsLine(context, unit);
  try {
    const client = await line.client(unit, { anew: true });
    const times: number[] = [];
    let cells = 0;
    for (let poll = 0; poll < ROUNDS; poll++) {
      const began = performance.now();
      cells = (await client.readSample()).cells.length;
      times.push(performance.now() - began);
      await client.settle(unit.poll_gap_ms);
    }
    const { good, bad } = client.counts;
    const answers = { good, bad, cells, poll_ms: median(times) };
    const topic = about("device", device);
    const told = await client.readSettingParts([]);
    const other = otherMachine(device, told.settings.identity, store);
    const configured = unit.protocol === "auto" ? null : unit.protocol;
    const dialect = { dialect: client.dialect, configured };
    const isNew = known !== null && known !== client.dialect;
    return [
      bad === 0 ? ok(topic, "bms_answers", answers) : warn(topic, "bms_troubled", answers),
      ...(other ? [other] : []),
      ...silentCheck(
        device,
        told.failures.map(({ part }) => part),
      ),
      isNew
        ? warn(about("dialect", device), "dialect_new", { ...dialect, before: known, command: POLLS.bms })
        : ok(about("dialect", device), "dialect", dialect),
    ];
  } finally {
    await line.close();
  }
}

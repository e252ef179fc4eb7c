import { BadFrame, DeviceTimeout, Implausible, ModbusException } from "../../base/errors.ts";
import type { Raw } from "../../codec/table.ts";
import { RtuMaster } from "../../modbus/rtu-master.ts";
import type { Wire } from "../../port/wire.ts";
import { Bms4e57Client } from "./client-4e57.ts";
import { BmsModbusClient, pbRangeGuard, TIMING_MODBUS } from "./client-modbus.ts";
import type { Known4e57 } from "./decode.ts";
import type { AnswerCounts, LineOptions } from "./exchange.ts";
import { withoutSecrets } from "./redact.ts";
import type { BmsAnswer } from "./sample.ts";
import type { BmsSettingParts, BmsSettings, Dialect } from "./settings.ts";

/** Names the row of class `never` that may be written this once. */
export interface UnlockOptions {
  readonly unlock?: string;
}

/** One JK BMS, whatever it speaks. Reads retry timeouts and bad frames; a write is sent once and read back by its caller. */
export interface BmsClient {
  readonly dialect: Dialect;
  /** Port, and address where there is one, for messages. */
  readonly name: string;
  /** Good and bad answers since the client was made. */
  readonly counts: Readonly<AnswerCounts>;
  /** What this device has told about itself, to be remembered for it and given back as `known`. */
  readonly learned: Readonly<Record<string, unknown>>;
  /** The last good frame with its passwords blanked, for diagnosis; null before it and where answers are no frames. */
  readonly lastFrame: Uint8Array | null;
  /** One poll, decoded and not judged: see lib/view. @throws DeviceTimeout, BadFrame, ModbusException, PortGone */
  readSample(): Promise<BmsAnswer>;
  /** Settings and identity, freshly read. @throws as readSample */
  readSettings(): Promise<BmsSettings>;
  /** As readSettings, but a part that fails costs its own rows only; `skip` names parts that are not asked. @throws PortGone */
  readSettingParts(skip: readonly string[]): Promise<BmsSettingParts>;
  /** The parts of readSettingParts. */
  readonly settingParts: readonly string[];
  /** Settings that came with the last sample at no cost; null where they are read apart. */
  knownSettings(): BmsSettings | null;
  /** Scaled integer of one setting in a transaction of its own, for reading back; null when the BMS does not tell it. */
  readSetting(key: string): Promise<Raw>;
  /** Everything the device tells as scaled integers, block by block; secrets are "(hidden)". */
  readRaw(): Promise<Readonly<Record<string, Readonly<Record<string, Raw>>>>>;
  /**
   * Sends one write of a scaled integer (of this dialect's row) and awaits its acknowledgement, which proves nothing.
   * @throws BadCommand when the row or value is not allowed; DeviceTimeout, BadFrame, ModbusException when not acknowledged
   */
  writeSetting(key: string, raw: number | string, options?: UnlockOptions): Promise<void>;
  /** Lets the line rest for `ms`, throwing away what comes. */
  settle(ms: number): Promise<void>;
}

export interface BmsClientOptions extends LineOptions {
  /** "auto" (default) probes once; remember `client.dialect` to spare it the next time. */
  readonly protocol?: "4e57" | "modbus" | "auto";
  /** Modbus slave address, default 1. */
  readonly address?: number;
  /** Terminal number, 4E57 only, default 0. */
  readonly terminal?: number;
  /** What is remembered of this device. */
  readonly known?: Known4e57;
}

/** 10 bits a byte at 115200 baud. */
const BYTE_MS = 10_000 / 115_200;

/**
 * Client of the BMS on this wire, whatever it speaks.
 * @throws DeviceTimeout or BadFrame when "auto" finds neither protocol
 */
export async function openBms(wire: Wire, options: BmsClientOptions = {}): Promise<BmsClient> {
  const protocol = options.protocol ?? "auto";
  if (protocol === "4e57") return new Bms4e57Client(wire, options);
  if (protocol === "modbus") return modbusClient(wire, options);
  return probe(wire, options);
}

async function probe(wire: Wire, options: BmsClientOptions): Promise<BmsClient> {
  const failures: unknown[] = [];
  // Each protocol ignores the other's requests, so asking wrongly does no harm.
  for (const make of [
    (o: BmsClientOptions) => new Bms4e57Client(wire, o),
    (o: BmsClientOptions) => modbusClient(wire, o),
  ]) {
    const candidate = make({ ...options, tries: 1 });
    try {
      await candidate.readSample();
      return make(options);
    } catch (error) {
      // A refusal is an answer, and it tells who speaks.
      if (error instanceof ModbusException) return make(options);
      if (!isAnswerFailure(error)) throw error;
      failures.push(error);
    }
  }
  const told = failures.find((error) => !(error instanceof DeviceTimeout));
  if (told !== undefined) throw told;
  throw new DeviceTimeout(`no reply from ${wire.name}, neither to 4E57 nor to Modbus`, { cause: failures[0] });
}

function modbusClient(wire: Wire, options: BmsClientOptions): BmsModbusClient {
  const timing = { ...TIMING_MODBUS, ...options };
  const { trace } = options;
  const master = new RtuMaster(wire, {
    gap_ms: timing.packet_gap_ms,
    timeout_ms: timing.first_byte_ms,
    retries: timing.tries,
    quiet_ms: timing.retry_quiet_ms,
    byte_ms: BYTE_MS,
    allowed: pbRangeGuard,
    ...(trace ? { trace: (direction, bytes) => trace(direction, withoutSecrets(bytes)) } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
  });
  return new BmsModbusClient(wire, master, options);
}

export interface PollOptions<T> {
  /** Answers to take, default 5. */
  readonly polls?: number;
  /** Rest between two polls, default 200. */
  readonly gap_ms?: number;
  /** Judges one answer. @throws Implausible when it is refused as a whole */
  readonly accept: (answer: BmsAnswer) => T;
}

/**
 * Several polls: what was accepted (at least one), and how many answers were not good.
 * @throws when none was good: the last error that was no timeout, else DeviceTimeout; PortGone at once
 */
export async function pollAnswers<T>(
  client: BmsClient,
  options: PollOptions<T>,
): Promise<{ readonly answers: readonly T[]; readonly bad: number }> {
  const polls = options.polls ?? 5;
  const badBefore = client.counts.bad;
  const answers: T[] = [];
  let refused = 0;
  let failure: unknown = new DeviceTimeout(`${client.name}: not polled`);
  for (let poll = 0; poll < polls; poll++) {
    if (poll > 0) await client.settle(options.gap_ms ?? 200);
    try {
      answers.push(options.accept(await client.readSample()));
    } catch (error) {
      if (!isAnswerFailure(error)) throw error;
      if (error instanceof Implausible) refused++;
      if (!(error instanceof DeviceTimeout) || failure instanceof DeviceTimeout) failure = error;
    }
  }
  if (answers.length === 0) throw failure;
  return { answers, bad: client.counts.bad - badBefore + refused };
}

function isAnswerFailure(error: unknown): boolean {
  return (
    error instanceof DeviceTimeout ||
    error instanceof BadFrame ||
    error instanceof ModbusException ||
    error instanceof Implausible
  );
}

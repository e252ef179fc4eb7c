import { setTimeout as sleep } from "node:timers/promises";
import { BadCommand, BadFrame, DeviceTimeout, ModbusException } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Field, Raw, Table } from "../../codec/table.ts";
import { exceptionTold } from "../../modbus/exceptions.ts";
import type { ModbusMaster } from "../../modbus/master.ts";
import type { Wire } from "../../port/wire.ts";
import type { AnswerCounts, BmsClient, UnlockOptions } from "../bms/client.ts";
import type { BmsSample } from "../bms/sample.ts";
import type { BmsSettingParts, BmsSettings } from "../bms/settings.ts";
import { countFailure, judging, Line, type LineOptions, type LineTiming, newCounts } from "./exchange.ts";
import {
  type BlockImage,
  decodeBlock,
  decodeStatus,
  encodeWords,
  imageFromFrameData,
  imageFromReads,
} from "./pb-decode.ts";
import { PB_DEVICE_INFO } from "./pb-device-info.ts";
import { asksAnother, buildTrigger, exceptionCode, PB_FRAMES, type PbFrame, PbFrameScanner } from "./pb-frame.ts";
import { PB_BLOCKS, PB_READS, type PbBlock } from "./pb-registers.ts";
import { PB_SETTINGS } from "./pb-settings.ts";
import { PB_STATUS } from "./pb-status.ts";
import { withoutSecrets } from "./redact.ts";
import { sampleFromPbStatus } from "./sample.ts";
import { settingsFromRaw } from "./settings.ts";
import { checkWrite } from "./write-check.ts";

/** Answers begin after 35-50 ms; below 100 ms between commands the answers of two devices mix (PB sheet §6.3). */
export const TIMING_MODBUS: LineTiming = {
  packet_gap_ms: 120,
  first_byte_ms: 1000,
  inter_byte_ms: 100,
  tries: 2,
  retry_quiet_ms: 250,
  answer_limit_ms: 3000,
};

/** `address` is the slave address, 1-15 by DIP switch, 1 unless said otherwise. */
export interface ClientModbusOptions extends LineOptions {
  readonly address?: number;
}

/** A BMS whose DIP switches say 0 polls the others and sends its own frames unasked (PB sheet §6.4). */
const BUS_MASTER = failure("other_bus_master");
const ADDRESS = { min: 1, max: 247 };
const TABLES: Readonly<Record<PbBlock, Table<{ offset: number }>>> = {
  settings: PB_SETTINGS,
  status: PB_STATUS,
  device_info: PB_DEVICE_INFO,
};

/**
 * A JK BMS that speaks Modbus. With a wire, whole blocks come as 55AAEB90 frames (one snapshot, and the only way that works on
 * a bus of several); FC03 is the way out, and the only one through a Modbus/TCP gateway (`wire` null).
 */
export class BmsModbusClient implements BmsClient {
  readonly dialect = "modbus";
  readonly name: string;
  readonly counts: AnswerCounts;
  readonly #master: ModbusMaster;
  readonly #line: Line | null;
  readonly #address: number;
  readonly learned = {};
  /** How whole blocks are read; settled by the first answer. */
  #way: "unknown" | "frames" | "words" = "unknown";
  #lastFrame: Uint8Array | null = null;

  constructor(wire: Wire | null, master: ModbusMaster, options: ClientModbusOptions = {}) {
    this.#address = options.address ?? 1;
    if (this.#address === 0) throw new BadCommand(failure("bms_address_0", { why: BUS_MASTER }));
    if (this.#address < ADDRESS.min || this.#address > ADDRESS.max) {
      throw new BadCommand(failure("bms_address_outside", { address: this.#address, ...ADDRESS }));
    }
    this.name = `${master.name} BMS ${this.#address}`;
    this.#master = master;
    this.#line = wire && new Line(wire, this.name, { ...TIMING_MODBUS, ...options }, options);
    this.counts = this.#line?.counts ?? newCounts();
  }

  get lastFrame(): Uint8Array | null {
    return this.#lastFrame && withoutSecrets(this.#lastFrame);
  }

  async readSample(): Promise<BmsSample> {
    const badBefore = this.counts.bad;
    const image = await this.#readImage("status");
    const sample = judging(this.counts, () => sampleFromPbStatus(decodeStatus(image), this.name));
    return { ...sample, bad_answers: this.counts.bad - badBefore };
  }

  async readSettings(): Promise<BmsSettings> {
    const { settings, failures } = await this.readSettingParts();
    if (failures[0]) throw failures[0].error;
    return settings;
  }

  readonly settingParts = ["settings", "device_info"] as const;
  readonly identityParts = ["device_info"];

  async readSettingParts(skip: readonly string[] = []): Promise<BmsSettingParts> {
    const raw: Record<string, Raw> = {};
    const answered: string[] = [];
    const failures: BmsSettingParts["failures"][number][] = [];
    for (const part of this.settingParts) {
      if (skip.includes(part)) continue;
      try {
        const told = decodeBlock(TABLES[part], await this.#readImage(part));
        for (const [key, value] of Object.entries(told)) raw[key] ??= value;
        answered.push(part);
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        failures.push({ part, error });
      }
    }
    const { dialect, raw: rows, values, identity } = settingsFromRaw(this.dialect, raw);
    const told = <T>(all: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => Object.hasOwn(raw, key)));
    return { settings: { dialect, raw: told(rows), values: told(values), identity }, answered, failures };
  }

  /** Settings are another block here: a sample never brings them along. */
  knownSettings(): BmsSettings | null {
    return null;
  }

  async readSetting(key: string): Promise<Raw> {
    if (!Object.hasOwn(PB_SETTINGS, key)) return null;
    const field: Field & { offset: number } = PB_SETTINGS[key as keyof typeof PB_SETTINGS];
    // Single bytes are read with their neighbour, from the even address.
    const start = PB_BLOCKS.settings + field.offset - (field.offset % 2);
    try {
      const words = await this.readWords(start, 2);
      return decodeBlock({ [key]: field }, imageFromReads("settings", [{ start, words }]))[key] ?? null;
    } catch (error) {
      if (!isNoAnswer(error) || this.#line === null) throw error;
      return decodeBlock({ [key]: field }, await this.#readFrame(this.#line, "settings"))[key] ?? null;
    }
  }

  async readRaw(): Promise<Readonly<Record<string, Readonly<Record<string, Raw>>>>> {
    const out: Record<string, Readonly<Record<string, Raw>>> = {};
    for (const block of ["status", "settings", "device_info"] as const) {
      out[block] = decodeBlock(TABLES[block], await this.#readImage(block));
    }
    return out;
  }

  /** Words at a register address; the address counts bytes. @throws BadCommand where secrets or commands live */
  async readWords(start: number, count: number): Promise<Uint16Array> {
    pbRangeGuard(start, count);
    return this.#counted(() => this.#master.readHoldingRegisters(this.#address, start, count));
  }

  async writeSetting(key: string, raw: number | string, options: UnlockOptions = {}): Promise<void> {
    const field = checkWrite(this.dialect, key, raw, options);
    const start = PB_BLOCKS.settings + PB_SETTINGS[key as keyof typeof PB_SETTINGS].offset;
    const words = encodeWords(field, Number(raw));
    pbRangeGuard(start, words.length);
    await this.#counted(() => this.#master.writeMultiple(this.#address, start, words));
  }

  async settle(ms: number): Promise<void> {
    if (this.#line) await this.#line.settle(ms);
    else await sleep(ms);
  }

  async #readImage(block: PbBlock): Promise<BlockImage> {
    // Frames need a serial line.
    if (this.#line === null || this.#way === "words") return this.#readByWords(block);
    try {
      const image = await this.#readFrame(this.#line, block);
      this.#way = "frames";
      return image;
    } catch (error) {
      if (this.#way === "frames" || !isNoAnswer(error)) throw error;
      return this.#tryWords(block, error);
    }
  }

  /** The first block that no frame came for: words, if they are answered, for good. */
  async #tryWords(block: PbBlock, firstError: unknown): Promise<BlockImage> {
    try {
      const image = await this.#readByWords(block);
      this.#way = "words";
      return image;
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      // From now on silence is silence: each way was tried once. A refusal is an answer, so it tells which way is heard.
      this.#way = error instanceof ModbusException ? "words" : "frames";
      throw error instanceof DeviceTimeout || !(firstError instanceof DeviceTimeout) ? firstError : error;
    }
  }

  async #readFrame(line: Line, block: PbBlock): Promise<BlockImage> {
    const { type } = PB_FRAMES[block];
    const frame = await line.ask<PbFrame>({
      request: buildTrigger(this.#address, block),
      scanner: () => new PbFrameScanner(),
      judge: (found) => {
        const { address } = found;
        if (found.type !== type) {
          return { kind: "foreign", reason: failure("frame_of_type", { type: found.type, asked: type }) };
        }
        if (address === null) return { kind: "short", reason: failure("frame_unacknowledged") };
        if (address === this.#address) return null;
        if (address === 0) return { kind: "foreign", reason: BUS_MASTER, certain: true };
        return { kind: "foreign", reason: failure("frame_of_address", { address }) };
      },
      explain: (heard) => (asksAnother(heard, this.#address) ? { kind: "foreign", reason: BUS_MASTER } : null),
      refuse: (heard) => {
        const code = exceptionCode(heard, this.#address);
        if (code === null) return;
        const why = exceptionTold(code);
        throw new ModbusException(code, failure("block_refused", { place: this.name, block, why }));
      },
    });
    this.#lastFrame = frame.bytes;
    return imageFromFrameData(frame.data);
  }

  async #readByWords(block: PbBlock): Promise<BlockImage> {
    const good = this.counts.good;
    const reads = [];
    for (const { start, count } of PB_READS[block]) reads.push({ start, words: await this.readWords(start, count) });
    // Several reads make one answer.
    this.counts.good = good + 1;
    return imageFromReads(block, reads);
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.counts.good++;
      return result;
    } catch (error) {
      countFailure(this.counts, error);
      throw error;
    }
  }
}

/** Command block: calibration, shutdown and chemistry presets, at offsets that differ between versions. */
const COMMAND_BLOCK = { from: 0x1600, to: 0x1700 };
const SECRET_ROWS = [PB_DEVICE_INFO.bluetooth_password, PB_DEVICE_INFO.password];

/** Guard for any Modbus master that talks to a JK BMS: neither the command block nor the passwords. @throws BadCommand */
export function pbRangeGuard(start: number, count: number): void {
  const end = start + 2 * count;
  const register = `0x${start.toString(16)}`;
  const overlaps = (from: number, to: number) => start < to && from < end;
  if (overlaps(COMMAND_BLOCK.from, COMMAND_BLOCK.to)) {
    throw new BadCommand(failure("register_of_commands", { register }));
  }
  for (const { offset, length } of SECRET_ROWS) {
    const from = PB_BLOCKS.device_info + offset;
    if (overlaps(from, from + length)) throw new BadCommand(failure("register_of_passwords", { register }));
  }
}

function isNoAnswer(error: unknown): error is DeviceTimeout | BadFrame | ModbusException {
  return error instanceof DeviceTimeout || error instanceof BadFrame || error instanceof ModbusException;
}

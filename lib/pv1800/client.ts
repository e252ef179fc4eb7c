import type { Field, Raw } from "../codec/table.ts";
import { wireFromRaw } from "../codec/values.ts";
import { BadCommand, BadFrame, DeviceTimeout, ModbusException, type StationError } from "../errors.ts";
import type { ModbusMaster } from "../modbus/master.ts";
import { ALL_BLOCKS, type Block, IDENTITY_BLOCKS, SETTING_BLOCKS, type Span, STATUS_BLOCKS } from "./blocks.ts";
import { addWords, decodeRow, decodeWords, type Words, wordsOf } from "./decode.ts";
import {
  type At,
  type IdentityRaw,
  INVERTER_IDENTITY_FIELDS,
  INVERTER_SETTING_FIELDS,
  REGISTERS,
  type RegisterKey,
  type SettingsRaw,
  STATUS_FIELDS,
  type StatusRaw,
  type WritableRegister,
} from "./registers.ts";

/** Words as they came, one entry per request that was answered. */
export interface RawBlock {
  readonly start: number;
  readonly words: readonly number[];
}

/** Everything of one machine. */
export interface FullRead {
  readonly identity: IdentityRaw;
  readonly settings: SettingsRaw;
  readonly status: StatusRaw;
}

const NO_SUCH_FUNCTION = 1;
const NO_SUCH_REGISTER = 2;
/** Readings of the settings until two in a row agree. */
const SETTING_READINGS = 4;

/** Reads and writes one PV1800 over any Modbus master. The master must carry `assertAllowed` as its guard. */
export class Pv1800Client {
  readonly slave: number;
  readonly #master: ModbusMaster;
  /** Blocks that this machine refused as a whole: asked piecewise from then on. */
  readonly #refused = new Set<Block>();

  constructor(master: ModbusMaster, options: { readonly slave?: number } = {}) {
    this.#master = master;
    this.slave = options.slave ?? 4;
  }

  /** Live values and counters; not judged: see lib/view. @throws what ModbusMaster throws */
  async readStatus(): Promise<StatusRaw> {
    return decodeWords(STATUS_FIELDS, await this.#image(STATUS_BLOCKS));
  }

  /**
   * As readStatus, but a block that fails costs its own values only: they are null, and `failures` tells why. @throws what ModbusMaster
   * throws when no block of live values came, PortGone at once
   */
  async readStatusParts(): Promise<{ readonly status: StatusRaw; readonly failures: readonly StationError[] }> {
    const image = new Map<number, number>();
    const failures: StationError[] = [];
    for (const block of STATUS_BLOCKS) {
      // Two silent blocks in a row: nobody is there, and a third wait would only cost the orders their time.
      if (failures.length > 1 && image.size === 0) break;
      try {
        for (const { start, words } of await this.#readBlock(block)) addWords(image, start, words);
      } catch (error) {
        if (!isAnswerFailure(error)) throw error;
        failures.push(error);
      }
    }
    if (!LIVE_STARTS.some((start) => image.has(start))) throw failures[0] as StationError;
    return { status: decodeWords(STATUS_FIELDS, image), failures };
  }

  /** Settings, taken only when two readings in a row agree: a foreign answer must not become a setting. @throws BadFrame */
  async readSettings(): Promise<SettingsRaw> {
    let before = decodeWords(INVERTER_SETTING_FIELDS, await this.#image(SETTING_BLOCKS));
    for (let reading = 2; ; reading++) {
      const now = decodeWords(INVERTER_SETTING_FIELDS, await this.#image(SETTING_BLOCKS));
      const differing = settingsThatDiffer(before, now);
      if (differing.length === 0) return now;
      if (reading >= SETTING_READINGS) {
        const text = `settings differ between ${reading} readings (${differing.slice(0, 5).join(", ")}); second master?`;
        throw new BadFrame("foreign", `${this.#master.name} slave ${this.slave}: ${text}`);
      }
      before = now;
    }
  }

  /** Model, versions, serial numbers, calibration; null where the machine does not know the register. */
  async readIdentity(): Promise<IdentityRaw> {
    return decodeWords(INVERTER_IDENTITY_FIELDS, await this.#image(IDENTITY_BLOCKS));
  }

  /** Identity, settings and status, in this order. */
  async readAll(): Promise<FullRead> {
    const identity = await this.readIdentity();
    const settings = await this.readSettings();
    return { identity, settings, status: await this.readStatus() };
  }

  /** The words of all blocks as they came, for diagnosis. */
  async readRegisters(blocks: readonly Block[] = ALL_BLOCKS): Promise<RawBlock[]> {
    const answers: RawBlock[] = [];
    for (const block of blocks) answers.push(...(await this.#readBlock(block)));
    return answers;
  }

  /** Scaled integer of one row, read alone. */
  async readOne(key: RegisterKey): Promise<Raw> {
    const field: Field & At = REGISTERS[key];
    const image = new Map<number, number>();
    addWords(image, field.addr, await this.#master.readHoldingRegisters(this.slave, field.addr, wordsOf(field)));
    return decodeRow(field, image);
  }

  /**
   * Sends one write (FC 06, and FC 16 when the machine does not know FC 06); the caller checks range and order before, and
   * reads back after, also after an error. `unlock`: the owner's consent to a row of class "never". @throws BadCommand
   */
  async writeRegister(key: WritableRegister, raw: number, options: { readonly unlock?: boolean } = {}): Promise<void> {
    const field: Field & At = REGISTERS[key];
    if (!field.write) throw new BadCommand(`${key} (${field.addr}) is no writable register`);
    if (field.write.class === "never" && !options.unlock) throw new BadCommand(`${key} (${field.addr}) is locked`);
    if (wordsOf(field) !== 1)
      throw new BadCommand(`${key} (${field.addr}) spans two registers and cannot be written at once`);
    const word = wireFromRaw(field, raw);
    try {
      await this.#master.writeSingle(this.slave, field.addr, word);
    } catch (error) {
      if (!(error instanceof ModbusException) || error.code !== NO_SUCH_FUNCTION) throw error;
      await this.#master.writeMultiple(this.slave, field.addr, [word]);
    }
  }

  async #image(blocks: readonly Block[]): Promise<Words> {
    const image = new Map<number, number>();
    for (const { start, words } of await this.readRegisters(blocks)) addWords(image, start, words);
    return image;
  }

  async #readBlock(block: Block): Promise<RawBlock[]> {
    if (!block.instead) return [await this.#read(block)];
    if (!this.#refused.has(block)) {
      try {
        return [await this.#read(block)];
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#refused.add(block);
      }
    }
    const answers: RawBlock[] = [];
    for (const span of block.instead) {
      try {
        answers.push(await this.#read(span));
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    return answers;
  }

  async #read({ start, count }: Span): Promise<RawBlock> {
    return { start, words: Array.from(await this.#master.readHoldingRegisters(this.slave, start, count)) };
  }
}

/** First registers of the two blocks of live values. */
const LIVE_STARTS: readonly number[] = [15201, 25201];

function isAnswerFailure(error: unknown): error is StationError {
  return error instanceof DeviceTimeout || error instanceof BadFrame || error instanceof ModbusException;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ModbusException && error.code === NO_SUCH_REGISTER;
}

/** Keys whose values differ; unproven rows do not count, they may move by themselves. */
function settingsThatDiffer(one: SettingsRaw, other: SettingsRaw): string[] {
  const keys = Object.keys(INVERTER_SETTING_FIELDS) as (keyof SettingsRaw)[];
  return keys.filter((key) => one[key] !== other[key] && !("experimental" in INVERTER_SETTING_FIELDS[key]));
}

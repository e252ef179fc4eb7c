import { BadCommand, BadFrame, DeviceTimeout, ModbusException, type StationError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Field, Raw, RawSnapshot, Table } from "../../codec/table.ts";
import { wireFromRaw } from "../../codec/values.ts";
import type { ModbusMaster } from "../../modbus/master.ts";
import type { InverterClient, PartFailure, Parts, RawBlock } from "../inverter/client.ts";
import {
  type IdentityRaw,
  INVERTER_IDENTITY_FIELDS,
  type SettingsRaw,
  STATUS_FIELDS,
  type StatusRaw,
} from "../inverter/sample.ts";
import { ALL_BLOCKS, type Block, IDENTITY_BLOCKS, type Span, STATUS_BLOCKS } from "./blocks.ts";
import { addWords, decodeRow, decodeWords, type Words, wordsOf } from "./decode.ts";
import { registersOf, settingBlocksOf, settingsOf } from "./models.ts";
import type { At } from "./registers.ts";

/** Name of a block, as remembered of a machine that does not answer it. */
function partName({ start }: Span): string {
  return String(start);
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
export class Pv1800Client implements InverterClient {
  readonly slave: number;
  readonly statusParts = STATUS_BLOCKS.map(partName);
  readonly settingParts: readonly string[];
  readonly identityParts = IDENTITY_BLOCKS.map(partName);
  readonly #master: ModbusMaster;
  readonly #rows: Table<At>;
  readonly #settings: Table<At>;
  readonly #settingBlocks: readonly Block[];
  /** Blocks that this machine refused as a whole: asked piecewise from then on. */
  readonly #refused = new Set<Block>();

  /** `model`: what is known of the machine; null or absent = nothing yet. */
  constructor(master: ModbusMaster, options: { readonly slave?: number; readonly model?: string | null } = {}) {
    const { model = null } = options;
    this.#rows = registersOf({ model });
    this.#settings = settingsOf({ model });
    this.#settingBlocks = settingBlocksOf(model);
    this.settingParts = this.#settingBlocks.map(partName);
    this.#master = master;
    this.slave = options.slave ?? 4;
  }

  settingsIn(parts: readonly string[]): readonly string[] {
    const blocks = this.#settingBlocks.filter((block) => parts.includes(partName(block)));
    return Object.entries(this.#settings).flatMap(([key, { addr }]) =>
      blocks.some((block) => holds(block, addr)) ? [key] : [],
    );
  }

  /** Live values and counters; not judged: see lib/view. @throws what ModbusMaster throws */
  async readStatus(): Promise<StatusRaw> {
    return decodeWords(STATUS_FIELDS, await this.#image(STATUS_BLOCKS));
  }

  /**
   * As readStatus, but a block that fails costs its own values only: they are null, and `failures` tells why. `skip`: names of blocks
   * that are not asked. @throws what ModbusMaster throws when no block of live values came, PortGone at once
   */
  async readStatusParts(
    skip: readonly string[] = [],
  ): Promise<Pick<Parts<StatusRaw>, "answered" | "failures"> & { readonly status: StatusRaw }> {
    const image = new Map<number, number>();
    const blocks = STATUS_BLOCKS.filter((block) => !skip.includes(partName(block)));
    // Two silent blocks in a row: nobody is there, and a third wait would only cost the orders their time.
    const { answered, failures } = await this.#tryBlocks(blocks, image, (failed) => failed > 1 && image.size === 0);
    if (!LIVE_STARTS.some((start) => image.has(start)))
      throw failures[0]?.error ?? new DeviceTimeout(failure("not_polled", { place: this.#master.name }));
    return { status: decodeWords(STATUS_FIELDS, image), answered, failures };
  }

  /** Settings, taken only when two readings in a row agree: a foreign answer must not become a setting. @throws BadFrame */
  async readSettings(): Promise<SettingsRaw> {
    return whole(await this.readSettingParts());
  }

  /** As readSettings, but a block that fails costs its own rows only. @throws BadFrame when readings differ, PortGone */
  async readSettingParts(skip: readonly string[] = []): Promise<Parts<SettingsRaw>> {
    const first = await this.#settingsOnce(skip);
    const missing = [...skip, ...first.failures.map(({ part }) => part)];
    let before = first.raw;
    for (let reading = 2; ; reading++) {
      const now = await this.#settingsOnce(missing);
      if (now.failures[0]) throw now.failures[0].error;
      const differing = this.#settingsThatDiffer(before, now.raw);
      if (differing.length === 0) return { ...now, failures: first.failures };
      if (reading >= SETTING_READINGS) {
        const place = failure("slave", { port: this.#master.name, slave: this.slave });
        const keys = differing.slice(0, 5).join(", ");
        throw new BadFrame("foreign", failure("settings_differ", { place, readings: reading, keys }));
      }
      before = now.raw;
    }
  }

  /** Model, versions, serial numbers, calibration; null where the machine does not know the register. */
  async readIdentity(): Promise<IdentityRaw> {
    return whole(await this.readIdentityParts());
  }

  /** As readIdentity, but a block that fails costs its own rows only. @throws PortGone */
  async readIdentityParts(skip: readonly string[] = []): Promise<Parts<IdentityRaw>> {
    return this.#parts(IDENTITY_BLOCKS, INVERTER_IDENTITY_FIELDS, skip);
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
  async readOne(key: string): Promise<Raw> {
    const field = this.#row(key);
    const image = new Map<number, number>();
    addWords(image, field.addr, await this.#master.readHoldingRegisters(this.slave, field.addr, wordsOf(field)));
    return decodeRow(field, image);
  }

  /**
   * Sends one write (FC 06, and FC 16 when the machine does not know FC 06); the caller checks range and order before, and
   * reads back after, also after an error. `unlock`: the owner's consent to a row of class "never". @throws BadCommand
   */
  async writeRegister(key: string, raw: number, options: { readonly unlock?: boolean } = {}): Promise<void> {
    const field = this.#row(key);
    const named = { key, address: field.addr };
    if (!field.write) throw new BadCommand(failure("register_read_only", named));
    if (field.write.class === "never" && !options.unlock) throw new BadCommand(failure("register_locked", named));
    if (wordsOf(field) !== 1) throw new BadCommand(failure("register_pair", named));
    const word = wireFromRaw(field, raw);
    try {
      await this.#master.writeSingle(this.slave, field.addr, word);
    } catch (error) {
      if (!(error instanceof ModbusException) || error.code !== NO_SUCH_FUNCTION) throw error;
      await this.#master.writeMultiple(this.slave, field.addr, [word]);
    }
  }

  /** @throws BadCommand for a row that this model does not have */
  #row(key: string): Field & At {
    const field = this.#rows[key];
    if (field) return field;
    throw new BadCommand(failure("register_of_other_model", { key }));
  }

  async #settingsOnce(skip: readonly string[]): Promise<Parts<SettingsRaw>> {
    return (await this.#parts(this.#settingBlocks, this.#settings, skip)) as Parts<SettingsRaw>;
  }

  /** Keys whose values differ; unproven rows do not count, they may move by themselves. */
  #settingsThatDiffer(one: Readonly<Record<string, Raw>>, other: Readonly<Record<string, Raw>>): string[] {
    return Object.entries(this.#settings).flatMap(([key, row]) =>
      one[key] !== other[key] && !("experimental" in row) ? [key] : [],
    );
  }

  /** Rows of every block that was asked and answered. */
  async #parts<T extends Table<At>>(
    blocks: readonly Block[],
    table: T,
    skip: readonly string[],
  ): Promise<Parts<RawSnapshot<T>>> {
    const image = new Map<number, number>();
    const asked = blocks.filter((block) => !skip.includes(partName(block)));
    const { answered, failures } = await this.#tryBlocks(asked, image, () => false);
    const told = blocks.filter((block) => answered.includes(partName(block)));
    const rows = Object.entries(table).filter(([, { addr }]) => told.some((block) => holds(block, addr)));
    return { raw: decodeWords(Object.fromEntries(rows) as T, image) as Partial<RawSnapshot<T>>, answered, failures };
  }

  async #tryBlocks(
    blocks: readonly Block[],
    image: Map<number, number>,
    giveUp: (failed: number) => boolean,
  ): Promise<Pick<Parts<never>, "answered" | "failures">> {
    const answered: string[] = [];
    const failures: PartFailure[] = [];
    for (const block of blocks) {
      if (giveUp(failures.length)) break;
      const part = partName(block);
      try {
        for (const { start, words } of await this.#readBlock(block)) addWords(image, start, words);
        answered.push(part);
      } catch (error) {
        if (!isAnswerFailure(error)) throw error;
        failures.push({ part, error });
      }
    }
    return { answered, failures };
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

/** @throws the first failure */
function whole<T>({ raw, failures }: Parts<T>): T {
  if (failures[0]) throw failures[0].error;
  return raw as T;
}

/** True when the register belongs to the block. */
function holds({ start, count }: Span, addr: number): boolean {
  return addr >= start && addr < start + count;
}

/** First registers of the two blocks of live values. */
const LIVE_STARTS: readonly number[] = [15201, 25201];

function isAnswerFailure(error: unknown): error is StationError {
  return error instanceof DeviceTimeout || error instanceof BadFrame || error instanceof ModbusException;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ModbusException && error.code === NO_SUCH_REGISTER;
}

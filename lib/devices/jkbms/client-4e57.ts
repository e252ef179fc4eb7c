import { BadCommand } from "../../base/errors.ts";
import { type Failure, failure } from "../../base/failure/failure.ts";
import type { Raw } from "../../codec/table.ts";
import type { Wire } from "../../port/wire.ts";
import type { BmsClient, RawCommand, RawPlan, UnlockOptions } from "../bms/client.ts";
import type { Rejection } from "../bms/frame-scanner.ts";
import type { BmsAnswer } from "../bms/sample.ts";
import type { BmsSettingParts, BmsSettings } from "../bms/settings.ts";
import { type DecodedRecords, decodeRecords, encodeRecord, type Known4e57 } from "./decode.ts";
import { judging, Line, type LineOptions, type LineTiming } from "./exchange.ts";
import { buildRequest, COMMAND, type Frame, JkFrameScanner } from "./frame.ts";
import { planRaw } from "./raw-4e57.ts";
import { RECORDS, type RecordKey } from "./records.ts";
import { withoutSecrets } from "./redact.ts";
import { sampleFromRecords } from "./sample.ts";
import { settingsFromRaw } from "./settings.ts";
import { checkWrite } from "./write-check.ts";

/** Measured answers begin within a millisecond and last 25 ms; two more tries after the first. */
export const TIMING_4E57: LineTiming = {
  packet_gap_ms: 100,
  first_byte_ms: 500,
  inter_byte_ms: 100,
  tries: 3,
  retry_quiet_ms: 200,
  answer_limit_ms: 3000,
};

/** What the client of a 4E57 device may be told. */
export interface Client4e57Options extends LineOptions {
  /** Its terminal number, 0 in every capture; a reply of another one is refused. */
  readonly terminal?: number;
  /** What is remembered of this device. */
  readonly known?: Known4e57;
}

/** A JK BMS that speaks 4E57: one device on one wire. */
export class Bms4e57Client implements BmsClient {
  readonly dialect = "4e57";
  readonly name: string;
  readonly #line: Line;
  readonly #terminal: number;
  #version: number | null;
  #last: DecodedRecords | null = null;
  #lastFrame: Uint8Array | null = null;

  constructor(wire: Wire, options: Client4e57Options = {}) {
    this.name = wire.name;
    this.#terminal = options.terminal ?? 0;
    this.#version = options.known?.protocol_version ?? null;
    this.#line = new Line(wire, this.name, { ...TIMING_4E57, ...options }, options);
  }

  get counts() {
    return this.#line.counts;
  }

  /** What this device has told or shown, to be remembered for it. */
  get learned(): Readonly<Record<string, unknown>> {
    return this.#version === null ? {} : { protocol_version: this.#version };
  }

  get lastFrame(): Uint8Array | null {
    return this.#lastFrame && withoutSecrets(this.#lastFrame);
  }

  async readSample(): Promise<BmsAnswer> {
    const badBefore = this.counts.bad;
    const decoded = await this.#readAll();
    const sample = judging(this.counts, () => sampleFromRecords(decoded, this.name));
    this.#last = decoded;
    return { ...sample, bad_answers: this.counts.bad - badBefore };
  }

  async readSettings(): Promise<BmsSettings> {
    return settingsFromRaw(this.dialect, (await this.#readAll()).records);
  }

  /** Everything comes in one answer here. */
  readonly settingParts = ["all"];
  readonly identityParts = this.settingParts;

  async readSettingParts(): Promise<BmsSettingParts> {
    return { settings: await this.readSettings(), answered: this.settingParts, failures: [] };
  }

  knownSettings(): BmsSettings | null {
    return this.#last && settingsFromRaw(this.dialect, this.#last.records);
  }

  /** Reads all again, because nobody has shown that single reads of every record work. */
  async readSetting(key: string): Promise<Raw> {
    const { records } = await this.#readAll();
    return Object.hasOwn(records, key) ? records[key as RecordKey] : null;
  }

  async readRaw(): Promise<Readonly<Record<string, Readonly<Record<string, Raw>>>>> {
    return { records: (await this.#readAll()).records };
  }

  async writeSetting(key: string, raw: number | string, options: UnlockOptions = {}): Promise<void> {
    checkWrite(this.dialect, key, raw, options);
    const record = key as RecordKey;
    const { tag } = RECORDS[record];
    await this.#ask(COMMAND.write, tag, encodeRecord(record, raw), 1);
  }

  /**
   * Any request but a write, for hand work: the good reply as it is. Its data may hold the password: print it only through
   * decodeRecords or withoutSecrets.
   * @throws BadCommand for command 02, which goes through writeSetting alone
   */
  async request(command: number, id = 0, value: Uint8Array = new Uint8Array()): Promise<Frame> {
    if (command === COMMAND.write) throw new BadCommand(failure("raw_command_writes"));
    return this.#ask(command, id, value);
  }

  planRaw(command: RawCommand): RawPlan {
    return planRaw(this, command);
  }

  settle(ms: number): Promise<void> {
    return this.#line.settle(ms);
  }

  async #readAll(): Promise<DecodedRecords> {
    const frame = await this.#ask(COMMAND.read_all, 0, new Uint8Array());
    const decoded = judging(this.counts, () =>
      decodeRecords(frame.data, this.name, { protocol_version: this.#version }),
    );
    this.#version = decoded.protocolVersion ?? this.#version;
    return decoded;
  }

  async #ask(command: number, id: number, value: Uint8Array, tries?: number): Promise<Frame> {
    const frame = await this.#line.ask({
      request: buildRequest(command, id, value, this.#terminal),
      scanner: () => new JkFrameScanner("reply"),
      judge: (reply) => this.#judge(reply, command, id),
      ...(tries === undefined ? {} : { tries }),
    });
    this.#lastFrame = frame.bytes;
    return frame;
  }

  /** The reply must repeat command and terminal, and the id of the record where one was asked for. */
  #judge(reply: Frame, command: number, id: number): Rejection | null {
    const foreign = (reason: Failure): Rejection => ({ kind: "foreign", reason });
    if (reply.command !== command)
      return foreign(failure("reply_to_command", { command: reply.command, asked: command }));
    if (reply.terminal !== this.#terminal)
      return foreign(failure("reply_of_terminal", { terminal: reply.terminal, asked: this.#terminal }));
    const single = command === COMMAND.write || (command === COMMAND.read && id !== 0);
    if (single && reply.data[0] !== id)
      return foreign(failure("reply_about_record", { record: String(reply.data[0]), asked: id }));
    return null;
  }
}

import { BadFrame, DeviceTimeout } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Raw } from "../../codec/table.ts";
import type { Wire } from "../../port/wire.ts";
import type { AnswerCounts } from "../bms/client.ts";
import type { BmsAnswer } from "../bms/sample.ts";
import { judging, Line, type LineOptions, type LineTiming } from "../jkbms/exchange.ts";
import { decodeCells, decodeInfo, decodeName, type JbdInfo, sampleOf } from "./jbd-decode.ts";
import { buildRead, type JbdFrame, type JbdRegister, JbdScanner, REGISTER, statusTold } from "./jbd-frame.ts";

/**
 * 9600 baud: a request and a 16-cell answer take about 50 ms. Under load the bytes come in pieces with gaps above 50 ms, and a
 * sleeping board does not answer the first request.
 */
export const TIMING_JBD: LineTiming = {
  packet_gap_ms: 100,
  first_byte_ms: 1000,
  inter_byte_ms: 250,
  tries: 3,
  retry_quiet_ms: 300,
  answer_limit_ms: 2000,
};

/** What a board says about itself; null = it does not tell. */
export interface JbdIdentity {
  readonly name: string | null;
  /** Scaled integers of JBD_INFO: YYYYMMDD, and tenths of a version. */
  readonly manufacturing_date: Raw;
  readonly software_version: Raw;
}

/**
 * A BMS that speaks the protocol of JBD (Xiaoxiang, LLT, Overkill and others): one on one wire, for its frames hold no address.
 * Reads only. Experimental: tried on recorded frames, not yet on a device.
 */
export class JbdClient {
  readonly name: string;
  readonly #line: Line;
  #info: JbdInfo | null = null;
  #lastFrame: Uint8Array | null = null;

  constructor(wire: Wire, options: LineOptions = {}) {
    this.name = wire.name;
    this.#line = new Line(wire, this.name, { ...TIMING_JBD, ...options }, options);
  }

  /** Good and bad answers since the client was made. */
  get counts(): Readonly<AnswerCounts> {
    return this.#line.counts;
  }

  /** The last good frame, for diagnosis; null before it. */
  get lastFrame(): Uint8Array | null {
    return this.#lastFrame;
  }

  /** One poll: basic information, then the cells, which are read a moment later. @throws DeviceTimeout, BadFrame, PortGone */
  async readSample(): Promise<BmsAnswer> {
    const badBefore = this.counts.bad;
    const goodBefore = this.counts.good;
    const info = await this.#readInfo();
    const frame = await this.#ask(REGISTER.cells);
    const sample = judging(this.#line.counts, () => sampleOf(info, decodeCells(frame.data, this.name), this.name));
    // Two answers make one.
    this.#line.counts.good = goodBefore + 1;
    return { ...sample, bad_answers: this.counts.bad - badBefore };
  }

  /** Name, date and version. A clone that keeps silent about its name has none. @throws as readSample */
  async readIdentity(): Promise<JbdIdentity> {
    const { raw } = this.#info ?? (await this.#readInfo());
    const { manufacturing_date, software_version } = raw;
    try {
      return { name: decodeName((await this.#ask(REGISTER.name, 1)).data), manufacturing_date, software_version };
    } catch (error) {
      if (!(error instanceof DeviceTimeout) && !(error instanceof BadFrame)) throw error;
      return { name: null, manufacturing_date, software_version };
    }
  }

  /** Everything the device tells as scaled integers. @throws as readSample */
  async readRaw(): Promise<Readonly<Record<string, Readonly<Record<string, Raw>>>>> {
    const { raw, temperatures } = await this.#readInfo();
    const cells = decodeCells((await this.#ask(REGISTER.cells)).data, this.name);
    const numbered = (name: string, list: readonly number[]) =>
      Object.fromEntries(list.map((v, i) => [`${name}_${i + 1}`, v]));
    return { info: { ...raw, ...numbered("temperature", temperatures) }, cells: numbered("cell", cells) };
  }

  /** Lets the line rest for `ms`, throwing away what comes. */
  settle(ms: number): Promise<void> {
    return this.#line.settle(ms);
  }

  async #readInfo(): Promise<JbdInfo> {
    const frame = await this.#ask(REGISTER.info);
    this.#info = judging(this.#line.counts, () => decodeInfo(frame.data, this.name));
    return this.#info;
  }

  async #ask(register: JbdRegister, tries?: number): Promise<JbdFrame> {
    const frame = await this.#line.ask<JbdFrame>({
      request: buildRead(register),
      scanner: () => new JbdScanner(register),
      judge: () => null,
      ...(tries === undefined ? {} : { tries }),
    });
    if (frame.status !== 0) {
      // An answer all the same: asking again would bring the same.
      this.#line.counts.refused++;
      judging(this.#line.counts, () => {
        const why = statusTold(frame.status);
        throw new BadFrame("malformed", failure("board_refused", { place: this.name, register, why }));
      });
    }
    this.#lastFrame = frame.bytes;
    return frame;
  }
}

import { BadFrame, DeviceTimeout, Implausible, ModbusException } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Raw } from "../../codec/table.ts";
import type { BmsAnswer } from "./sample.ts";
import type { BmsSettingParts, BmsSettings } from "./settings.ts";

/** Answers counted since the client was made: each request ends in exactly one of good and bad. */
export interface AnswerCounts {
  good: number;
  /** All failed tries: silence, refusals and wrong bytes. */
  bad: number;
  /** Those of `bad` that nothing came to. */
  silent: number;
  /** Those of `bad` that were answered by a refusal (a Modbus exception): an answer, no silence and no bad frame. */
  refused: number;
}

/** Names the row of class `never` that may be written this once. */
export interface UnlockOptions {
  readonly unlock?: string;
}

/** A command of a protocol's own, as the original's command line gives it. */
export interface RawCommand {
  readonly cmd: number;
  /** 0 where the command needs none. */
  readonly id: number;
  readonly value: Uint8Array;
  /** Name of a locked row, or the id as a number where the table has none (reading only). */
  readonly unlock?: string | undefined;
}

/** What such a command comes to: an order like any other (value null: the bytes mean nothing in that row), or something asked at once. */
export type RawPlan =
  | { readonly kind: "order"; readonly key: string; readonly value: string | null }
  | { readonly kind: "ask"; readonly ask: () => Promise<RawReply> };

export interface RawReply {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** One BMS, whatever it speaks. Reads retry timeouts and bad frames; a write is sent once and read back by its caller. */
export interface BmsClient {
  /** The `protocol` of its kind. */
  readonly dialect: string;
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
  /** The parts of readSettingParts, and those of them that tell who the device is. */
  readonly settingParts: readonly string[];
  readonly identityParts: readonly string[];
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
  /** Checks a raw command; absent: the protocol has none that a person gives. @throws UsageError, BadCommand */
  planRaw?(command: RawCommand): RawPlan;
  /** Lets the line rest for `ms`, throwing away what comes. */
  settle(ms: number): Promise<void>;
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
  let worst: unknown = new DeviceTimeout(failure("not_polled", { place: client.name }));
  for (let poll = 0; poll < polls; poll++) {
    if (poll > 0) await client.settle(options.gap_ms ?? 200);
    try {
      answers.push(options.accept(await client.readSample()));
    } catch (error) {
      if (!isAnswerFailure(error)) throw error;
      if (error instanceof Implausible) refused++;
      if (!(error instanceof DeviceTimeout) || worst instanceof DeviceTimeout) worst = error;
    }
  }
  if (answers.length === 0) throw worst;
  return { answers, bad: client.counts.bad - badBefore + refused };
}

/** True for an error that only says that an answer was not good; anything else ends the work. */
export function isAnswerFailure(error: unknown): boolean {
  return (
    error instanceof DeviceTimeout ||
    error instanceof BadFrame ||
    error instanceof ModbusException ||
    error instanceof Implausible
  );
}

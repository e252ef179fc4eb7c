import { type Failure, failure } from "../base/failure/failure.ts";
import { crc16Modbus } from "../codec/checksum.ts";

/** A request ready to send, with what its answer must look like. */
export interface Request {
  readonly slave: number;
  readonly functionCode: 3 | 6 | 16;
  readonly start: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Bytes of the regular answer, checksum included. */
  readonly answerLength: number;
}

/** Why bytes are not the awaited answer; the kinds are those of BadFrame. */
export interface Refusal {
  readonly kind: "short" | "long" | "corrupt" | "foreign" | "malformed";
  readonly what: Failure;
  /** A valid frame that nobody here asked for: another master is likely on the line. */
  readonly unasked: boolean;
}

/** What a buffer holds so far. `noise`: bytes before the frame; `trailing`: bytes after it; `echo`: our own request came first. */
export type Scan =
  | { readonly state: "answer"; readonly frame: Uint8Array; noise: number; trailing: number; echo: boolean }
  | { readonly state: "exception"; readonly code: number; noise: number; trailing: number; echo: boolean }
  | { readonly state: "bad"; readonly refusal: Refusal; echo: boolean }
  | { readonly state: "partial"; echo: boolean };

/** FC 03. @throws RangeError for ranges that Modbus cannot say */
export function readRequest(slave: number, start: number, count: number): Request {
  checkRange(slave, start, count, 125);
  return request(slave, 3, start, count, word(count), 5 + 2 * count);
}

/** FC 06. @throws RangeError */
export function writeSingleRequest(slave: number, addr: number, value: number): Request {
  checkRange(slave, addr, 1, 1);
  checkWord(value);
  return request(slave, 6, addr, 1, word(value), 8);
}

/** FC 16. @throws RangeError */
export function writeMultipleRequest(slave: number, start: number, values: readonly number[]): Request {
  checkRange(slave, start, values.length, 123);
  values.forEach(checkWord);
  const rest = [...word(values.length), values.length * 2, ...values.flatMap(word)];
  return request(slave, 16, start, values.length, rest, 8);
}

/** Registers of a whole FC 03 answer. */
export function registersOf(frame: Uint8Array): Uint16Array {
  const out = new Uint16Array((frame.length - 5) / 2);
  for (let i = 0; i < out.length; i++) out[i] = at(frame, 3 + 2 * i) * 256 + at(frame, 4 + 2 * i);
  return out;
}

/** Appends the checksum, low byte first. */
export function withCrc(body: readonly number[] | Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(body);
  const crc = crc16Modbus(bytes);
  return Uint8Array.from([...bytes, crc & 0xff, crc >>> 8]);
}

/**
 * Looks for the answer to `asked`: leading noise is stepped over, the own echo is skipped (`echoing`: the adapter is known
 * to echo, which alone tells the echo of FC 06 from its answer). `skipFrames` also steps over whole frames of other
 * requests, as a resynchronising probe must; otherwise such a frame at the front is refused at once.
 */
export function scanAnswer(
  buffer: Uint8Array,
  asked: Request,
  options: { echoing?: boolean; skipFrames?: boolean } = {},
): Scan {
  const { front, echo } = skipEcho(buffer, asked, options.echoing ?? false);
  const found = frameAt(buffer, front, asked, front, echo);
  if (found) return found;
  const unasked = validFrameLength(buffer, front);
  if (unasked !== null && !options.skipFrames) {
    return { state: "bad", refusal: refuseWhole(buffer.subarray(front, front + unasked), asked), echo };
  }
  let mayComplete = false;
  for (let offset = front + 1; offset < buffer.length; offset++) {
    const later = frameAt(buffer, offset, asked, front, echo);
    if (later) return later;
    if (headerMayMatch(buffer, offset, asked)) mayComplete = true;
  }
  const whole = buffer.length - front >= asked.answerLength;
  if (whole && !mayComplete && !options.skipFrames && headerMayMatch(buffer, front, asked)) {
    const what = failure("answer_corrupt");
    return { state: "bad", refusal: { kind: "corrupt", what, unasked: false }, echo };
  }
  return { state: "partial", echo };
}

/** Names what is in the buffer when the time is over; null when nothing but the own echo came. */
export function explainRest(buffer: Uint8Array, asked: Request, echoing = false): Refusal | null {
  const { front } = skipEcho(buffer, asked, echoing);
  const rest = buffer.subarray(front);
  if (rest.length === 0) return null;
  for (let offset = 0; offset < rest.length; offset++) {
    const length = validFrameLength(rest, offset);
    if (length !== null) return refuseWhole(rest.subarray(offset, offset + length), asked);
  }
  if (at(rest, 0) === asked.slave && at(rest, 1) === asked.functionCode) {
    const announced = asked.functionCode === 3 ? 5 + at(rest, 2) : 8;
    if (rest.length > 2 && announced !== asked.answerLength) return wrongCount(announced, asked, false);
    if (rest.length < asked.answerLength) {
      const what = failure("answer_short", { length: rest.length, expected: asked.answerLength });
      return { kind: "short", what, unasked: false };
    }
  }
  return { kind: "corrupt", what: failure("answer_none", { length: rest.length }), unasked: false };
}

function skipEcho(buffer: Uint8Array, asked: Request, echoing: boolean): { front: number; echo: boolean } {
  if (asked.functionCode === 6 && !echoing) return { front: 0, echo: false };
  const place = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).indexOf(asked.bytes);
  return place < 0 ? { front: 0, echo: false } : { front: place + asked.bytes.length, echo: true };
}

function frameAt(buffer: Uint8Array, offset: number, asked: Request, front: number, echo: boolean): Scan | null {
  if (at(buffer, offset) !== asked.slave) return null;
  const code = at(buffer, offset + 1);
  const place = (length: number) => ({ noise: offset - front, trailing: buffer.length - offset - length, echo });
  if (code === asked.functionCode + 0x80 && crcHolds(buffer, offset, 5)) {
    return { state: "exception", code: at(buffer, offset + 2), ...place(5) };
  }
  if (!headerMayMatch(buffer, offset, asked) || !crcHolds(buffer, offset, asked.answerLength)) return null;
  const frame = buffer.slice(offset, offset + asked.answerLength);
  return { state: "answer", frame, ...place(asked.answerLength) };
}

/** Whether the bytes from `offset` on, as far as they go, are the beginning of the awaited answer. */
function headerMayMatch(buffer: Uint8Array, offset: number, asked: Request): boolean {
  const head =
    asked.functionCode === 3 ? [asked.slave, 3, asked.answerLength - 5] : Array.from(asked.bytes.subarray(0, 6));
  return head.every((byte, i) => offset + i >= buffer.length || at(buffer, offset + i) === byte);
}

/** Length of a frame with a valid checksum that begins at `offset`, whatever it says; null when there is none. */
function validFrameLength(buffer: Uint8Array, offset: number): number | null {
  const code = at(buffer, offset + 1);
  const count = at(buffer, offset + 2);
  const lengths = code === 3 ? [5 + count, 8] : code === 16 ? [8, 9 + at(buffer, offset + 6)] : code === 6 ? [8] : [];
  if (code > 0x80 && code <= 0x90) lengths.push(5);
  return lengths.find((length) => length >= 5 && crcHolds(buffer, offset, length)) ?? null;
}

function refuseWhole(frame: Uint8Array, asked: Request): Refusal {
  const slave = at(frame, 0);
  const code = at(frame, 1);
  if (slave !== asked.slave) {
    return { kind: "foreign", what: failure("answer_of_slave", { slave }), unasked: true };
  }
  if ((code & 0x7f) !== asked.functionCode) {
    const what = failure("answer_to_function", { function: code & 0x7f });
    return { kind: "foreign", what, unasked: true };
  }
  if (asked.functionCode === 3 && frame.length === 5 + at(frame, 2)) return wrongCount(frame.length, asked, true);
  const what = failure(asked.functionCode === 3 ? "other_request" : "answer_to_other_write");
  return { kind: "foreign", what, unasked: true };
}

function wrongCount(length: number, asked: Request, unasked: boolean): Refusal {
  const kind = length < asked.answerLength ? "short" : "long";
  const what = failure("answer_of_other_count", { count: (length - 5) / 2, expected: asked.count });
  return { kind, what, unasked };
}

function crcHolds(buffer: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  if (end > buffer.length) return false;
  return crc16Modbus(buffer, offset, end - 2) === at(buffer, end - 2) + at(buffer, end - 1) * 256;
}

function request(
  slave: number,
  functionCode: 3 | 6 | 16,
  start: number,
  count: number,
  rest: number[],
  length: number,
) {
  const bytes = withCrc([slave, functionCode, ...word(start), ...rest]);
  return { slave, functionCode, start, count, bytes, answerLength: length } as const;
}

function checkRange(slave: number, start: number, count: number, most: number): void {
  const whole = [slave, start, count].every(Number.isInteger);
  if (!whole || slave < 1 || slave > 247 || start < 0 || count < 1 || count > most || start + count > 65536) {
    throw new RangeError(`no Modbus range: slave ${slave}, register ${start}, count ${count}`);
  }
}

function checkWord(value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 65535) throw new RangeError(`${value} is no 16-bit word`);
}

function word(value: number): number[] {
  return [value >>> 8, value & 0xff];
}

/** Byte at a place, -1 behind the end: comparisons then simply fail. */
function at(bytes: Uint8Array, place: number): number {
  return bytes[place] ?? -1;
}

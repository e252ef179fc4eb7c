import { createHash } from "node:crypto";

/** Largest command file that is read; a thousand orders fit five times. */
export const LARGEST_FILE = 256 * 1024;
/** Lines with something in them that one file may hold; more is a runaway program. */
export const MOST_LINES = 2000;
/** What may be the way back to the grid; whether it is, its parser says. */
const MAY_LEAD_BACK = /^\s*(\w{1,32}\.)?(20105|ongrid_switch)\b/i;
/** A last line without newline is taken after this time. */
export const UNFINISHED_S = 60;

/** How far a command file has been taken over. `prefix` proves that it is still the same file. */
export interface Position {
  readonly offset: number;
  readonly lines: number;
  readonly prefix: string;
}

export const START: Position = { offset: 0, lines: 0, prefix: "" };

/** A line with its number in the file, from 1. */
export interface RawLine {
  readonly number: number;
  readonly text: string;
}

export interface Taken {
  readonly lines: readonly RawLine[];
  /** Lines with something in them that were left out because there were too many. */
  readonly surplus: number;
  readonly position: Position;
}

/**
 * The lines of a file behind `from`. The last one without newline is left unless `takeUnfinished`. When the bytes before `from`
 * are not those that were taken then, it is another file and is taken from its beginning.
 */
export function takeLines(bytes: Uint8Array, from: Position, takeUnfinished: boolean): Taken {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSame = from.offset <= whole.length && prefixOf(whole, from.offset) === from.prefix;
  const begin = isSame ? from : START;
  const end = takeUnfinished ? whole.length : whole.lastIndexOf(0x0a) + 1;
  if (end <= begin.offset) return { lines: [], surplus: 0, position: begin };
  // latin1 keeps every byte apart: whatever is no ASCII is refused later, with its line.
  const text = whole.toString("latin1", begin.offset, end);
  const all = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  const lines: RawLine[] = [];
  let surplus = 0;
  let back: RawLine | null = null;
  for (const [index, line] of all.entries()) {
    const number = begin.lines + index + 1;
    const content = number === 1 ? line.replace(/^\xef\xbb\xbf/, "") : line;
    if (/^[\s\0]*(#|$)/.test(content) && !content.includes("\0")) continue;
    const taken = { number, text: content.replace(/\r$/, "") };
    if (lines.length < MOST_LINES) {
      lines.push(taken);
      continue;
    }
    surplus++;
    if (MAY_LEAD_BACK.test(content)) back = taken;
  }
  // However long a flood is, the way back to the grid behind it is taken, in the place of the last line that was.
  if (back !== null) lines[MOST_LINES - 1] = back;
  return { lines, surplus, position: { offset: end, lines: begin.lines + all.length, prefix: prefixOf(whole, end) } };
}

/** Text for journal and messages: bounded, and nothing in it that a terminal or a log would obey. */
export function shown(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return cut.replace(/[^\x20-\x7e]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function prefixOf(bytes: Uint8Array, length: number): string {
  return length === 0 ? "" : createHash("sha256").update(bytes.subarray(0, length)).digest("base64").slice(0, 22);
}

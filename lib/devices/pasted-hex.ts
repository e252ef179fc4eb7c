import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { crc16Modbus } from "../codec/checksum.ts";

/**
 * Bytes out of what people have: the program's own -vv lines (an answer comes in chunks, a line each), `0x4e, 0x57`, `4E.57`,
 * `$4E`, `\x4e`, hex dumps, ESPHome's log. Gives one array a frame. @throws UsageError naming the word that is no hex
 */
export function pastedFrames(args: readonly string[]): Uint8Array[] {
  return runsOf(args).flatMap((run) => splitFrames(run));
}

/** Bytes that belong together: chunks that came from one side, or lines of which none begins a frame of its own. */
function runsOf(args: readonly string[]): Uint8Array[] {
  const runs: { from: Side; bytes: number[] }[] = [];
  for (const { from, bytes } of linesOf(args)) {
    const last = runs.at(-1);
    // A request is written at once, so a second one is another frame; an answer arrives as it likes.
    if (last && last.from === from && from !== "sent" && !(from === null && isSeparate(last.bytes, bytes))) {
      last.bytes.push(...bytes);
    } else runs.push({ from, bytes: [...bytes] });
  }
  return runs.map(({ bytes }) => Uint8Array.from(bytes));
}

/** `sent` and `received` where the text says so. */
type Side = "sent" | "received" | null;

function isSeparate(before: readonly number[], next: readonly number[]): boolean {
  if (next.length < 2) return false;
  const bytes = Uint8Array.from(next);
  if (startsFrame(bytes, 0) || (next.length >= 5 && crc16Modbus(bytes) === 0)) return true;
  return isWhole(Uint8Array.from(before));
}

function* linesOf(args: readonly string[]): Generator<{ from: Side; bytes: number[] }> {
  const lines = textLines(args);
  const isMarked = lines.some((line) => MARK.test(bare(line)));
  let found = false;
  for (const line of lines) {
    const text = bare(line);
    const mark = MARK.exec(text);
    // Where lines tell their side, the ones that do not are talk between them.
    if (text === "" || text.startsWith("#") || OWN_TALK.test(text) || (isMarked && !mark)) continue;
    const bytes = bytesOf(mark ? text.slice(mark[0].length) : text);
    if (bytes.length === 0) continue;
    found = true;
    const side = mark?.[1] ?? "";
    yield { from: side === "" ? null : /^[>tw]/i.test(side) ? "sent" : "received", bytes };
  }
  if (!found) throw new UsageError(failure("hex_expected"));
}

/** `>` sent, `<` received, as -vv and ESPHome write them; TX and RX as other programs do. */
const MARK = /^\s*(<{1,3}|>{1,3}|(?:TX|RX|write|read)(?=\s*[:=]))\s*[:=]?/i;
/** The head of a line of the log: command and level. */
const OWN_TALK = /^[a-z0-9-]+(?: [a-z]+)?: (?:info|warning|error|recovered): /;

/** The colours of a terminal. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** Short words are bytes of one line that the shell has parted; `<` and `>` begin a line wherever they stand. */
function textLines(args: readonly string[]): string[] {
  const isSpaced = args.every((arg) => arg.replace(/[\s:]/g, "").length <= 8);
  const text = args.join(isSpaced || args.some((arg) => /^[<>]+$/.test(arg)) ? " " : "\n");
  return text
    .replace(COLOUR, "")
    .replace(/(?<![<>])(?=[<>]+\s*[0-9a-f$\\])/gi, "\n")
    .split(/\r?\n/);
}

/** Without what a logger puts in front: times, levels and names in brackets, "Frame: ". */
function bare(line: string): string {
  let text = line.trim().replace(/^(?:\[[^\]]*\]\s*)+:?\s*(?=\S)/, "");
  for (let cut = LABEL.exec(text); cut && !MARK.test(text); cut = LABEL.exec(text)) text = text.slice(cut[0].length);
  return text.trim();
}

/** A word that is no hex, up to its colon; `0x` is none. */
const LABEL = /^(?!0x)(?=[^:]*[g-z_])[A-Za-z_][^:<>]*:\s+/i;

function bytesOf(text: string): number[] {
  const clean = text
    .replace(/^[0-9a-f]{7,8}:?\s+(?=[0-9a-f]{2})/i, "")
    .replace(/\s{2,}\|.*$/, "")
    .replace(/\s*\(\d+\)\s*$/, "")
    .replace(/0x|\\x|\$/gi, " ")
    .replace(/\b([0-9a-f]{2})h\b/gi, "$1 ");
  const words = clean.split(/[\s,.:;"'`[\]{}()|_-]+/).filter((word) => word !== "");
  return words.flatMap((word) => {
    if (!/^[0-9a-f]+$/i.test(word)) throw new UsageError(failure("hex_word", { word: word.slice(0, 40) }));
    if (word.length === 1) return [Number.parseInt(word, 16)];
    if (word.length % 2 === 1) {
      throw new UsageError(failure("hex_odd", { word: word.slice(0, 40), length: word.length }));
    }
    return [...Buffer.from(word, "hex")];
  });
}

/** Parts a row of bytes at the ends of its frames. What is no whole frame stays together and is explained as far as it goes. */
export function splitFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = frameLength(bytes, at);
    if (length === null) break;
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  return at < bytes.length ? [...frames, bytes.subarray(at)] : frames;
}

function isWhole(bytes: Uint8Array): boolean {
  const frames = splitFrames(bytes);
  const last = frames.at(-1);
  return last !== undefined && frameLength(last, 0) === last.length;
}

function startsFrame(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0x4e && bytes[at + 1] === 0x57) return true;
  return bytes[at] === 0x55 && bytes[at + 1] === 0xaa && bytes[at + 2] === 0xeb && bytes[at + 3] === 0x90;
}

const PB_BYTES = 300;
const PB_ACK_BYTES = 8;

/** Bytes of the whole frame that begins at `at`; null when none does. */
function frameLength(bytes: Uint8Array, at: number): number | null {
  const left = bytes.length - at;
  if (startsFrame(bytes, at)) {
    if (bytes[at] === 0x4e) {
      const length = left < 4 ? 0 : ((bytes[at + 2] as number) << 8) + (bytes[at + 3] as number) + 2;
      return length >= 20 && length <= left ? length : null;
    }
    if (left < PB_BYTES) return null;
    const hasAck = left >= PB_BYTES + PB_ACK_BYTES && isCrcRight(bytes, at + PB_BYTES, PB_ACK_BYTES);
    return hasAck ? PB_BYTES + PB_ACK_BYTES : PB_BYTES;
  }
  return modbusLengths(bytes, at).find((length) => length <= left && isCrcRight(bytes, at, length)) ?? null;
}

/** Lengths that a Modbus RTU frame may have by its function: request or answer. */
function modbusLengths(bytes: Uint8Array, at: number): number[] {
  const code = bytes[at + 1] ?? 0;
  if (code >= 0x80) return [5];
  if (code === 16) return [9 + (bytes[at + 6] ?? 0), 8];
  if (code >= 1 && code <= 4) return [5 + (bytes[at + 2] ?? 0), 8];
  return [8];
}

function isCrcRight(bytes: Uint8Array, at: number, length: number): boolean {
  return crc16Modbus(bytes.subarray(at, at + length)) === 0;
}

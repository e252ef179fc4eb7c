/** What a person's terminal can show, by the rules of the field. */
import { fstatSync, statSync } from "node:fs";
import { isatty } from "node:tty";

const known = new Map<number, boolean>();

/**
 * Whether descriptor 0, 1 or 2 is a terminal. Asking its stream makes the stream, with all that Node needs for it: for a run that prints
 * nothing that is a tenth of its work.
 */
export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  const found = known.get(descriptor);
  if (found !== undefined) return found;
  const { rdev, isCharacter } = deviceOf(descriptor);
  const is = isCharacter && rdev !== statSync("/dev/null").rdev && isatty(descriptor);
  known.set(descriptor, is);
  return is;
}

function deviceOf(descriptor: number): { readonly rdev: number; readonly isCharacter: boolean } {
  try {
    const status = fstatSync(descriptor);
    return { rdev: status.rdev, isCharacter: status.isCharacterDevice() };
  } catch {
    return { rdev: 0, isCharacter: false };
  }
}

/** Colour: not where NO_COLOR has any value but the empty one, nor on a dumb terminal. */
export function hasColour(environment: NodeJS.ProcessEnv): boolean {
  return !environment.NO_COLOR && environment.TERM !== "dumb";
}

/** Letters beyond ASCII: the locale says so; without one, a terminal knows none. */
export function isUtf8(environment: NodeJS.ProcessEnv): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return /utf-?8/i.test(locale) && environment.TERM !== "dumb";
}

/** What is printed goes to a terminal without those letters. */
export function knowsAsciiOnly(): boolean {
  return isTerminal(1) && !isUtf8(process.env);
}

const ASCII: Readonly<Record<string, string>> = {
  ...{ "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#", "▀": "'" },
  ...{
    "┤": "|",
    "┼": "+",
    "─": "-",
    "│": "|",
    "●": "*",
    "⚠": "!",
    "⇒": "=>",
    "→": "->",
    "·": ".",
    "…": "...",
    "×": "x",
  },
  ...{ "−": "-", "–": "-", "—": "-", "≈": "~", "°": "", "“": '"', "”": '"', "«": '"', "»": '"', µ: "u", Ω: "Ohm" },
};

/** The same text in ASCII where it has signs of drawing and typography; letters of a language stay. */
export function inAscii(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, " ").replace(/\P{ASCII}/gu, (sign) => ASCII[sign] ?? sign);
}

/** What the answer goes to: columns for what is drawn, columns at which text is broken, and rows; null = as many as there are. */
export interface Screen {
  readonly columns: number;
  readonly text: number;
  readonly rows: number | null;
}

/** The terminal, or a page that another program reads: its lines stay whole. */
export function screenSize(): Screen {
  const page = { columns: PAGE_COLUMNS, text: Number.POSITIVE_INFINITY, rows: null };
  if (!isTerminal(1)) return page;
  const { columns, rows } = process.stdout;
  if (!(columns > 0)) return page;
  const width = Math.max(FEWEST_COLUMNS, columns);
  return { columns: width, text: width, rows: rows > 0 ? rows : null };
}

const PAGE_COLUMNS = 80;
/** Below this nothing of ours can be laid out. */
const FEWEST_COLUMNS = 40;
/** What a text takes on the screen, columns: escape sequences of colours take none. */
export function widthOf(text: string): number {
  const [first = "", ...coloured] = text.split("\u001b");
  return [first, ...coloured.map((part) => part.slice(part.indexOf("m") + 1))].reduce(
    (sum, part) => sum + [...part].length,
    0,
  );
}

/** Spaces before its first word. */
function marginOf(line: string): number {
  return line.search(/[^ ]|$/);
}

/** A line broken between words where it is wider than the screen; what follows stands under column `indent`. */
export function wrapped(line: string, columns: number, indent = 0): string[] {
  if (widthOf(line) <= columns) return [line];
  const margin = marginOf(line);
  const lines: string[] = [];
  let open = " ".repeat(margin);
  let hasWord = false;
  // A colour that is open at the end of a line goes on in the next one.
  for (const word of line.slice(margin).split(/(?<= )(?! )/)) {
    if (hasWord && widthOf(open + word.trimEnd()) > columns) {
      lines.push(open.trimEnd());
      // A path that has no room there begins farther left: it stays whole.
      open = " ".repeat(Math.max(0, Math.min(indent, columns - widthOf(word.trimEnd()))));
    }
    open += word;
    hasWord = true;
  }
  return [...lines, open.trimEnd()];
}

/** Lines as the screen holds them; what goes on of one stands under its column `indent`, or two behind its own beginning. */
export function onScreen(lines: readonly string[], indent?: number): string {
  const { text } = screenSize();
  // Before they are broken: a sign may become two letters.
  const plain = knowsAsciiOnly();
  return lines.flatMap((line) => wrapped(plain ? inAscii(line) : line, text, indent ?? marginOf(line) + 2)).join("\n");
}

/** A text that was laid out for the screen, in ASCII: a sign may become two letters, and its line too long. */
export function asciiScreen(text: string): string {
  const plain = (line: string) => {
    const ascii = inAscii(line);
    return widthOf(ascii) > widthOf(line) ? onScreen([ascii]) : ascii;
  };
  return text.split("\n").map(plain).join("\n");
}

/** A line of talk as the terminal of stderr shows it; elsewhere as it is. */
export function talkLine(line: string): string {
  if (!isTerminal(2)) return line;
  const { columns } = process.stderr;
  const shown = isUtf8(process.env) ? line : inAscii(line);
  return columns > 0 ? wrapped(shown, Math.max(FEWEST_COLUMNS, columns), 2).join("\n") : shown;
}

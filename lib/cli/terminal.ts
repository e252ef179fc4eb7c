/** What a person's terminal can show, by the rules of the field. */

/** Colour: not where NO_COLOR has any value but the empty one, nor on a dumb terminal. */
export function hasColour(environment: NodeJS.ProcessEnv): boolean {
  return !environment.NO_COLOR && environment.TERM !== "dumb";
}

/** Letters beyond ASCII: the locale says so; without one, a terminal knows none. */
export function isUtf8(environment: NodeJS.ProcessEnv): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return /utf-?8/i.test(locale) && environment.TERM !== "dumb";
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

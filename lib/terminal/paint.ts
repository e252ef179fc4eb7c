import { hasColour } from "../cli/terminal.ts";

/** Colours of the terminal; without one the text stays plain. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** @param terminal true when escape sequences will be understood; NO_COLOR switches them off all the same */
export function paint(terminal: boolean, environment: NodeJS.ProcessEnv = process.env): Paint {
  const wrap = (code: number) => (text: string) =>
    terminal && hasColour(environment) ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: wrap(1), dim: wrap(2), good: wrap(32), warn: wrap(33), bad: wrap(31) };
}

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Where a line without ups and downs is drawn. */
const LEVEL = 0.5;

/** One character a value, lowest ▁ to highest █ of `low`..`high`; a gap is a space. */
export function sparkline(values: readonly (number | null)[], low?: number, high?: number): string {
  const known = values.filter((value) => value !== null);
  const min = low ?? known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = high ?? known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const span = max - min;
  return values
    .map((value) => {
      if (value === null) return " ";
      const share = span > 0 ? (value - min) / span : LEVEL;
      return BLOCKS[Math.max(0, Math.min(7, Math.round(share * 7)))] as string;
    })
    .join("");
}

/** Means of neighbours, so that a line of many values fits into `width` characters. */
export function squeezed(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, index) => {
    const part = values.slice(
      Math.floor((index * values.length) / width),
      Math.floor(((index + 1) * values.length) / width),
    );
    const known = part.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
  });
}

/** Round steps of a value axis. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** Decimals that the ticks need. */
  readonly digits: number;
}

/** Room above and below the data when the next tick is farther away, as a share of the span. */
const AIR = 0.06;

/** About four steps of 1, 2 or 5 times a power of ten; the limits stay close to the span, so that no height is wasted. */
export function niceAxis(low: number, high: number): Axis {
  if (low === high) return niceAxis(low - 0.5, high + 0.5);
  const span = high - low;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const min = Math.max(first * step, low - span * AIR);
  const max = Math.min(last * step, high + span * AIR);
  const all = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toFixed(digits)));
  return { min, max, ticks: all.filter((tick) => tick >= min - step / 1000 && tick <= max + step / 1000), digits };
}

/** "12.5%" for a style attribute. */
export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}

/** Lowest and highest known value; null without one. */
export function extremesOf(values: readonly (number | null)[]): { least: number; most: number } | null {
  let found: { least: number; most: number } | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (found === null) found = { least: value, most: value };
    else if (value < found.least) found.least = value;
    else if (value > found.most) found.most = value;
  }
  return found;
}

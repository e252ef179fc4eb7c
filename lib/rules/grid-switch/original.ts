/**
 * The original scripts' two rule sets, with their thresholds. `originalWish` is the bare comparison; `runOriginal` also has the
 * original's way of looking at data (POLICY flaws 2–6) and exists to be measured against, never to steer.
 */
import type { BmsInput, InverterInput } from "../../view/record.ts";

export type OriginalPolicy = "original-2024" | "original-2026";

/** The original's run interval for which its counter was meant, s. */
export const ORIGINAL_INTERVAL_S = 300;
const COUNTER_END = 5;
/** Data older than this is not used, min. */
const ORIGINAL_STALE = 5;

export interface OriginalView {
  readonly on_grid: boolean;
  /** Lowest cell of one raw sample, V. */
  readonly lowest: number;
  readonly battery_power: number;
  readonly pv_power: number;
  readonly load_power: number;
}

/** First version: one sample decides. */
function wish2024(view: OriginalView): boolean | null {
  if (!view.on_grid && view.lowest <= 3.15) return true;
  if (view.on_grid && ((view.lowest >= 3.35 && view.battery_power >= 900) || view.lowest > 3.35)) return false;
  return null;
}

/**
 * Newest version: a counter of runs. A branch whose condition holds moves it outwards, one whose condition fails moves it back
 * towards 0; acts only on the run that reaches an end, so a lost order is not repeated while the condition stays.
 */
function wish2026(view: OriginalView, before: number): { wish: boolean | null; counter: number } {
  let counter = before;
  let wish: boolean | null = null;
  if (!view.on_grid && view.lowest <= 3.21) {
    if (counter < COUNTER_END) {
      counter += 1;
      if (counter === COUNTER_END) wish = true;
    }
  } else if (counter > 0) {
    counter -= 1;
  }
  const sun = view.lowest >= 3.32 && view.pv_power >= Math.max(640, 0.97 * view.load_power);
  if (view.on_grid && (sun || view.lowest >= 3.5)) {
    if (counter > -COUNTER_END) {
      counter -= 1;
      if (counter === -COUNTER_END) wish = false;
    }
  } else if (counter < 0) {
    counter += 1;
  }
  return { wish, counter };
}

/** What the original would want of this sample; `counter` is the newest version's memory. */
export function originalWish(
  policy: OriginalPolicy,
  view: OriginalView,
  counter: number,
): { wish: boolean | null; counter: number } {
  return policy === "original-2024" ? { wish: wish2024(view), counter } : wish2026(view, counter);
}

/** The age as the original computed it: hours only (its minutes were months), days ignored. */
export function originalAge(seconds: number): number {
  return (Math.floor(Math.abs(seconds) / 3600) % 24) * 60;
}

/** One run of the original on the newest records, flaws included; null = it would do nothing. */
export function runOriginal(
  policy: OriginalPolicy,
  now: number,
  bms: BmsInput | undefined,
  inverter: InverterInput | undefined,
  counter: number,
): { wish: boolean | null; counter: number } {
  if (!bms || !inverter || originalAge(now - bms.at) > ORIGINAL_STALE) return { wish: null, counter };
  let lowest = 4;
  for (const cell of bms.cells) {
    if (cell !== null && cell < lowest) lowest = cell;
  }
  const view = {
    on_grid: inverter.ongrid_switch === true,
    lowest,
    battery_power: (bms.pack_voltage ?? 0) * (bms.battery_current ?? 0),
    pv_power: inverter.pv_power ?? 0,
    load_power: inverter.load_power ?? 0,
  };
  return originalWish(policy, view, counter);
}

/** Ten minutes of stored samples as one row: what is learned from. */
import type { BmsInput, InverterInput } from "../../view/record.ts";
import { STEP_S } from "./profile.ts";

/** Fewer readings than this in a bucket are no evidence. */
const READINGS = 2;

/** What the learner must know of the settings. */
export interface LearnSettings {
  readonly cell_count: number;
  /** V a pack. */
  readonly absorb_voltage: number;
  readonly grid_voltage_low: number;
  /** Ah that the owner gives the pack; null = as the BMS says. */
  readonly capacity_ah: number | null;
}

/** The mean of what a bucket of samples showed; null = not known. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly pv: number | null;
  readonly load: number | null;
  /** The switch, when it stood still. */
  readonly on_grid: boolean | null;
  readonly grid_gone: boolean | null;
  /** Some or all of the bucket in float. */
  readonly float: "none" | "some" | "all";
  readonly volt: number | null;
  /** Battery, + = charging. */
  readonly current: number | null;
  readonly pack_volt: number | null;
  readonly soc: number | null;
  readonly highest: number | null;
  readonly lowest: number | null;
  readonly capacity: number | null;
}

function mean(values: readonly (number | null)[]): number | null {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    count += 1;
  }
  return count < READINGS ? null : sum / count;
}

function lowestOf(cells: BmsInput["cells"]): number | null {
  const known = cells.filter((cell) => cell !== null);
  return known.length === 0 ? null : Math.min(...known);
}

export function bucketOf(
  from: number,
  bms: readonly BmsInput[],
  inverter: readonly InverterInput[],
  settings: LearnSettings,
): Bucket | null {
  const to = from + STEP_S;
  const mine = inverter.filter(({ at }) => at > from && at <= to);
  if (mine.length < READINGS) return null;
  const packs = bms.filter(({ at }) => at > from && at <= to);
  const switches = new Set(mine.map((row) => row.ongrid_switch));
  const floats = mine.filter((row) => row.charge_stage === "float").length;
  const grids = mine.filter((row) => row.grid_voltage !== null);
  const cells = packs.flatMap((row) => row.cells.filter((cell) => cell !== null));
  return {
    from,
    to,
    pv: mean(mine.map((row) => row.pv_power)),
    load: mean(mine.map((row) => row.load_power)),
    on_grid: switches.size === 1 ? (mine[0]?.ongrid_switch ?? null) : null,
    grid_gone:
      grids.length < READINGS
        ? null
        : grids.filter((row) => (row.grid_voltage as number) < settings.grid_voltage_low).length * 2 > grids.length,
    float: floats === 0 ? "none" : floats === mine.length ? "all" : "some",
    volt: mean(mine.map((row) => row.battery_voltage)),
    current: mean(packs.map((row) => row.battery_current)),
    pack_volt: mean(packs.map((row) => row.pack_voltage)),
    soc: packs.at(-1)?.soc ?? null,
    highest: cells.length === 0 ? null : Math.max(...cells),
    lowest: mean(packs.map((row) => lowestOf(row.cells))),
    capacity: packs.at(-1)?.capacity ?? null,
  };
}

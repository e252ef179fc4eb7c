/** What was saved against a house that is always on the grid: its twin of the same sun and load, whose battery is full and at rest. Pure. */
import type { Stretch } from "../../view/energy-flow.ts";
import { NO_GRID_V } from "../no-grid.ts";
import { type Machine, readTable, STANDBY_W } from "../plan/machine.ts";
import { Mover } from "../plan/roll.ts";
import type { CountedEnergy } from "./types.ts";

/** AC kWh that a stored kWh gives later. */
const STORED_VALUE = 0.88;

/** What the estimate needs beside the counters. */
export interface TwinInput {
  /** As learned; null = no battery is known, and the twin only pays for load and standby. */
  readonly machine: Machine | null;
  /** % of the twin at the beginning of the day; null = as the real one. */
  readonly soc: number | null;
  /** % of the real one at the beginning and at the end of the day. */
  readonly soc_from: number | null;
  readonly soc_to: number | null;
}

export interface Twin {
  /** kWh that were not bought, with what is in the battery accounted for; null when a counter is missing. */
  readonly saved: number | null;
  /** % of the twin at the end. */
  readonly soc: number | null;
}

interface Powers {
  readonly at: number;
  readonly pv_power: number | null;
  readonly load_power: number | null;
  readonly grid_voltage: number | null;
  readonly ongrid_switch: boolean | null;
}

/** Walks the twin through the day. */
export function savedBy(
  twin: TwinInput,
  parts: readonly Stretch<Powers>[],
  { load, bought }: Pick<CountedEnergy, "load" | "bought">,
): Twin {
  const { machine } = twin;
  const from = twin.soc ?? twin.soc_from;
  const walked = machine === null || from === null ? atRest(parts) : walk(machine, from / 100, parts);
  const soc = walked.soc === null ? null : Math.round(walked.soc * 1000) / 10;
  if (load === null || bought === null) return { saved: null, soc };
  const kept = machine === null ? 0 : STORED_VALUE * (change(machine, twin) - walked.stored);
  return { saved: Number((load + walked.beside - bought + kept).toFixed(2)), soc };
}

function change(machine: Machine, { soc_from, soc_to }: TwinInput): number {
  if (soc_from === null || soc_to === null) return 0;
  return readTable(machine.stored, 0, soc_to / 100) - readTable(machine.stored, 0, soc_from / 100);
}

/** `beside` = kWh it buys beyond the load, `stored` = kWh its battery gains. */
interface Walked {
  readonly beside: number;
  readonly stored: number;
  readonly soc: number | null;
}

function walk(machine: Machine, from: number, parts: readonly Stretch<Powers>[]): Walked {
  const mover = new Mover(machine);
  mover.soc = from;
  let beside = 0;
  const isCut = cutsOf(parts);
  for (const { sample, seconds } of parts) {
    const { pv_power: pv, load_power: load } = sample;
    if (pv === null || load === null || seconds === 0) continue;
    mover.hours = seconds / 3600;
    mover.step(pv, load, isCut(sample));
    beside += mover.bought - (load * mover.hours) / 1000;
  }
  const stored = readTable(machine.stored, 0, mover.soc) - readTable(machine.stored, 0, from);
  return { beside, stored, soc: mover.soc };
}

/** When the twin too had no grid. Some firmware reads no voltage behind the relay that it has opened itself: that is no power cut. */
function cutsOf(parts: readonly Stretch<Powers>[]): (sample: Powers) => boolean {
  const isGone = ({ grid_voltage }: Powers) => grid_voltage !== null && grid_voltage < NO_GRID_V;
  const isBlind = !parts.some(({ sample }) => sample.ongrid_switch === false && !isGone(sample));
  return (sample) => isGone(sample) && !(isBlind && sample.ongrid_switch === false);
}

function atRest(parts: readonly Stretch<Powers>[]): Walked {
  const hours = parts.reduce((sum, { seconds }) => sum + seconds / 3600, 0);
  return { beside: (STANDBY_W * hours) / 1000, stored: 0, soc: null };
}

/**
 * The plan's dynamic programme: from the end backwards, what each position of the grid switch costs by kind of day, mode and charge.
 * No allocation inside; the tables live as long as the process and are written anew by each solve.
 */
import type { Horizon } from "./forecast.ts";
import {
  AC_TO_DC,
  COULOMB,
  DARK_SOC,
  dcNeed,
  FLOAT_SOC,
  GRID_CHARGE_BELOW_W,
  type Machine,
  POINTS,
  STANDBY_W,
  SUN_GONE_W,
} from "./machine.ts";
import { fillDark, shortfalls } from "./outage.ts";
import { CLASSES } from "./profile.ts";

/** Modes: on the grid and charging, on the grid in float, off the grid. */
export const BULK = 0;
export const FLOAT = 1;
export const OFF = 2;
const MODES = 3;
/** Entries of one kind of day, and of the whole value table. */
const KIND = MODES * POINTS;
export const LAYER = CLASSES * KIND;
/** kWh per kWh of load below the reserve: never worth it. */
const BELOW_RESERVE = 20;

export interface SolveSettings {
  /** kWh a switch-over costs. */
  readonly switch_cost: number;
  /** Share a day that the future counts less. */
  readonly discount: number;
  /** Share of the pack by step: the load goes back to the grid there. */
  readonly reserve: Float64Array;
  /** Probability of tomorrow's kind by today's, row-major. */
  readonly follows: Float64Array;
  /** Power cuts expected to begin in a step times the price of a kWh that the house does not get, and how many steps one lasts. */
  readonly cuts: Float64Array;
  readonly cut_steps: number;
}

/** Where each charge goes in a step, as index below and share above, and at what cost: off the grid and on it. */
const offIndex = new Int32Array(POINTS);
const offPart = new Float64Array(POINTS);
const offCost = new Float64Array(POINTS);
const onIndex = new Int32Array(POINTS);
const onPart = new Float64Array(POINTS);
const onCost = new Float64Array(POINTS);
const turnsFloat = new Uint8Array(POINTS);
const mixed = new Float64Array(LAYER);
const next = new Float64Array(LAYER);
const dark = new Float64Array(POINTS);

/** Fills the tables above for one step. */
function fillStep(machine: Machine, pv: number, load: number, hours: number, reserve: number): void {
  const { emf, to_absorb: toAbsorb, to_float: toFloat, four_r: fourR, half_g: halfG, grid_charge_a: gridA } = machine;
  const per = hours / machine.capacity_ah;
  const net = pv - dcNeed(load, machine.own_w);
  const dark = pv < GRID_CHARGE_BELOW_W;
  const charging = pv * machine.battery_first;
  const bought = Math.max(0, load + STANDBY_W - (pv - charging) * AC_TO_DC);
  const below = (BELOW_RESERVE * load * hours) / 1000;
  const top = POINTS - 1.000001;
  for (let point = 0; point < POINTS; point += 1) {
    const soc = point / (POINTS - 1);
    const volt = emf[point] as number;
    const limit = toAbsorb[point] as number;
    const inside = volt * volt + fourR * net;
    let current = ((inside > 0 ? Math.sqrt(inside) : 0) - volt) * halfG;
    if (current > limit) current = limit;
    let to = soc + (current > 0 ? COULOMB : 1) * current * per;
    let cost = 0;
    if (net < 0 && to < reserve) {
      to = soc;
      cost = below;
    }
    let position = to <= 0 ? 0 : to * (POINTS - 1);
    if (position > top) position = top;
    offIndex[point] = position | 0;
    offPart[point] = position - (position | 0);
    offCost[point] = cost;
    let into = (Math.sqrt(volt * volt + fourR * charging) - volt) * halfG;
    if (into > limit) into = limit;
    let power = bought;
    if (dark) {
      const room = (toFloat[point] as number) - into;
      const added = room <= 0 ? 0 : room < gridA ? room : gridA;
      power += (added * (volt + (into + added) * fourR * 0.25)) / AC_TO_DC;
      into += added;
    }
    to = soc + COULOMB * into * per;
    position = to * (POINTS - 1);
    if (position > top) position = top;
    onIndex[point] = position | 0;
    onPart[point] = position - (position | 0);
    onCost[point] = (power * hours) / 1000;
    turnsFloat[point] = to >= FLOAT_SOC && pv >= SUN_GONE_W ? 1 : 0;
  }
}

/** What the grid costs more than leaving it in the step at hand, by charge: from bulk, then from float. */
const stepGains = new Float32Array(2 * POINTS);

/**
 * One step of one kind of day: `values` from `base` on, by mode and charge. Small and always the same, so that it is compiled once and
 * early: the first solve of a process is most of what a run of batmon takes.
 */
function stepKind(values: Float64Array, base: number, cost: number, floating: number, gone: boolean): void {
  const floatBase = base + POINTS;
  const offBase = floatBase + POINTS;
  const inFloat = floating >= 0 && !gone;
  for (let point = 0; point < POINTS; point += 1) {
    let at = offBase + (offIndex[point] as number);
    let low = next[at] as number;
    const leave = (offCost[point] as number) + low + ((next[at + 1] as number) - low) * (offPart[point] as number);
    at = (turnsFloat[point] === 1 ? floatBase : base) + (onIndex[point] as number);
    low = next[at] as number;
    const grid = (onCost[point] as number) + low + ((next[at + 1] as number) - low) * (onPart[point] as number);
    // Without a grid the battery carries the house in every position.
    const stay = gone ? leave : grid;
    const float = inFloat ? floating + (next[floatBase + point] as number) : stay;
    const left = cost + leave;
    const feared = dark[point] as number;
    values[base + point] = feared + (stay < left ? stay : left);
    values[floatBase + point] = feared + (float < left ? float : left);
    values[offBase + point] = feared + (leave < cost + stay ? leave : cost + stay);
    stepGains[point] = stay - leave;
    stepGains[POINTS + point] = float - leave;
  }
}

/** What is to come, from one step earlier. */
function age(values: Float64Array, keep: number): void {
  for (let entry = 0; entry < LAYER; entry += 1) next[entry] = keep * (values[entry] as number);
}

/**
 * Walks the horizon backwards over `values` (kind, mode, charge: cost to go in kWh at its end), which then holds the cost at its
 * start. `gains` takes, by step and kind, what the grid costs more than leaving it: from bulk, then from float (each by charge); an
 * empty table = not wanted.
 */
export function walkBack(
  values: Float64Array,
  machine: Machine,
  horizon: Horizon,
  settings: SolveSettings,
  gains: Float32Array,
): void {
  const { steps, step_s: stepS, pv, load, new_day: newDay, cut } = horizon;
  const { follows, reserve, switch_cost: cost, cuts } = settings;
  const short = shortfalls(horizon, machine, settings.cut_steps);
  const hours = stepS / 3600;
  const keep = Math.exp((-settings.discount * hours) / 24);
  const floatUsed = machine.float_share * AC_TO_DC;
  for (let step = steps - 1; step >= 0; step -= 1) {
    if (step + 1 < steps && newDay[step + 1] === 1) mix(values, follows);
    age(values, keep);
    const loadNow = load[step] as number;
    let filled = -1;
    const gone = cut[step] === 1;
    const floor = gone ? DARK_SOC : (reserve[step] as number);
    for (let kind = 0; kind < CLASSES; kind += 1) {
      const sun = pv[kind * steps + step] as number;
      if (sun !== filled) fillStep(machine, sun, loadNow, hours, floor);
      filled = sun;
      fillDark(dark, machine, short[kind * steps + step] as number, cuts[step] as number);
      const floating = sun >= SUN_GONE_W ? (Math.max(0, loadNow + STANDBY_W - floatUsed * sun) * hours) / 1000 : -1;
      stepKind(values, kind * KIND, cost, floating, gone);
      if (gains.length > 0) gains.set(stepGains, (step * CLASSES + kind) * 2 * POINTS);
    }
  }
  if (newDay[0] === 1) mix(values, follows);
}

/** At midnight: what today's kind expects of tomorrow. */
function mix(values: Float64Array, follows: Float64Array): void {
  mixed.fill(0);
  for (let from = 0; from < CLASSES; from += 1) {
    for (let to = 0; to < CLASSES; to += 1) {
      const share = follows[from * CLASSES + to] as number;
      for (let entry = 0; entry < KIND; entry += 1) {
        mixed[from * KIND + entry] =
          (mixed[from * KIND + entry] as number) + share * (values[to * KIND + entry] as number);
      }
    }
  }
  values.set(mixed);
}

/** Value at the far end: stored energy is worth `price` kWh bought a kWh. */
export function endValues(values: Float64Array, machine: Machine, price: number): void {
  for (let block = 0; block < CLASSES * MODES; block += 1) {
    for (let point = 0; point < POINTS; point += 1) {
      values[block * POINTS + point] = -price * (machine.stored[point] as number);
    }
  }
}

/** The course that follows from the programme's tables: forward, step by step, from the present charge. */
import type { Horizon } from "./forecast.ts";
import {
  AC_TO_DC,
  chargeMoved,
  dcNeed,
  FLOAT_SOC,
  GRID_CHARGE_BELOW_W,
  type Machine,
  POINTS,
  readTable,
  STANDBY_W,
  SUN_GONE_W,
} from "./machine.ts";
import { CLASSES } from "./profile.ts";
import { BULK, FLOAT, OFF } from "./solve.ts";

export interface Rolled {
  readonly soc: Float64Array;
  /** Mode during the step. */
  readonly mode: Uint8Array;
  readonly pv: Float64Array;
  readonly bought: Float64Array;
}

export interface RollStart {
  /** UTC s: the first step may have begun before. */
  readonly now: number;
  /** 0 … 1. */
  readonly soc: number;
  readonly mode: number;
}

/** A position that the plan leaves alone until then. */
export interface HeldPosition {
  readonly on_grid: boolean;
  /** UTC s. */
  readonly until: number;
  /** Even below the reserve: the rules give no orders. Of one that somebody chose by hand, the reserve ends it. */
  readonly even_below?: boolean;
}

/** A part of the course with its tables: today, or tomorrow. */
export interface RollPart {
  readonly horizon: Horizon;
  readonly gains: Float32Array;
  /** Share of the pack by step. */
  readonly reserve: Float64Array;
}

/** Moves one step; the result stays in the mover until the next one. */
export class Mover {
  soc = 0;
  mode = BULK;
  bought = 0;
  readonly machine: Machine;
  hours = 1;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  step(pv: number, load: number, cut: boolean): void {
    const { machine, hours } = this;
    const emf = readTable(machine.emf, 0, this.soc);
    const limit = readTable(machine.to_absorb, 0, this.soc);
    const { four_r: fourR, half_g: halfG } = machine;
    const current = (power: number): number =>
      Math.min(limit, (Math.sqrt(Math.max(0, emf * emf + fourR * power)) - emf) * halfG);
    if (this.mode === OFF || cut) {
      if (this.mode === FLOAT) this.mode = BULK;
      this.bought = 0;
      this.#move(current(pv - dcNeed(load, machine.own_w)));
      return;
    }
    if (this.mode === FLOAT && pv < SUN_GONE_W) this.mode = BULK;
    if (this.mode === FLOAT) {
      this.bought = (Math.max(0, load + STANDBY_W - machine.float_share * pv * AC_TO_DC) * hours) / 1000;
      return;
    }
    let power = Math.max(0, load + STANDBY_W - pv * (1 - machine.battery_first) * AC_TO_DC);
    let into = current(pv * machine.battery_first);
    if (pv < GRID_CHARGE_BELOW_W) {
      const added = Math.max(0, Math.min(machine.grid_charge_a, readTable(machine.to_float, 0, this.soc) - into));
      power += (added * emf) / AC_TO_DC;
      into += added;
    }
    this.bought = (power * hours) / 1000;
    this.#move(into);
    if (this.soc >= FLOAT_SOC && pv >= SUN_GONE_W) this.mode = FLOAT;
  }

  #move(current: number): void {
    this.soc = Math.max(0, Math.min(1, this.soc + chargeMoved(this.machine, current, this.hours)));
  }
}

/** What is supposed of a part's day: the weight of each kind, and sun and load in relation to what is foreseen. */
export interface Supposed {
  readonly kinds: readonly number[];
  readonly sun: number;
  readonly load: number;
}

/**
 * Follows the tables. `supposed` by part: the sun is the mean of the kinds, and so are the gains that decide. The rails are kept: no
 * spell below the reserve, none begun without the margin.
 */
export function roll(
  start: RollStart,
  machine: Machine,
  parts: readonly RollPart[],
  supposed: readonly Supposed[],
  rails: { readonly margin: number; readonly act: number; readonly held: HeldPosition | null },
): Rolled {
  const total = parts.reduce((sum, part) => sum + part.horizon.steps, 0);
  const result: Rolled = {
    soc: new Float64Array(total),
    mode: new Uint8Array(total),
    pv: new Float64Array(total),
    bought: new Float64Array(total),
  };
  const mover = new Mover(machine);
  mover.soc = start.soc;
  mover.mode = start.mode;
  let at = 0;
  for (const [index, { horizon, gains, reserve }] of parts.entries()) {
    const { kinds, sun: factor, load: loadFactor } = supposed[index] as Supposed;
    const { steps, pv, load, step_s: stepS, cut } = horizon;
    for (let step = 0; step < steps; step += 1) {
      let sun = 0;
      let gain = 0;
      const table = mover.mode === FLOAT ? POINTS : 0;
      for (let kind = 0; kind < CLASSES; kind += 1) {
        const share = kinds[kind] as number;
        if (share === 0) continue;
        sun += factor * share * (pv[kind * steps + step] as number);
        gain += share * readTable(gains, (step * CLASSES + kind) * 2 * POINTS + table, mover.soc);
      }
      const floor = reserve[step] as number;
      const { held } = rails;
      const free = held === null || horizon.start + step * stepS >= held.until;
      if (mover.mode === OFF) {
        if ((mover.soc <= floor && (free || held.even_below !== true)) || (free && gain < -rails.act))
          mover.mode = BULK;
      } else if (free && gain > rails.act && mover.soc >= floor + rails.margin) mover.mode = OFF;
      const begun = start.now - (horizon.start + step * stepS);
      mover.hours = (begun > 0 ? Math.max(0, stepS - begun) : stepS) / 3600;
      mover.step(sun, loadFactor * (load[step] as number), cut[step] === 1);
      result.soc[at] = mover.soc;
      result.mode[at] = mover.mode;
      result.pv[at] = sun;
      result.bought[at] = mover.bought;
      at += 1;
    }
  }
  return result;
}

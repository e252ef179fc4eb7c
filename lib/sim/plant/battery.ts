/** LiFePO4 pack, of 16 cells in series unless said otherwise: rest voltage, resistance, polarisation, hysteresis, spread, BMS protection. */
import type { Random } from "./random.ts";

/** Cells in series of a 48 V pack. */
export const CELLS = 16;

const REST_POINTS: readonly (readonly [soc: number, voltage: number])[] = [
  [0, 2.5],
  [1, 2.72],
  [2, 2.85],
  [3, 2.95],
  [5, 3.09],
  [7, 3.155],
  [10, 3.198],
  [13, 3.212],
  [17, 3.23],
  [20, 3.246],
  [25, 3.264],
  [30, 3.279],
  [35, 3.287],
  [40, 3.29],
  [50, 3.294],
  [55, 3.298],
  [60, 3.308],
  [65, 3.321],
  [70, 3.328],
  [80, 3.331],
  [90, 3.334],
  [95, 3.338],
  [97, 3.346],
  [98, 3.358],
  [99, 3.385],
  [99.5, 3.42],
  [100, 3.5],
  [101, 3.68],
  [103, 4],
];

/** Rest voltage on a grid of 0.5 %: every point above lies on it, so that look-up is exact. */
const REST: Float64Array = (() => {
  const grid = new Float64Array(207);
  for (let index = 0; index < grid.length; index += 1) {
    const soc = index / 2;
    for (let point = 1; point < REST_POINTS.length; point += 1) {
      const [low, lowVoltage] = REST_POINTS[point - 1] ?? [0, 0];
      const [high, highVoltage] = REST_POINTS[point] ?? [0, 0];
      if (soc >= low && soc <= high) {
        grid[index] = lowVoltage + ((highVoltage - lowVoltage) * (soc - low)) / (high - low);
      }
    }
  }
  return grid;
})();

/** Rest voltage of one cell, V; soc as a fraction, a little below 0 and above 1 allowed. */
export function restVoltage(soc: number): number {
  if (soc < 0) return 2.5 + 22 * soc;
  const position = soc * 200;
  if (position >= 206) return 4;
  const index = position | 0;
  const low = REST[index] as number;
  return low + ((REST[index + 1] as number) - low) * (position - index);
}

/** Energy in the pack relative to empty, kWh: 16·∫ rest voltage dQ. */
export function storedEnergy(soc: number, capacityAh: number): number {
  const steps = 400;
  let sum = 0;
  for (let step = 0; step < steps; step += 1) sum += restVoltage((soc * (step + 0.5)) / steps);
  return (CELLS * sum * soc * capacityAh) / steps / 1000;
}

const SLOW_KEEP = Math.exp(-1 / 20);
const HYSTERESIS = 0.007;

/** How cells differ from the mean. */
export interface Spread {
  readonly capacity: Float64Array;
  readonly offset: Float64Array;
  readonly resistance: Float64Array;
}

/** Equal cells. */
export function equalCells(capacityAh: number, count = CELLS): Spread {
  return {
    capacity: new Float64Array(count).fill(capacityAh),
    offset: new Float64Array(count),
    resistance: new Float64Array(count).fill(1),
  };
}

/** Cells of a real pack with a working balancer: one weak cell, small differences. */
export function spreadCells(capacityAh: number, random: Random): Spread {
  const spread = equalCells(capacityAh);
  for (let cell = 0; cell < CELLS; cell += 1) {
    spread.capacity[cell] = capacityAh * (1 + 0.008 * random.normal());
    spread.offset[cell] = 0.0008 * random.normal();
    spread.resistance[cell] = Math.max(0.8, 1 + 0.06 * random.normal());
  }
  const weak = Math.floor(random.uniform() * CELLS);
  spread.capacity[weak] = (spread.capacity[weak] as number) * 0.97;
  return spread;
}

/** The pack's state; all voltages V, currents A (+ = charging), soc a fraction. */
export class Pack {
  soc: number;
  /** Slow polarisation and hysteresis of one cell. */
  slow = 0;
  hysteresis = 0;
  voltage: number;
  current = 0;
  readonly cells: Float64Array;
  lowest = 0;
  highest = 0;
  /** BMS protection: closed = current may flow. */
  chargeAllowed = true;
  dischargeAllowed = true;
  #ohm = 0;
  #slowOhm = 0;

  constructor(
    readonly capacityAh: number,
    soc: number,
    readonly spread: Spread = equalCells(capacityAh),
  ) {
    this.soc = soc;
    this.cells = new Float64Array(spread.capacity.length);
    this.voltage = this.cells.length * restVoltage(soc);
    this.#updateResistance();
    this.#updateCells(0);
  }

  #updateResistance(): void {
    const low = 1 + 1.5 * Math.exp(-this.soc / 0.06);
    this.#ohm = (0.06 / this.capacityAh) * low + 0.00005;
    this.#slowOhm = (0.07 / this.capacityAh) * low;
  }

  /** Ω of the pack at the present charge. */
  get resistance(): number {
    return this.cells.length * this.#ohm;
  }

  /** Voltage without current, V. */
  get emf(): number {
    return this.cells.length * (restVoltage(this.soc) + this.hysteresis + this.slow);
  }

  /** Current for a terminal power in W (both + = charging). */
  currentFor(power: number): number {
    const emf = this.emf;
    const resistance = this.resistance;
    const root = emf * emf + 4 * resistance * power;
    return root < 0 ? -emf / (2 * resistance) : (-emf + Math.sqrt(root)) / (2 * resistance);
  }

  /** Current that just reaches a voltage limit; negative when the pack is above it. */
  currentLimit(voltage: number): number {
    return (voltage - this.emf) / this.resistance;
  }

  /** Lets the current flow for one minute. */
  step(current: number): void {
    const resistance = this.resistance;
    const before = this.soc;
    this.soc += ((current > 0 ? 0.998 : 1) * current) / 60 / this.capacityAh;
    this.slow = this.slow * SLOW_KEEP + current * this.#slowOhm * (1 - SLOW_KEEP);
    const moved = this.hysteresis + (0.014 * (this.soc - before)) / 0.05;
    this.hysteresis = moved > HYSTERESIS ? HYSTERESIS : moved < -HYSTERESIS ? -HYSTERESIS : moved;
    this.voltage = this.emf + current * resistance;
    this.current = current;
    this.#updateCells(current);
    this.#updateResistance();
  }

  #updateCells(current: number): void {
    const { capacity, offset, resistance } = this.spread;
    const drop = current * this.#ohm + this.slow;
    let lowest = 9;
    let highest = 0;
    for (let cell = 0; cell < this.cells.length; cell += 1) {
      const soc = 1 - ((1 - this.soc) * this.capacityAh) / (capacity[cell] as number) - (offset[cell] as number);
      const voltage = restVoltage(soc) + this.hysteresis + drop * (resistance[cell] as number);
      this.cells[cell] = voltage;
      if (voltage < lowest) lowest = voltage;
      if (voltage > highest) highest = voltage;
    }
    this.lowest = lowest;
    this.highest = highest;
    if (highest > 3.65) this.chargeAllowed = false;
    else if (highest < 3.5) this.chargeAllowed = true;
    if (lowest < 2.8) this.dischargeAllowed = false;
    else if (lowest > 3.1) this.dischargeAllowed = true;
  }
}

/** Pack and inverter as the plan sees them: tables by state of charge, made once a solve. */

/** Points of the state of charge from empty to full. */
export const POINTS = 151;

/** Rest voltage of one LiFePO4 cell, mean of both branches: [%, V]. */
const REST: readonly (readonly [number, number])[] = [
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
];

function restVoltage(percent: number): number {
  for (let point = 1; point < REST.length; point += 1) {
    const [high, highVolt] = REST[point] as readonly [number, number];
    if (percent > high) continue;
    const [low, lowVolt] = REST[point - 1] as readonly [number, number];
    return lowVolt + ((highVolt - lowVolt) * (percent - low)) / (high - low);
  }
  return 3.5;
}

/** Figures of the machine; measured ones come from the profile, voltages from the settings. */
export interface MachineFigures {
  readonly capacity_ah: number;
  readonly cell_count: number;
  /** V a pack. */
  readonly absorb_voltage: number;
  readonly float_voltage: number;
  /** A from the grid at night; 0 = the charger takes the sun only. */
  readonly grid_charge_a: number;
  readonly own_w: number;
  readonly float_share: number;
  readonly battery_first: number;
}

/** Share of a DC power that reaches the load, and the loss growing with its square. */
export const DC_TO_AC = 0.945;
export const SQUARE_LOSS = 6e-6;
/** Grid to battery and sun to grid side. */
export const AC_TO_DC = 0.9;
/** AC the inverter takes while connected, W. */
export const STANDBY_W = 30;
/** Below this the sun counts as gone for the charger, and lets it charge from the grid, W. */
export const SUN_GONE_W = 20;
export const GRID_CHARGE_BELOW_W = 50;
/** Charge at which the charger goes to float. */
export const FLOAT_SOC = 0.985;
/** Charge at which the inverter gives up without a grid, with some caution. */
export const DARK_SOC = 0.1;
/** Share of the charging current that stays. */
export const COULOMB = 0.998;

/** The machine with its tables: a class, so that every solve meets the same shape of object. */
export class Machine {
  readonly capacity_ah: number;
  readonly grid_charge_a: number;
  readonly own_w: number;
  readonly float_share: number;
  readonly battery_first: number;
  /** Four times the resistance in Ω, and the inverse of twice the resistance. */
  readonly four_r: number;
  readonly half_g: number;
  /** By point: V without current, and the current in A that reaches each voltage limit. */
  readonly emf = new Float64Array(POINTS);
  readonly to_absorb = new Float64Array(POINTS);
  readonly to_float = new Float64Array(POINTS);
  /** kWh in the pack above empty. */
  readonly stored = new Float64Array(POINTS);

  constructor(figures: MachineFigures) {
    this.capacity_ah = figures.capacity_ah;
    this.grid_charge_a = figures.grid_charge_a;
    this.own_w = figures.own_w;
    this.float_share = figures.float_share;
    this.battery_first = figures.battery_first;
    const resistance = figures.cell_count * (0.13 / figures.capacity_ah + 0.00005);
    this.four_r = 4 * resistance;
    this.half_g = 1 / (2 * resistance);
    let energy = 0;
    for (let point = 0; point < POINTS; point += 1) {
      const emf = figures.cell_count * restVoltage((100 * point) / (POINTS - 1));
      this.emf[point] = emf;
      this.to_absorb[point] = Math.max(0, (figures.absorb_voltage - emf) / resistance);
      this.to_float[point] = Math.max(0, (figures.float_voltage - emf) / resistance);
      if (point > 0) {
        energy += (0.5 * (emf + (this.emf[point - 1] as number)) * figures.capacity_ah) / (POINTS - 1) / 1000;
      }
      this.stored[point] = energy;
    }
  }
}

/** DC power an AC load takes while inverting, W. */
export function dcNeed(load: number, own: number): number {
  return load / DC_TO_AC + own + SQUARE_LOSS * load * load;
}

/** Change of charge (share of the pack) that `current` A make in `hours`. */
export function chargeMoved(machine: Machine, current: number, hours: number): number {
  return ((current > 0 ? COULOMB : 1) * current * hours) / machine.capacity_ah;
}

/** A table read between its points; `soc` 0 … 1. */
export function readTable(table: Float64Array | Float32Array, offset: number, soc: number): number {
  const position = Math.max(0, Math.min(POINTS - 1.000001, soc * (POINTS - 1)));
  const index = position | 0;
  const low = table[offset + index] as number;
  return low + ((table[offset + index + 1] as number) - low) * (position - index);
}

import { batteryPower } from "../../devices/bms/derived.ts";
import { flowBetween, gapsAfter, isBridged } from "../../view/energy-flow.ts";

/** Energy into and out of one battery up to its last sample. */
export interface EnergyMemory {
  readonly at: number;
  /** W at that sample, + = charging; null = not known. */
  readonly power: number | null;
  readonly charge_wh: number;
  readonly discharge_wh: number;
}

export interface PowerSample {
  readonly at: number;
  readonly sample: { readonly pack_voltage: number | null; readonly battery_current: number | null };
}

/**
 * Adds the energy of the samples after the memory's, in order of time. Trapezoids, each direction on its own. Samples from before the
 * memory only show how often this battery is polled.
 */
export function integrate(memory: EnergyMemory | null, samples: readonly PowerSample[]): EnergyMemory | null {
  let state = memory;
  let gaps: readonly number[] = [];
  let last: number | null = null;
  for (const { at, sample } of samples) {
    const power = batteryPower(sample);
    const before = gaps;
    if (last !== null) gaps = gapsAfter(at - last, gaps);
    last = Math.max(at, last ?? at);
    if (state === null) {
      state = { at, power, charge_wh: 0, discharge_wh: 0 };
      continue;
    }
    if (at <= state.at) continue;
    const bridged = isBridged(at - state.at, before);
    const { charged, discharged } = flowBetween(bridged ? state.power : null, power, at - state.at);
    state = { at, power, charge_wh: state.charge_wh + charged, discharge_wh: state.discharge_wh + discharged };
  }
  return state;
}

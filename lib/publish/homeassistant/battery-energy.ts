import { batteryPower } from "../../jkbms/derived.ts";

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

/** Over a longer gap than this, s, nobody knows what flowed: it counts as nothing. */
const LONGEST_GAP_S = 300;

/** Adds the energy of the samples after the memory's, in order of time. Trapezoids, each direction on its own. */
export function integrate(memory: EnergyMemory | null, samples: readonly PowerSample[]): EnergyMemory | null {
  let state = memory;
  for (const { at, sample } of samples) {
    const power = batteryPower(sample);
    if (state === null) {
      state = { at, power, charge_wh: 0, discharge_wh: 0 };
      continue;
    }
    if (at <= state.at) continue;
    const [charged, discharged] = at - state.at > LONGEST_GAP_S ? [0, 0] : between(state.power, power, at - state.at);
    state = { at, power, charge_wh: state.charge_wh + charged, discharge_wh: state.discharge_wh + discharged };
  }
  return state;
}

/** Wh charged and discharged between two readings. */
function between(from: number | null, to: number | null, seconds: number): [number, number] {
  if (from === null || to === null) return [0, 0];
  const hours = seconds / 3600;
  if (from >= 0 && to >= 0) return [((from + to) / 2) * hours, 0];
  if (from <= 0 && to <= 0) return [0, (-(from + to) / 2) * hours];
  // The line crosses zero: two triangles.
  const share = Math.abs(from) / (Math.abs(from) + Math.abs(to));
  const first = (Math.abs(from) / 2) * hours * share;
  const second = (Math.abs(to) / 2) * hours * (1 - share);
  return from > 0 ? [first, second] : [second, first];
}

import { sumOfAll } from "../base/numbers.ts";
import type { BmsSample } from "../devices/bms/sample.ts";
import { chargeOf } from "../view/whole.ts";

/** Several packs in parallel as one battery; null where one of them does not tell. Ah, V, A (+ = charging), °C of the warmest. */
export interface TotalPack {
  readonly soc: number | null;
  readonly capacity: number | null;
  readonly voltage: number | null;
  readonly current: number | null;
  readonly temperature: number | null;
  /** False: none of them lets anything out. */
  readonly discharge_mosfet_on: boolean | null;
}

/** Null without a pack. */
export function totalSoc(packs: readonly BmsSample[]): TotalPack | null {
  if (packs.length === 0) return null;
  const capacity = sumOfAll(packs.map((pack) => pack.capacity));
  const charge = chargeOf(packs);
  const temperatures = packs.flatMap(({ battery_temperature_1: a, battery_temperature_2: b }) => [a, b]);
  const known = temperatures.filter((raw) => raw !== null);
  const mosfets = packs.map(({ discharge_mosfet_on }) => discharge_mosfet_on);
  return {
    soc: charge.complete ? charge.soc : null,
    capacity: capacity === null ? null : capacity / 1000,
    voltage: packs[0]?.pack_voltage == null ? null : packs[0].pack_voltage / 1000,
    current: scaled(sumOfAll(packs.map(({ battery_current }) => battery_current))),
    temperature: known.length === 0 ? null : Math.max(...known) / 10,
    discharge_mosfet_on: mosfets.includes(null) ? null : mosfets.includes(1),
  };
}

const scaled = (raw: number | null) => (raw === null ? null : raw / 1000);

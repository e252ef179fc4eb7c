import { sumOfAll } from "../base/numbers.ts";
import { batteryPower } from "../devices/bms/derived.ts";
import type { BmsSample } from "../devices/bms/sample.ts";
import type { Derived, DirectionReason } from "../devices/inverter/derived.ts";
import type { InverterValues } from "../devices/inverter/sample.ts";
import { chargeOf } from "./whole.ts";

/** The five powers of the picture, W; null = not known. Grid + = import, battery + = charging. */
export interface LivePowers {
  readonly sun: number | null;
  readonly house: number | null;
  readonly grid: number | null;
  /** The grid power is worked out, not measured: what its direction rests on. Null = it is measured. */
  readonly grid_estimated: DirectionReason | null;
  readonly battery: number | null;
  /** %, mean of the packs that answer, by capacity where all tell it. */
  readonly soc: number | null;
  readonly voltage: number | null;
  /** mAh, of all packs; null where a pack does not tell it or is silent. */
  readonly capacity: number | null;
  /** A pack is silent: power and voltage are the inverter's, the state of charge is that of the others. Null = every pack answers. */
  readonly packs: { readonly answer: number; readonly of: number } | null;
}

/** What is live of a station: null = old, silent or not there. */
export interface LiveDevices {
  readonly inverter: { readonly values: InverterValues | null; readonly derived: Derived | null } | null;
  readonly bms: readonly { readonly sample: BmsSample | null }[];
}

/** Below this many watts nothing flows worth an arrow. */
export const STILL_W = 10;

/** What flows now, from samples that are fresh; the BMS measures the battery finer than the inverter does. */
export function livePowers(live: LiveDevices): LivePowers {
  const values = live.inverter?.values ?? null;
  const derived = values && (live.inverter?.derived ?? null);
  const packs = live.bms.flatMap((bms) => (bms.sample ? [bms.sample] : []));
  const complete = packs.length > 0 && packs.length === live.bms.length;
  const powers = packs.map(batteryPower);
  const { soc } = chargeOf(packs);
  return {
    sun: values?.pv_power ?? null,
    house: values?.load_power ?? null,
    grid: derived?.grid_net_power ?? null,
    grid_estimated: derived?.grid_estimate?.reason ?? null,
    battery: complete ? sumOfAll(powers) : (values?.battery_power ?? null),
    soc: soc === null ? null : Math.round(soc),
    capacity: complete ? sumOfAll(packs.map(({ capacity }) => capacity)) : null,
    packs: complete || live.bms.length === 0 ? null : { answer: packs.length, of: live.bms.length },
    voltage:
      complete && packs[0]?.pack_voltage != null ? packs[0].pack_voltage / 1000 : (values?.battery_voltage ?? null),
  };
}

/** What the battery does at this power, W. */
export function batteryDoing(power: number): "charging" | "discharging" | "resting" {
  if (Math.abs(power) < STILL_W) return "resting";
  return power > 0 ? "charging" : "discharging";
}

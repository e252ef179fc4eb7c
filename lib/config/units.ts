/** The devices of a station, one list for everybody who asks for all of them. */
import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { Config } from "./schema.ts";
import type { InverterConfig } from "./sections/device-section.ts";

type Devices = Pick<Config, "inverter" | "more_inverters" | "bms">;

/** One device of the configuration. */
export interface StationUnit {
  readonly kind: "inverter" | "bms";
  readonly name: string;
}

/** The inverters that are polled, in the order of the configuration. */
export function inverterUnits({ inverter, more_inverters }: Devices): readonly InverterConfig[] {
  return [inverter, ...more_inverters].filter(({ enabled }) => enabled);
}

/** Names of all inverters, those that are not polled included: orders and stored samples may still be theirs. */
export function inverterNames({ inverter, more_inverters }: Devices): readonly string[] {
  return [inverter, ...more_inverters].map(({ name }) => name);
}

/** Every device that is polled: the inverters, then the BMS units. */
export function stationUnits(config: Devices): readonly StationUnit[] {
  return [
    ...inverterUnits(config).map(({ name }) => ({ kind: "inverter" as const, name })),
    ...config.bms.map(({ name }) => ({ kind: "bms" as const, name })),
  ];
}

/** The first of several names keeps the place that the only one has; a name is said only where there are several. */
export function areSeveral(config: Devices, kind: "inverter" | "bms"): boolean {
  return kind === "inverter" ? inverterNames(config).length > 1 : config.bms.length > 1;
}

const NOT_CALLED = {
  inverter: "no_inverter_called",
  BMS: "no_bms_called",
  device: "no_device_called",
} as const;

/** The one of this name. @throws UsageError naming those that there are */
export function unitNamed<Unit extends { readonly name: string }>(
  units: readonly Unit[],
  name: unknown,
  what: keyof typeof NOT_CALLED,
): Unit {
  const found = units.find((unit) => unit.name === name);
  if (found) return found;
  const values = { name: String(name), names: units.map((unit) => unit.name).join(", ") };
  throw new UsageError(failure(NOT_CALLED[what], values));
}

import type { Config } from "../../config/schema.ts";
import type { Store } from "../../store/database.ts";
import { bmsRecords, inverterRecords } from "../../store/view.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";

/** Samples as the rules see them, oldest first. */
export interface Samples {
  /** Of all BMS units, by time. */
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
}

/** Stored samples of all devices with from <= at < to. */
export function samplesBetween(store: Store, config: Config, from: number, to: number): Samples {
  const bms = config.bms.flatMap(({ name }) => bmsRecords(store, name, from, to));
  return { bms: bms.sort((a, b) => a.at - b.at), inverter: inverterRecords(store, config.inverter.name, from, to) };
}

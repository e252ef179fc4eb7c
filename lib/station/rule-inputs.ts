import type { Config } from "../config/schema.ts";
import { inverterUnits } from "../config/units.ts";
import type { Store } from "../store/database.ts";
import { bmsRecords, inverterRecords, wholeBmsRecords, wholeInverterRecords } from "../store/view.ts";
import type { BmsInput, InverterInput } from "../view/record.ts";
import { judgePacks } from "./rule-settings.ts";

/** Samples as alerts and reports see them, oldest first. */
export interface Samples {
  /** Of all BMS units, by time. */
  readonly bms: readonly BmsInput[];
  /** Of the inverter; of all of them as one where there are several. */
  readonly inverter: readonly InverterInput[];
  /** Of each inverter, where there are several: what concerns one machine. */
  readonly machines: readonly (InverterInput & { readonly device: string })[];
}

/** What the grid switch is judged by: the battery and the inverters, each as one. */
export interface WholeSamples {
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
}

/** Where the samples of a run end, s, not included. */
export interface Until {
  readonly bms: number;
  readonly inverter: number;
}

/** Stored samples of all devices with from <= at < to. `wanted`: where an order of ours wants the grid switch. */
export function samplesBetween(
  store: Store,
  config: Config,
  from: number,
  to: number,
  wanted: boolean | null = null,
): Samples & { readonly whole: WholeSamples } {
  const units = inverterUnits(config);
  const several = units.length > 1;
  const packs = new Map(config.bms.map(({ name }) => [name, bmsRecords(store, name, from, to)]));
  const recordsOf = (name: string) => packs.get(name) ?? bmsRecords(store, name, from, to);
  const whole = wholeOf(recordsOf, store, config, from, to, wanted);
  const machines = units.flatMap(({ name }) =>
    several ? inverterRecords(store, name, from, to).map((record) => Object.assign(record, { device: name })) : [],
  );
  const bms = [...packs.values()].flat().sort((a, b) => a.at - b.at);
  return { bms, inverter: whole.inverter, machines, whole };
}

/** Only what the grid switch is judged by; each role with its own end. */
export function wholeBetween(
  store: Store,
  config: Config,
  from: number,
  until: Until,
  wanted: boolean | null = null,
): WholeSamples {
  const records = (name: string) => bmsRecords(store, name, from, until.bms);
  return wholeOf(records, store, config, from, until.inverter, wanted);
}

/** `recordsOf`: the records of a pack; `to`: where those of the inverters end. */
function wholeOf(
  recordsOf: (pack: string) => readonly BmsInput[],
  store: Store,
  config: Config,
  from: number,
  to: number,
  wanted: boolean | null,
): WholeSamples {
  const { max_age_s } = config.station;
  const packs = judgePacks(config);
  // An inverter that is not polled any more still has its history.
  const names = inverterUnits(config).map(({ name }) => name);
  const inverters = names.length > 0 ? names : [config.inverter.name];
  return {
    bms: wholeBmsRecords(packs, packs.map(recordsOf), max_age_s),
    inverter: wholeInverterRecords(store, inverters, { from, to, max_age_s }, wanted),
  };
}

import type { AnyValue, Table } from "../../codec/table.ts";
import type { BmsSample } from "../../devices/bms/sample.ts";

/** Battery in and out, integrated from the samples: the BMS counts Ah, the energy dashboard needs kWh. */
export interface BatteryEnergy {
  /** Wh, + only. */
  readonly charge_wh: number;
  readonly discharge_wh: number;
}

/** What only Home Assistant is told of a pack: counters that mqtt-push remembers, and how the poll went. */
// biome-ignore format: a row a line
export const POLL_ROWS = {
  charge_energy_estimated: { kind: "u32", div: 1000, unit: "kWh", role: "total", doc: "Energy into the battery, integrated from the samples", source: "derived" },
  discharge_energy_estimated: { kind: "u32", div: 1000, unit: "kWh", role: "total", doc: "Energy out of the battery, integrated from the samples", source: "derived" },
  good_answers: { kind: "u8", role: "diagnostic", doc: "Answers the sample was made of", source: "derived" },
  bad_answers: { kind: "u8", role: "diagnostic", doc: "Answers of the poll that were no good", source: "derived" },
} as const satisfies Table;

/** Engineering values of POLL_ROWS. */
export function pollValues(
  { good_answers, bad_answers }: BmsSample,
  energy: BatteryEnergy | null,
): Readonly<Record<keyof typeof POLL_ROWS, AnyValue>> {
  return {
    charge_energy_estimated: energy === null ? null : energy.charge_wh / 1000,
    discharge_energy_estimated: energy === null ? null : energy.discharge_wh / 1000,
    good_answers,
    bad_answers,
  };
}

/** Row of cell `number`, from 1. */
export function cellRow(number: number) {
  return {
    kind: "u16",
    div: 1000,
    unit: "V",
    label: `Cell ${String(number).padStart(2, "0")} voltage`,
    doc: `Cell ${number}`,
    source: "derived",
  } as const;
}

/** `cell_01`: key of a cell in the state JSON. */
export function cellKey(number: number): string {
  return `cell_${String(number).padStart(2, "0")}`;
}

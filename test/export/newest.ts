/** A station as the formats of newest values get it: an inverter and a pack that tell what they are given. */
import { BMS_KINDS } from "../../lib/devices/index.ts";
import type { Newest, NewestBms, NewestInverter } from "../../lib/export/newest.ts";
import { inverterRecord } from "../../lib/view/records.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";

export const AT = 1_795_412_802;

/** `sample` null = it is silent. */
export function newestInverter(
  changes: Parameters<typeof recordedInverter>[0] = {},
  more: Partial<NewestInverter> = {},
) {
  const sample = recordedInverter(changes);
  const { values = null, derived } = inverterRecord({ at: AT, sample });
  const told = more.sample === null ? { at: null, values: null, derived: null } : { at: AT, values, derived };
  return {
    ...{ name: "inverter", last_at: AT, sample, facts: {}, doubts: [], settings: null, ...told },
    ...more,
  } satisfies NewestInverter;
}

export function newestBms(changes: Parameters<typeof recordedBms>[0] = {}, more: Partial<NewestBms> = {}): NewestBms {
  const at = more.sample === null ? null : AT;
  return {
    ...{ name: "bms", last_at: AT, at, sample: recordedBms(changes), kind: BMS_KINDS[0] as NewestBms["kind"] },
    ...{ stored: null, settings: null, facts: {}, doubts: [], answer: null },
    ...more,
  };
}

export function newest(more: Partial<Newest> = {}): Newest {
  return {
    ...{ version: "1.0", station: { name: "home", time_zone: "Europe/Kyiv" }, jobs: [], alerts: [] },
    ...{ inverters: [newestInverter()], bms: [newestBms()] },
    limits: { reserve: 30, grid_voltage_low: 170 },
    options: { original_names: {}, original_mended: false, original_stats_mb: 1, nut_low_charge: null },
    ...more,
  };
}

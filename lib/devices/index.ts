/** Every kind of device that the toolset knows: one line a kind. */
import type { Table } from "../codec/table.ts";
import { BMS_FIELDS } from "./bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, INVERTER_SETTING_FIELDS } from "./inverter/sample.ts";
import { SETTING_FIELDS, WRITABLE_SETTINGS } from "./jkbms/settings.ts";
import type { Kind } from "./kind.ts";
import { REGISTERS } from "./pv1800/registers.ts";

const jk = (dialect: "4e57" | "modbus") => ({
  settings: SETTING_FIELDS[dialect],
  writable: WRITABLE_SETTINGS[dialect],
});
const bms = { role: "bms", fields: BMS_FIELDS } as const;
const none = { settings: {}, writable: {} };

const writableRows = (table: Table): Table =>
  Object.fromEntries(Object.entries(table).filter(([, field]) => field.write !== undefined));

// biome-ignore format: a kind a line
export const KINDS = {
  pv1800: { role: "inverter", fields: INVERTER_SAMPLE_FIELDS, settings: INVERTER_SETTING_FIELDS, writable: writableRows(REGISTERS), protocol: null, address: "slave", baud: 19_200 },
  jk: { ...bms, ...none, protocol: "auto", address: null, baud: 115_200 },
  "jk-4e57": { ...bms, ...jk("4e57"), protocol: "4e57", address: "terminal", baud: 115_200 },
  "jk-pb": { ...bms, ...jk("modbus"), protocol: "modbus", address: "slave", baud: 115_200 },
  jbd: { ...bms, ...none, protocol: "jbd", address: null, baud: 9_600, experimental: true },
} as const satisfies Readonly<Record<string, Kind>>;

/** The command that polls the devices of a role. */
export const POLLS = { inverter: "pv1800-dump", bms: "jkbms-dump" } as const satisfies Record<Kind["role"], string>;

export type KindName = keyof typeof KINDS;

/** The kind of this name, or null. */
export function kindOf(name: unknown): Kind | null {
  return typeof name === "string" && Object.hasOwn(KINDS, name) ? KINDS[name as KindName] : null;
}

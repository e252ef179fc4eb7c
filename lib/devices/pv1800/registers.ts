import type { Table, Writable } from "../../codec/table.ts";
import { INVERTER_IDENTITY_FIELDS, INVERTER_SETTING_FIELDS, STATUS_FIELDS } from "../inverter/sample.ts";
import { CHARGER_COMMANDS } from "./charger-settings.ts";
import type { At } from "./identity.ts";
import { UNPOLLED } from "./unpolled.ts";

export type { At } from "./identity.ts";

/** Every register with a name. Rows of UNPOLLED are read only when asked for by name. */
export const REGISTERS = {
  ...INVERTER_IDENTITY_FIELDS,
  ...INVERTER_SETTING_FIELDS,
  ...CHARGER_COMMANDS,
  ...STATUS_FIELDS,
  ...UNPOLLED,
} as const satisfies Table<At>;

export type RegisterKey = keyof typeof REGISTERS;
/** Keys that have a write rule: the allow-list of every write path (class "never" still refuses). */
export type WritableRegister = Writable<typeof REGISTERS>;

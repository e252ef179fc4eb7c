/** JK boards: two protocols, one at a time by the port setting of the maker's app, and "whichever it speaks". */
import type { Field, Table } from "../../codec/table.ts";
import { BMS_FIELDS } from "../bms/sample.ts";
import type { BmsKind } from "../kind.ts";
import { PB_SETTINGS } from "./pb-settings.ts";
import { RECORDS } from "./records.ts";
import { identityOf, SETTING_FIELDS, WRITABLE_SETTINGS } from "./settings.ts";

const BAUD = 115_200;

/** Switches mean the same in both protocols; of every other row a guess could write a thousandfold. */
const SWITCHES_OF_BOTH: Table = Object.fromEntries(
  Object.entries<Field>(RECORDS).filter(([key, { kind }]) => kind === "bool" && Object.hasOwn(PB_SETTINGS, key)),
);

/** Speaks one of the two, and is asked which. */
export const JK = {
  role: "bms",
  protocol: "auto",
  about: "a JK board, which is probed once and remembered",
  maker: "JK",
  identityOf: () => ({}),
  is_looked_for: true,
  fields: BMS_FIELDS,
  settings: {},
  writable: {},
  orders: SWITCHES_OF_BOTH,
  address: null,
  baud: BAUD,
  load: async () => (await import("./jk-plug.ts")).plugOf("auto"),
} as const satisfies BmsKind;

export const JK_4E57 = {
  role: "bms",
  protocol: "4e57",
  about: "JK, port setting 000",
  maker: "JK",
  identityOf: (raw) => identityOf("4e57", raw),
  can_be_found: true,
  fields: BMS_FIELDS,
  settings: SETTING_FIELDS["4e57"],
  writable: WRITABLE_SETTINGS["4e57"],
  orders: RECORDS,
  address: "terminal",
  baud: BAUD,
  load: async () => (await import("./jk-plug.ts")).plugOf("4e57"),
  simulate: async (choice) => (await import("../simulators.ts")).simulated4e57(choice),
  replays_captures: true,
} as const satisfies BmsKind;

export const JK_PB = {
  role: "bms",
  protocol: "modbus",
  about: "JK, port setting 001",
  maker: "JK",
  identityOf: (raw) => identityOf("modbus", raw),
  can_be_found: true,
  fields: BMS_FIELDS,
  settings: SETTING_FIELDS.modbus,
  writable: WRITABLE_SETTINGS.modbus,
  orders: PB_SETTINGS,
  address: "slave",
  baud: BAUD,
  load: async () => (await import("./jk-plug.ts")).plugOf("modbus"),
  simulate: async (choice) => (await import("../simulators.ts")).simulatedPb(choice),
} as const satisfies BmsKind;

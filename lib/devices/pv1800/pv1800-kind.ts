import type { Table } from "../../codec/table.ts";
import { INVERTER_SAMPLE_FIELDS, INVERTER_SETTING_FIELDS } from "../inverter/sample.ts";
import type { InverterKind } from "../kind.ts";
import { PV1800_MODELS } from "./models.ts";
import { REGISTERS } from "./registers.ts";

const writableRows = (table: Table): Table =>
  Object.fromEntries(Object.entries(table).filter(([, field]) => field.write !== undefined));

export const PV1800 = {
  role: "inverter",
  maker: "MUST",
  fields: INVERTER_SAMPLE_FIELDS,
  settings: INVERTER_SETTING_FIELDS,
  writable: writableRows(REGISTERS),
  orders: REGISTERS,
  models: PV1800_MODELS,
  address: "slave",
  baud: 19_200,
  load: async () => (await import("./pv1800-plug.ts")).PV1800_PLUG,
} as const satisfies InverterKind;

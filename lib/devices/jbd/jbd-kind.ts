import { BMS_FIELDS } from "../bms/sample.ts";
import type { BmsKind } from "../kind.ts";

/** A board of JBD: its frames hold no address, its settings are not read. */
export const JBD = {
  role: "bms",
  protocol: "jbd",
  about: "a board of JBD, read only, experimental",
  maker: "JBD",
  identityOf: () => ({}),
  experimental: true,
  fields: BMS_FIELDS,
  settings: {},
  writable: {},
  orders: {},
  address: null,
  baud: 9_600,
  load: async () => (await import("./jbd-plug.ts")).JBD_PLUG,
  simulate: async () => new (await import("./jbd-simulator.ts")).SimulatedJbd(),
} as const satisfies BmsKind;

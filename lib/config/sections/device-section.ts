import { z } from "zod";
import { BMS_KINDS, unknownBmsKind } from "../../devices/index.ts";
import { flag, form, whole } from "../keys.ts";

const PROTOCOLS = BMS_KINDS.map(({ protocol }) => protocol) as [string, ...string[]];
const addressedBy = (option: "slave" | "terminal") =>
  BMS_KINDS.flatMap(({ protocol, address }) => (address === option ? [protocol] : [])).join(", ");

const isPortNumber = (n: number) => n >= 1 && n <= 65_535;

const port = z
  .string()
  .regex(/^(\/\S+|(tcp|modbus-tcp):\/\/\S+:\d{1,5})$/, form("form_port"))
  .refine((text) => text.startsWith("/") || isPortNumber(Number(text.split(":").at(-1))), form("form_port_number"))
  .describe(
    "Device path (use /dev/serial/by-id/… so that two adapters cannot change places), or tcp://host:port of an RS485 gateway",
  );

const name = z.string().regex(/^[a-z0-9_]{1,32}$/, form("form_device_name"));

/** `inverter:` one machine. */
export const inverterSection = z.strictObject({
  enabled: flag(true, "Poll the inverter at all"),
  name: name.default("inverter").describe("Name in the database, on the page and in MQTT topics"),
  port: port.default("/dev/ttyUSB0"),
  baud: whole(1200, 115200, 19200, "Bit/s; the vendor's setting is 19200"),
  slave: whole(1, 247, 4, "Modbus slave id; 4 for the PV18 series"),
  gap_ms: whole(5, 5000, 100, "ms of silence between two requests; 300 when a data logger shares the line"),
  timeout_ms: whole(50, 10000, 1200, "ms to wait for an answer"),
  retries: whole(0, 10, 3, "further tries after a timeout or a corrupt answer (reads only)"),
  lock_wait_ms: whole(0, 60000, 10000, "ms to wait while another command holds the port"),
  settings_every_s: whole(0, 86400, 300, "s between two readings of the settings; 0 = with every poll"),
});

/** `more_inverters:` the other machines of a station of several; the same options. */
export const moreInvertersSection = z
  .array(inverterSection)
  .max(8)
  .default([])
  .describe(
    "Further inverters beside `inverter`, each with its own name; on the same port with another slave id, or on another port",
  );

/** One entry of `bms:`. */
// biome-ignore format: a key a line
const bmsEntry = z.strictObject({
  name: name.default("bms").describe("Name in the database, on the page and in MQTT topics"),
  port: port.default("/dev/ttyUSB1"),
  baud: z
    .int()
    .min(1200)
    .max(921600)
    .default(115200)
    .describe(`Bit/s; as delivered: ${BMS_KINDS.map(({ protocol, baud }) => `${protocol} ${baud}`).join(", ")}`),
  protocol: z
    // YAML takes a bare name that is all digits but for an e in it for a number, and nobody should have to know.
    .preprocess(
      (given) => PROTOCOLS.find((name) => typeof given === "number" && Number(name) === given) ?? given,
      z.enum(PROTOCOLS),
    )
    .default(unknownBmsKind().protocol)
    .describe(`What it speaks: ${BMS_KINDS.map(({ protocol, about }) => `${protocol} (${about})`).join(", ")}`),
  slave: whole(1, 247, 1, `Slave address, ${addressedBy("slave")} only (DIP switches)`),
  terminal: whole(0, 0xffffffff, 0, `Terminal number, ${addressedBy("terminal")} only: the original's --bms_id; 0 on every device seen`),
  polls: whole(1, 50, 5, "Answers averaged into one sample"),
  poll_gap_ms: whole(20, 5000, 200, "ms between two answers"),
  timeout_ms: whole(50, 10000, 500, "ms to wait for the first byte of an answer"),
  retries: whole(0, 10, 2, "further tries after a timeout or a corrupt answer (reads only)"),
  lock_wait_ms: whole(0, 60000, 10000, "ms to wait while another command holds the port"),
  settings_every_s: whole(0, 86400, 300, "s between two recordings of the settings"),
});

/** `bms:` a list; one port each, or several slave addresses on one port where the protocol has addresses. */
export const bmsSection = z
  .array(bmsEntry)
  .max(16)
  .default([bmsEntry.parse({})])
  .describe("The BMS units of the station");

export type BmsConfig = z.infer<typeof bmsEntry>;
/** The options of one inverter. */
export type InverterConfig = z.infer<typeof inverterSection>;

import { z } from "zod";
import { BMS_KINDS, unknownBmsKind } from "../../devices/index.ts";

const PROTOCOLS = BMS_KINDS.map(({ protocol }) => protocol) as [string, ...string[]];
const addressedBy = (option: "slave" | "terminal") =>
  BMS_KINDS.flatMap(({ protocol, address }) => (address === option ? [protocol] : [])).join(", ");

const isPortNumber = (n: number) => n >= 1 && n <= 65_535;

const port = z
  .string()
  .regex(/^(\/\S+|(tcp|modbus-tcp):\/\/\S+:\d{1,5})$/, "expected a path like /dev/ttyUSB0, or tcp://host:port")
  .refine(
    (text) => text.startsWith("/") || isPortNumber(Number(text.split(":").at(-1))),
    "expected a port from 1 to 65535 after the host",
  )
  .describe(
    "Device path (use /dev/serial/by-id/… so that two adapters cannot change places), or tcp://host:port of an RS485 gateway",
  );

const name = z.string().regex(/^[a-z0-9_]{1,32}$/, "expected 1-32 of a-z, 0-9 and _");

/** `inverter:` one machine. */
export const inverterSection = z.strictObject({
  enabled: z.boolean().default(true).describe("Poll the inverter at all"),
  name: name.default("inverter").describe("Name in the database, on the page and in MQTT topics"),
  port: port.default("/dev/ttyUSB0"),
  baud: z.int().min(1200).max(115200).default(19200).describe("Bit/s; the vendor's setting is 19200"),
  slave: z.int().min(1).max(247).default(4).describe("Modbus slave id; 4 for the PV18 series"),
  gap_ms: z
    .int()
    .min(5)
    .max(5000)
    .default(100)
    .describe("ms of silence between two requests; 300 when a data logger shares the line"),
  timeout_ms: z.int().min(50).max(10000).default(1200).describe("ms to wait for an answer"),
  retries: z.int().min(0).max(10).default(3).describe("further tries after a timeout or a corrupt answer (reads only)"),
  lock_wait_ms: z.int().min(0).max(60000).default(10000).describe("ms to wait while another command holds the port"),
  settings_every_s: z
    .int()
    .min(0)
    .max(86400)
    .default(300)
    .describe("s between two readings of the settings; 0 = with every poll"),
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
  slave: z
    .int()
    .min(1)
    .max(247)
    .default(1)
    .describe(`Slave address, ${addressedBy("slave")} only (DIP switches)`),
  terminal: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(0)
    .describe(`Terminal number, ${addressedBy("terminal")} only: the original's --bms_id; 0 on every device seen`),
  polls: z.int().min(1).max(50).default(5).describe("Answers averaged into one sample"),
  poll_gap_ms: z.int().min(20).max(5000).default(200).describe("ms between two answers"),
  timeout_ms: z.int().min(50).max(10000).default(500).describe("ms to wait for the first byte of an answer"),
  retries: z.int().min(0).max(10).default(2).describe("further tries after a timeout or a corrupt answer (reads only)"),
  lock_wait_ms: z.int().min(0).max(60000).default(10000).describe("ms to wait while another command holds the port"),
  settings_every_s: z.int().min(0).max(86400).default(300).describe("s between two recordings of the settings"),
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

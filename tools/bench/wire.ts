import { Bms4e57Client } from "../../lib/devices/jkbms/client-4e57.ts";
import { ALL_BLOCKS, assertAllowed } from "../../lib/devices/pv1800/blocks.ts";
import { Pv1800Client } from "../../lib/devices/pv1800/client.ts";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
import { RtuMaster } from "../../lib/modbus/rtu-master.ts";
import { openWire } from "../../lib/port/open.ts";
import { listenTcp } from "../../lib/sim/tcp.ts";
import { measure, verdict } from "./measure.ts";

const GAP_MS = 100;
/** What the project allows itself above the time that the bytes need. */
const ALLOWANCE = 1.15;
const BITS_PER_BYTE = 10;

/** A full poll of the inverter and one answer of the BMS, against the time their bytes take on the wire. */
export async function benchWire(): Promise<string[]> {
  return [await inverterPoll(), await bmsAnswer()];
}

async function inverterPoll(): Promise<string> {
  const baud = 19200;
  const line = await listenTcp(makeInverter(), { baud });
  const wire = await openWire({ port: line.url, baud });
  const master = new RtuMaster(wire, {
    gap_ms: GAP_MS,
    byte_ms: (BITS_PER_BYTE * 1000) / baud,
    allowed: assertAllowed,
  });
  const client = new Pv1800Client(master);
  const spread = await measure(7, () => client.readRegisters());
  await master.close();
  await line.close();
  const bytes = ALL_BLOCKS.reduce((sum, { count }) => sum + 8 + 5 + 2 * count, 0);
  const wireMs = (bytes * BITS_PER_BYTE * 1000) / baud;
  const limit = ALLOWANCE * wireMs + ALL_BLOCKS.length * GAP_MS;
  const name = `PV1800, ${ALL_BLOCKS.length} blocks, ${bytes} bytes = ${wireMs.toFixed(1)} ms`;
  return verdict(name, spread, limit);
}

async function bmsAnswer(): Promise<string> {
  const baud = 115200;
  const line = await listenTcp(makeBms4e57(), { baud });
  const wire = await openWire({ port: line.url, baud });
  const client = new Bms4e57Client(wire, { packet_gap_ms: 0 });
  const spread = await measure(15, () => client.readSample());
  await wire.close();
  await line.close();
  const bytes = 21 + 291;
  const wireMs = (bytes * BITS_PER_BYTE * 1000) / baud;
  return verdict(`JK BMS, one answer, ${bytes} bytes = ${wireMs.toFixed(1)} ms`, spread, ALLOWANCE * wireMs);
}

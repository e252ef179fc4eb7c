import { Bms4e57Client } from "../../lib/devices/jkbms/client-4e57.ts";
import { ALL_BLOCKS, assertAllowed, STATUS_BLOCKS } from "../../lib/devices/pv1800/blocks.ts";
import { Pv1800Client } from "../../lib/devices/pv1800/client.ts";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
import { RtuMaster } from "../../lib/modbus/rtu-master.ts";
import { openWire } from "../../lib/port/open.ts";
import { listenTcp } from "../../lib/sim/tcp.ts";
import { measure } from "./measure.ts";
import { overFloor, type Row } from "./row.ts";

const GAP_MS = 100;
/** What the project allows itself above the time that the bytes need. */
const ALLOWANCE = 1.15;
const BITS_PER_BYTE = 10;

/** Polls of the inverter and one answer of the BMS, against the time that their bytes and the gaps between requests take. */
export async function benchWire(): Promise<Row[]> {
  const all = (client: Pv1800Client) => client.readRegisters();
  const quiet = (client: Pv1800Client) => client.readStatusParts();
  return [
    await inverterPoll("a full poll of the inverter", ALL_BLOCKS, all),
    await inverterPoll("a quiet poll of the inverter", STATUS_BLOCKS, quiet),
    await bmsAnswer(),
  ];
}

async function inverterPoll(
  what: string,
  blocks: readonly { readonly count: number }[],
  poll: (client: Pv1800Client) => Promise<unknown>,
): Promise<Row> {
  const baud = 19200;
  const line = await listenTcp(makeInverter(), { baud });
  const wire = await openWire({ port: line.url, baud });
  const byte_ms = (BITS_PER_BYTE * 1000) / baud;
  const master = new RtuMaster(wire, { gap_ms: GAP_MS, byte_ms, allowed: assertAllowed });
  const client = new Pv1800Client(master);
  let before = 0;
  let requests = 0;
  const { median } = await measure(9, async () => {
    before = line.log.requests().length;
    await poll(client);
    requests = line.log.requests().length - before;
  });
  await master.close();
  await line.close();
  const bytes = blocks.reduce((sum, { count }) => sum + 8 + 5 + 2 * count, 0);
  const row = overFloor(
    `${what}: ${requests} requests, ${bytes} bytes`,
    median,
    bytes * byte_ms + blocks.length * GAP_MS,
    ALLOWANCE,
  );
  return { ...row, kept: row.kept === true && requests === blocks.length };
}

async function bmsAnswer(): Promise<Row> {
  const baud = 115200;
  const line = await listenTcp(makeBms4e57(), { baud });
  const wire = await openWire({ port: line.url, baud });
  const client = new Bms4e57Client(wire, { packet_gap_ms: 0 });
  const { median } = await measure(15, () => client.readSample());
  await wire.close();
  await line.close();
  const bytes = 21 + 291;
  return overFloor(`an answer of the BMS: ${bytes} bytes`, median, (bytes * BITS_PER_BYTE * 1000) / baud, ALLOWANCE);
}

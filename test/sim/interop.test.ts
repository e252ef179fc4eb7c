import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import ModbusRTU from "modbus-serial";
import { KINDS } from "../../lib/devices/index.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { makeInverter } from "../../lib/devices/simulators.ts";
import { serveInverter } from "../../lib/sim/modbus-tcp.ts";
import { WireLog } from "../../lib/sim/wire-log.ts";
import { requirePart } from "../support/parts.ts";
import { freePort, startPty, startSimulatedInverter } from "../support/simulated.ts";

const INVERTER_BAUD = KINDS.pv1800.baud;

const WORDS = new Map(recordedInverterWords());
const BLOCKS = [
  [10001, 8],
  [10101, 24],
  [15201, 21],
  [20000, 17],
  [20101, 43],
  [20144, 1],
  [25201, 79],
] as const;

/** An independent Modbus client, not ours. */
function foreignClient(t: TestContext): ModbusRTU {
  const client = new ModbusRTU();
  client.on("error", () => undefined);
  client.setID(4);
  client.setTimeout(5000);
  t.after(() => new Promise<void>((resolve) => client.close(() => resolve())));
  return client;
}

async function readAndWrite(client: ModbusRTU): Promise<void> {
  for (const [start, count] of BLOCKS) {
    const { data } = await client.readHoldingRegisters(start, count);
    assert.deepEqual(
      data,
      Array.from({ length: count }, (_, i) => WORDS.get(start + i)),
      `block ${start}`,
    );
  }
  await client.writeRegister(20105, 0);
  await client.writeRegisters(20118, [500, 530]);
  assert.deepEqual((await client.readHoldingRegisters(20105, 1)).data, [0]);
  assert.deepEqual((await client.readHoldingRegisters(20118, 2)).data, [500, 530]);
  await assert.rejects(client.readHoldingRegisters(30000, 1), { modbusCode: 2 });
}

test("modbus-serial reads and writes the simulated inverter over raw TCP", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const client = foreignClient(t);
  await client.connectTelnet("127.0.0.1", { port: inverter.port });
  await readAndWrite(client);
  assert.deepEqual(inverter.log.forbidden(), []);
});

test("modbus-serial reads and writes it over a paced pty", { skip: requirePart("socat") }, async (t) => {
  const inverter = await startSimulatedInverter(t, { baud: INVERTER_BAUD });
  const pty = await startPty(t, inverter);
  const client = foreignClient(t);
  await client.connectRTUBuffered(pty.path, { baudRate: INVERTER_BAUD });
  await readAndWrite(client);
});

test("modbus-serial reads and writes it over Modbus/TCP", async (t) => {
  const log = new WireLog();
  const inverter = makeInverter();
  const port = await freePort();
  const server = await serveInverter(inverter, { port, log });
  t.after(() => server.close());
  const client = foreignClient(t);
  await client.connectTCP("127.0.0.1", { port });
  await readAndWrite(client);
  assert.equal(log.writes().length, 3);
  assert.deepEqual(log.forbidden(), []);
  await client.readHoldingRegisters(20017, 1);
  assert.equal(log.forbidden().length, 1);
  assert.deepEqual((await client.readHoldingRegisters(25201, 3)).data, [0, 0, 0]);
});

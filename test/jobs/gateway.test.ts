/** Devices behind a gateway that speaks Modbus/TCP: polled, ordered and locked as on a wire. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { makeBmsPb, makeInverter } from "../../lib/devices/simulators.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { pollPacks } from "../../lib/jobs/poll-packs.ts";
import { withCrc } from "../../lib/modbus/frame.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import type { SimulatedDevice } from "../../lib/sim/device.ts";
import { bmsSamples, inverterSamples } from "../../lib/store/samples.ts";
import { orderStation } from "../support/orders.ts";

/** A gateway in front of a device; returns its name as a port. */
async function gatewayTo(t: TestContext, device: SimulatedDevice): Promise<string> {
  const server = createServer((socket) =>
    socket.on("data", (request) => {
      const answer = device.hear(withCrc(request.subarray(6))).answer({});
      if (answer === null) return;
      const body = answer.subarray(0, -2);
      const head = Buffer.from(request.subarray(0, 6));
      head.writeUInt16BE(body.length, 4);
      socket.write(Buffer.concat([head, body]));
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `modbus-tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Locks by name, and whether each is free again. */
function locksOf() {
  const held = new Map<string, boolean>();
  const lockPort = async (key: string) => {
    held.set(key, true);
    return { release: () => void held.set(key, false) };
  };
  return { held, lockPort };
}

test("an inverter behind a gateway is polled, its orders are carried out, and the gateway is free again", async (t) => {
  const device = makeInverter();
  const port = await gatewayTo(t, device);
  const station = orderStation(t, { inverter: { port, timeout_ms: 1000, retries: 1 } });
  const { store } = station;
  const { held, lockPort } = locksOf();
  const context = { ...station.context, lockPort };
  submitOrder(context, store, { kind: "inverter", device: "inverter", line: "20113=50", source: "hand" });
  const answer = await pollInverters(context);
  store.flush();
  assert.equal(answer?.failure ?? null, null);
  assert.equal(device.source.read(20113), 50);
  assert.equal(station.orders()[0]?.state, "done");
  const [sample] = inverterSamples(store, "inverter", 0, 2 ** 33);
  assert.equal(sample?.sample.raw.battery_voltage, device.source.read(25205));
  assert.deepEqual([...held], [[port, false]]);
});

test("a BMS behind a gateway is polled, its orders are carried out, and the gateway is free again", async (t) => {
  const port = await gatewayTo(t, makeBmsPb());
  const bms = [{ port, protocol: "modbus", polls: 1, poll_gap_ms: 20, timeout_ms: 1000, retries: 1 }];
  const station = orderStation(t, { bms, inverter: { enabled: false } });
  const { store } = station;
  const { held, lockPort } = locksOf();
  const context = { ...station.context, lockPort };
  submitOrder(context, store, { kind: "bms", device: "bms", line: "charge_mosfet=off", source: "hand" });
  const answer = await pollPacks(context);
  store.flush();
  assert.equal(answer?.failure ?? null, null);
  assert.equal(station.orders()[0]?.state, "done");
  assert.equal(bmsSamples(store, "bms", 0, 2 ** 33)[0]?.sample.cells.length, 8);
  assert.deepEqual([...held], [[port, false]]);
});

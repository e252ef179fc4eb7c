import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PB_DEVICE_INFO } from "../../lib/devices/jkbms/pb-device-info.ts";
import {
  RECORDED_PB_ABOUT,
  RECORDED_PB_SETTINGS,
  RECORDED_PB_STATUS,
} from "../../lib/devices/jkbms/recording-pb-8s.ts";
import { SimulatedBmsPb } from "../../lib/devices/jkbms/sim-pb.ts";
import { imageOfFrames } from "../../lib/devices/jkbms/sim-pb-blocks.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { pollPacks } from "../../lib/jobs/poll-packs.ts";
import type { SimulatedDevice } from "../../lib/sim/device.ts";
import { deviceEvents } from "../../lib/store/device-events.ts";
import { deviceFacts } from "../../lib/store/device-rows.ts";
import { bmsSamples, inverterSamples } from "../../lib/store/samples.ts";
import { latestSettings } from "../../lib/store/setting-rows.ts";
import { orderStation } from "../support/orders.ts";
import { startLine } from "../support/simulated.ts";

/** A line on which one device can be put in the place of another; null = nobody is there. */
class Socket implements SimulatedDevice {
  readonly name = "line";
  device: SimulatedDevice | null;
  constructor(device: SimulatedDevice) {
    this.device = device;
  }
  cut(bytes: Uint8Array) {
    return this.device === null ? { used: bytes.length, frame: null } : this.device.cut(bytes);
  }
  hear(frame: Uint8Array) {
    if (this.device === null) throw new Error("nobody is there");
    return this.device.hear(frame);
  }
}

/** A PB board with texts of its device information changed. */
function pb(texts: Readonly<Partial<Record<"serial_number" | "model" | "software_version", string>>> = {}) {
  const image = imageOfFrames({
    settings: RECORDED_PB_SETTINGS,
    status: RECORDED_PB_STATUS,
    device_info: RECORDED_PB_ABOUT,
  });
  for (const [key, text] of Object.entries(texts)) {
    const { offset, length } = PB_DEVICE_INFO[key as keyof typeof texts];
    image.device_info.fill(0, offset, offset + length).set(Buffer.from(text, "latin1"), offset);
  }
  return new SimulatedBmsPb([{ address: 1, image }]);
}

async function bmsStation(t: TestContext, device: SimulatedDevice) {
  const socket = new Socket(device);
  const line = await startLine(t, socket);
  const bms = [{ port: line.url, polls: 1, poll_gap_ms: 20, timeout_ms: 300, retries: 1 }];
  const station = orderStation(t, { bms, inverter: { enabled: false } });
  const run = async (options: Readonly<Record<string, unknown>> = {}) => {
    station.now += 60;
    const answer = await pollPacks({ ...station.context, options });
    station.store.flush();
    return answer?.failure ?? null;
  };
  return {
    ...{ socket, run, store: station.store, orders: station.orders },
    later: (seconds: number) => {
      station.now += seconds;
    },
    /** What --dry-run tells. */
    look: async () => {
      const answer = await pollPacks({ ...station.context, dryRun: true });
      station.store.flush();
      return answer?.failure ?? null;
    },
    samples: () => bmsSamples(station.store, "bms", 0, 2 ** 33).length,
    events: () => deviceEvents(station.store, "bms", 0).map(({ code }) => code),
    facts: () => deviceFacts(station.store, "bms"),
  };
}

for (const key of ["serial_number", "model"] as const) {
  test(`a Modbus BMS of another ${key} is named, its samples are not taken, and the owner can accept it`, async (t) => {
    const { socket, run, samples, events, facts, orders } = await bmsStation(t, pb());
    assert.equal(await run(), null);
    assert.equal(typeof facts().identity, "object");
    // The board is exchanged: the line was silent for a round.
    socket.device = null;
    assert.notEqual(await run(), null);
    socket.device = pb({ [key]: key === "model" ? "JK_PB2A16S20P" : "4051234567890" });
    for (let round = 0; round < 3; round++) {
      const failure = await run();
      assert.match(
        failure?.message ?? "",
        new RegExp(`another machine.*${key} reads.*jkbms-dump --accept-machine`, "s"),
      );
    }
    assert.equal(samples(), 1);
    assert.deepEqual(events(), ["other_machine"]);
    assert.equal(await run({ acceptMachine: true }), null);
    assert.equal(await run(), null);
    assert.equal(samples(), 3);
    assert.deepEqual(events(), ["other_machine", "machine_accepted"]);
    // Its settings are its own, not somebody's change.
    assert.deepEqual(orders(), []);
  });
}

test("a Modbus BMS that was exchanged between two polls is found at the next reading of its settings", async (t) => {
  const { socket, run, samples, events } = await bmsStation(t, pb());
  assert.equal(await run(), null);
  socket.device = pb({ serial_number: "4051234567890" });
  assert.equal(await run(), null);
  assert.match((await run({ settings: true }))?.message ?? "", /serial_number.*\n?.*accept-machine/);
  assert.notEqual(await run(), null);
  assert.deepEqual([samples(), events()], [3, ["other_machine"]]);
  socket.device = pb();
  assert.equal(await run(), null);
  assert.equal(samples(), 4);
});

test("a 4E57 BMS of another model is named at its first answer, new firmware is accepted, and a text of the owner's is neither", async (t) => {
  const text = (value: string) => Buffer.from(value.padEnd(24, "\0"), "latin1");
  const device = makeBms4e57();
  const { run, samples, events, facts } = await bmsStation(t, device);
  assert.equal(await run(), null);
  device.setRecord(0xba, text("Garage______JK_B2A20S20P"));
  assert.equal(await run(), null);
  assert.deepEqual(events(), []);
  device.setRecord(0xb7, Buffer.from("11.XW_S11.30___", "latin1"));
  assert.equal(await run(), null);
  assert.deepEqual(events(), ["firmware_changed"]);
  device.setRecord(0xba, text("Garage______JK_B1A24S15P"));
  assert.match((await run())?.message ?? "", /model reads JK_B1A24S15P, not JK_B2A20S20P/);
  assert.deepEqual([samples(), events()], [3, ["firmware_changed", "other_machine"]]);
  assert.equal((facts().identity as Record<string, unknown>).model, "JK_B2A20S20P");
  assert.equal(await run({ acceptMachine: true }), null);
  assert.deepEqual(events().slice(2), ["machine_accepted"]);
  assert.equal((facts().identity as Record<string, unknown>).model, "JK_B1A24S15P");
});

test("a 4E57 board replaced by a Modbus board is found by itself, told, and nothing of the former is taken for its own", async (t) => {
  const { socket, run, samples, events, facts, store, orders } = await bmsStation(t, makeBms4e57());
  assert.equal(await run(), null);
  assert.deepEqual([facts().dialect, facts().protocol_version, facts().cell_count], ["4e57", 1, 16]);
  socket.device = pb();
  let rounds = 0;
  while ((await run()) !== null) rounds++;
  assert.ok(rounds <= 3, `found after ${rounds} rounds`);
  assert.deepEqual([facts().dialect, facts().protocol_version, facts().cell_count], ["modbus", null, 8]);
  assert.deepEqual(events(), ["dialect_changed"]);
  assert.equal(samples(), 2);
  const known = latestSettings(store, "bms")?.raw;
  assert.deepEqual([known?.model, known?.manufacturer_id], ["JK_PB2A16S15P", undefined]);
  assert.deepEqual(orders(), []);
  // And back again.
  socket.device = makeBms4e57();
  while ((await run()) !== null) assert.ok(rounds++ < 10);
  assert.deepEqual(events(), ["dialect_changed", "dialect_changed"]);
});

test("a known device that comes back after a long silence is what it was, and nothing is told of it", async (t) => {
  const { socket, run, events, samples } = await bmsStation(t, makeBms4e57());
  assert.equal(await run(), null);
  const device = socket.device;
  socket.device = null;
  for (let round = 0; round < 5; round++) assert.notEqual(await run(), null);
  socket.device = device;
  assert.equal(await run(), null);
  assert.deepEqual([samples(), events()], [2, []]);
});

test("a BMS that is accepted although it is the known one, or silent, stays what it was", async (t) => {
  const { socket, run, events, facts } = await bmsStation(t, pb());
  assert.equal(await run(), null);
  const { identity } = facts();
  assert.equal(await run({ acceptMachine: true }), null);
  socket.device = null;
  assert.notEqual(await run({ acceptMachine: true }), null);
  assert.deepEqual([events(), facts().identity], [[], identity]);
});

test("a counter that began anew is believed once it has proven itself, and told with what it was", async (t) => {
  const device = makeBms4e57();
  const { run, events, samples, later, store } = await bmsStation(t, device);
  const counted = (cycles: number) => device.setRecord(0x87, Uint8Array.from([0, cycles]));
  counted(90);
  assert.equal(await run(), null);
  counted(3);
  for (let reading = 0; reading < 4; reading++) {
    later(200);
    assert.equal(await run(), null);
  }
  assert.deepEqual(events(), []);
  counted(4);
  assert.equal(await run(), null);
  assert.deepEqual(
    deviceEvents(store, "bms", 0).map(({ code, evidence }) => [code, evidence]),
    [["counter_reset", [{ key: "cycle_count", raw: 4, expected: 90 }]]],
  );
  assert.equal(samples(), 6);
});

test("a dry run before a silent device remembers nothing of its silence", async (t) => {
  const { socket, run, look, facts } = await bmsStation(t, makeBms4e57());
  assert.equal(await run(), null);
  socket.device = null;
  const before = facts();
  assert.notEqual(await look(), null);
  assert.deepEqual(facts(), before);
});

test("another number of cells is believed, remembered and told", async (t) => {
  const device = makeBms4e57();
  const { run, events, facts } = await bmsStation(t, device);
  assert.equal(await run(), null);
  const cells = Array.from({ length: 15 }, (_, index) => [index + 1, 0x0c, 0xe4]).flat();
  device.setRecord(0x79, Uint8Array.from([cells.length, ...cells]));
  device.setRecord(0x8a, Uint8Array.from([0, 15]));
  device.setRecord(0x83, Uint8Array.from([0x13, 0x56]));
  // One answer is none: two say so, in one run or in two.
  assert.equal(await run(), null);
  assert.deepEqual([events(), facts().cell_count], [[], 16]);
  assert.equal(await run(), null);
  assert.deepEqual([events(), facts().cell_count], [["cell_count_changed"], 15]);
});

/** The inverter's recording with a serial number, through one poll; `run` returns what failed. */
async function inverterStation(t: TestContext, source: RegisterImage) {
  const line = await startLine(t, makeInverter({ source }));
  const station = orderStation(t, { inverter: { port: line.url, gap_ms: 5, timeout_ms: 300, retries: 2 } });
  const run = async (options: Readonly<Record<string, unknown>> = {}) => {
    station.now += 60;
    const answer = await pollInverters({ ...station.context, options });
    station.store.flush();
    return answer?.failure ?? null;
  };
  return { station, run, facts: () => deviceFacts(station.store, "inverter") };
}

test("a serial number that reads differently each time is nobody's: the inverter stays the known one, and is asked again", async (t) => {
  let reads = 0;
  class Flickering extends RegisterImage {
    override read(address: number) {
      if (address !== 20003 || reads === 0) return super.read(address);
      return reads++;
    }
  }
  const words = [...recordedInverterWords(), [20002, 1], [20003, 2]] as [number, number][];
  const { station, run, facts } = await inverterStation(t, new Flickering(words));
  assert.equal(await run(), null);
  const { identity, identity_at } = facts();
  station.now += 86_400;
  reads = 1000;
  assert.equal(await run(), null);
  assert.deepEqual([facts().identity, facts().identity_at], [identity, identity_at]);
  assert.deepEqual(deviceEvents(station.store, "inverter", 0), []);
  reads = 0;
  assert.equal(await run(), null);
  assert.equal(facts().identity_at, station.now);
});

test("an inverter whose serial number is another one at the daily look is named", async (t) => {
  const words = [...recordedInverterWords(), [20002, 1], [20003, 2]] as [number, number][];
  const source = new RegisterImage(words);
  const { station, run } = await inverterStation(t, source);
  assert.equal(await run(), null);
  station.now += 86_400;
  source.words.set(20003, 9);
  assert.match((await run())?.message ?? "", /another machine.*serial_number.*pv1800-dump --accept-machine/s);
  assert.deepEqual(
    deviceEvents(station.store, "inverter", 0).map(({ code }) => code),
    ["other_machine"],
  );
});

test("an inverter that was exchanged is refused until the owner accepts it; its settings are no stranger's writes", async (t) => {
  const words = [...recordedInverterWords(), [20002, 1], [20003, 2], [25269, 1], [25270, 2]] as [number, number][];
  const source = new RegisterImage(words);
  const { station, run } = await inverterStation(t, source);
  const samples = () => inverterSamples(station.store, "inverter", 0, 2 ** 33).length;
  assert.equal(await run(), null);
  source.words.set(20003, 9).set(25270, 9).set(20113, 77);
  assert.match((await run({ settings: true }))?.message ?? "", /another machine.*pv1800-dump --accept-machine/s);
  // A machine without copies of its identity in the status is recognised all the same.
  source.words.set(25269, 0).set(25270, 0);
  assert.notEqual(await run(), null);
  assert.equal(samples(), 1);
  assert.equal(await run({ acceptMachine: true }), null);
  assert.equal(await run(), null);
  assert.equal(samples(), 3);
  const codes = deviceEvents(station.store, "inverter", 0).map(({ code }) => code);
  assert.deepEqual(codes, ["other_machine", "machine_accepted"]);
  assert.equal(latestSettings(station.store, "inverter")?.raw.max_discharge_current, 77);
  assert.deepEqual(station.orders(), []);
});

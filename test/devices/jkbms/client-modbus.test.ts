import assert from "node:assert/strict";
import { test } from "node:test";
import { BadCommand, BadFrame, DeviceTimeout, ModbusException, PortGone } from "../../../lib/base/errors.ts";
import { said } from "../../../lib/base/failure/failure.ts";
import { crc16Modbus } from "../../../lib/codec/checksum.ts";
import { toHex } from "../../../lib/codec/hex.ts";
import { type BmsClient, pollAnswers } from "../../../lib/devices/bms/client.ts";
import { openBms } from "../../../lib/devices/jkbms/client.ts";
import { BmsModbusClient, pbRangeGuard } from "../../../lib/devices/jkbms/client-modbus.ts";
import { buildAck, buildTrigger } from "../../../lib/devices/jkbms/pb-frame.ts";
import { type ModbusMaster, newStats } from "../../../lib/modbus/master.ts";
import { averageBms, judgeBms } from "../../../lib/view/judge-bms.ts";
import { answerOf, answerWithAck, capture } from "./captures.ts";
import { join } from "./random.ts";
import { type Reaction, ScriptedWire } from "./scripted-wire.ts";

const status = answerWithAck(capture("pb03"));
const settings = answerWithAck(capture("pb02"));
const about = answerWithAck(capture("pb01"));
const TRIGGERS = new Map([
  [toHex(buildTrigger(1, "status")), status],
  [toHex(buildTrigger(1, "settings")), settings],
  [toHex(buildTrigger(1, "device_info")), about],
]);

// Numbers of the recorded frames as big-endian register bytes of each block, by register address.
const FC03_BYTES: Readonly<Record<number, number>> = Object.fromEntries([
  ...words(0x1200, [3357, 3357, 3357, 3356, 3356, 3357, 3356, 3356]),
  ...words(0x1240, [0, 0xff, 3357, 1, 0x0400]),
  ...words(0x128a, [300, 0, 0, 0, 26852, 0, 0, 0, 17841, 296, 294, 0, 0, 0, 0x0058]),
  ...words(0x12c0, [0x0101]),
  ...words(0x12d0, [0xff00]),
  ...words(0x1070, [0, 1, 0, 1]),
]);
function words(start: number, list: readonly number[]): [number, number][] {
  return list.flatMap((word, i) => [
    [start + 2 * i, word >>> 8],
    [start + 2 * i + 1, word & 0xff],
  ]);
}

/** Answers triggers with recorded frames and, if told so, FC03 and FC10 as the sheet says; other bytes are silence. */
function device(can: { frames: boolean; words: boolean; address?: number }) {
  return (request: Uint8Array): Reaction => {
    const frame = can.frames ? TRIGGERS.get(toHex(request)) : undefined;
    if (frame) return [frame];
    if (!can.words || request[0] !== (can.address ?? 1)) return [];
    const start = ((request[2] ?? 0) << 8) | (request[3] ?? 0);
    const count = ((request[4] ?? 0) << 8) | (request[5] ?? 0);
    if (request[1] === 0x10) return [withCrc([...request.subarray(0, 6)])];
    if (request[1] !== 0x03) return [];
    const bytes = Array.from({ length: 2 * count }, (_, i) => FC03_BYTES[start + i] ?? 0);
    return [withCrc([request[0] ?? 0, 3, bytes.length, ...bytes])];
  };
}
function withCrc(body: readonly number[]): Uint8Array {
  const crc = crc16Modbus(Uint8Array.from(body));
  return Uint8Array.from([...body, crc & 0xff, crc >>> 8]);
}
/** Silence costs time in FC03 alone; much less than this would be used up by a busy computer while the answer is there. */
const FAST = { packet_gap_ms: 1, first_byte_ms: 60, inter_byte_ms: 10, retry_quiet_ms: 1 };
async function open(script: (request: Uint8Array, index: number) => Reaction, address = 1) {
  const wire = new ScriptedWire(script);
  const traced: string[] = [];
  const trace = (direction: string, bytes: Uint8Array) => traced.push(`${direction} ${toHex(bytes)}`);
  return { wire, traced, client: await openBms(wire, { ...FAST, protocol: "modbus", address, trace }) };
}

test("one poll is one trigger and one sample", async () => {
  const { client, wire } = await open(device({ frames: true, words: false }));
  const sample = await client.readSample();
  assert.equal(sample.pack_voltage, 26_852);
  assert.equal(sample.battery_current, 17_841);
  assert.equal(sample.soc, 88);
  assert.equal(sample.soh, 100);
  assert.equal(sample.remaining_capacity, 193_465);
  assert.equal(sample.cycle_capacity, 22_418);
  assert.deepEqual(wire.written.map(toHex), ["011016200001020000d6f1"]);
  assert.deepEqual(client.counts, { good: 1, bad: 0, silent: 0, refused: 0 });
  assert.equal(client.name, "/dev/ttyTEST BMS 1");
});

test("frame and acknowledgement in pieces, behind an echo of some bytes", async () => {
  const pieces = [buildTrigger(1, "status").subarray(0, 7), status.subarray(0, 150), status.subarray(150, 303)];
  const { client, wire } = await open(() => [...pieces, status.subarray(303)]);
  assert.equal((await client.readSample()).soc, 88);
  assert.equal(wire.written.length, 1);
});

test("settings and identity come as two frames; nothing of the passwords", async () => {
  const { client, traced } = await open(device({ frames: true, words: false }));
  const found = await client.readSettings();
  assert.equal(found.dialect, "modbus");
  assert.equal(found.values.cell_overvoltage_limit, 3.65);
  assert.equal(found.values.charge_undertemperature_limit, -10);
  assert.equal(found.values.capacity, 220);
  assert.equal(found.values.charge_mosfet_enabled, true);
  assert.equal(found.values.model, "JK_PB2A16S15P");
  assert.equal(found.values.serial_number, "31213480085");
  assert.ok(!JSON.stringify(found).includes("4096"));
  assert.ok(!traced.some((line) => line.includes("34303936")));
  assert.equal(client.knownSettings(), null);
});

for (const [name, reaction, kind] of [
  ["a stale frame of another type", [settings], "foreign"],
  ["a frame of another address", [join(answerOf(capture("pb03")), buildAck(2, "status"))], "foreign"],
  ["no acknowledgement", [answerOf(capture("pb03"))], "short"],
  ["a truncated frame", [status.subarray(0, 288)], "short"],
  ["only an echo", [buildTrigger(1, "status")], "malformed"],
] as const) {
  test(`${name}: BadFrame ${kind} when FC03 is not answered either`, async () => {
    const { client } = await open((request) => (request[1] === 0x10 ? [...reaction] : []));
    await assert.rejects(client.readSample(), (error) => error instanceof BadFrame && error.kind === kind);
  });
}

test("a stale frame in front of the right one is passed over", async () => {
  const { client, wire } = await open(() => [join(settings, [0], status)]);
  assert.equal((await client.readSample()).soc, 88);
  assert.equal(wire.written.length, 1);
});

test("no frames: FC03 in reads of 40 words at most, and from then on at once", async () => {
  const { client, wire } = await open(device({ frames: false, words: true }));
  const sample = await client.readSample();
  assert.equal(sample.pack_voltage, 26_852);
  assert.deepEqual(sample.cells, [3357, 3357, 3357, 3356, 3356, 3357, 3356, 3356]);
  assert.deepEqual([sample.battery_current, sample.soc, sample.charge_mosfet_on], [17_841, 88, 1]);
  const reads = () => wire.written.filter((bytes) => bytes[1] === 3);
  assert.equal(reads().length, 3);
  for (const bytes of reads()) assert.ok((((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0)) <= 40);
  const before = wire.written.length;
  await client.readSample();
  assert.equal(wire.written.length, before + 3);
});

test("an exception to the trigger leads to FC03 as well", async () => {
  const byWords = device({ frames: false, words: true });
  const { client } = await open((request) => (request[1] === 0x10 ? [withCrc([1, 0x90, 2])] : byWords(request)));
  assert.equal((await client.readSample()).soc, 88);
  const lonely = await open((request) => (request[1] === 0x10 ? [withCrc([1, 0x90, 2])] : []));
  await assert.rejects(lonely.client.readSample(), ModbusException);
});

test("all silent: DeviceTimeout with the address in it, FC03 tried only the first time", async () => {
  const { client, wire } = await open(() => [], 3);
  await assert.rejects(client.readSample(), (error) => {
    assert.ok(error instanceof DeviceTimeout);
    assert.match(error.message, /^no reply from \/dev\/ttyTEST BMS 3 in 60 ms \(2 tries\)$/);
    return true;
  });
  const before = wire.written.length;
  await assert.rejects(client.readSample(), DeviceTimeout);
  assert.ok(wire.written.slice(before).every((bytes) => bytes[1] === 0x10));
});

test("a write is the recorded request; it is sent once and answered", async () => {
  const { client, wire } = await open(device({ frames: true, words: true, address: 2 }), 2);
  await client.writeSetting("balancer_enabled", 0);
  await client.writeSetting("smart_sleep_voltage", 3500);
  assert.deepEqual(wire.written.map(toHex), ["021010780002040000000037a9", "0210100000020400000dac35c6"]);
});

test("a refused write is a ModbusException, a silent one DeviceTimeout, both sent once", async () => {
  const refused = await open(() => [withCrc([1, 0x90, 3])]);
  await assert.rejects(refused.client.writeSetting("balancer_enabled", 1), ModbusException);
  assert.equal(refused.wire.written.length, 1);
  const silent = await open(() => []);
  await assert.rejects(silent.client.writeSetting("balancer_enabled", 1), DeviceTimeout);
  assert.equal(silent.wire.written.length, 1);
});

for (const [key, raw] of [
  ["controls", 0],
  ["smart_sleep_time", 1],
  ["board_address", 2],
  ["cell_overvoltage_limit", 4500],
  ["battery_current", 0],
  ["restart", 1],
] as const) {
  test(`refused before any byte goes out: ${key}=${raw}`, async () => {
    const { client, wire } = await open(device({ frames: true, words: true }));
    await assert.rejects(client.writeSetting(key, raw), BadCommand);
    assert.equal(wire.written.length, 0);
  });
}

test("reading back: a transaction of its own over FC03, or the settings frame where FC03 is silent", async () => {
  const words = await open(device({ frames: true, words: true }));
  assert.equal(await words.client.readSetting("charge_mosfet_enabled"), 1);
  assert.equal(words.wire.written[0]?.[1], 3);
  const frames = await open(device({ frames: true, words: false }));
  assert.equal(await frames.client.readSetting("cell_overvoltage_limit"), 3650);
  assert.equal(await frames.client.readSetting("soc"), null);
});

test("everything raw, block by block, secrets hidden", async () => {
  const { client } = await open(device({ frames: true, words: false }));
  const blocks = await client.readRaw();
  assert.deepEqual(Object.keys(blocks), ["status", "settings", "device_info"]);
  assert.equal(blocks.device_info?.password, "(hidden)");
  assert.equal(blocks.settings?.capacity, 220_000);
});

test("the guard: no command block, no passwords, nothing reaching into them", () => {
  for (const [start, count] of [
    [0x1600, 1],
    [0x1620, 1],
    [0x15fe, 2],
    [0x1438, 1],
    [0x1436, 2],
    [0x1470, 8],
    [0x1400, 40],
  ] as const) {
    assert.throws(() => pbRangeGuard(start, count), BadCommand, `0x${start.toString(16)} x ${count}`);
  }
  for (const [start, count] of [
    [0x1000, 40],
    [0x1200, 40],
    [0x1400, 20],
    [0x1400, 28],
    [0x1448, 20],
    [0x15fe, 1],
  ] as const) {
    pbRangeGuard(start, count);
  }
});

test("several slaves on one wire", async () => {
  const wire = new ScriptedWire((request) => {
    const address = request[0] ?? 0;
    if (address > 2) return [];
    return [join(answerOf(capture("pb03")), buildAck(address, "status"))];
  });
  const clients = await Promise.all(
    [1, 2, 3].map((address) => openBms(wire, { ...FAST, protocol: "modbus", address })),
  );
  assert.equal((await clients[0]?.readSample())?.soc, 88);
  assert.equal((await clients[1]?.readSample())?.soc, 88);
  await assert.rejects(clients[2]?.readSample() ?? Promise.resolve(), DeviceTimeout);
  assert.equal((await clients[0]?.readSample())?.soc, 88);
});

test("through a Modbus/TCP gateway there are only words", async () => {
  const asked: number[] = [];
  const master: ModbusMaster = {
    name: "modbus-tcp://192.0.2.7:502",
    stats: newStats(),
    readHoldingRegisters: async (_slave, start, count) => {
      asked.push(start);
      return Uint16Array.from({ length: count }, (_, i) => {
        const at = start + 2 * i;
        return ((FC03_BYTES[at] ?? 0) << 8) | (FC03_BYTES[at + 1] ?? 0);
      });
    },
    writeSingle: async () => undefined,
    writeMultiple: async () => undefined,
    close: async () => undefined,
  };
  const client = new BmsModbusClient(null, master);
  const { answers, bad } = await pollAnswers(client, { polls: 2, gap_ms: 0, accept: (sample) => judgeBms(sample) });
  const { sample } = averageBms(answers, bad);
  assert.deepEqual([sample.soc, sample.good_answers, sample.bad_answers], [88, 2, 0]);
  assert.deepEqual(asked, [0x1200, 0x128a, 0x12f8, 0x1200, 0x128a, 0x12f8]);
  assert.equal(client.lastFrame, null);
});

test("addresses beyond Modbus are refused; 0 is a bus master that must not be asked", async () => {
  for (const address of [0, 248]) {
    await assert.rejects(
      open(() => [], address),
      BadCommand,
    );
  }
});

test("auto finds either protocol and says which", async () => {
  const nw07 = answerOf(capture("nw07"));
  const first = new ScriptedWire((request) => (request[0] === 0x4e ? [nw07] : []));
  assert.equal((await openBms(first, FAST)).dialect, "4e57");
  assert.equal(first.written.length, 1);
  const second = new ScriptedWire(device({ frames: true, words: false }));
  const client = await openBms(second, { ...FAST, protocol: "auto" });
  assert.equal(client.dialect, "modbus");
  assert.equal((await client.readSample()).soc, 88);
  const third = new ScriptedWire(device({ frames: false, words: true }));
  assert.equal((await openBms(third, FAST)).dialect, "modbus");
});

test("auto: a refusal is an answer, and tells that Modbus is spoken", async () => {
  for (const code of [2, 6]) {
    const refuses = (request: Uint8Array): Reaction => {
      if (request[0] === 0x4e) return [];
      return [withCrc([1, (request[1] ?? 0) + 0x80, code])];
    };
    assert.equal((await openBms(new ScriptedWire(refuses), FAST)).dialect, "modbus");
  }
});

test("auto: nobody there is DeviceTimeout; garbage is told as garbage", async () => {
  await assert.rejects(openBms(new ScriptedWire(() => []), FAST), (error) => {
    assert.ok(error instanceof DeviceTimeout);
    assert.match(error.message, /neither to 4E57 nor to Modbus/);
    return true;
  });
  const garbage = new ScriptedWire((request) => (request[0] === 0x4e ? [answerOf(capture("nwneg1"))] : []));
  await assert.rejects(openBms(garbage, FAST), BadFrame);
});

test("a BMS with DIP 0 on the bus is named, with what to do, whatever else is wrong", async () => {
  const recorded = capture("pb08");
  const broadcast = join(answerOf(recorded), buildAck(0, "status"));
  const polls = buildTrigger(3, "status");
  for (const heard of [broadcast, join(broadcast, status.subarray(0, 200)), polls, join(polls, [0xff, 0x55, 0xaa])]) {
    const { client } = await open((request) => (request[1] === 0x10 ? [heard] : []));
    await assert.rejects(client.readSample(), (error) => {
      assert.ok(error instanceof BadFrame && error.kind === "foreign");
      assert.match(error.message, /another master polls this bus.*set a DIP address/);
      return true;
    });
  }
  await assert.rejects(
    open(() => [], 0),
    /another master polls this bus.*set a DIP address/,
  );
});

test("our own trigger heard again is no other master", async () => {
  const { client } = await open((request) =>
    request[1] === 0x10 ? [request, [0xff]].map((b) => Uint8Array.from(b)) : [],
  );
  await assert.rejects(client.readSample(), (error) => !/another master/.test(String(error)));
});

test("busy is asked again after a rest, without using up the tries, and counts as an answer", async () => {
  let asked = 0;
  const { client, wire } = await open((request) =>
    ++asked <= 3 ? [withCrc([1, 0x90, 6])] : device({ frames: true, words: false })(request),
  );
  assert.equal((await client.readSample()).soc, 88);
  assert.deepEqual(client.counts, { good: 1, bad: 3, silent: 0, refused: 3 });
  assert.equal(wire.log.filter((line) => line === "drain 400").length, 3);
});

test("words refused where frames are silent: told as the refusal, not as silence", async () => {
  const { client } = await open((request) => (request[1] === 3 ? [withCrc([1, 0x83, 2])] : []));
  await assert.rejects(client.readSample(), (error) => error instanceof ModbusException && error.code === 2);
});

test("a part that is silent costs its own rows only; all settings at once need every part", async () => {
  const { client } = await open((request) => (toHex(request) === toHex(buildTrigger(1, "settings")) ? [settings] : []));
  const { settings: told, answered, failures } = await client.readSettingParts([]);
  assert.equal(told.values.cell_overvoltage_limit, 3.65);
  assert.ok(!("model" in told.values));
  assert.deepEqual(answered, ["settings"]);
  assert.deepEqual(
    failures.map(({ part }) => part),
    ["device_info"],
  );
  await assert.rejects(client.readSettings(), DeviceTimeout);
});

test("a port that vanishes is told at once, whatever was being asked", async () => {
  const gone = new PortGone(said("/dev/ttyTEST is gone"));
  for (const ask of [
    (client: BmsClient) => client.readSample(),
    (client: BmsClient) => client.readSettingParts([]),
    (client: BmsClient) => client.readSetting("capacity"),
  ]) {
    const { client, wire } = await open(() => []);
    wire.breaks = gone;
    await assert.rejects(ask(client), gone);
    assert.ok(wire.written.length <= 1, "nothing is asked again");
  }
  // The trigger is not answered, and while words are tried instead the adapter is pulled out.
  const { client, wire } = await open((request) => {
    if (request[1] === 3) wire.breaks = gone;
    return [];
  });
  await assert.rejects(client.readSample(), gone);
  const auto = new ScriptedWire(() => []);
  auto.breaks = gone;
  await assert.rejects(openBms(auto, FAST), gone);
  assert.equal(auto.written.length, 1);
});

test("through a gateway no setting can be read out of a frame: its silence is told", async () => {
  const client = new BmsModbusClient(null, {
    name: "modbus-tcp://192.0.2.7:502",
    stats: newStats(),
    readHoldingRegisters: async () => Promise.reject(new DeviceTimeout(said("no reply"))),
    writeSingle: async () => undefined,
    writeMultiple: async () => undefined,
    close: async () => undefined,
  });
  await assert.rejects(client.readSetting("capacity"), DeviceTimeout);
});

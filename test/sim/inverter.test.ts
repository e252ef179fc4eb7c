import assert from "node:assert/strict";
import test from "node:test";
import type { Clock } from "../../lib/base/clock.ts";
import { BadCommand, UsageError } from "../../lib/base/errors.ts";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import type { SimulatedInverter } from "../../lib/devices/pv1800/sim-inverter.ts";
import { readRegisterFile } from "../../lib/devices/pv1800/sim-source.ts";
import { makeInverter } from "../../lib/devices/simulators.ts";
import { readRequest, withCrc, writeMultipleRequest, writeSingleRequest } from "../../lib/modbus/frame.ts";
import type { Twist } from "../../lib/sim/answer.ts";
import { hasValidCrc, wordsOf } from "../../lib/sim/modbus-slave.ts";
import { parseWriteBehaviour } from "../../lib/sim/write-behaviour.ts";

const BLOCKS = [
  [10001, 8],
  [10101, 24],
  [15201, 21],
  [20000, 17],
  [20101, 43],
  [20144, 1],
  [25201, 79],
] as const;

function exchange(device: SimulatedInverter, request: string | Uint8Array, twist: Twist = {}): string | null {
  const heard = device.hear(typeof request === "string" ? fromHex(request) : request);
  const answer = heard.ignored === null ? heard.answer(twist) : null;
  return answer === null ? null : toHex(answer);
}

function read(device: SimulatedInverter, start: number, count = 1, twist: Twist = {}): number[] {
  const answer = exchange(device, readRequest(4, start, count).bytes, twist);
  assert.notEqual(answer, null);
  return wordsOf(fromHex(answer as string).slice(3, -2));
}

function write(device: SimulatedInverter, address: number, word: number): string | null {
  return exchange(device, writeSingleRequest(4, address, word).bytes);
}

test("the recorded inverter answers every block with the words of the recording", () => {
  const device = makeInverter();
  const words = new Map(recordedInverterWords());
  for (const [start, count] of BLOCKS) {
    const want = Array.from({ length: count }, (_, i) => words.get(start + i));
    assert.deepEqual(read(device, start, count), want, `block ${start}`);
  }
  assert.equal(
    words.size,
    BLOCKS.reduce((sum, [, count]) => sum + count, 0),
  );
  for (const word of words.values()) assert.ok(Number.isInteger(word) && word >= 0 && word <= 0xffff);
});

// Requests and acknowledgements of a peer's test vectors (dylangmiles/docker-must-homeassistant), bytes as published.
const VECTORS = [
  { name: "FC16 write of 20109", request: "04104e8d000102000369d8", answer: "04104e8d0001869f" },
  { name: "FC06 write is echoed", request: "04064e8900004f5d", answer: "04064e8900004f5d" },
  { name: "FC16 write of 20143", request: "04104eaf0001020002ae9a", answer: "04104eaf00012695" },
  { name: "FC03 with count 0", request: withCrc([4, 3, 0x62, 0x71, 0, 0]), answer: "0483031130" },
  { name: "FC03 of an absent register", request: withCrc([4, 3, 0x75, 0x30, 0, 1]), answer: "048302d0f0" },
  { name: "FC04 is not supported", request: withCrc([4, 4, 0x62, 0x71, 0, 1]), answer: toHex(withCrc([4, 0x84, 1])) },
  {
    name: "write of a status register",
    request: writeSingleRequest(4, 25201, 1).bytes,
    answer: toHex(withCrc([4, 0x86, 2])),
  },
];

for (const { name, request, answer } of VECTORS) {
  test(`${name} is answered byte by byte`, () => {
    assert.equal(exchange(makeInverter(), request), answer);
  });
}

test("a wrong checksum or another slave address gets no answer", () => {
  const device = makeInverter();
  const spoilt = Uint8Array.from(readRequest(4, 25201, 1).bytes);
  spoilt[7] = (spoilt[7] as number) ^ 1;
  assert.equal(device.hear(spoilt).ignored, "bad_checksum");
  assert.equal(device.hear(readRequest(5, 25201, 1).bytes).ignored, "wrong_slave");
  assert.deepEqual(read(makeInverter({ slave: 4 }), 25201), [3]);
});

test("writes by FC06 and FC16 are stored", () => {
  const device = makeInverter();
  write(device, 20105, 0);
  exchange(device, writeMultipleRequest(4, 20118, [500, 530]).bytes);
  assert.deepEqual([read(device, 20105), read(device, 20118, 2)], [[0], [500, 530]]);
});

test("keeps_old_value acknowledges and stores nothing, and only at its register", () => {
  const device = makeInverter({ writes: [parseWriteBehaviour("keeps_old_value/20105")] });
  assert.equal(write(device, 20105, 0), "04064e8900004f5d");
  write(device, 20113, 50);
  assert.deepEqual([read(device, 20105), read(device, 20113)], [[1], [50]]);
});

test("rounds stores the nearest multiple", () => {
  const device = makeInverter({ writes: [parseWriteBehaviour("rounds=10")] });
  write(device, 20113, 57);
  assert.deepEqual(read(device, 20113), [60]);
});

test("reverts_after brings the old value back in its time", () => {
  let ms = 0;
  const clock: Clock = { now: () => 0, monotonic: () => ms };
  const device = makeInverter({ writes: [parseWriteBehaviour("reverts_after=5")], clock });
  write(device, 20113, 50);
  ms = 4999;
  assert.deepEqual(read(device, 20113), [50]);
  ms = 5000;
  assert.deepEqual(read(device, 20113), [217]);
});

test("exception refuses the write with its code", () => {
  const device = makeInverter({ writes: [parseWriteBehaviour("exception=3")] });
  assert.equal(write(device, 20113, 50), toHex(withCrc([4, 0x86, 3])));
  assert.deepEqual(read(device, 20113), [217]);
});

test("silent_after_write stores and does not answer", () => {
  const device = makeInverter({ writes: [parseWriteBehaviour("silent_after_write")] });
  assert.equal(write(device, 20113, 50), null);
  assert.deepEqual(read(device, 20113), [50]);
});

test("fc06_unsupported refuses FC06 with exception 01 and takes FC16", () => {
  const device = makeInverter({ writes: [parseWriteBehaviour("fc06_unsupported")] });
  assert.equal(write(device, 20113, 50), toHex(withCrc([4, 0x86, 1])));
  exchange(device, writeMultipleRequest(4, 20113, [50]).bytes);
  assert.deepEqual(read(device, 20113), [50]);
});

for (const text of ["silly", "rounds", "normal=3", "keeps_old_value/x"]) {
  test(`write behaviour "${text}" is refused`, () => {
    assert.throws(() => parseWriteBehaviour(text), UsageError);
  });
}

const FORBIDDEN = [
  { name: "10009", request: readRequest(4, 10009, 1).bytes },
  { name: "10100", request: readRequest(4, 10100, 1).bytes },
  { name: "10001 x9", request: readRequest(4, 10001, 9).bytes },
  { name: "20000 x18", request: readRequest(4, 20000, 18).bytes },
  { name: "20100 x44", request: readRequest(4, 20100, 44).bytes },
  { name: "a write of 20017", request: writeSingleRequest(4, 20017, 1).bytes },
];

for (const { name, request } of FORBIDDEN) {
  test(`touching ${name} is noted and wedges the device`, () => {
    const device = makeInverter();
    const heard = device.hear(request);
    assert.deepEqual(heard.notes, ["FORBIDDEN"]);
    heard.answer({});
    assert.equal(device.wedged, true);
    assert.deepEqual(read(device, 25201, 79), new Array(79).fill(0));
    write(device, 20105, 0);
    assert.deepEqual(read(device, 20105), [0]);
    assert.equal(device.source.read(20105), 1, "a wedged device stores nothing");
  });
}

test("the allowed neighbours of the forbidden registers are not noted", () => {
  const device = makeInverter();
  for (const [start, count] of BLOCKS) assert.deepEqual(device.hear(readRequest(4, start, count).bytes).notes, []);
  assert.equal(device.wedged, false);
});

test("faults of the device change its answers as they say", () => {
  const device = makeInverter();
  assert.equal(exchange(device, readRequest(4, 25201, 1).bytes, { exception: 2 }), "048302d0f0");
  assert.deepEqual(read(device, 25201, 2, { registers: 1 }), [3, 230, 5000]);
  assert.deepEqual(read(device, 25201, 2, { registers: -1 }), [3]);
  assert.deepEqual(read(device, 25201, 3, { zeros: true }), [0, 0, 0]);
  const foreign = fromHex(exchange(device, readRequest(4, 25201, 1).bytes, { wrongSlave: true }) as string);
  assert.equal(foreign[0], 5);
  assert.ok(hasValidCrc(foreign));
  const spoilt = fromHex(exchange(device, readRequest(4, 25201, 1).bytes, { wrongChecksum: true }) as string);
  assert.ok(!hasValidCrc(spoilt));
});

test("frozen values stay until the fault ends, while writes go through", () => {
  const device = makeInverter();
  assert.deepEqual(read(device, 20113, 1, { freeze: true }), [217]);
  write(device, 20113, 50);
  assert.deepEqual(read(device, 20113, 1), [50]);
  assert.deepEqual(read(device, 20113, 1, { freeze: true }), [50]);
  device.source.write(20113, 60);
  assert.deepEqual(read(device, 20113, 1, { freeze: true }), [50]);
  assert.deepEqual(read(device, 20113), [60]);
});

test("requests are cut by their length, glued ones one by one, half ones not at all", () => {
  const device = makeInverter();
  const one = readRequest(4, 25201, 1).bytes;
  const two = writeMultipleRequest(4, 20118, [500, 530]).bytes;
  const both = Uint8Array.from([...one, ...two]);
  assert.deepEqual(device.cut(both), { used: 8, frame: one });
  assert.deepEqual(device.cut(both.slice(8)), { used: 13, frame: two });
  for (let n = 0; n < 8; n++) assert.equal(device.cut(one.slice(0, n)), null);
  for (let n = 0; n < 13; n++) assert.equal(device.cut(two.slice(0, n)), null);
});

test("register files are read in every form", () => {
  const want = new Map([
    [20105, 1],
    [20106, 0],
  ]);
  const texts = [
    '{"registers":{"20105":1,"20106":0},"model":"x"}',
    '{"raw_derived":{"20105":1,"20106":0}}',
    '{"20105":1,"20106":0}',
    "# comment\n20105=1\n20106 = 0 # off\n",
    `# device: x\n> ${toHex(readRequest(4, 20105, 2).bytes)}\n< ${toHex(withCrc([4, 3, 4, 0, 1, 0, 0]))}\n`,
  ];
  for (const text of texts) assert.deepEqual(readRegisterFile(text, "file"), want);
  assert.throws(() => readRegisterFile("nothing here", "file"), BadCommand);
});

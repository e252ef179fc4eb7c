import assert from "node:assert/strict";
import test from "node:test";
import { BadCommand } from "../../lib/base/errors.ts";
import { byteSum } from "../../lib/codec/checksum.ts";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { buildFrame, COMMAND } from "../../lib/devices/jkbms/frame.ts";
import { PB_STATUS } from "../../lib/devices/jkbms/pb-status.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import {
  RECORDED_PB_ABOUT,
  RECORDED_PB_SETTINGS,
  RECORDED_PB_STATUS,
} from "../../lib/devices/jkbms/recording-pb-8s.ts";
import { CELLS_RECORD, RECORDS } from "../../lib/devices/jkbms/records.ts";
import { cellsOfValue, FRAME, isValidFrame, recordsOfFrame } from "../../lib/devices/jkbms/sim-records.ts";
import { makeBms4e57, makeBmsPb, readFrameFile } from "../../lib/devices/simulators.ts";
import { withCrc } from "../../lib/modbus/frame.ts";
import type { Twist } from "../../lib/sim/answer.ts";
import { type BmsState, StillPack } from "../../lib/sim/bms-state.ts";
import type { SimulatedDevice } from "../../lib/sim/device.ts";

// Requests as published: the vendor's document, syssi/esphome-jk-bms issue 404 and pull request 343.
const READ_ALL = "4e5700130000000006030000000000006800000129";
const READ_ALL_BY_READ = "4e5700130000000003030000000000006800000126";
const READ_CURRENT = "4e57001300000000030300840000000068000001aa";
const ACTIVATE = "4e5700130000000001030000000000006800000124";
const CHARGE_ON = "4e57001400000000020300ab010000000068000001d2";
const CHARGE_OFF = "4e57001400000000020300ab000000000068000001d1";
const CHARGE_OFF_TYPE_2 = "4e57001400000000020302ab000000000068000001d3";
const DISCHARGE_OFF = "4e57001400000000020300ac000000000068000001d2";
const BALANCER_OFF = "4e570014000000000203009d000000000068000001c3";
const OVERTEMPERATURE_71 = "4e57001500000000020300a30047000000006800000211";
const WRONG_SUM = "4e57001400000000020200ab00000000006800000168";
const CHARGE_ACK = "4e57001300000000020001ab0000000068000001ce";

const PACK: BmsState = {
  cells: [3301, 3302, 3303, 3304, 3305, 3306, 3307, 3308, 3309, 3310, 3311, 3312, 3313, 3314, 3315, 3316],
  pack_voltage: 52.94,
  battery_current: -12.34,
  soc: 71,
  mosfet_temperature: 31,
  battery_temperature_1: -7,
  battery_temperature_2: 24,
  charge_mosfet_enabled: true,
  discharge_mosfet_enabled: true,
  balancer_enabled: true,
  charge_mosfet_on: true,
  discharge_mosfet_on: true,
  balancing: true,
  warnings: 0x0400,
  cycle_count: 12,
  cycle_capacity: 3456,
  capacity: 280,
};

function exchange(device: SimulatedDevice, request: string, twist: Twist = {}): string | null {
  const heard = device.hear(fromHex(request));
  const answer = heard.ignored === null ? heard.answer(twist) : null;
  return answer === null ? null : toHex(answer);
}

function recordsNow(device: SimulatedDevice, twist: Twist = {}): Map<number, string> {
  const frame = fromHex(exchange(device, READ_ALL, twist) as string);
  return new Map([...recordsOfFrame(frame, "answer")].map(([tag, value]) => [tag, toHex(value)]));
}

test("the recorded frame is answered byte by byte, to 06 and to 03 with id 00", () => {
  assert.equal(exchange(makeBms4e57(), READ_ALL), toHex(RECORDED_BMS_16S));
  const byRead = fromHex(exchange(makeBms4e57(), READ_ALL_BY_READ) as string);
  assert.equal(byRead[8], 3);
  assert.deepEqual(byRead.slice(11, -4), RECORDED_BMS_16S.slice(11, -4));
  assert.ok(isValidFrame(byRead));
});

test("one id is answered with its value, activation with an acknowledgement", () => {
  const one = fromHex(exchange(makeBms4e57(), READ_CURRENT) as string);
  assert.equal(toHex(one.slice(11, -9)), "84824a");
  const activated = fromHex(exchange(makeBms4e57(), ACTIVATE) as string);
  assert.deepEqual([activated.length, activated[8]], [21, 1]);
});

test("a live pack lies over the recording in the true tag order", () => {
  const records = recordsNow(makeBms4e57({ source: new StillPack(PACK) }));
  assert.deepEqual([...records.keys()], [...recordsOfFrame(RECORDED_BMS_16S, "recorded").keys()]);
  assert.deepEqual(cellsOfValue(fromHex(records.get(0x79) as string)), PACK.cells);
  const want: Record<number, string> = {
    128: "001f",
    129: "006b",
    130: "0018",
    131: "14ae",
    132: "04d2",
    133: "47",
    135: "000c",
    137: "00000d80",
    138: "0010",
    139: "0400",
    140: "0007",
    157: "01",
    169: "10",
    170: "00000118",
    171: "01",
    172: "01",
  };
  for (const [tag, value] of Object.entries(want)) assert.equal(records.get(Number(tag)), value, `tag ${tag}`);
});

test("charging has bit 15 in protocol version 1 and counts down from 10000 in version 0", () => {
  const charging = new StillPack({ ...PACK, battery_current: 5 });
  assert.equal(recordsNow(makeBms4e57({ source: charging })).get(0x84), "81f4");
  const old = recordsNow(makeBms4e57({ source: charging, protocolVersion: 0 }));
  assert.equal(old.get(0x84), "251c");
  assert.equal(recordsNow(makeBms4e57({ source: new StillPack(PACK), protocolVersion: 0 })).get(0x84), "2be2");
  for (const tag of [0xb8, 0xb9, 0xba, 0xc0]) assert.equal(old.has(tag), false);
});

for (const { name, source } of [
  { name: "recorded", source: undefined },
  { name: "live", source: new StillPack(PACK) },
]) {
  test(`switch writes take effect on a ${name} pack and the status bits follow`, () => {
    const device = makeBms4e57(source ? { source } : {});
    const before = Number.parseInt(recordsNow(device).get(0x8c) as string, 16);
    assert.equal(exchange(device, CHARGE_OFF), CHARGE_ACK);
    let records = recordsNow(device);
    assert.equal(records.get(0xab), "00");
    assert.equal(Number.parseInt(records.get(0x8c) as string, 16), before & ~1);
    exchange(device, DISCHARGE_OFF);
    exchange(device, CHARGE_ON);
    records = recordsNow(device);
    assert.deepEqual([records.get(0xab), records.get(0xac)], ["01", "00"]);
    assert.equal(Number.parseInt(records.get(0x8c) as string, 16), before & ~2);
  });
}

test("requests of transport type 02 are taken, replies and echoes are not", () => {
  const device = makeBms4e57();
  assert.equal(exchange(device, CHARGE_OFF_TYPE_2), CHARGE_ACK);
  assert.equal(device.hear(fromHex(CHARGE_ACK)).ignored, "not_a_request");
  assert.equal(device.hear(RECORDED_BMS_16S).ignored, "not_a_request");
});

test("a wrong checksum gets no answer and changes nothing", () => {
  const device = makeBms4e57();
  assert.equal(device.hear(fromHex(WRONG_SUM)).ignored, "bad_checksum");
  assert.equal(recordsNow(device).get(0xab), "01");
});

const REFUSALS = [
  { name: "the balancer by its tag", ignoredWrites: [0x9d], balancer: "01", temperature: "0047" },
  { name: "all settings", ignoredWrites: "settings" as const, balancer: "01", temperature: "002d" },
  { name: "nothing", ignoredWrites: [], balancer: "00", temperature: "0047" },
];
for (const { name, ignoredWrites, balancer, temperature } of REFUSALS) {
  test(`a BMS that ignores writes of ${name} acknowledges them all the same`, () => {
    const device = makeBms4e57({ ignoredWrites });
    assert.equal(fromHex(exchange(device, BALANCER_OFF) as string)[11], 0x9d);
    assert.equal(fromHex(exchange(device, OVERTEMPERATURE_71) as string)[11], 0xa3);
    exchange(device, CHARGE_OFF);
    const records = recordsNow(device);
    assert.deepEqual([records.get(0x9d), records.get(0xa3), records.get(0xab)], [balancer, temperature, "00"]);
  });
}

test("faults change the frame as they say and keep or spoil its checksum", () => {
  const device = makeBms4e57();
  const cells = (twist: Twist) => cellsOfValue(fromHex(recordsNow(device, twist).get(0x79) as string)).length;
  assert.deepEqual([cells({ registers: 2 }), cells({ registers: -3 })], [18, 13]);
  const zeros = recordsNow(device, { zeros: true });
  assert.deepEqual([zeros.get(0x83), zeros.get(0x85), zeros.get(0xab)], ["0000", "00", "01"]);
  assert.equal(exchange(device, READ_ALL, { exception: 2 }), null);
  assert.ok(!isValidFrame(fromHex(exchange(device, READ_ALL, { wrongChecksum: true }) as string)));
  const foreign = fromHex(exchange(device, READ_ALL, { wrongSlave: true }) as string);
  assert.ok(isValidFrame(foreign));
  assert.equal(foreign[7], 1);
});

test("frozen values stay while the pack goes on", () => {
  const pack = new StillPack(PACK);
  const device = makeBms4e57({ source: pack });
  recordsNow(device, { freeze: true });
  pack.state = { ...PACK, soc: 20 };
  assert.equal(recordsNow(device, { freeze: true }).get(0x85), "47");
  assert.equal(recordsNow(device).get(0x85), "14");
});

test("requests are cut out of noise, glued and half ones as they come", () => {
  const device = makeBms4e57();
  const request = fromHex(READ_ALL);
  assert.deepEqual(device.cut(Uint8Array.from([0, 0xff, ...request])), { used: 2, frame: null });
  assert.deepEqual(device.cut(Uint8Array.from([...request, ...request])), { used: 21, frame: request });
  assert.deepEqual(device.cut(fromHex("4e57ffff00")), { used: 2, frame: null });
  for (let n = 0; n < 21; n++) assert.equal(device.cut(request.slice(0, n)), null, `${n} bytes`);
});

test("a frame is read from a capture of either form", () => {
  const hex = toHex(RECORDED_BMS_16S);
  assert.deepEqual(readFrameFile(JSON.stringify({ response_hex: hex }), "file"), RECORDED_BMS_16S);
  assert.deepEqual(readFrameFile(`# device\n> ${READ_ALL}\n< ${hex}\n`, "file"), RECORDED_BMS_16S);
  assert.throws(() => readFrameFile(`< ${hex.slice(0, -2)}00\n`, "file"), BadCommand);
  assert.throws(() => readFrameFile("nothing", "file"), BadCommand);
});

const PB_TRIGGERS = [
  { name: "device", request: "0110161c0001020000d3cd", want: RECORDED_PB_ABOUT, tail: "0110161c0001c447" },
  { name: "settings", request: "0110161e0001020000d22f", want: RECORDED_PB_SETTINGS, tail: "0110161e00016587" },
  { name: "status", request: "011016200001020000d6f1", want: RECORDED_PB_STATUS, tail: "011016200001044b" },
];
for (const { name, request, want, tail } of PB_TRIGGERS) {
  test(`the PB ${name} trigger is answered with the recorded frame and its tail`, () => {
    assert.equal(exchange(makeBmsPb(), request), toHex(want) + tail);
  });
}

test("PB registers count bytes, and reads may start inside a field", () => {
  const device = makeBmsPb();
  assert.equal(exchange(device, "0103106c00054114"), toHex(withCrc(fromHex("01030a00000008000000010000"))));
  const status = exchange(device, toHex(withCrc(fromHex("010312900008")))) as string;
  assert.equal(status.slice(6, 38), "000068e400074f60000045b101280126");
  assert.equal(exchange(device, toHex(withCrc(fromHex("010312a60001"))))?.slice(6, 10), "0058");
});

// Frames the author of txubelaxu/esphome-jk-bms logged on his bus, slave 2.
const PB_WRITES = [
  { request: "021010780002040000000037a9", address: "1078", count: 2, want: "00000000" },
  { request: "0210100000020400000dac35c6", address: "1000", count: 2, want: "00000dac" },
  { request: "021011140001020210b019", address: "1114", count: 1, want: "0210" },
];
for (const { request, address, count, want } of PB_WRITES) {
  test(`the PB write ${request} is acknowledged and stored`, () => {
    const device = makeBmsPb({ addresses: [1, 2] });
    const start = `02${"03"}${address}000${count}`;
    assert.equal(exchange(device, request), toHex(withCrc(fromHex(request.slice(0, 12)))));
    assert.equal(exchange(device, toHex(withCrc(fromHex(start))))?.slice(6, -4), want);
  });
}

test("PB refusals: register 1504, unknown registers, functions and slaves", () => {
  const device = makeBmsPb({ addresses: [2] });
  assert.equal(exchange(device, "02101504000102000a77e2"), "029003fc01");
  assert.equal(exchange(device, toHex(withCrc(fromHex("020320000001")))), toHex(withCrc(fromHex("028302"))));
  assert.equal(exchange(device, toHex(withCrc(fromHex("020610700001")))), toHex(withCrc(fromHex("028601"))));
  assert.equal(device.hear(withCrc(fromHex("030312000001"))).ignored, "wrong_slave");
});

test("each PB address has its own live pack, and its switches work", () => {
  const packs = { 1: new StillPack(PACK), 2: new StillPack({ ...PACK, battery_current: 3.5, soc: 99 }) };
  const device = makeBmsPb({ addresses: [1, 2], sources: packs });
  const read = (unit: number, address: string, count: number) =>
    exchange(device, toHex(withCrc(fromHex(`0${unit}03${address}000${count}`))))?.slice(6, -4);
  assert.deepEqual([read(1, "12a6", 1), read(2, "12a6", 1)], ["0147", "0163"]);
  assert.deepEqual([read(1, "1298", 2), read(2, "1298", 2)], ["ffffcfcc", "00000dac"]);
  assert.deepEqual([read(1, "1240", 2), read(2, "1108", 2)], ["0000ffff", "00000002"]);
  exchange(device, toHex(withCrc(fromHex("01101070000204000000 00"))));
  assert.deepEqual([packs[1].state.charge_mosfet_on, packs[2].state.charge_mosfet_on], [false, true]);
  assert.equal(read(1, "12c0", 1), "0001");
});

test("every record of the recording is known to the table", () => {
  const tags = new Set<number>(Object.values(RECORDS).map((row) => row.tag));
  for (const tag of recordsOfFrame(RECORDED_BMS_16S, "recorded").keys()) assert.ok(tag === 0x79 || tags.has(tag));
});

const requestOf = (command: number, data: readonly number[]) => toHex(buildFrame({ command, data }));

test("the password pair is acknowledged, or not where a board does not know it; an unknown command never", () => {
  const password = requestOf(COMMAND.password, [0xb2, 0x31]);
  assert.equal(fromHex(exchange(makeBms4e57(), password) as string)[FRAME.data], 0xb2);
  assert.equal(exchange(makeBms4e57({ answersPassword: false }), password), null);
  const unknown = makeBms4e57().hear(fromHex(requestOf(0x09, [0])));
  assert.deepEqual([unknown.info?.what, exchange(makeBms4e57(), requestOf(0x09, [0]))], ["unknown", null]);
});

test("a record that is not there is not answered, and a write of another length is not taken", () => {
  const device = makeBms4e57();
  const tag = RECORDS.soc.tag;
  assert.equal(fromHex(exchange(device, requestOf(COMMAND.read, [tag])) as string)[FRAME.data], tag);
  device.dropRecord(tag);
  assert.equal(exchange(device, requestOf(COMMAND.read, [tag])), null);
  for (const data of [[0xab, 0, 0], [0xab], [0x01, 0], [0x79, 0]])
    assert.equal(exchange(device, requestOf(COMMAND.write, data)), null, String(data));
  assert.equal(recordsNow(device).get(0xab), "01");
});

test("a board without its status or its cells still answers, and its switches still switch", () => {
  const device = makeBms4e57();
  device.dropRecord(RECORDS.status.tag);
  device.dropRecord(CELLS_RECORD.tag);
  assert.equal(exchange(device, CHARGE_OFF), CHARGE_ACK);
  const records = recordsNow(device);
  assert.deepEqual([records.get(0xab), records.has(0x8c), records.has(0x79)], ["00", false, false]);
  assert.equal(recordsNow(device, { registers: 2 }).get(0x79), "06010000020000");
});

test("a frame with a record that no table has is refused by name as a recording", () => {
  const strange = buildFrame({ command: COMMAND.read_all, data: [0x85, 50, 0xc1, 7], source: 0, transport: 1 });
  assert.throws(() => recordsOfFrame(strange, "my.cap"), /my\.cap: unknown tag c1/);
  assert.throws(() => recordsOfFrame(RECORDED_BMS_16S.slice(1), "my.cap"), /my\.cap: no valid 4E57 frame/);
});

test("a recording of the old firmware stays as it is, and a live pack over it counts down from 10000", () => {
  const old = makeBms4e57({ protocolVersion: 0 });
  const frame = fromHex(exchange(old, READ_ALL) as string);
  assert.equal(exchange(makeBms4e57({ frame, protocolVersion: 0 }), READ_ALL), toHex(frame));
  // +58.60 A and -12.34 A.
  assert.equal(recordsNow(makeBms4e57({ frame, source: new StillPack(PACK) })).get(0x84), "2be2");
});

const pb = (hex: string) => toHex(withCrc(fromHex(hex)));
const PB_REFUSED = [
  { name: "no register asked for", request: "010312000000", want: "018303" },
  { name: "more than an answer holds", request: "01031200007c", want: "018303" },
  { name: "beyond the end of a block", request: "010312f80078", want: "018302" },
  { name: "a write of the status", request: "01101200000204000000 00", want: "019002" },
  { name: "a write of no known register", request: "011020000001020001", want: "019002" },
  { name: "a write whose count is not its bytes", request: "011010000001040000 0dac", want: "019003" },
];
for (const { name, request, want } of PB_REFUSED) {
  test(`a PB board refuses ${name}`, () => assert.equal(exchange(makeBmsPb(), pb(request.replace(" ", ""))), pb(want)));
}

test("a PB board acknowledges its command block and the writes that it ignores, and keeps its settings", () => {
  const device = makeBmsPb({ ignoredWrites: [0x1078] });
  const balancer = () => exchange(device, pb("010310780002"))?.slice(6, -4);
  const before = balancer();
  for (const request of ["011016000001020001", "0110107800020400000000"])
    assert.equal(exchange(device, pb(request)), pb(request.slice(0, 12)));
  assert.equal(before, "00000001");
  assert.equal(balancer(), before);
});

test("the discharge switch of a recorded PB board takes effect at once", () => {
  const device = makeBmsPb();
  const mosfets = () => exchange(device, pb("010312c00001"))?.slice(6, -4);
  assert.equal(mosfets(), "0101");
  exchange(device, pb("0110107400020400000000"));
  assert.equal(mosfets(), "0100");
});

test("faults change a PB frame as they say and keep or spoil its sums", () => {
  const pack = new StillPack(PACK);
  const device = makeBmsPb({ sources: { 1: pack } });
  const [trigger] = PB_TRIGGERS.filter(({ name }) => name === "status").map(({ request }) => request) as [string];
  const frame = (twist: Twist) => fromHex(exchange(device, trigger, twist) as string);
  const isGood = (bytes: Uint8Array) => byteSum(bytes, 0, 299, 8) === bytes[299];
  const soc = (bytes: Uint8Array) => bytes[6 + PB_STATUS.soc.offset];
  assert.deepEqual([isGood(frame({})), isGood(frame({ wrongChecksum: true }))], [true, false]);
  assert.deepEqual([frame({})[300], frame({ wrongSlave: true })[300]], [1, 2]);
  assert.equal(toHex(frame({ exception: 6 })), pb("019006"));
  assert.deepEqual([soc(frame({})), soc(frame({ zeros: true }))], [71, 0]);
  frame({ freeze: true });
  pack.state = { ...PACK, soc: 20 };
  assert.deepEqual([soc(frame({ freeze: true })), soc(frame({}))], [71, 20]);
  const words = (twist: Twist) => fromHex(exchange(device, pb("010312a60004"), twist) as string).length - 5;
  assert.deepEqual([words({}), words({ registers: 2 }), words({ registers: -3 })], [8, 12, 2]);
  assert.equal(exchange(device, pb("010312a60001"), { exception: 6 }), pb("018306"));
});

test("the balancer of a pack that stands still stops when it is switched off, and starts by no switch", () => {
  const pack = new StillPack(PACK);
  pack.setSwitch("balancer_enabled", true);
  assert.equal(pack.read().balancing, true);
  pack.setSwitch("balancer_enabled", false);
  assert.deepEqual([pack.read().balancer_enabled, pack.read().balancing], [false, false]);
  pack.setSwitch("balancer_enabled", true);
  assert.equal(pack.read().balancing, false);
});

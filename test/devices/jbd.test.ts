import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { BadFrame, DeviceTimeout, PortGone } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { valueFromRaw } from "../../lib/codec/values.ts";
import { warningFlags } from "../../lib/devices/bms/sample.ts";
import { JbdClient } from "../../lib/devices/jbd/jbd-client.ts";
import { alarmsOf, decodeCells, decodeInfo, decodeName, sampleOf } from "../../lib/devices/jbd/jbd-decode.ts";
import {
  buildAnswer,
  buildRead,
  type JbdFrame,
  type JbdRegister,
  JbdScanner,
  REGISTER,
} from "../../lib/devices/jbd/jbd-frame.ts";
import { RECORDED_JBD_4S, SimulatedJbd } from "../../lib/devices/jbd/jbd-simulator.ts";
import { dateFromWord, INFO_BYTES, JBD_INFO, PROTECTIONS, versionFromByte } from "../../lib/devices/jbd/jbd-table.ts";
import { ALARMS } from "../../lib/devices/jkbms/pb-status.ts";
import { openWire } from "../../lib/port/open.ts";
import { startLine } from "../support/simulated.ts";
import { join } from "./jkbms/random.ts";
import { type Reaction, ScriptedWire } from "./jkbms/scripted-wire.ts";

interface Item {
  readonly what: string;
  readonly request_hex: string;
  readonly response_hex: string;
  readonly expected: Readonly<Record<string, unknown>>;
}
interface Recording {
  readonly name: string;
  readonly negative?: true;
  readonly items: readonly Item[];
  readonly verified: {
    readonly items: readonly {
      readonly accepted?: boolean;
      readonly decoded_by_us?: Readonly<Record<string, unknown>>;
    }[];
  };
}

const FOLDER = new URL("../captures/jbd/", import.meta.url);
const RECORDINGS: readonly Recording[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .sort()
  .map((file) => ({ name: file.replace(/\.json$/, ""), ...JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) }));

const registerOf = (item: Item) => fromHex(item.request_hex)[2] as JbdRegister;
const isRead = (item: Item) => Object.values(REGISTER).includes(registerOf(item));
/** Frames in the bytes, however they are cut. */
function scan(register: JbdRegister, ...chunks: readonly Uint8Array[]): { frames: JbdFrame[]; kinds: string[] } {
  const scanner = new JbdScanner(register);
  const frames = chunks.flatMap((chunk) => scanner.push(chunk));
  frames.push(...scanner.finish());
  return { frames, kinds: scanner.rejections.map(({ kind }) => kind) };
}

/** How the words of the recordings are found in a decoded frame. */
function decoded(item: Item): Record<string, unknown> {
  const [frame] = scan(registerOf(item), fromHex(item.response_hex)).frames;
  assert.ok(frame && frame.status === 0, `${item.what}: no good frame`);
  if (frame.register === REGISTER.name) return { model: decodeName(frame.data) };
  if (frame.register === REGISTER.cells) {
    const cells = decodeCells(frame.data, item.what);
    return {
      cell_voltages_V: cells.map((mv) => mv / 1000),
      min_cell: cells.indexOf(Math.min(...cells)) + 1,
      max_cell: cells.indexOf(Math.max(...cells)) + 1,
      ...Object.fromEntries(cells.map((mv, i) => [`cell_${i + 1}_mV`, mv])),
    };
  }
  const { raw, temperatures } = decodeInfo(frame.data, item.what);
  const value = (key: keyof typeof JBD_INFO) => valueFromRaw(JBD_INFO[key], raw[key]);
  const date = String(value("manufacturing_date"));
  return {
    total_voltage_V: value("pack_voltage"),
    current_A: value("battery_current"),
    remaining_Ah: value("remaining_capacity"),
    nominal_Ah: value("capacity"),
    cycles: value("cycle_count"),
    production_date: `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`,
    balance_low: raw.balancing_1_16,
    balance_high: raw.balancing_17_32,
    protection_bitmask: raw.protections,
    software_version: Number(value("software_version")).toFixed(1),
    soc_pct: value("soc"),
    mos_bitmask: raw.mosfets,
    cell_count: value("cell_count"),
    ntc_count: value("temperature_sensor_count"),
    temperatures_C: temperatures.map((tenths) => tenths / 10),
    temperature_1_C: (temperatures[0] ?? 0) / 10,
    tail_hex: toHex(frame.data.subarray(INFO_BYTES + 2 * temperatures.length)),
  };
}

// jbd18 shows A5 where the register stands, in one source: refused like an echo.
const GOOD = RECORDINGS.filter(({ name, negative }) => !negative && !name.startsWith("jbd18"));

test("there are recordings", () => assert.ok(GOOD.length >= 11 && RECORDINGS.length >= 17));

for (const { name, items, verified } of GOOD) {
  for (const [index, item] of items.entries()) {
    if (!isRead(item)) continue;
    test(`${name}: ${item.what}`, () => {
      const found = decoded(item);
      for (const stated of [item.expected, verified.items[index]?.decoded_by_us ?? {}]) {
        for (const [key, value] of Object.entries(stated)) {
          if (key in found) assert.deepEqual(found[key], value, key);
        }
      }
      assert.equal(toHex(buildRead(registerOf(item))), item.request_hex);
    });
  }
}

for (const { name, items, verified } of RECORDINGS.filter(
  ({ negative, name }) => negative || name.startsWith("jbd18"),
)) {
  for (const [index, item] of items.entries()) {
    if (!isRead(item)) continue;
    test(`refused or passed over: ${name}: ${item.what}`, () => {
      const { frames, kinds } = scan(registerOf(item), fromHex(item.response_hex));
      const good = frames.filter(({ status, data }) => status === 0 && data.length > 0);
      if (verified.items[index]?.accepted === true && Array.isArray(item.expected.cell_voltages_V)) {
        assert.deepEqual(decodeCells(good[0]?.data ?? new Uint8Array(), name), [3909, 3901, 3895, 3901]);
        assert.deepEqual(kinds, ["echo"]);
        return;
      }
      assert.deepEqual(good, []);
      assert.ok(kinds.length > 0 || frames.length > 0, "the reason is told");
      for (const frame of frames.filter(({ status }) => status === 0)) {
        assert.throws(() => decodeInfo(frame.data, name), BadFrame);
      }
    });
  }
}

const answer = (register: number) => buildAnswer(register, RECORDED_JBD_4S[register] as Uint8Array);
const info = answer(REGISTER.info);
const cells = answer(REGISTER.cells);

test("a frame is found whole, split at every byte, behind noise, behind a bad one, behind an echo and before more", () => {
  const bad = info.slice();
  bad[5] = (bad[5] as number) ^ 1;
  for (const before of [
    [],
    [0xff],
    [0xdd],
    [0xdd, 0x03, 0x00],
    [0xdd, 0xdd],
    [...bad],
    [...buildRead(3)],
    [...cells],
    [...info.slice(0, 20)],
  ]) {
    const bytes = join(before, info, [0x01]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { frames } = scan(REGISTER.info, bytes.subarray(0, cut), bytes.subarray(cut));
      assert.deepEqual(
        frames.map(({ bytes: found }) => toHex(found)),
        [toHex(info)],
        `${toHex(Uint8Array.from(before))} cut at ${cut}`,
      );
    }
  }
});

test("every single changed byte is refused, the unprotected register byte included", () => {
  for (let at = 0; at < info.length; at++) {
    for (let mask = 1; mask < 256; mask += 37) {
      const copy = info.slice();
      copy[at] = (copy[at] as number) ^ mask;
      assert.deepEqual(scan(REGISTER.info, copy).frames, [], `byte ${at}`);
    }
  }
});

test("random bytes: no exception, no endless wait", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed >> 16;
  };
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: 80 }, () => (random() % 6 === 0 ? 0xdd : random() & 255));
    for (const frame of scan(REGISTER.info, bytes).frames) {
      try {
        decodeInfo(frame.data, "random");
      } catch (error) {
        assert.ok(error instanceof BadFrame);
      }
    }
  }
});

test("words at their edges", () => {
  assert.equal(dateFromWord(0x2c7c), 20220328);
  assert.equal(dateFromWord(0), null);
  assert.equal(versionFromByte(0x28), 28);
  const data = (RECORDED_JBD_4S[REGISTER.info] as Uint8Array).slice();
  data.set([0xff, 0xff], 2);
  assert.equal(decodeInfo(data, "test").raw.battery_current, -1);
  data.set([0x0a, 0x00], INFO_BYTES);
  assert.equal(decodeInfo(data, "test").temperatures[0], -171);
  for (const [at, byte] of [
    [21, 0],
    [21, 33],
    [22, 9],
    [22, 4],
  ] as const) {
    const copy = data.slice();
    copy[at] = byte;
    assert.throws(() => decodeInfo(copy, "test"), BadFrame, `byte ${at} = ${byte}`);
  }
  assert.throws(() => decodeInfo(data.subarray(0, 22), "test"), BadFrame);
  assert.throws(() => decodeCells(Uint8Array.of(1), "test"), BadFrame);
  assert.throws(() => decodeCells(new Uint8Array(66), "test"), BadFrame);
});

test("a protection weighs what the common alarm of the same meaning weighs; a lock by software is none", () => {
  for (const [bit, { alarm, severity, ends_off_grid }] of Object.entries(PROTECTIONS)) {
    const word = alarmsOf(2 ** Number(bit));
    assert.equal(word, alarm === null ? 0 : 2 ** alarm);
    if (alarm === null) continue;
    const { severity: same, ends_off_grid: ends } = ALARMS[alarm as keyof typeof ALARMS];
    assert.deepEqual([severity, ends_off_grid], [same, ends], `bit ${bit}`);
  }
  assert.equal(alarmsOf(0xc000), 0);
});

test("cells and information that do not belong together make no sample", () => {
  const found = decodeInfo(RECORDED_JBD_4S[REGISTER.info] as Uint8Array, "test");
  assert.throws(() => sampleOf(found, [3900, 3901, 3902], "test"), /3 cells listed, 4 counted/);
  assert.equal(sampleOf(found, [3900, 0, 3902, 3900], "test").cells[1], 0, "a loose wire is shown");
});

/** Silence on a scripted wire costs no time; the time for an answer stays as it is, or a busy computer would use it up. */
const FAST = { packet_gap_ms: 1, retry_quiet_ms: 1 };
function setUp(script: (request: Uint8Array, index: number) => Reaction) {
  const wire = new ScriptedWire(script);
  return { wire, client: new JbdClient(wire, FAST) };
}
const board = (request: Uint8Array): Reaction => [answer(request[2] as number)];

test("one poll is two requests and one sample in the common shape", async () => {
  const { client, wire } = setUp(board);
  const sample = await client.readSample();
  assert.deepEqual(wire.written.map(toHex), ["dda50300fffd77", "dda50400fffc77"]);
  assert.deepEqual(
    [sample.pack_voltage, sample.battery_current, sample.soc, sample.capacity, sample.remaining_capacity],
    [15_600, 0, 100, 5000, 4980],
  );
  assert.deepEqual(sample.cells, [3909, 3901, 3895, 3901]);
  assert.deepEqual(
    [sample.battery_temperature_1, sample.battery_temperature_3, sample.battery_temperature_4],
    [224, 217, null],
  );
  assert.deepEqual([sample.charge_mosfet_on, sample.discharge_mosfet_on, sample.balancing], [1, 1, 0]);
  assert.deepEqual(warningFlags(sample), []);
  assert.deepEqual([client.counts.good, client.counts.bad], [1, 0]);
});

test("a sleeping board that misses the first request is asked again; silence is silence", async () => {
  const { client } = setUp((request, index) => (index === 0 ? [] : board(request)));
  assert.equal((await client.readSample()).soc, 100);
  const { client: nobody, wire } = setUp(() => []);
  await assert.rejects(nobody.readSample(), DeviceTimeout);
  assert.equal(wire.written.length, 3);
  assert.deepEqual({ ...nobody.counts }, { good: 0, bad: 3, silent: 3, refused: 0 });
});

test("a refusal is an answer: told with its meaning, not asked again; a late write acknowledgement is passed over", async () => {
  const { client, wire } = setUp(() => [fromHex("dd038000ff8077")]);
  await assert.rejects(client.readSample(), /refused: status 0x80 \(unknown command\)/);
  assert.equal(wire.written.length, 1);
  assert.deepEqual({ ...client.counts }, { good: 0, bad: 1, silent: 0, refused: 1 });
  const late = setUp((request, index) =>
    index === 0 ? [fromHex("dde10000000077"), ...board(request)] : board(request),
  );
  assert.equal((await late.client.readSample()).soc, 100);
});

test("of a name only what can be printed is told, and an empty one is none", () => {
  assert.equal(decodeName(Uint8Array.of(0x4a, 0x42, 0, 0x44, 0x1b, 0xff, 0)), "JB D??");
  assert.equal(decodeName(Uint8Array.of(0, 0x20, 0)), null);
  assert.equal(decodeName(new Uint8Array()), null);
});

test("a refusal that nobody has described is told by its number", async () => {
  const { client } = setUp(() => [buildAnswer(REGISTER.info, new Uint8Array(), 0x99)]);
  await assert.rejects(client.readSample(), /register 3 refused: status 0x99 \(unknown\)/);
});

test("a port that vanishes while the name is asked for is no missing name", async () => {
  const gone = new PortGone(said("/dev/ttyTEST is gone"));
  const { client, wire } = setUp((request) => {
    if (request[2] === REGISTER.name) wire.breaks = gone;
    return board(request);
  });
  await assert.rejects(client.readIdentity(), gone);
});

test("no name is no fault", async () => {
  const { client } = setUp((request) => (request[2] === REGISTER.name ? [] : board(request)));
  assert.deepEqual(await client.readIdentity(), { name: null, manufacturing_date: 20220328, software_version: 80 });
  const named = setUp(board);
  assert.equal((await named.client.readIdentity()).name, "JBD-SP04S034-L4S-200A-B-U");
});

test("over TCP against the simulator: samples, faults, and never a write", async (t) => {
  const sim = await startLine(t, new SimulatedJbd());
  const wire = await openWire({ port: sim.url, baud: 9600 });
  t.after(() => wire.close());
  const client = new JbdClient(wire, { first_byte_ms: 400, packet_gap_ms: 5, inter_byte_ms: 60, retry_quiet_ms: 80 });
  assert.equal((await client.readSample()).pack_voltage, 15_600);
  assert.ok("cell_4" in ((await client.readRaw()).cells ?? {}));
  for (const fault of [
    { kind: "wrong_checksum" },
    { kind: "wrong_slave" },
    { kind: "truncated", bytes: 20 },
    { kind: "extra_registers", count: 1 },
  ] as const) {
    sim.setFaults([fault]);
    await assert.rejects(client.readSample(), BadFrame, fault.kind);
  }
  sim.setFaults([{ kind: "silent" }]);
  await assert.rejects(client.readSample(), DeviceTimeout);
  sim.setFaults([{ kind: "echo" }]);
  assert.equal((await client.readSample()).soc, 100);
  sim.setFaults([]);
  sim.device.setData(REGISTER.cells, fromHex("0f450f3d0f370000"));
  assert.deepEqual((await client.readSample()).cells, [3909, 3901, 3895, 0]);
  assert.equal(sim.log.writes().length, 0);
});

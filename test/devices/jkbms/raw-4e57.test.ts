import assert from "node:assert/strict";
import { test } from "node:test";
import { BadCommand, UsageError } from "../../../lib/base/errors.ts";
import { toHex } from "../../../lib/codec/hex.ts";
import { Bms4e57Client } from "../../../lib/devices/jkbms/client-4e57.ts";
import type { Known4e57 } from "../../../lib/devices/jkbms/decode.ts";
import { buildFrame, COMMAND } from "../../../lib/devices/jkbms/frame.ts";
import { ScriptedWire } from "./scripted-wire.ts";

const RECORD = {
  current: 0x84,
  chemistry: 0xaf,
  charge: 0xab,
  password: 0xb2,
  temperature: 0x80,
  capacity: 0xaa,
} as const;
const ascii = (text: string) => new TextEncoder().encode(text.padEnd(10, "\0"));

/** A board that answers everything with these records, and what was sent to it. */
function board(data: readonly number[] = [], known: Known4e57 = {}) {
  const wire = new ScriptedWire((request) => [
    buildFrame({
      command: request[8] as number,
      data: data.length > 0 ? data : [request[11] as number],
      source: 0,
      transport: 1,
    }),
  ]);
  return { wire, client: new Bms4e57Client(wire, { known }) };
}
type Plan = Parameters<Bms4e57Client["planRaw"]>[0];
const planOf = (command: Partial<Plan>) =>
  board().client.planRaw({ cmd: COMMAND.write, id: 0, value: new Uint8Array(), unlock: undefined, ...command });

async function answerTo(command: Partial<Plan>, data: readonly number[], known: Known4e57 = {}) {
  const { client, wire } = board(data, known);
  const plan = client.planRaw({ cmd: COMMAND.read, id: 0, value: new Uint8Array(), unlock: undefined, ...command });
  assert.equal(plan.kind, "ask");
  const { json, lines } = await (plan as Extract<typeof plan, { kind: "ask" }>).ask();
  return { json, lines: lines.slice(1), wire };
}

test("a write becomes an order in the words of the row, or has no meaning in it", () => {
  for (const [id, value, key, want] of [
    [RECORD.charge, [1], "charge_mosfet_enabled", "true"],
    [RECORD.chemistry, [1], "cell_chemistry", "nmc"],
    [RECORD.chemistry, [9], "cell_chemistry", "9"],
    [RECORD.capacity, [0, 0, 1, 0x18], "capacity", "280"],
    [RECORD.temperature, [0xff, 0xff], "mosfet_temperature", null],
  ] as const) {
    assert.deepEqual(planOf({ id, value: Uint8Array.from(value) }), { kind: "order", key, value: want }, key);
  }
});

test("refused before any byte goes out: what no row allows", () => {
  for (const [command, kind, refusal] of [
    [{ cmd: 4 }, UsageError, /--cmd 4: expected 1 \(activate\), 2 \(write\)/],
    [{ id: 1, value: Uint8Array.of(1) }, BadCommand, /id 1 is not in the table.*never written/],
    [{ id: RECORD.charge, value: Uint8Array.of(2) }, BadCommand, /--value 02: charge_mosfet_enabled.*takes 00 or 01/],
    [{ id: RECORD.charge, value: Uint8Array.of(0, 1) }, BadCommand, /needs 1 bytes of hex, not 2/],
    [{ cmd: COMMAND.read, id: 1 }, BadCommand, /to read it all the same: --unlock 1/],
    [{ cmd: COMMAND.read, id: 0x85, value: Uint8Array.of(1) }, UsageError, /--value is for --cmd 2 and 5, not for 3/],
  ] as const)
    assert.throws(
      () => planOf(command),
      (error) => error instanceof kind && refusal.test(error.message),
      String(refusal),
    );
});

test("the password is written only when it is unlocked, and is nowhere in what is told of it", async () => {
  const { client, wire } = board();
  const plan = (unlock?: string) =>
    client.planRaw({ cmd: COMMAND.write, id: RECORD.password, value: ascii("s3cr3t"), unlock });
  const locked = plan();
  assert.equal(locked.kind, "ask");
  await assert.rejects(async () => locked.kind === "ask" && locked.ask(), /never written unless unlocked/);
  assert.equal(wire.written.length, 0);
  const unlocked = plan("password");
  const told = unlocked.kind === "ask" && (await unlocked.ask());
  assert.deepEqual(told, {
    json: { record: "password", state: "acknowledged" },
    lines: ["password: acknowledged, not verified"],
  });
  assert.match(toHex(wire.written[0] as Uint8Array), /b2733363723374/);
});

test("the command of the password pair sends its bytes and tells no record", async () => {
  const { lines, json, wire } = await answerTo({ cmd: COMMAND.password, value: ascii("s3cr3t") }, [0x05]);
  assert.deepEqual([lines, json.records, json.cells], [[], {}, null]);
  assert.match(toHex(wire.written[0] as Uint8Array), /733363723374/);
});

test("a read tells its records in their units, cells in a row, a password never", async () => {
  const { lines, json } = await answerTo({}, [
    0x79,
    6,
    1,
    0x0d,
    0x05,
    2,
    0x0d,
    0x06,
    0x85,
    77,
    0xb2,
    ...ascii("s3cr3t"),
  ]);
  assert.deepEqual(lines, ["cells: 3333 3334 mV", "soc: 77", "password: (hidden)"]);
  assert.doesNotMatch(JSON.stringify(json), /s3cr3t|733363/);
});

// 04D2 is -12.34 A as firmware since V2.4 sends it, +87.66 A as the older one does: which of them answers stands in another record.
for (const { name, data, known, want } of [
  { name: "a board of which nothing is known", data: [RECORD.current, 0x04, 0xd2], known: {}, want: "null" },
  { name: "a new board", data: [RECORD.current, 0x04, 0xd2], known: { protocol_version: 1 }, want: "-12.34" },
  { name: "an old board", data: [RECORD.current, 0x04, 0xd2], known: { protocol_version: 0 }, want: "87.66" },
  {
    name: "any board that charges as only a new one can",
    data: [RECORD.current, 0x84, 0xd2],
    known: {},
    want: "12.34",
  },
]) {
  test(`the current asked for alone, of ${name}: ${want}`, async () => {
    const { lines } = await answerTo({ id: RECORD.current }, data, known);
    assert.deepEqual(lines, [`battery_current: ${want}`]);
  });
}

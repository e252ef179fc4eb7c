import assert from "node:assert/strict";
import { test } from "node:test";
import { BadCommand, BadFrame, DeviceTimeout, Implausible, PortGone } from "../../../lib/base/errors.ts";
import { failure, said } from "../../../lib/base/failure/failure.ts";
import { toHex } from "../../../lib/codec/hex.ts";
import { type BmsClient, pollAnswers } from "../../../lib/devices/bms/client.ts";
import type { BmsSample } from "../../../lib/devices/bms/sample.ts";
import { Bms4e57Client } from "../../../lib/devices/jkbms/client-4e57.ts";
import { buildFrame, buildRequest, COMMAND, parseReply } from "../../../lib/devices/jkbms/frame.ts";
import { averageBms, judgeBms } from "../../../lib/view/judge-bms.ts";
import { FakeWire } from "../../modbus/fake-wire.ts";
import { answerOf, capture } from "./captures.ts";
import { join } from "./random.ts";
import { type Reaction, ScriptedWire } from "./scripted-wire.ts";

const nw07 = answerOf(capture("nw07"));
const nw02 = answerOf(capture("nw02"));
const nwneg1 = answerOf(capture("nwneg1"));
const request = buildRequest(COMMAND.read_all);

/** The recorded answer with some bytes of its data replaced and its checksum right again. */
function changed(at: number, bytes: readonly number[]): Uint8Array {
  const { command, source, transport, data } = parseReply(nw07, "nw07");
  const copy = data.slice();
  copy.set(bytes, at);
  return buildFrame({ command, source, transport, data: copy });
}
const tagAt = (tag: number, from = 50) => parseReply(nw07, "nw07").data.indexOf(tag, from);
const ack = (tag: number) => buildFrame({ command: COMMAND.write, data: [tag], source: 0, transport: 1 });

/** A client on a wire whose reactions are given one per request; the last one repeats. */
function setUp(...reactions: Reaction[]) {
  const wire = new ScriptedWire((_, index) => reactions[Math.min(index, reactions.length - 1)] ?? []);
  const traced: string[] = [];
  const client = new Bms4e57Client(wire, { trace: (direction, bytes) => traced.push(`${direction} ${toHex(bytes)}`) });
  return { wire, client, traced };
}

test("one poll is one request and one sample", async () => {
  const { wire, client } = setUp([nw07]);
  const sample = await client.readSample();
  assert.equal(sample.pack_voltage, 51_980);
  assert.equal(sample.battery_current, 5860);
  assert.deepEqual([sample.good_answers, sample.bad_answers], [1, 0]);
  assert.deepEqual(wire.written.map(toHex), [toHex(request)]);
  assert.deepEqual(wire.log, ["drain 100", "write"]);
});

test("bytes in pieces, behind noise, behind an echo, behind a pause with nothing", async () => {
  for (const reaction of [
    Array.from(nw07, (byte) => Uint8Array.of(byte)),
    [Uint8Array.of(0xdf, 0xff), nw07],
    [request, nw07],
    [join(request, nw07)],
    [join([0x4e, 0x57, 0x01, 0x90], nw07)],
    [Uint8Array.of(0x4e, 0x57, 0x01, 0x90), null, nw07],
  ]) {
    const { client, wire } = setUp(reaction);
    assert.equal((await client.readSample()).soc, 2);
    assert.equal(wire.written.length, 1);
  }
});

test("silence: three tries, then DeviceTimeout that says so", async () => {
  const { client, wire } = setUp([]);
  await assert.rejects(client.readSample(), (error) => {
    assert.ok(error instanceof DeviceTimeout);
    assert.equal(error.message, "no reply from /dev/ttyTEST in 500 ms (3 tries)");
    return true;
  });
  assert.equal(wire.written.length, 3);
  assert.deepEqual(client.counts, { good: 0, bad: 3, silent: 3, refused: 0 });
});

test("a bad sum is asked again, after the line was drained quiet", async () => {
  const { client, wire } = setUp([nwneg1], [nw07]);
  const sample = await client.readSample();
  assert.equal(sample.bad_answers, 1);
  assert.deepEqual(wire.log, ["drain 100", "write", "drain 200", "write"]);
});

test("a late answer never becomes the next request's data", async () => {
  // The answer to the first request comes when its time is over; only draining stands between it and the write.
  const { client, wire } = setUp([null, nw07], [null, nw07], [null, nw07], [ack(0xac)]);
  await assert.rejects(client.readSample(), DeviceTimeout);
  await client.writeSetting("discharge_mosfet_enabled", 1);
  assert.equal(wire.thrownAway.length, 3);
});

for (const [name, reaction, kind] of [
  ["only an echo", [request], "echo"],
  ["a truncated answer", [nw07.subarray(0, 100)], "short"],
  ["a wrong checksum", [nwneg1], "corrupt"],
  ["noise", [Uint8Array.of(1, 2, 3)], "malformed"],
  ["an answer to another command", [answerOf(capture("nw05"))], "foreign"],
  ["another terminal", [buildFrame({ command: 6, data: [0x85, 1], source: 0, transport: 1, terminal: 1 })], "foreign"],
] as const) {
  test(`${name}: BadFrame ${kind} after three tries`, async () => {
    const { client, wire } = setUp([...reaction]);
    await assert.rejects(client.readSample(), (error) => {
      assert.ok(error instanceof BadFrame);
      assert.equal(error.kind, kind);
      assert.match(error.message, /^\/dev\/ttyTEST: .*\(3 tries\)$/);
      return true;
    });
    assert.equal(wire.written.length, 3);
  });
}

test("a flood of noise ends", async () => {
  const { client } = setUp(Array.from({ length: 100 }, () => new Uint8Array(200)));
  await assert.rejects(client.readSample(), (error) => error instanceof BadFrame && error.kind === "long");
});

test("an answer that is refused is not asked again and counts as bad", async () => {
  const { client, wire } = setUp([nw07]);
  const accept = () => {
    throw new Implausible([failure("refusal_cell_count")], "test");
  };
  await assert.rejects(pollAnswers(client, { polls: 1, accept }), Implausible);
  assert.equal(wire.written.length, 1);
});

test("a port that vanishes is told at once", async () => {
  const { client, wire } = setUp([nw07]);
  wire.breaks = new PortGone(said("/dev/ttyTEST is gone"));
  await assert.rejects(client.readSample(), PortGone);
  assert.equal(wire.written.length, 1);
});

test("settings: read apart, or known from the last sample", async () => {
  const { client, wire } = setUp([nw07]);
  assert.equal(client.knownSettings(), null);
  await client.readSample();
  const known = client.knownSettings();
  assert.equal(wire.written.length, 1);
  assert.deepEqual(await client.readSettings(), known);
  assert.equal(known?.values.cell_overvoltage_limit, 3.45);
  assert.equal(known?.values.software_version, "11.XW_S11.26");
  assert.equal(known?.raw.charge_undertemperature_limit, 3);
  assert.ok(!("password" in (known?.values ?? {})));
  assert.equal(await client.readSetting("charge_mosfet_enabled"), 1);
  assert.equal(await client.readSetting("toString"), null);
});

test("everything raw has the password hidden", async () => {
  const { records } = await setUp([nw07]).client.readRaw();
  assert.equal(records?.password, "(hidden)");
  assert.equal(records?.capacity, 60);
});

test("a write is the recorded request, sent once, and its acknowledgement awaited", async () => {
  const { client, wire } = setUp([ack(0xab)]);
  await client.writeSetting("charge_mosfet_enabled", 0);
  assert.deepEqual(wire.written.map(toHex), ["4e57001400000000020300ab000000000068000001d1"]);
});

test("an unacknowledged write is not sent again", async () => {
  for (const reaction of [[], [ack(0xac)], [nw07], [buildRequest(COMMAND.write, 0xab, [0])]]) {
    const { client, wire } = setUp(reaction);
    await assert.rejects(client.writeSetting("charge_mosfet_enabled", 0));
    assert.equal(wire.written.length, 1);
  }
});

for (const [key, raw, reason] of [
  ["soc", 50, /no writable setting/],
  ["constructor", 1, /no writable setting/],
  ["factory_reset", 1, /never written/],
  ["password", "123456", /never written/],
  ["charge_mosfet_enabled", 2, /neither 0 nor 1/],
  ["cell_chemistry", 3, /none of 0, 1, 2/],
  ["cell_overvoltage_limit", 4501, /4.501 is outside 1 to 4.5 V/],
  ["cell_overvoltage_limit", 3650.5, /not a whole raw value/],
  ["charge_undertemperature_limit", -46, /-46 is outside -45 to 25 °C/],
] as const) {
  test(`refused before any byte goes out: ${key}=${raw}`, async () => {
    const { client, wire } = setUp([nw07]);
    await assert.rejects(client.writeSetting(key, raw), (error) => {
      assert.ok(error instanceof BadCommand);
      assert.match(error.message, reason);
      assert.ok(!error.message.includes("123456"));
      return true;
    });
    assert.equal(wire.written.length, 0);
  });
}

test("unlocking names the very row", async () => {
  const { client, wire } = setUp([ack(0xae)]);
  await assert.rejects(client.writeSetting("board_address", 2, { unlock: "restart" }), BadCommand);
  await client.writeSetting("board_address", 2, { unlock: "board_address" });
  assert.equal(wire.written.length, 1);
});

test("raw requests: any command but a write", async () => {
  const reply = buildFrame({ command: COMMAND.read, data: [0x85, 77], source: 0, transport: 1 });
  const { client, wire } = setUp([reply]);
  assert.deepEqual([...(await client.request(COMMAND.read, 0x85)).data], [0x85, 77]);
  await assert.rejects(client.request(COMMAND.write, 0xab, Uint8Array.of(0)), BadCommand);
  assert.equal(wire.written.length, 1);
});

test("the trace has every frame and no password", async () => {
  const { client, traced } = setUp([nwneg1], [nw07]);
  await client.readSample();
  assert.deepEqual(
    traced.map((line) => line.slice(0, 10)),
    ["> 4e570013", "< 4e57011b", "> 4e570013", "< 4e570121"],
  );
  for (const line of traced) assert.ok(!line.includes("31323334"));
  assert.ok(!toHex(client.lastFrame ?? new Uint8Array()).includes("31323334"));
});

/** As the dump does: every answer judged, the accepted ones as one. */
async function poll(client: BmsClient, options: { polls?: number } = {}): Promise<BmsSample> {
  const { answers, bad } = await pollAnswers(client, { ...options, accept: (sample) => judgeBms(sample) });
  return averageBms(answers, bad).sample;
}

test("averaging: voltage, current and cells are means, the rest is the last answer's", async () => {
  const more = changed(tagAt(0x83, 0), [0x83, 0x14, 0x52, 0x84, 0x82, 0xae, 0x85, 3]);
  const { client, wire } = setUp([nw07], [more]);
  const sample = await poll(client, { polls: 2 });
  assert.equal(sample.pack_voltage, (51_980 + 52_020) / 2);
  assert.equal(sample.battery_current, (5860 + 6860) / 2);
  assert.equal(sample.soc, 3);
  assert.equal(sample.cells[0], 3250);
  assert.deepEqual([sample.good_answers, sample.bad_answers], [2, 0]);
  assert.deepEqual(wire.log, ["drain 100", "write", "drain 200", "drain 100", "write"]);
});

test("averaging: bad answers are left out and counted", async () => {
  const { client, wire } = setUp([nw07], [nwneg1], [], [nw02.subarray(0, 50)], [nw07]);
  const sample = await poll(client, { polls: 3 });
  assert.deepEqual([sample.good_answers, sample.bad_answers], [2, 3]);
  assert.equal(sample.pack_voltage, 51_980);
  assert.equal(wire.written.length, 5);
});

test("averaging: five polls unless said otherwise", async () => {
  const { client, wire } = setUp([nw07]);
  assert.equal((await poll(client)).good_answers, 5);
  assert.equal(wire.written.length, 5);
});

test("averaging: all silent is DeviceTimeout; one wrong answer among silence is told instead", async () => {
  await assert.rejects(poll(setUp([]).client, { polls: 2 }), DeviceTimeout);
  const { client } = setUp([nwneg1], [nwneg1], [nwneg1], []);
  await assert.rejects(poll(client, { polls: 2 }), BadFrame);
});

test("averaging: a vanished port ends it at once", async () => {
  const { client, wire } = setUp([nw07]);
  wire.breaks = new PortGone(said("/dev/ttyTEST is gone"));
  await assert.rejects(poll(client), PortGone);
  assert.equal(wire.written.length, 1);
});

test("a reply of the configured terminal is taken, the request names it, every other one is refused", async () => {
  const frame = (terminal: number) => {
    const { command, source, transport, data } = parseReply(nw07, "nw07");
    return buildFrame({ command, source, transport, data, terminal });
  };
  for (const [asked, replied, taken] of [
    [1, 1, true],
    [0x01020304, 0x01020304, true],
    [1, 0, false],
    [0, 1, false],
  ] as const) {
    const wire = new ScriptedWire(() => [frame(replied)]);
    const client = new Bms4e57Client(wire, { terminal: asked });
    const reading = client.readSample();
    if (taken) assert.equal((await reading).soc, 2);
    else
      await assert.rejects(reading, (error) => {
        assert.ok(error instanceof BadFrame && error.kind === "foreign");
        assert.match(error.message, new RegExp(`reply of terminal ${replied}, asked ${asked}`));
        return true;
      });
    assert.equal(toHex(wire.written[0] as Uint8Array).slice(8, 16), asked.toString(16).padStart(8, "0"));
  }
});

test("a version once told serves the answers that do not tell it", async () => {
  const { command, source, transport, data } = parseReply(nw02, "nw02");
  const silentAboutIt = buildFrame({ command, source, transport, data: data.slice(0, -2) });
  const first = setUp([silentAboutIt]);
  assert.equal((await first.client.readSample()).battery_current, null);
  assert.deepEqual(first.client.learned, {});
  const { client } = setUp([nw02], [silentAboutIt]);
  const told = await client.readSample();
  assert.equal(told.battery_current, -690);
  assert.deepEqual(client.learned, { protocol_version: 1 });
  assert.equal((await client.readSample()).battery_current, -690);
  const later = new Bms4e57Client(new ScriptedWire(() => [silentAboutIt]), { known: client.learned });
  assert.equal((await later.readSample()).battery_current, -690);
});

test("a line that never falls silent is given up when the time of an answer is over", async () => {
  const wire = new FakeWire(() =>
    Array.from({ length: 200 }, (_, i) => ({ after_ms: 50 * i, bytes: Uint8Array.of(0) })),
  );
  const client = new Bms4e57Client(wire, { clock: wire, tries: 1, first_byte_ms: 60_000, answer_limit_ms: 2000 });
  await assert.rejects(client.readSample(), (error) => {
    assert.ok(error instanceof BadFrame);
    assert.match(error.message, /4\d bytes came and none of them make a frame/);
    return true;
  });
});

test("an answer that stands behind a false start is found when the time is over", async () => {
  const wire = new FakeWire(() => [
    { after_ms: 0, bytes: Uint8Array.of(0x4e, 0x57, 0x01, 0x90) },
    { after_ms: 90, bytes: nw07 },
  ]);
  const client = new Bms4e57Client(wire, { clock: wire, tries: 1, inter_byte_ms: 100, answer_limit_ms: 80 });
  assert.equal((await client.readSample()).soc, 2);
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BadCommand, BadFrame, DeviceTimeout } from "../../../lib/base/errors.ts";
import { ALL_BLOCKS, assertAllowed, RESYNC_SPAN } from "../../../lib/devices/pv1800/blocks.ts";
import { Pv1800Client } from "../../../lib/devices/pv1800/client.ts";
import { RtuMaster } from "../../../lib/modbus/rtu-master.ts";
import { answerTo, exceptionTo, FakeWire } from "../../modbus/fake-wire.ts";
import { dump } from "./captures.ts";

interface Faults {
  /** Exception to answer, or null. */
  readonly exception?: (functionCode: number, start: number, count: number) => number | null;
  readonly silent?: boolean;
  /** Changes a word as it is read. */
  readonly word?: (addr: number, word: number, request: number) => number;
}

/** A machine on a wire that holds the words of a dump and obeys writes. */
function machine(faults: Faults = {}) {
  const words = new Map([...dump("pv1800-48v").words, ...dump("pv1800-12v").words]);
  const wire = new FakeWire((request, index) => {
    if (faults.silent) return [];
    const view = Buffer.from(request);
    const [functionCode, start] = [view[1] as number, view.readUInt16BE(2)];
    const code = faults.exception?.(functionCode, start, view.readUInt16BE(4)) ?? null;
    if (code !== null) return [{ after_ms: 1, bytes: exceptionTo(request, code) }];
    if (functionCode === 6) words.set(start, view.readUInt16BE(4));
    if (functionCode === 16) words.set(start, view.readUInt16BE(7));
    const word = (addr: number) => faults.word?.(addr, words.get(addr) ?? 0, index) ?? words.get(addr) ?? 0;
    return [{ after_ms: 5, bytes: answerTo(request, word) }];
  });
  const master = new RtuMaster(wire, {
    timeout_ms: 30,
    resync: RESYNC_SPAN,
    allowed: assertAllowed,
    clock: wire,
  });
  const asked = () =>
    wire.sent.map(({ bytes }) => [Buffer.from(bytes).readUInt16BE(2), Buffer.from(bytes).readUInt16BE(4)]);
  return { client: new Pv1800Client(master), words, asked };
}

describe("reading", () => {
  it("takes the status and the on-grid switch in three requests", async () => {
    const { client, asked } = machine();
    const status = await client.readStatus();
    assert.equal(status.battery_voltage, 126);
    assert.equal(status.battery_power, -20);
    assert.equal(status.pv_energy, 2);
    assert.deepEqual(asked(), [
      [15201, 21],
      [25201, 79],
      [20105, 1],
    ]);
    assert.equal(status.ongrid_switch, 1);
  });
  it("takes identity, settings and status together", async () => {
    const { identity, settings, status } = await machine().client.readAll();
    assert.equal(identity.machine_type, "PV");
    assert.equal(identity.software_version, 4905);
    assert.equal(identity.serial_number, null);
    assert.equal(settings.ongrid_switch, 1);
    assert.equal(settings.float_voltage, 135);
    assert.equal(status.work_state, 2);
  });
  it("gives raw words by block", async () => {
    const blocks = await machine().client.readRegisters();
    assert.deepEqual(
      blocks.map(({ start, words }) => [start, words.length]),
      ALL_BLOCKS.map(({ start, count }) => [start, count]),
    );
  });
  it("gives one row alone, of one or two words", async () => {
    const { client, asked } = machine();
    assert.equal(await client.readOne("ongrid_switch"), 1);
    assert.equal(await client.readOne("load_energy"), 156);
    assert.deepEqual(asked(), [
      [20105, 1],
      [25253, 2],
    ]);
  });
  it("falls back to pieces where a block is refused, and remembers it", async () => {
    const refusesLong = (_: number, start: number, count: number) =>
      (start === 20101 && count === 43) || start === 10101 || start === 20144 || start === 20111 ? 2 : null;
    const { client, asked } = machine({ exception: refusesLong });
    const settings = await client.readSettings();
    assert.equal(settings.ongrid_switch, 1);
    assert.equal(settings.float_voltage, 135);
    assert.equal(settings.charger_source_priority, 2);
    assert.equal(settings.grid_standard, null);
    assert.equal(settings.solar_power_balance, null);
    assert.equal(asked().filter(([start, count]) => start === 20101 && count === 43).length, 1);
  });
  it("does not hide other exceptions, nor a refused status", async () => {
    await assert.rejects(machine({ exception: () => 4 }).client.readSettings(), /exception 4/);
    await assert.rejects(machine({ exception: () => 2 }).client.readStatus(), /exception 2/);
  });
  it("tells a piece that fails as a failure, not as absent", async () => {
    const broken = (_: number, start: number, count: number) =>
      start < 20101 || start >= 20144 ? null : count === 43 ? 2 : 4;
    const { client } = machine({ exception: broken });
    const { failures } = await client.readSettingParts();
    assert.match(String(failures.find(({ part }) => part.includes("20101"))?.error), /exception 4/);
  });
  it("does not take settings whose second reading fails", async () => {
    let reads = 0;
    const second = (_: number, start: number) => (start === 10101 && ++reads > 1 ? 4 : null);
    await assert.rejects(machine({ exception: second }).client.readSettingParts(), /exception 4/);
  });
  it("makes no status of parts that were all left out", async () => {
    const { client, asked } = machine();
    const { answered } = await client.readStatusParts([]);
    const before = asked().length;
    await assert.rejects(client.readStatusParts(answered), DeviceTimeout);
    assert.equal(asked().length, before);
  });
  it("refuses a row that this model does not have", async () => {
    const { client, asked } = machine();
    await assert.rejects(
      client.readOne("pack_voltage" as "ongrid_switch"),
      (error: Error) => error instanceof BadCommand && /pack_voltage is no register of this model/.test(error.message),
    );
    assert.equal(asked().length, 0);
  });
  it("says that a silent machine does not answer", async () => {
    await assert.rejects(machine({ silent: true }).client.readStatus(), DeviceTimeout);
  });
});

describe("settings", () => {
  it("count only when two readings agree", async () => {
    let foreign = true;
    const once = (addr: number, word: number) => {
      if (addr !== 20125 || !foreign) return word;
      foreign = false;
      return 777;
    };
    assert.equal((await machine({ word: once }).client.readSettings()).grid_charge_current, 200);
  });
  it("that never agree are refused with their names", async () => {
    const restless = (addr: number, word: number, request: number) => (addr === 20125 ? request : word);
    await assert.rejects(machine({ word: restless }).client.readSettings(), (error: Error) => {
      assert.ok(error instanceof BadFrame);
      assert.match(error.message, /grid_charge_current/);
      return true;
    });
  });
  it("do not wait for an unproven word that moves", async () => {
    const moving = (addr: number, word: number, request: number) => (addr === 10115 ? request : word);
    assert.equal((await machine({ word: moving }).client.readSettings()).ongrid_switch, 1);
  });
});

describe("writing", () => {
  it("uses FC 06, and FC 16 when FC 06 is not known", async () => {
    const plain = machine();
    await plain.client.writeRegister("ongrid_switch", 0);
    assert.equal(plain.words.get(20105), 0);
    const old = machine({ exception: (functionCode) => (functionCode === 6 ? 1 : null) });
    await old.client.writeRegister("grid_charge_current", 100);
    assert.equal(old.words.get(20125), 100);
    const refusing = machine({ exception: () => 4 });
    await assert.rejects(refusing.client.writeRegister("ongrid_switch", 0), /exception 4/);
    assert.equal(refusing.asked().length, 1);
  });
  it("refuses locked rows, unless unlocked, and rows without a rule or of two words always", async () => {
    const { client, words, asked } = machine();
    await assert.rejects(client.writeRegister("discharge_to_grid", 1), BadCommand);
    await assert.rejects(client.writeRegister("serial_number", 1, { unlock: true }), BadCommand);
    await assert.rejects(client.writeRegister("pv_power" as "ongrid_switch", 1, { unlock: true }), BadCommand);
    await assert.rejects(client.writeRegister("ongrid_switch", 70000), RangeError);
    assert.equal(asked().length, 0);
    await client.writeRegister("discharge_to_grid", 1, { unlock: true });
    assert.equal(words.get(20108), 1);
  });
});

import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BadCommand, UsageError, WriteMismatch } from "../../lib/base/errors.ts";
import type { Bms4e57Client } from "../../lib/devices/jkbms/client-4e57.ts";
import { RECORDS } from "../../lib/devices/jkbms/records.ts";
import { bmsRaw, bmsSet } from "../../lib/orders/bms-by-hand.ts";
import { runBmsOrders } from "../../lib/orders/carry-out.ts";
import { bmsRound, type OrderStation, orderStation, withBms } from "../support/orders.ts";
import { startSimulatedBms, startSimulatedPb } from "../support/simulated.ts";

const drop = (station: OrderStation, text: string) => appendFileSync(join(station.folder, "jkbms_cmd.lst"), text);
const states = (station: OrderStation) => station.orders().map(({ text, state }) => `${text}: ${state}`);

test("MOSFET switches by 4E57: written, read back, journaled, logged", async (t) => {
  const sim = await startSimulatedBms(t);
  const station = orderStation(t);
  drop(station, "charge_mosfet=off\ndischarge_mosfet=on\n171=0\ncell_overvoltage_limit=3.6\n");
  const run = await bmsRound(station, sim.url, "4e57");
  assert.ok(run.failure instanceof BadCommand);
  assert.match(run.failure.message, /jkbms_cmd\.lst line 3: "171=0" refused: “171” is a number; the BMS goes by names/);
  assert.deepEqual(states(station), [
    "charge_mosfet=off: done",
    "discharge_mosfet=on: unchanged",
    "171=0: refused",
    "cell_overvoltage_limit=3.6: refused",
  ]);
  assert.deepEqual([...(sim.device.records().get(0xab) ?? [])], [0]);
  assert.equal(sim.log.writes().length, 1);
  const log = readFileSync(join(station.folder, "jkbms_cmd.lst.log"), "utf8");
  assert.match(log, /\] charge_mosfet_enabled=>0 = OK\n/);
});

test("a firmware that ignores the balancer switch: the read-back decides and the answer says so", async (t) => {
  const sim = await startSimulatedBms(t, { ignoredWrites: "settings" });
  const station = orderStation(t);
  const before = sim.device.records().get(0x9d)?.[0] === 1;
  drop(station, `balance=${before ? "off" : "on"}\n`);
  const run = await bmsRound(station, sim.url, "4e57");
  assert.ok(run.failure instanceof WriteMismatch);
  assert.match(run.failure.message, /the device acknowledged it, and kept “(on|off)” through 3 tries/);
  assert.equal(sim.log.writes().length, 3);
});

test("the Modbus dialect writes with FC10 and reads back", async (t) => {
  const sim = await startSimulatedPb(t);
  const station = orderStation(t, { bms: [{ protocol: "modbus" }] });
  drop(station, "charge_mosfet=off\nsmart_sleep_voltage=3.1 confirm\n");
  const run = await bmsRound(station, sim.url, "modbus");
  assert.equal(run.failure, null);
  assert.deepEqual(
    station.orders().map(({ state, read_back_raw }) => [state, read_back_raw]),
    [
      ["done", 0],
      ["done", 3100],
    ],
  );
  assert.deepEqual(
    sim.log.writes().map(({ info }) => info?.start),
    [0x1070, 0x1000],
  );
});

test("with several BMS a line names its unit", async (t) => {
  const sim = await startSimulatedPb(t);
  const two = [
    { name: "left", port: "/dev/ttyA", protocol: "modbus" },
    { name: "right", port: "/dev/ttyB", protocol: "modbus" },
  ];
  const station = orderStation(t, { bms: two });
  drop(station, "charge_mosfet=off\nleft.charge_mosfet=off\nright.discharge_mosfet=off\nmiddle.balance=on\n");
  const run = await bmsRound(station, sim.url, "modbus", "left");
  assert.match(run.failure?.message ?? "", /which BMS is meant; write NAME\. before it: left, right/);
  assert.match(run.failure?.message ?? "", /there is no device “middle”/);
  assert.deepEqual(
    station.orders().map(({ device, state }) => [device, state]),
    [
      ["left", "refused"],
      ["left", "done"],
      ["right", "queued"],
      ["left", "refused"],
    ],
  );
});

test("by hand: jkbms-dump set", async (t) => {
  const sim = await startSimulatedBms(t);
  const station = orderStation(t);
  const { context, store } = station;
  const set = (setting: string, value: string, more: { confirmed?: boolean; unlock?: string } = {}) =>
    withBms(sim.url, "4e57", (client) =>
      bmsSet({ context, store, client, name: "bms", setting, value, confirmed: false, ...more }),
    );
  const answer = await set("charge_mosfet", "off");
  assert.match(answer.text() ?? "", /order 1 \(by hand(?:, [\w.-]+)?\): Charge MOSFET enabled on → off: done/);
  assert.equal(answer.failure, undefined);
  await assert.rejects(set("low_soc_alarm", "81", { confirmed: true }), /permitted: 0 to 80 %/);
  await assert.rejects(set("low_soc_alarm", "15"), /safety of the battery/);
  assert.equal((await set("low_soc_alarm", "15", { confirmed: true })).failure, undefined);
  await assert.rejects(set("board_address", "3"), /locked/);
  await assert.rejects(set("charge_mosfet", "off confirm"), BadCommand);
  assert.equal((await set("board_address", "3", { unlock: "board_address" })).failure, undefined);
});

test("by hand: a firmware that keeps the old value is a failure of the command; a board without raw commands names the way", async (t) => {
  const deaf = await startSimulatedBms(t, { ignoredWrites: "settings" });
  const { context, store } = orderStation(t);
  const answer = await withBms(deaf.url, "4e57", (client) =>
    bmsSet({ context, store, client, name: "bms", setting: "low_soc_alarm", value: "15", confirmed: true }),
  );
  assert.ok(answer.failure instanceof WriteMismatch);
  assert.match(answer.text() ?? "", /: failed \(the device acknowledged it, and kept/);
  const pb = await startSimulatedPb(t);
  await assert.rejects(
    withBms(pb.url, "modbus", (client) =>
      bmsRaw({ context, store, client, name: "bms", cmd: 2, id: 171, value: "00", confirmed: true }),
    ),
    /bms speaks modbus, which has no such commands; use: jkbms-dump set NAME VALUE/,
  );
  assert.deepEqual(pb.log.writes(), []);
});

test("by hand: the raw form of what is locked or unconfirmed is refused, and carried out when it is unlocked", async (t) => {
  const sim = await startSimulatedBms(t);
  const { context, store } = orderStation(t);
  const raw = (id: number, value: string, unlock?: string) =>
    withBms(sim.url, "4e57", (client) =>
      bmsRaw({ context, store, client, name: "bms", cmd: 2, id, value, confirmed: false, unlock }),
    );
  await assert.rejects(raw(RECORDS.low_soc_alarm.tag, "0f"), /safety of the battery/);
  await assert.rejects(raw(RECORDS.board_address.tag, "03"), /locked/);
  assert.deepEqual(sim.log.writes(), []);
  assert.equal((await raw(RECORDS.board_address.tag, "03", "board_address")).failure, undefined);
  assert.deepEqual([...(sim.device.records().get(RECORDS.board_address.tag) ?? [])], [3]);
});

test("a setting that the board does not tell is not written to blindly", async (t) => {
  const station = orderStation(t);
  drop(station, "charge_mosfet=off\n");
  const client = {
    dialect: "4e57",
    readSetting: async () => null,
    writeSetting: async () => assert.fail("it was written to"),
  };
  const run = await runBmsOrders({ context: station.context, store: station.store, client, name: "bms" });
  assert.match(run.failure?.message ?? "", /the device does not tell “Charge MOSFET enabled”; nothing was sent/);
});

test("by hand: the original's raw form", async (t) => {
  const sim = await startSimulatedBms(t);
  const station = orderStation(t);
  const { context, store } = station;
  const raw = (cmd: number, id: number, value = "", unlock?: string) =>
    withBms(sim.url, "4e57", (client) =>
      bmsRaw({ context, store, client: client as Bms4e57Client, name: "bms", cmd, id, value, confirmed: true, unlock }),
    );
  const off = await raw(2, 171, "00");
  assert.match(off.text() ?? "", /Charge MOSFET enabled on → off: done/);
  const one = (await raw(3, 0x84)).json as { records: Record<string, unknown> };
  assert.ok("battery_current" in one.records);
  const all = await raw(6, 0);
  assert.equal(((all.json as { cells: unknown[] }).cells ?? []).length, 16);
  assert.match(all.text() ?? "", /password: \(hidden\)/);
  assert.doesNotMatch(JSON.stringify(all.json), /313233343536/, "no password in the hex");
  await raw(1, 0);
  await assert.rejects(raw(2, 0x88, "01"), /id 136 is not in the table/);
  await assert.rejects(raw(3, 0x88), /to read it all the same: --unlock 136/);
  await assert.rejects(raw(2, 171, "0001"), /needs 1 bytes of hex, not 2/);
  await assert.rejects(raw(2, 171, "zz"), UsageError);
  const before = sim.log.writes().length;
  for (const byte of ["02", "ff", "7f"]) {
    await assert.rejects(raw(2, 171, byte), new RegExp(`--value ${byte}: charge_mosfet_enabled .* takes 00 or 01`));
  }
  assert.equal(sim.log.writes().length, before, "a switch is not sent 01 in place of another byte");
  await assert.rejects(raw(2, 187, "01"), /locked; restarts the BMS: only by hand with --unlock/);
  await assert.rejects(raw(4, 0), UsageError);
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Context } from "../../lib/cli/spec.ts";
import { rawBms } from "../../lib/jobs/bms-hand.ts";
import { cancelOrder, listRegisters, setRegister, showLog, showQueue } from "../../lib/jobs/inverter-cmd.ts";
import { openStore } from "../../lib/store/database.ts";
import { holdLease, openLease } from "../../lib/store/leases.ts";
import { insertOrder } from "../../lib/store/orders.ts";
import { bundled } from "../support/bundle.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";
import { freePort } from "../support/simulated.ts";

const TWO = { inverter: { name: "east" }, more_inverters: [{ name: "west", port: "/dev/ttyWest" }] };

type Options = Readonly<Record<string, unknown>>;

const setting = ({ context }: OrderStation, args: readonly string[], options: Options = {}) =>
  setRegister({ ...context, args, options });

/** The same station before the first run of a dump command. */
function withoutState({ context, folder }: OrderStation): Context {
  return { ...context, openStore: (options) => openStore(join(folder, "none.db"), { ...options }) };
}

test("words that are neither a name nor a value, and options that contradict each other, are refused by name", async (t) => {
  const station = orderStation(t);
  for (const [args, options, message] of [
    [["ongrid_switch", "o n"], {}, /^"o n" is neither a name nor a value$/],
    [["ongrid_switch", "on#1"], {}, /^"on#1" is neither a name nor a value$/],
    [["ongrid_switch", ""], {}, /^"" is neither a name nor a value$/],
    [["ongrid_switch", "off"], { for: "2 h" }, /^"2 h" is neither a name nor a value$/],
    [["ongrid_switch", "off"], { for: "2h", until: "07:00" }, /^--for and --until contradict each other$/],
  ] as const) {
    await assert.rejects(setting(station, args, options), { name: "UsageError", message });
  }
  assert.deepEqual(station.orders(), []);
});

test("an order until a time of day, and one that unlocks a register by its address", async (t) => {
  const station = orderStation(t);
  const until = await setting(station, ["max_discharge_current", "20"], { until: "17:30" });
  assert.match(until.text?.(false) ?? "", /17:30/);
  assert.equal(station.orders()[0]?.text, "max_discharge_current=20 until 17:30");
  const locked = setting(station, ["discharge_to_grid", "on"]);
  await assert.rejects(locked, { name: "BadCommand" });
});

test("a locked register is written only where --unlock names it, by its name or its address", async (t) => {
  const station = orderStation(t);
  const words = ["pv_voltage_calibration", "16384"];
  await assert.rejects(setting(station, words), { name: "BadCommand", message: /--unlock/ });
  await assert.rejects(setting(station, words, { unlock: "10007" }), { name: "BadCommand" });
  for (const unlock of ["10006", "pv_voltage_calibration"]) {
    const { json } = await setting(station, words, { unlock, yes: true });
    assert.equal((json as { state: string }).state, "queued");
  }
  assert.deepEqual(
    station.orders().map(({ key, unlocked }) => [key, unlocked]),
    [
      ["pv_voltage_calibration", 1],
      ["pv_voltage_calibration", 1],
    ],
  );
});

test("of several packs one is to be named before anything is written to it", async (t) => {
  const bms = [{ name: "a" }, { name: "b", port: "/dev/ttyB" }];
  const { context } = orderStation(t, { bms });
  const message = "which BMS? Give --bms with one of a, b";
  await assert.rejects(rawBms({ ...context, args: ["85"] }), { name: "UsageError", message });
  const options = { bms_id: "12x" };
  await assert.rejects(
    rawBms({ ...context, args: ["85"], options }),
    /^UsageError: --bms_id "12x": expected a terminal/,
  );
});

test("of several inverters one is to be named", async (t) => {
  const station = orderStation(t, TWO);
  await assert.rejects(setting(station, ["ongrid_switch", "on"]), {
    name: "UsageError",
    message: "which inverter? Say --inverter east or west",
  });
  await setting(station, ["ongrid_switch", "on"], { inverter: "west" });
  assert.equal(station.orders()[0]?.device, "west");
  await assert.rejects(setting(station, ["ongrid_switch", "on"], { inverter: "wst" }), {
    message: 'no inverter is called "wst"; there are: east, west',
  });
});

test("before the first poll the registers are listed without values, and nothing waits nor was given", async (t) => {
  const context = withoutState(orderStation(t));
  const listed = await listRegisters(context);
  assert.equal((listed.json as { values_age_s: number | null }).values_age_s, null);
  assert.match(listed.text?.(false) ?? "", /^.*\n *\d+ +\w+ +– /);
  for (const [show, words] of [
    [showQueue, "nothing is queued"],
    [showLog, "no order has been given yet"],
  ] as const) {
    const { json, text } = await show(context);
    assert.deepEqual((json as { orders: unknown[] }).orders, []);
    assert.match(text?.(false) ?? "", new RegExp(words));
  }
});

const order = (now: number, text = "ongrid_switch=off") => ({
  ...({ kind: "inverter", device: "inverter", source: "hand", state: "queued" } as const),
  ...{ text, queued_at: now, expires_at: now + 900, key: "ongrid_switch", wanted_raw: 0 },
});

test("the queue tells how long a value holds, and why one whose time is over still does", async (t) => {
  const station = orderStation(t);
  const { store, now } = station;
  const ends_at = now + 7200;
  const id = store.write(() => {
    const given = insertOrder(store, order(now));
    openLease(store, {
      ...{ device: "inverter", key: "ongrid_switch", order_id: given },
      ...{ old_raw: 1, leased_raw: 0, begun_at: now, ends_at },
    });
    return given;
  });
  const leases = async () => {
    const { text } = await showQueue(station.context);
    return text?.(false).split("\n").at(-1) ?? "";
  };
  assert.match(await leases(), new RegExp(`^order ${id} holds .* off for 2.h more, then on$`));
  station.now = ends_at + 30;
  assert.match(await leases(), /off, then on; goes back at the next run$/);
  store.write(() => holdLease(store, 1, ends_at));
  assert.match(await leases(), /; its time is over, it waits until the grid may be left$/);
});

test("only an order that was not sent yet is cancelled", async (t) => {
  const station = orderStation(t);
  const { store, now } = station;
  const cancel = (id: string, dryRun = false) => cancelOrder({ ...station.context, args: [id], dryRun });
  for (const id of ["one", "0", "1.5"]) {
    await assert.rejects(cancel(id), { name: "UsageError", message: `"${id}" is no number of an order` });
  }
  await assert.rejects(cancel("7"), /there is no order 7; inverter-cmd queue and inverter-cmd log show their numbers/);
  const id = String(store.write(() => insertOrder(store, order(now))));
  await cancel(id, true);
  assert.equal(station.orders()[0]?.state, "queued");
  await cancel(id);
  assert.equal(station.orders()[0]?.state, "cancelled");
  await assert.rejects(cancel(id), { name: "BadCommand", message: `order ${id} is cancelled and cannot be cancelled` });
  const { text } = await showLog(station.context);
  assert.match(text?.(false) ?? "", /^2027-01-15 08:00 order 1 .*On-grid switch → off: cancelled \(by hand\)$/);
});

test("--now tells what became of the order where no machine answers: it waits", async (t) => {
  const station = orderStation(t);
  const configPath = beside(t, station, await freePort());
  const answer = await setRegister({
    ...station.context,
    ...{ configPath, args: ["ongrid_switch", "on"], options: { now: true } },
  });
  assert.equal((answer.json as { state: string }).state, "queued");
  assert.equal(answer.failure?.name, "DeviceTimeout");
  assert.match(answer.failure?.message ?? "", /order 1 /);
});

/** The configuration of this station as a file, and this process in the place of inverter-cmd. */
function beside(t: TestContext, { folder, now }: OrderStation, port: number): string {
  const path = join(folder, "config.yaml");
  const inverter = `{port: "tcp://127.0.0.1:${port}", timeout_ms: 50, retries: 0, lock_wait_ms: 0}`;
  writeFileSync(path, `station: {state_dir: ${JSON.stringify(folder)}}\ninverter: ${inverter}\nbms: []\n`);
  const { argv, execArgv } = process;
  t.after(() => {
    Object.assign(process, { argv, execArgv });
    delete process.env.SOLAR_STATION_NOW;
  });
  Object.assign(process, { argv: [argv[0], bundled("inverter-cmd")], execArgv: [] });
  process.env.SOLAR_STATION_NOW = String(now);
  return path;
}

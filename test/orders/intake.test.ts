/** How lines and requests become rows of the journal: for which machine, how old, and what a look ahead says of them. */
import assert from "node:assert/strict";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Log } from "../../lib/cli/log.ts";
import { runBmsOrders, takeUnheard } from "../../lib/orders/carry-out.ts";
import { giveOrder } from "../../lib/orders/give-order.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import { activeLeases } from "../../lib/store/leases.ts";
import { markSending } from "../../lib/store/orders.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";

const TWO = { inverter: { name: "left" }, more_inverters: [{ name: "right", port: "/dev/ttyB" }] };
const fates = (station: OrderStation) =>
  station.orders().map(({ text, state, code }) => [text, state, code].filter(Boolean).join(" "));

test("a line for all machines becomes an order of each, and its mark one of each, so that it is taken once", (t) => {
  const station = orderStation(t, TWO);
  const drop = () =>
    writeFileSync(join(station.folder, "inverter_cmd.lst"), "20105=1 by batmon id g-1\n20113=50 id a\n");
  for (let round = 0; round < 2; round++) {
    drop();
    takeUnheard(station.context, station.store, "inverter");
  }
  assert.deepEqual(
    station.orders().map(({ device, source_id, state, code }) => [device, source_id, state, code]),
    [
      ["left", "g-1-left", "queued", null],
      ["right", "g-1-right", "queued", null],
      ["left", null, "refused", "unit_missing"],
      ["left", "g-1-left", "cancelled", "same_id"],
      ["right", "g-1-right", "cancelled", "same_id"],
      ["left", null, "refused", "unit_missing"],
    ],
  );
});

test("what is refused of a named machine is told under its name", (t) => {
  const station = orderStation(t, TWO);
  writeFileSync(
    join(station.folder, "inverter_cmd.lst"),
    "RIGHT.20113=\nright.20113=900\nright.nonsense=1\nright.20113=50 id \u00a7\nright.20113=50 id a/b\n",
  );
  takeUnheard(station.context, station.store, "inverter");
  assert.deepEqual(
    station.orders().map(({ device, code }) => [device, code]),
    [
      ["right", "value_missing"],
      ["right", "out_of_range"],
      ["right", "no_such_name"],
      ["left", "not_ascii"],
      ["right", "bad_id"],
    ],
  );
});

test("a file dated in the future: what it says wrong is refused as ever, the rest is not carried out", (t) => {
  const station = orderStation(t);
  const path = join(station.folder, "inverter_cmd.lst");
  writeFileSync(path, "20113=900\n20113=50\n");
  const ahead = Date.now() / 1000 + 86_400;
  utimesSync(path, ahead, ahead);
  takeUnheard(station.context, station.store, "inverter");
  assert.deepEqual(fates(station), ["20113=900 refused out_of_range", "20113=50 expired age_unknown"]);
});

test("an order of the program goes round a flooded command file", (t) => {
  const station = orderStation(t);
  const path = join(station.folder, "inverter_cmd.lst");
  const give = () =>
    giveOrder(station.context, station.store, "inverter", "20105=1 by batmon id g-1 life 3m", "batmon");
  writeFileSync(path, "20113=50\n".repeat(501));
  give();
  assert.deepEqual(fates(station), ["20105=1 by batmon id g-1 life 3m queued"]);
});

test("a dry run says what would become of each line, with the device and without it, and touches nothing", async (t) => {
  const station = orderStation(t);
  const lines: string[] = [];
  const log = new Log("test", 1, (line) => lines.push(line));
  const context = { ...station.context, dryRun: true, log };
  const path = join(station.folder, "jkbms_cmd.lst");
  writeFileSync(path, "charge_mosfet=off\ncharge_mosfet=2\n");
  const nobody = async () => assert.fail("the device was asked");
  const client = { dialect: "4e57", readSetting: nobody, writeSetting: nobody };
  const heard = await runBmsOrders({ context, store: station.store, client, name: "bms" });
  const unheard = takeUnheard(context, station.store, "bms");
  assert.deepEqual([heard.waiting, unheard.waiting], [2, 2]);
  assert.match(lines[0] ?? "", /order would be carried out text="?charge_mosfet=off/);
  assert.match(lines[1] ?? "", /order would be refused: .*permitted/);
  assert.deepEqual([station.orders(), existsSync(path)], [[], true]);
});

test("a setting that was cut off while it was sent gives way to a later order, and is told so", (t) => {
  const station = orderStation(t);
  const { context, store } = station;
  const submit = (line: string) =>
    submitOrder(context, store, { kind: "inverter", device: "inverter", line, source: "hand" }).id;
  const cut = submit("20113=50");
  store.write(() => markSending(store, cut, 217, station.now));
  submit("20113=60");
  takeUnheard(context, store, "inverter");
  assert.deepEqual(fates(station), ["20113=50 superseded superseded_sending", "20113=60 queued"]);
});

test("a command word acts at once and is not given for a time", (t) => {
  const station = orderStation(t);
  const order = submitOrder(station.context, station.store, {
    ...{ kind: "inverter", device: "inverter", line: "10112=1 for 30m", source: "hand" },
    unlock: "clear_charger_totals",
  } as const);
  assert.deepEqual([order.state, order.code], ["refused", "lease_of_command"]);
  assert.deepEqual(activeLeases(station.store), []);
});

/** A flood in the command file: it costs few writes, it is told, and nothing behind it waits for it. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Answer } from "../../lib/cli/spec.ts";
import { countBegun, finishOrder, insertOrder, latestOrders, markSending } from "../../lib/store/orders.ts";
import { batmonStation } from "../support/batmon.ts";
import { testStation } from "../support/command.ts";
import { inverterRound } from "../support/orders.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

/** Registers that need no consent, with two values of each: more of them than a run may write. */
const ROWS: readonly (readonly [number, number, number])[] = [
  [20109, 2, 3],
  [20112, 0, 1],
  [20113, 50, 51],
  [20118, 480, 481],
  [20119, 530, 531],
  [20125, 30, 31],
  [20132, 400, 401],
  [20143, 2, 3],
  [20144, 0, 1],
  [10108, 300, 301],
  [10111, 100, 101],
  [20105, 0, 0],
];
/** Written by programs in one run, at most. */
const A_RUN = 10;

function flood(lines: number): string {
  return Array.from({ length: lines }, (_, index) => {
    const [address, one, other] = ROWS[index % ROWS.length] as (typeof ROWS)[number];
    return `${address}=${index % 2 === 0 ? one : other} by automation\n`;
  }).join("");
}

for (const [lines, back] of [
  [600, "20105=1 by batmon id g-1 life 3m\n"],
  [2600, "inverter.ongrid_switch = on\n"],
] as const) {
  test(`${lines} lines of a program on a slow line: the way back to the grid behind them is the first on the wire`, async (t) => {
    const sim = await startSimulatedInverter(t, { baud: 19_200 });
    sim.device.source.write(20105, 0);
    const station = testStation(t, `inverter: {port: "${sim.url}"}`);
    appendFileSync(join(station.folder, "inverter_cmd.lst"), flood(lines) + back);
    const writes = () => sim.log.writes().map(({ info }) => `${info?.start}=${info?.values?.[0]}`);
    const first = await station.run("pv1800-dump");
    assert.equal(first.code, lines > 2000 ? 65 : 0, first.stderr);
    assert.equal(writes()[0], "20105=1");
    assert.ok(writes().length <= 1 + A_RUN, writes().join(" "));
    const orders = () => station.look((store) => latestOrders(store, 10_000));
    const [newest] = orders().filter(({ key, wanted_raw }) => key === "ongrid_switch" && wanted_raw === 1);
    assert.equal(newest?.state, "done");
    // Every line is in the journal, and what the first run had no room for comes in the next one, once.
    await station.run("pv1800-dump");
    assert.ok(orders().every(({ finished_at }) => finished_at !== null));
    assert.equal(new Set(writes()).size, writes().length, writes().join(" "));
    assert.equal(sim.device.source.read(20105), 1);
  });
}

test("a program that writes a setting over and over is stopped, which is told once; the way back stays open", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = batmonStation(t);
  const { store, folder } = station;
  const path = join(folder, "inverter_cmd.lst");
  // A day's lines without a signature, as a script writes them.
  store.write(() => {
    for (let count = 0; count < 100; count++) {
      const at = station.now - 60 * count;
      const order = {
        kind: "inverter",
        device: "inverter",
        source: "file",
        text: "20113=50",
        key: "max_discharge_current",
      } as const;
      const id = insertOrder(store, { ...order, wanted_raw: 50 + (count % 2), queued_at: at, expires_at: at + 900 });
      markSending(store, id, 50, at);
      countBegun(store, id);
      finishOrder(store, id, { state: "done", why: null, read_back_raw: 50 }, at);
    }
  });
  sim.device.source.write(20105, 0);
  appendFileSync(path, "20113=80\n20105=1\n");
  const stop = () => inverterRound(station, sim.url);
  const run = await stop();
  assert.match(run.failure?.message ?? "", /“Max discharge current” was changed 100 times by the command file in 24 h/);
  assert.deepEqual([sim.device.source.read(20113), sim.device.source.read(20105)], [217, 1]);
  const told: string[] = [];
  for (let minute = 0; minute < 4; minute++) {
    if (minute === 2) {
      appendFileSync(path, "20113=90\n");
      await stop();
    }
    const answer = await station.pass(1);
    const { events } = (answer as Answer).json as {
      readonly events: readonly { readonly key: string; readonly text: string }[];
    };
    told.push(...events.filter(({ key }) => key.startsWith("order_stopped")).map(({ text }) => text));
  }
  assert.equal(told.length, 1, told.join("\n"));
});

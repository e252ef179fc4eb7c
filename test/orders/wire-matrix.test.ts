/**
 * Whatever one register of the inverter reads, an order for the grid switch reaches the wire in the same run. A share of the registers
 * in every run of the tests, all of them with SOLAR_NIGHTLY=1; and blocks that are silent, refused or cut.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { IDENTITY_BLOCKS, SETTING_BLOCKS, STATUS_BLOCKS } from "../../lib/devices/pv1800/blocks.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import type { Fault } from "../../lib/sim/fault.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { tries } from "../support/campaign.ts";
import { orderStation } from "../support/orders.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

/** One of so many cases is tried. */
const SHARE = tries(7, 1);
const ODD = [0, 0x7fff, 0x8000, 0xffff] as const;
const GRID_SWITCH = 20105;

const addresses = STATUS_BLOCKS.flatMap(({ start, count }) =>
  Array.from({ length: count }, (_, index) => start + index),
).filter((address) => address !== GRID_SWITCH);
const cases = addresses.flatMap((address) => ODD.map((word) => [address, word] as const));

async function plant(t: Parameters<typeof orderStation>[0]) {
  const source = new RegisterImage(recordedInverterWords());
  const sim = await startSimulatedInverter(t, { source });
  const station = orderStation(t, {
    inverter: { port: sim.url, gap_ms: 5, timeout_ms: 100, retries: 2, settings_every_s: 0 },
    bms: [],
  });
  const { context, store } = station;
  /** One run with an order in the queue, off the grid; is the house back on it? */
  const isBack = async () => {
    source.words.set(GRID_SWITCH, 0);
    submitOrder(context, store, { kind: "inverter", device: "inverter", line: "20105=1", source: "batmon" });
    await pollInverters(context);
    store.flush();
    station.now += 60;
    return source.read(GRID_SWITCH) === 1 && latestOrders(store, 1)[0]?.state === "done";
  };
  return { source, sim, isBack };
}

test("an order for the grid switch reaches the wire whatever a register reads", async (t) => {
  const { source, isBack } = await plant(t);
  assert.ok(await isBack());
  const lost: string[] = [];
  for (const [address, word] of cases.filter((_, index) => index % SHARE === 0)) {
    const before = source.read(address);
    if (before === undefined) continue;
    source.words.set(address, word);
    if (!(await isBack())) lost.push(`${address}=${word}`);
    source.words.set(address, before);
  }
  assert.deepEqual(lost, []);
});

test("an order for the grid switch reaches the wire whatever block fails, and however", async (t) => {
  const { sim, isBack } = await plant(t);
  const blocks = [...IDENTITY_BLOCKS, ...SETTING_BLOCKS, ...STATUS_BLOCKS].filter(({ start }) => start !== GRID_SWITCH);
  const kinds: readonly Fault["kind"][] = ["silent", "wrong_checksum"];
  const lost: string[] = [];
  for (const { start } of blocks) {
    for (const kind of kinds) {
      sim.setFaults([{ kind, target: start } as Fault]);
      if (!(await isBack())) lost.push(`${start} ${kind}`);
    }
  }
  // Everything that is slow or optional, and the inverter's half of the live values.
  sim.setFaults(
    blocks.filter(({ start }) => start !== 15201).map(({ start }) => ({ kind: "silent", target: start }) as Fault),
  );
  if (!(await isBack())) lost.push("all but the charger silent");
  assert.deepEqual(lost, []);
});

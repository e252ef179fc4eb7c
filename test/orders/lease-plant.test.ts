/** Leases of the grid switch in the closed loop: plant, simulated devices on the wire, and the jobs of every minute. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { runBatmon } from "../../lib/jobs/batmon/batmon-run.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { pollPacks } from "../../lib/jobs/poll-packs.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import { Plant } from "../../lib/sim/plant/plant.ts";
import { activeLeases } from "../../lib/store/leases.ts";
import { orderStation } from "../support/orders.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const MINUTES = 24 * 60;
/** The lease begins here, min: enough for the rules to know their rhythm. */
const GIVEN_AT = 20;

async function plant(t: TestContext, { soc, onGrid }: { readonly soc: number; readonly onGrid: boolean }) {
  const flat = (value: number) => new Float64Array(MINUTES).fill(value);
  const grid = new Uint8Array(MINUTES).fill(1);
  const world = { key: "leases", minutes: MINUTES, day_of_year: 172, pv: flat(0), load: flat(600), grid };
  const model = new Plant({ world: { ...world, bms_lost: new Uint8Array(MINUTES), start_soc: soc }, capacity_ah: 280 });
  model.setOngridSwitch(onGrid);
  model.step();
  const devices = plantDevices(model);
  const inverter = await startSimulatedInverter(t, { source: devices.inverter });
  const bms = await startSimulatedBms(t, { source: devices.bms });
  const station = orderStation(t, {
    inverter: { port: inverter.url, gap_ms: 5, timeout_ms: 100, retries: 0, settings_every_s: 86_400 },
    bms: [
      {
        port: bms.url,
        protocol: "4e57",
        polls: 1,
        poll_gap_ms: 20,
        timeout_ms: 60,
        retries: 0,
        settings_every_s: 86_400,
      },
    ],
    batmon: { mode: "auto", rules: { dwell_on: 60, reserve: 30 } },
  });
  const { context, store } = station;
  const began = station.now;
  const failures: string[] = [];
  return {
    ...{ model, station, bms, failures },
    give: (line: string) => submitOrder(context, store, { kind: "inverter", device: "inverter", line, source: "hand" }),
    /** Lets cron run every `interval` minutes until the plant has seen so many. */
    until: async (minute: number, interval: number) => {
      while (model.minute < minute) {
        for (let step = 0; step < interval; step++) model.step();
        station.now = began + 60 * model.minute;
        for (const job of [pollPacks, pollInverters]) {
          const answer = await job(context);
          if (answer?.failure && job === pollInverters) failures.push(answer.failure.message);
          store.flush();
        }
        station.now += 5;
        await runBatmon(context);
        store.flush();
      }
    },
  };
}

for (const interval of [1, 2, 5, 10]) {
  test(`every ${interval} min: a lease that ends blind does not leave the grid; it waits, is dropped and told`, async (t) => {
    const { model, station, bms, failures, give, until } = await plant(t, { soc: 0.8, onGrid: false });
    await until(GIVEN_AT, interval);
    assert.equal(model.ongridSwitch, false);
    give("ongrid_switch=on for 30m");
    await until(GIVEN_AT + interval, interval);
    assert.equal(model.ongridSwitch, true);
    bms.setFaults([{ kind: "silent" }]);
    // The time of the lease in fewer runs: nothing is due in it.
    await until(GIVEN_AT + 30, 10);
    await until(GIVEN_AT + 30 + 3 * interval, interval);
    assert.equal(model.ongridSwitch, true, "29 minutes old data vouch for nothing");
    assert.equal(activeLeases(station.store).length, 1, "it waits");
    await until(GIVEN_AT + 110, 10);
    assert.deepEqual(activeLeases(station.store), []);
    assert.equal(model.ongridSwitch, true);
    assert.equal(station.orders().findLast(({ source }) => source === "lease")?.code, "lease_unsafe");
    assert.ok(
      failures.some((text) => /but “off” was not put back/.test(text)),
      failures.join("\n"),
    );
    assert.equal(model.unservedMinutes, 0);
  });
}

for (const [name, soc, back] of [
  ["over a low battery stays on the grid", 0.25, true],
  ["over a good battery leaves it again", 0.8, false],
] as const) {
  test(`a lease that ends ${name}`, async (t) => {
    const { model, station, give, until } = await plant(t, { soc: 0.6, onGrid: false });
    await until(GIVEN_AT, 5);
    give("ongrid_switch=on for 30m");
    await until(GIVEN_AT + 5, 5);
    assert.equal(model.ongridSwitch, true);
    model.pack.soc = soc;
    await until(GIVEN_AT + 50, 5);
    assert.equal(model.ongridSwitch, back);
    assert.equal(activeLeases(station.store).length, back ? 1 : 0);
  });
}

test("a lease of life off the grid, and the BMS falls silent: the grid is back within the blind limit, before its end", async (t) => {
  const { model, bms, give, until } = await plant(t, { soc: 0.8, onGrid: true });
  await until(GIVEN_AT, 5);
  give("ongrid_switch=off for 6h");
  await until(GIVEN_AT + 5, 5);
  assert.equal(model.ongridSwitch, false);
  bms.setFaults([{ kind: "silent" }]);
  await until(GIVEN_AT + 50, 5);
  assert.equal(model.ongridSwitch, true);
  assert.equal(model.unservedMinutes, 0);
});

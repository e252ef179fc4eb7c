/** Commands killed at any step and at any moment: nothing is lost, nothing is done twice, and the next run goes on by itself. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FAULT_POINTS } from "../../lib/orders/order-fault-points.ts";
import { damageOfPages } from "../../lib/store/damage.ts";
import { latestOrders, openOrders } from "../../lib/store/orders.ts";
import { Chance, SEED, tries } from "../support/campaign.ts";
import { testStation } from "../support/command.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const LINES = ["20113=50", "20113=60", "20105=0", "20105=1", "20109=2", "20109=1", "20113=900", "nonsense", "10009=1"];
/** Runs of one station that must have been killed: some end before their moment comes, or never reach the step. */
const KILLS = tries(3, 500);
/** Its log holds the orders of one: two files of 256 KiB. */
const STATIONS = tries(1, 4);

for (let n = 0; n < STATIONS; n++) {
  test(`killed anywhere, over and over: each order has one end, is logged once, and is read between two writes (seed ${SEED + n})`, (t) =>
    killOverAndOver(t, new Chance(SEED + n)));
}

async function killOverAndOver(t: TestContext, chance: Chance): Promise<void> {
  const sim = await startSimulatedInverter(t);
  const inverter = `inverter: {port: "${sim.url}", gap_ms: 5, timeout_ms: 150, retries: 1, settings_every_s: 0}`;
  const station = testStation(t, inverter);
  const path = join(station.folder, "inverter_cmd.lst");
  let given = 0;
  let killed = 0;
  const began = performance.now();
  assert.equal((await station.run("pv1800-dump")).code, 0);
  const run_ms = Math.ceil(performance.now() - began);
  for (let round = 0; killed < KILLS; round++) {
    assert.ok(round < 20 * KILLS, "hardly any run is killed");
    for (let lines = chance.below(3); lines > 0; lines--, given++) appendFileSync(path, `${chance.pick(LINES)}\n`);
    const atStep = chance.below(2) === 0;
    const env = atStep ? { SOLAR_STATION_FAULT_POINT: chance.pick(FAULT_POINTS) } : {};
    const { child, finished } = station.start("pv1800-dump", [], { env });
    const timer = atStep ? undefined : setTimeout(() => child.kill("SIGKILL"), chance.below(run_ms));
    if ((await finished).code === null) killed++;
    clearTimeout(timer);
  }
  for (let run = 0; run < 3; run++) await station.run("pv1800-dump");
  const { orders, open, damage } = station.look((store) => ({
    orders: latestOrders(store, 10_000).filter(({ source }) => source === "file"),
    open: openOrders(store).length,
    damage: damageOfPages(store.db, "integrity_check"),
  }));
  assert.deepEqual([damage, open, orders.length], [null, 0, given]);
  assert.ok(orders.every(({ finished_at }) => finished_at !== null));
  const logged = [`${path}.log.1`, `${path}.log`].flatMap((file) =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [],
  );
  assert.equal(
    logged.filter((line) => !line.includes(" = FOREIGN")).length,
    given,
    "each order stands in the log once",
  );
  const seen = sim.log.writes().length;
  const counted = (key: "attempts" | "begun") => orders.reduce((sum, order) => sum + order[key], 0);
  assert.ok(
    counted("attempts") <= seen && seen <= counted("begun"),
    `${counted("attempts")}, ${seen}, ${counted("begun")}`,
  );
  const written = new Set<number>();
  for (const { info } of sim.log.requests()) {
    for (let at = info?.start ?? 0, end = at + (info?.count ?? 1); at < end; at++) {
      if (info?.what === "read") written.delete(at);
      else if (info?.what === "write") assert.ok(!written.has(at) && written.add(at), `${at} was written again unread`);
    }
  }
  assert.deepEqual(sim.log.forbidden(), []);
  t.diagnostic(`${killed} runs killed, ${given} orders, ${seen} writes`);
}

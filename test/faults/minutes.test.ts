/**
 * Days of a simulated plant, minute by minute, with every command of the cron table in its turn and faults at random: lines that are
 * silent, noisy, late or wrong, a broker that goes, a damaged state file, a clock that leaps, orders of all kinds.
 */
import assert from "node:assert/strict";
import { appendFileSync, closeSync, openSync, readdirSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { EXIT } from "../../lib/base/errors.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import type { Fault } from "../../lib/sim/fault.ts";
import { damageOfPages } from "../../lib/store/damage.ts";
import { openOrders } from "../../lib/store/orders.ts";
import { startBroker } from "../support/broker.ts";
import { Chance, SEED, tries } from "../support/campaign.ts";
import { testStation } from "../support/command.ts";
import { type JobName, runJob } from "../support/cron-jobs.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const HOURS = 72;
const MINUTES = tries(8, HOURS * 60);
/** Of the simulated day: the sun is up, and there is something to decide. */
const FIRST_MINUTE = 9 * 60;

/** As the table of cron has them. */
const JOBS: readonly JobName[] = ["jkbms-dump", "pv1800-dump", "batmon", "mqtt-push", "status-page"];
/** At the end, without faults: what is open comes to its end. */
const LAST = tries(3, 20);
const BACKUP_EVERY = 6 * 60;

/** What a run may end with while things go wrong around it; anything else is a defect. */
const EXPECTED: ReadonlySet<unknown> = new Set([
  EXIT.ok,
  EXIT.data,
  EXIT.unavailable,
  EXIT.io,
  EXIT.tempfail,
  EXIT.protocol,
]);

const LINE_FAULTS: readonly Fault[] = [
  { kind: "silent" },
  { kind: "late", ms: 80 },
  { kind: "noise_before", noise: 20 },
  { kind: "noise_inside", noise: 4 },
  { kind: "noise_after", noise: 20 },
  { kind: "truncated", bytes: 5 },
  { kind: "wrong_checksum", scope: { every: 2 } },
  { kind: "wrong_slave" },
  { kind: "exception", code: 2, scope: { every: 3 } },
  { kind: "extra_registers", count: 1 },
  { kind: "fewer_registers", count: 1 },
  { kind: "echo" },
  { kind: "duplicate" },
  { kind: "drop_port", bytes: 7 },
  { kind: "bit_flip", bit: 77 },
  { kind: "freeze" },
  { kind: "zeros" },
];
const LINES = [
  "20113=50",
  "20113=120",
  "20105=1",
  "20109=2",
  "20113=900",
  "nonsense",
  "10009=1",
  "grid_charge_current=20",
];
const BMS_LINES = ["charge_mosfet_enabled=on", "balancer_enabled=off", "balancer_enabled=on", "soc=7"];

async function house(t: TestContext) {
  const driven = drivePlant({ scenario: "clear_summer", seed: 1, capacity_ah: 200, days: HOURS / 24 + 1 });
  const sources = plantDevices(driven.plant);
  const inverter = await startSimulatedInverter(t, { source: sources.inverter });
  const bms = await startSimulatedBms(t, { source: sources.bms });
  const broker = await startBroker(t);
  const sections = [
    `inverter: {port: "${inverter.url}", gap_ms: 5, timeout_ms: 50, retries: 1}`,
    `bms: [{port: "${bms.url}", protocol: "4e57", polls: 1, timeout_ms: 50, retries: 1}]`,
    `mqtt: {enabled: true, url: "${broker.url}", timeout_s: 2}`,
  ];
  const station = testStation(t, sections.join("\n"));
  const codes = new Map<string, number>();
  const start = async (name: JobName, now: number): Promise<void> => {
    const began = performance.now();
    const { code, stderr } = await runJob(name, station.configPath, now);
    assert.ok(EXPECTED.has(code), `${name} at ${now}: ${code}\n${stderr}`);
    assert.ok(performance.now() - began < 60_000, `${name} at ${now} was not done in its minute`);
    codes.set(`${code}`, (codes.get(`${code}`) ?? 0) + 1);
  };
  return { ...driven, inverter, bms, broker, station, start, codes };
}

/** As a bad card leaves it: a page of other bytes, or a file cut off. */
function damageFile(path: string, chance: Chance): void {
  const { size } = statSync(path);
  if (chance.below(2) === 0) {
    truncateSync(path, chance.below(size));
    return;
  }
  const file = openSync(path, "r+");
  try {
    writeSync(file, chance.bytes(4096), 0, 4096, 4096 * chance.below(Math.max(1, size / 4096)));
  } finally {
    closeSync(file);
  }
}

test(`${MINUTES} minutes of all commands with faults at random (seed ${SEED})`, async (t) => {
  const chance = new Chance();
  const { plant, epoch, advanceTo, inverter, bms, broker, station, start, codes } = await house(t);
  const stateFile = join(station.folder, "station.db");
  const once = (minutes: number) => chance.below(minutes) === 0;
  let brokerIsUp = true;
  const counts = { faults: 0, orders: 0, damages: 0, leaps: 0 };
  const openFiles = () => readdirSync("/proc/self/fd").length;
  let filesAtFirst = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    advanceTo(FIRST_MINUTE + minute);
    for (const line of [inverter, bms]) {
      const faults = once(10) ? [chance.pick(LINE_FAULTS)] : [];
      counts.faults += faults.length;
      line.setFaults(faults);
    }
    if (once(5)) appendFileSync(join(station.folder, "inverter_cmd.lst"), `${chance.pick(LINES)}\n`) ?? counts.orders++;
    if (once(20))
      appendFileSync(join(station.folder, "jkbms_cmd.lst"), `${chance.pick(BMS_LINES)}\n`) ?? counts.orders++;
    if (once(brokerIsUp ? 240 : 5)) {
      await (brokerIsUp ? broker.kill() : broker.start());
      brokerIsUp = !brokerIsUp;
    }
    if (minute > 0 && once(360)) {
      damageFile(stateFile, chance);
      counts.damages++;
    }
    // A clock that is wrong for a minute and is set again.
    const leap = once(720) ? chance.pick([-86_400, -3600, 3600, 86_400]) : 0;
    counts.leaps += leap === 0 ? 0 : 1;
    const now = epoch + 60 * (FIRST_MINUTE + minute) + leap;
    for (const name of JOBS) await start(name, now);
    if (minute % BACKUP_EVERY === BACKUP_EVERY - 1) await start("backup-stats", now);
    assert.equal(plant.dark, false, `the house is dark in minute ${minute}`);
    if (minute % 60 === 59) filesAtFirst ||= openFiles();
  }
  for (const line of [inverter, bms]) line.setFaults([]);
  for (let minute = 1; minute <= LAST; minute++) {
    advanceTo(FIRST_MINUTE + MINUTES + minute);
    for (const name of JOBS.slice(0, 2)) await start(name, epoch + 60 * (FIRST_MINUTE + MINUTES + minute));
  }
  assert.deepEqual(inverter.log.forbidden(), []);
  station.look((store) => {
    assert.equal(damageOfPages(store.db, "integrity_check"), null);
    assert.deepEqual(
      openOrders(store).map(({ text, state }) => `${text} ${state}`),
      [],
    );
  });
  if (filesAtFirst > 0) assert.ok(openFiles() <= filesAtFirst + 2, "open files grow");
  const left = readdirSync(station.folder).filter((name) => /\.tmp$|partial|\.new$/.test(name));
  assert.deepEqual(left, [], "temporary files");
  t.diagnostic(`${JSON.stringify(counts)}; exit codes ${JSON.stringify(Object.fromEntries(codes))}`);
});

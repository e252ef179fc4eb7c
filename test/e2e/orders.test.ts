import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FAULT_POINTS, type FaultPoint } from "../../lib/orders/order-fault-points.ts";
import type { WriteBehaviour } from "../../lib/sim/write-behaviour.ts";
import { openStore } from "../../lib/store/database.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { type CommandOptions, testStation } from "../support/command.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const QUICK = "gap_ms: 5, timeout_ms: 150, retries: 1";

async function plant(t: TestContext, options: { writes?: readonly WriteBehaviour[]; more?: string } = {}) {
  const sim = await startSimulatedInverter(t, { writes: options.writes ?? [] });
  const station = testStation(t, `inverter: {port: "${sim.url}", ${QUICK}${options.more ?? ""}}`);
  const path = join(station.folder, "inverter_cmd.lst");
  return {
    ...{ sim, station, path },
    /** As its owner does it. */
    echo: (line: string) => execFileSync("sh", ["-c", `echo '${line}' >> ${path}`]),
    dump: (run: CommandOptions = {}, args: readonly string[] = []) => station.run("pv1800-dump", args, run),
    word: (address: number) => sim.device.source.read(address),
    writes: () => sim.log.writes().map(({ info }) => `${info?.start}=${info?.values?.[0]}`),
    orders: () => station.look((store) => latestOrders(store, 100).reverse()),
    log: () => readFileSync(`${path}.log`, "utf8"),
  };
}

for (const form of ["bundled", "source"] as const) {
  test(`the owner's two lines are carried out by the next cron run, silently (${form})`, async (t) => {
    const { sim, echo, dump, word, writes, orders, log, path } = await plant(t);
    echo("20113=50");
    echo("20105=>0");
    assert.deepEqual(await dump({ form }), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(writes(), ["20113=50", "20105=0"]);
    assert.equal(word(20113), 50);
    assert.equal(word(20105), 0);
    assert.deepEqual(
      orders().map(({ text, source, state, old_raw, read_back_raw }) => [text, source, state, old_raw, read_back_raw]),
      [
        ["20113=50", "file", "done", 217, 50],
        ["20105=>0", "file", "done", 1, 0],
      ],
    );
    assert.match(log(), /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] 20113=>50 = OK\n\[[^\]]+\] 20105=>0 = OK\n$/);
    assert.equal(existsSync(path), false);
    assert.deepEqual(sim.log.forbidden(), []);
  });
}

test("exit 65 and the reason when a line is refused; 76 when a write was not verified; the rest is done", async (t) => {
  const { echo, dump, writes } = await plant(t, { writes: [{ kind: "keeps_old_value", address: 20113 }] });
  echo("20105=0");
  echo("20105=7");
  const refused = await dump();
  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /inverter_cmd\.lst line 2: "20105=7" refused: .*permitted: off \(0\), on \(1\)/);
  echo("20113=50");
  const failed = await dump();
  assert.equal(failed.code, 76);
  assert.match(failed.stderr, /"20113=50" failed: the device acknowledged it, and kept 21\.7 A through 3 tries/);
  assert.deepEqual(writes(), ["20105=0", "20113=50", "20113=50", "20113=50"]);
});

test("a refused line is told once, whatever fails meanwhile and however often it comes; another one is told too", async (t) => {
  const station = testStation(t, "inverter: {port: tcp://127.0.0.1:9, timeout_ms: 150, retries: 0}");
  const config = readFileSync(station.configPath, "utf8");
  writeFileSync(station.configPath, config.replace("station: {", "station: {lang: ru, "));
  const path = join(station.folder, "inverter_cmd.lst");
  const told: string[][] = [];
  for (const line of ["", "20113=900", "20113=900", "", "20113=901"]) {
    if (line !== "") execFileSync("sh", ["-c", `echo '${line}' >> ${path}`]);
    const { code, stderr } = await station.run("pv1800-dump");
    assert.equal(code, 69);
    told.push(
      stderr.split("\n").flatMap((text) => /строка 1: "[^"]*": отклонено|в соединении отказано/.exec(text) ?? []),
    );
  }
  assert.deepEqual(told, [
    ["в соединении отказано"],
    ["в соединении отказано", 'строка 1: "20113=900": отклонено'],
    [],
    [],
    ["в соединении отказано", 'строка 1: "20113=901": отклонено'],
  ]);
});

test("orders are taken between the rounds of --repeat", async (t) => {
  const { echo, station, word, sim } = await plant(t);
  const { finished } = station.start("pv1800-dump", ["--repeat", "1s", "--for", "4s"]);
  while (sim.log.requests().length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  echo("20113=50");
  assert.equal((await finished).code, 0);
  assert.equal(word(20113), 50);
});

/** Points that the first run of an order does not pass: reached once its claimed file is old. */
const LATE: ReadonlySet<FaultPoint> = new Set(["claim_settled"]);

for (const point of FAULT_POINTS) {
  test(`killed at "${point}", the next run verifies first and then finishes`, async (t) => {
    // The settings are read in every run, so that a value that arrived unseen is not mistaken for somebody else's.
    const { sim, station, echo, dump, word, writes, orders, log } = await plant(t, { more: ", settings_every_s: 0" });
    echo("20113=50");
    if (LATE.has(point)) {
      await dump();
      makeClaimOld(station.folder);
    }
    const killed = await dump({ env: { SOLAR_STATION_FAULT_POINT: point } });
    assert.equal(killed.code, null, `the run was not killed at ${point}: ${killed.stderr}`);
    const before = sim.log.requests().length;
    const next = await dump();
    assert.deepEqual(next, { code: 0, stdout: "", stderr: "" });
    assert.equal(word(20113), 50);
    assert.deepEqual(writes(), ["20113=50"], "written once, whatever happened");
    assert.deepEqual(
      orders().map(({ source, state }) => [source, state]),
      [["file", "done"]],
    );
    const asked = sim.log
      .requests()
      .slice(before)
      .map(({ info }) => `${info?.what} ${info?.start}`);
    const write = asked.indexOf("write 20113");
    if (write >= 0) assert.ok(asked.indexOf("read 20113") >= 0 && asked.indexOf("read 20113") < write);
    const lines = log().split("\n").filter(Boolean);
    assert.deepEqual([lines.length, / 20113=>50 = OK$/.test(lines[0] ?? "")], [1, true], log());
    await dump();
    assert.deepEqual(writes(), ["20113=50"]);
    assert.equal(orders().length, 1);
    assert.deepEqual(sim.log.forbidden(), []);
  });
}

/** Dates the claimed file back beyond the time for which it is kept. */
function makeClaimOld(folder: string): void {
  const claimed = join(folder, ".inverter_cmd.lst.claimed");
  const [name = ""] = readdirSync(claimed);
  const old = name.replace(/^\d+/, "000000000000001");
  renameSync(join(claimed, name), join(claimed, old));
  const store = openStore(join(folder, "station.db"));
  store.write(() => store.db.prepare("UPDATE order_files SET file = ? WHERE file = ?").run(old, name));
  store.close();
}

test("killed over and over at the same step, an order is never sent more than three times", async (t) => {
  const { echo, dump, writes, orders, log } = await plant(t, { writes: [{ kind: "keeps_old_value" }] });
  echo("20113=50");
  for (let i = 0; i < 5; i++) await dump({ env: { SOLAR_STATION_FAULT_POINT: "written" } });
  assert.equal((await dump()).code === 76 || orders()[0]?.state === "failed", true);
  assert.deepEqual(writes(), ["20113=50", "20113=50", "20113=50"]);
  assert.equal(orders()[0]?.code, "tries_used");
  assert.match(log(), /not in place after 3 tries; 21\.7 A is set/);
});

test("orders that lie through a night without a device are told as expired", async (t) => {
  const { sim, echo, dump, writes, orders } = await plant(t);
  const now = Math.floor(Date.now() / 1000);
  sim.setFaults([{ kind: "silent" }]);
  echo("20105=0");
  assert.equal((await dump({ now })).code, 69);
  sim.setFaults([]);
  const late = await dump({ now: now + 8 * 3600 });
  assert.equal(late.code, 65);
  assert.match(late.stderr, /"20105=0" expired: it was 8 h old and was never sent/);
  assert.deepEqual(writes(), []);
  assert.equal(orders()[0]?.state, "expired");
});

test("inverter-cmd: list, set, queue, cancel, log, --now", async (t) => {
  const { station, dump, writes, word } = await plant(t);
  const cmd = (...args: string[]) => station.run("inverter-cmd", args);
  assert.match((await cmd("list")).stdout, /20113 +max_discharge_current +– +1\.0 to 21\.7 A \(raw 10 to 217\)/);
  assert.match((await cmd("queue")).stdout, /nothing is queued/);
  await dump();
  assert.match((await cmd("list")).stdout, /20113 +max_discharge_current +21\.7 A /);
  const set = await cmd("set", "max_discharge_current", "5.0");
  assert.equal(set.code, 0);
  assert.match(set.stdout, /max_discharge_current \(20113\): 21\.7 A → 5\.0 A\n.*\norder 1 queued/);
  const refused = await cmd("set", "max_discharge_current", "50");
  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /50\.0 A is out of range for “Max discharge current”; permitted: 1\.0 to 21\.7 A/);
  assert.match(
    (await cmd("set", "float_voltage", "54.0", "--dry-run", "--yes")).stdout,
    /56\.1 V → 54\.0 V\n(.+\n)+not queued \(dry run\)/,
  );
  assert.equal((await cmd("set", "float_voltage", "54.0")).code, 65);
  assert.equal((await cmd("set", "clear_inverter_totals", "1")).code, 65);
  assert.match(
    (await cmd("queue")).stdout,
    /order 1 \(by hand(?:, [\w.-]+)?\): Max discharge current → 5\.0\sA: queued/,
  );
  assert.match((await cmd("cancel", "1")).stdout, /order 1 .*: cancelled \(by hand\)/);
  assert.equal((await cmd("cancel", "1")).code, 65);
  assert.equal((await cmd("cancel", "99")).code, 65);
  assert.deepEqual(writes(), []);
  const now = await cmd("set", "ongrid_switch", "off", "--for", "30m", "--now");
  assert.equal(now.code, 0, now.stderr);
  assert.match(
    now.stdout,
    /ongrid_switch \(20105\): on → off for 30 min\nOff detaches the house.*\norder 2 \(by hand(?:, [\w.-]+)?\): On-grid switch on → off: done/,
  );
  assert.equal(word(20105), 0);
  // A second time nothing is there to be changed, and it is not said that there was.
  const again = await cmd("set", "max_discharge_current", "21.7", "--now");
  assert.match(again.stdout, /21\.7 A → 21\.7 A\n.*Max discharge current → 21\.7\sA: was so already/s);
  assert.match((await cmd("queue")).stdout, /order 2 holds On-grid switch off for 30\smin more, then on/);
  const log = JSON.parse((await cmd("log", "--json")).stdout);
  assert.deepEqual(
    log.orders.map(({ id, state, wanted }: Record<string, unknown>) => [id, state, wanted]),
    [
      [1, "cancelled", "5.0 A"],
      [2, "done", "off"],
      [3, "unchanged", "21.7 A"],
    ],
  );
});

test("a lease ends by the next cron run, also after the board was off", async (t) => {
  const { station, dump, word } = await plant(t);
  const now = Math.floor(Date.now() / 1000);
  await station.run("inverter-cmd", ["set", "ongrid_switch", "off", "--for", "30m"], { now });
  await dump({ now });
  assert.equal(word(20105), 0);
  await dump({ now: now + 1700 });
  assert.equal(word(20105), 0);
  assert.equal((await dump({ now: now + 5 * 3600 })).code, 0);
  assert.equal(word(20105), 1);
});

test("jkbms-dump carries out its command file", async (t) => {
  const sim = await startSimulatedBms(t);
  const station = testStation(t, `bms: [{port: "${sim.url}", polls: 1, poll_gap_ms: 20}]`);
  execFileSync("sh", ["-c", `echo charge_mosfet=off >> ${join(station.folder, "jkbms_cmd.lst")}`]);
  assert.deepEqual(await station.run("jkbms-dump"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual([...(sim.device.records().get(0xab) ?? [])], [0]);
  assert.equal(station.look((store) => latestOrders(store, 1))[0]?.state, "done");
});

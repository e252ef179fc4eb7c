/** Command files on disks that refuse: what is queued goes on, what cannot be taken is told once with the command that repairs it. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, chownSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { BadCommand } from "../../lib/base/errors.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import { openStore } from "../../lib/store/database.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { bundled } from "../support/bundle.ts";
import { testStation } from "../support/command.ts";
import { bmsRound, inverterRound, orderStation } from "../support/orders.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const NOBODY = 65534;
const isRoot = process.geteuid?.() === 0;
const ROOT_ONLY = { skip: isRoot ? false : "needs root: to mount a small disk, to run as another user" };

/** A disk of a few pages; it is taken away when `work` is done. */
async function onSmallDisk(t: TestContext, options: string, work: (folder: string) => Promise<void>) {
  const folder = scratchDirectory(t);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  try {
    await work(folder);
  } finally {
    execFileSync("umount", ["-l", folder]);
  }
}

async function inverterPlant(t: TestContext, orders: Readonly<Record<string, unknown>> = {}) {
  const sim = await startSimulatedInverter(t);
  const station = orderStation(t, { orders });
  const queue = (line: string) =>
    submitOrder(station.context, station.store, { kind: "inverter", device: "inverter", line, source: "hand" });
  const round = () => inverterRound(station, sim.url);
  const writes = () => sim.log.writes().map(({ info }) => `${info?.start}=${info?.values?.[0]}`);
  return { sim, station, queue, round, writes };
}

test("a read-only disk: lines are taken where they lie, once; the same text written anew counts", ROOT_ONLY, (t) =>
  onSmallDisk(t, "size=256k", async (folder) => {
    const path = join(folder, "inverter_cmd.lst");
    const { queue, round, writes, station } = await inverterPlant(t, { inverter_file: path });
    const rewrite = (text: string, at: number) => {
      execFileSync("mount", ["-o", "remount,rw", folder]);
      writeFileSync(path, text);
      utimesSync(path, at, at);
      execFileSync("mount", ["-o", "remount,ro", folder]);
    };
    const now = Date.now() / 1000;
    rewrite("20113=50\n", now - 30);
    queue("20105=0");
    const run = await round();
    assert.match(
      run.failure?.message ?? "",
      /was taken where it lies, because it cannot be set aside \(EROFS\); repair: mount -o remount,rw/,
    );
    assert.deepEqual(writes().sort(), ["20105=0", "20113=50"]);
    await round();
    assert.equal(station.orders().length, 2, "what was taken is not taken again");
    queue("20113=60");
    await round();
    rewrite("20113=50\n", now - 10);
    await round();
    await round();
    assert.deepEqual(writes().slice(2), ["20113=60", "20113=50"]);
  }),
);

test("a full disk: the lines are taken, the log's lines wait for room and are written once", ROOT_ONLY, (t) =>
  onSmallDisk(t, "size=64k", async (folder) => {
    const path = join(folder, "inverter_cmd.lst");
    const { round, writes } = await inverterPlant(t, { inverter_file: path });
    writeFileSync(path, "20113=50\n");
    const filler = join(folder, "filler");
    assert.throws(() => writeFileSync(filler, Buffer.alloc(1 << 20)), /ENOSPC/);
    const run = await round();
    assert.match(run.failure?.message ?? "", /inverter_cmd\.lst\.log cannot be written to \(ENOSPC\); repair: df -h /);
    assert.deepEqual(writes(), ["20113=50"]);
    execFileSync("rm", [filler]);
    assert.equal((await round()).failure, null);
    await round();
    assert.match(readFileSync(`${path}.log`, "utf8"), /^\n?\[[^\]]+\] 20113=>50 = OK\n$/);
    assert.deepEqual(writes(), ["20113=50"]);
  }),
);

test("no room for the folder of claimed files: the lines are taken where they lie", ROOT_ONLY, (t) =>
  onSmallDisk(t, "size=256k,nr_inodes=3", async (folder) => {
    const path = join(folder, "jkbms_cmd.lst");
    const sim = await startSimulatedBms(t);
    const station = orderStation(t, { orders: { bms_file: path } });
    writeFileSync(`${path}.log`, "");
    writeFileSync(path, "charge_mosfet=off\n");
    const run = await bmsRound(station, sim.url, "4e57");
    assert.match(run.failure?.message ?? "", /jkbms_cmd\.lst was taken where it lies.*\(ENOSPC\); repair: df -h /);
    appendFileSync(path, "charge_mosfet=on\n");
    await bmsRound(station, sim.url, "4e57");
    await bmsRound(station, sim.url, "4e57");
    assert.deepEqual(
      station.orders().map(({ text, state }) => [text, state]),
      [
        ["charge_mosfet=off", "done"],
        ["charge_mosfet=on", "done"],
      ],
    );
    assert.equal(sim.log.writes().length, 2);
  }),
);

for (const file of ["inverter_cmd.lst", "jkbms_cmd.lst"]) {
  test(`a pipe as ${file} blocks nothing`, async (t) => {
    const isInverter = file === "inverter_cmd.lst";
    const sim = await (isInverter ? startSimulatedInverter(t) : startSimulatedBms(t));
    const station = orderStation(t);
    const { context, store } = station;
    execFileSync("mkfifo", [join(station.folder, file)]);
    const order = isInverter
      ? ({ kind: "inverter", device: "inverter", line: "20113=50" } as const)
      : ({ kind: "bms", device: "bms", line: "charge_mosfet=off" } as const);
    submitOrder(context, store, { ...order, source: "hand" });
    const run = await (isInverter ? inverterRound(station, sim.url) : bmsRound(station, sim.url, "4e57"));
    assert.ok(run.failure instanceof BadCommand);
    assert.match(run.failure.message, /is a pipe, socket or device and was not taken; repair: rm /);
    assert.equal(station.orders()[0]?.state, "done");
  });
}

/** Runs a bundled command as a user without rights of his own. */
async function asNobody(name: string, configPath: string, cache: string, args: readonly string[] = []) {
  const env = { PATH: process.env.PATH ?? "", XDG_CACHE_HOME: cache, TZ: "UTC" };
  const child = spawn(process.execPath, [bundled(name), ...args, "--config", configPath], {
    ...{ uid: NOBODY, gid: NOBODY, env, cwd: "/" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  let stdout = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
  child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

for (const [job, file, line, sections] of [
  ["pv1800-dump", "inverter_cmd.lst", "20105=0", (url: string) => `inverter: {port: "${url}", gap_ms: 5}`],
  [
    "jkbms-dump",
    "jkbms_cmd.lst",
    "charge_mosfet=off",
    (url: string) => `bms: [{port: "${url}", polls: 1, poll_gap_ms: 20}]`,
  ],
] as const) {
  test(`${job}: a file that its user may not read is told, and the queue is worked off`, ROOT_ONLY, async (t) => {
    const isInverter = job === "pv1800-dump";
    const sim = await (isInverter ? startSimulatedInverter(t) : startSimulatedBms(t));
    const station = testStation(t, sections(sim.url));
    const { folder, configPath } = station;
    chownSync(folder, NOBODY, NOBODY);
    const store = openStore(join(folder, "station.db"));
    const kind = isInverter ? "inverter" : "bms";
    const context = orderStation(t).context;
    submitOrder(context, store, { kind, device: kind, line, source: "hand" });
    store.close();
    execFileSync("sh", ["-c", `chown ${NOBODY} ${folder}/station.db*`]);
    // As `sudo sh -c 'umask 077; echo … >>'` leaves it.
    const path = join(folder, file);
    writeFileSync(path, `${line}\n`);
    chmodSync(path, 0o600);
    assert.equal(statSync(path).uid, 0);
    const run = await asNobody(job, configPath, folder);
    assert.equal(run.code, 65, run.stderr);
    assert.match(run.stderr, new RegExp(`${file} cannot be read by user 65534 \\(EACCES\\) .*repair: chown 65534 `));
    assert.doesNotMatch(run.stderr, /\n\s+at /);
    const orders = station.look((open) => latestOrders(open, 10));
    assert.deepEqual(
      orders.map(({ state }) => state),
      ["done"],
    );
    chownSync(path, NOBODY, NOBODY);
    const repaired = await asNobody(job, configPath, folder);
    assert.equal(repaired.code, 0, repaired.stderr);
    assert.equal(station.look((open) => latestOrders(open, 10)).length, 2);
  });
}

test("inverter-cmd tells a user without rights that he has none", ROOT_ONLY, async (t) => {
  const station = testStation(t, "");
  const { folder } = station;
  openStore(join(folder, "station.db")).close();
  const state = join(folder, "closed");
  execFileSync("mkdir", ["-m", "700", state]);
  execFileSync("sh", ["-c", `mv ${folder}/station.db* ${state}`]);
  chmodSync(folder, 0o755);
  const configPath = join(folder, "open.yaml");
  writeFileSync(configPath, `station: {state_dir: ${state}}\n`);
  chmodSync(configPath, 0o644);
  const cache = scratchDirectory(t);
  chownSync(cache, NOBODY, NOBODY);
  for (const what of ["log", "queue", "list"]) {
    const run = await asNobody("inverter-cmd", configPath, cache, [what]);
    assert.equal(run.code, 74, `${what}: ${run.stdout}${run.stderr}`);
    assert.match(run.stderr, /station\.db: may not be looked at \(EACCES\)/);
  }
  chmodSync(state, 0o755);
  execFileSync("sh", ["-c", `chmod 600 ${state}/station.db`]);
  const unreadable = await asNobody("inverter-cmd", configPath, cache, ["log"]);
  assert.equal(unreadable.code, 74, unreadable.stdout);
  assert.doesNotMatch(unreadable.stdout, /no order/);
});

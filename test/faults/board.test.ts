/** A board that is poor, slow or crowded: the commands end in time, say what is missing, and the next run works. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { EXIT } from "../../lib/base/errors.ts";
import { damageOfPages } from "../../lib/store/damage.ts";
import { bundled } from "../support/bundle.ts";
import { Chance, tries } from "../support/campaign.ts";
import { type TestStation, testStation } from "../support/command.ts";
import { freePort, startSimulatedInverter } from "../support/simulated.ts";

const inverterAt = (url: string) => `inverter: {port: "${url}", gap_ms: 5, timeout_ms: 2000, retries: 1}`;

/** A command of the station behind words of a shell that limit or slow it. */
function behind(station: TestStation, words: string, name: string): Promise<number | null> {
  const command = `${words} ${process.execPath} ${bundled(name)} --config ${station.configPath}`;
  const child = spawn("sh", ["-c", command], { stdio: "ignore", env: { ...process.env, SOLAR_CRON: "1" } });
  return new Promise((done) => child.on("close", done));
}

function assertSound(station: TestStation): void {
  assert.equal(
    station.look((store) => damageOfPages(store.db, "integrity_check")),
    null,
  );
}

async function polledStation(t: TestContext) {
  const sim = await startSimulatedInverter(t, { oneClient: true });
  const station = testStation(t, inverterAt(sim.url));
  assert.equal((await station.run("pv1800-dump")).code, 0);
  return { sim, station };
}

test("out of file handles, of memory, of room in files: the run ends, the next one works", async (t) => {
  const { station } = await polledStation(t);
  const limits = [
    ...[14, 18, 21, 24, 27, 30].slice(0, tries(1, 6)).map((handles) => `ulimit -n ${handles};`),
    ...[300_000, 600_000, 700_000].slice(0, tries(0, 3)).map((kb) => `ulimit -v ${kb};`),
    ...[8, 64, 300].slice(0, tries(1, 3)).map((blocks) => `ulimit -f ${blocks};`),
  ];
  for (const limit of limits) {
    // Node itself may not even start: whatever happens, it is no success that is none.
    const code = await behind(station, `${limit} exec`, "pv1800-dump");
    const { code: next, stderr } = await station.run("pv1800-dump");
    assert.equal(next, 0, `after ${limit} (${code}): ${stderr}`);
    assertSound(station);
  }
});

test("a slow card: every write and flush takes long, and the run is done in its minute", async (t) => {
  const { station } = await polledStation(t);
  const delay = tries(20, 200);
  const calls = "pwrite64,fsync,fdatasync,ftruncate,rename,unlink";
  const began = performance.now();
  const code = await behind(
    station,
    `exec strace -f -qq -o /dev/null -e trace=${calls} -e inject=${calls}:delay_enter=${delay}ms`,
    "pv1800-dump",
  );
  assert.equal(code, 0);
  assert.ok(performance.now() - began < 60_000);
  assertSound(station);
});

test("many who look while it polls: nobody is kept out, the wire is asked by one at a time", async (t) => {
  const { sim, station } = await polledStation(t);
  const looking = Array.from({ length: tries(2, 50) }, () => station.run("station", ["status", "--json"]));
  const working = ["pv1800-dump", "status-page"].map((name) => station.run(name));
  const ordering = station.run("inverter-cmd", ["set", "20113", "50", "--now"]);
  for (const { code, stderr } of await Promise.all([...looking, ...working, ordering])) assert.equal(code, 0, stderr);
  assert.deepEqual(sim.log.forbidden(), []);
});

test("any order of starting ends well: jobs before the device, before the first poll, before the configuration", async (t) => {
  const port = await freePort();
  const station = testStation(t, inverterAt(`tcp://127.0.0.1:${port}`));
  const wanted = readFileSync(station.configPath, "utf8");
  writeFileSync(station.configPath, "inverter: {port:");
  assert.equal((await station.run("pv1800-dump")).code, EXIT.config);
  writeFileSync(station.configPath, wanted);
  const early = await Promise.all(["status-page", "batmon", "pv1800-dump"].map((name) => station.run(name)));
  assert.ok(early.every(({ code }) => code !== null && code !== EXIT.software));
  const sim = await startSimulatedInverter(t, { port });
  for (const name of ["pv1800-dump", "batmon", "status-page"]) {
    const { code, stderr } = await station.run(name);
    assert.equal(code, 0, stderr);
  }
  assert.ok(sim.log.answers().length > 0);
});

test("a page and a file of metrics that are killed while written: the old one or the new one", async (t) => {
  const { station } = await polledStation(t);
  const chance = new Chance();
  const page = join(station.folder, "www", "index.html");
  const metrics = join(station.folder, "solar.prom");
  for (let kill = tries(1, 100); kill > 0; kill--) {
    const runs = [
      station.start("status-page", ["--output", page]),
      station.start("station", ["export", "--format", "prometheus", "--output", metrics]),
    ];
    for (const { child } of runs) setTimeout(() => child.kill("SIGKILL"), chance.below(600));
    await Promise.all(runs.map(({ finished }) => finished));
    if (existsSync(page)) assert.match(readFileSync(page, "utf8"), /^<!doctype html>[\s\S]*<\/html>\s*$/i);
    if (existsSync(metrics)) assert.match(readFileSync(metrics, "utf8"), /\n$/);
  }
});

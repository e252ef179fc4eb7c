import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { bundled } from "../support/bundle.ts";
import { runCommand, testStation } from "../support/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { waitFor } from "../support/wait.ts";

/** `station-sim plant` as a child, with its stdin. */
function startPlant(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [bundled("station-sim"), "plant", "--fast", ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  const said = (pattern: RegExp) => waitFor(() => pattern.exec(stdout), `${pattern} from station-sim plant`);
  const tell = (line: string) => child.stdin.write(`${line}\n`);
  return { said, tell, ended, child };
}

test("a served plant is stepped by hand, read by the commands at its own time, and moved by an order", async (t) => {
  const nowFile = join(scratchDirectory(t), "now");
  const plant = startPlant(t, ["--speed", "0", "--start", "12:00", "--capacity", "280", "--now-file", nowFile]);
  const [, inverter, bms] = await plant.said(/inverter: (tcp:\S+)\nbms: (tcp:\S+)\nnow=\d+ \(12:00\)/);
  const station = testStation(
    t,
    `inverter: {port: "${inverter}", gap_ms: 5}\nbms: [{port: "${bms}", poll_gap_ms: 20}]`,
  );
  const now = () => Number(readFileSync(nowFile, "utf8"));
  const noon = now();
  assert.equal((noon % 86400) / 60, 720);
  const read = await station.run("jkbms-dump", ["--json"], { now: now() });
  assert.equal(Math.floor(JSON.parse(read.stdout).devices[0].at / 60), noon / 60);
  const ordered = await station.run("inverter-cmd", ["set", "ongrid_switch", "off"], { now: now() });
  assert.equal(ordered.code, 0, ordered.stderr);
  await station.run("pv1800-dump", [], { now: now() });
  plant.tell("step 2");
  await plant.said(/\(12:02\).* off_grid, 20105=0/);
  assert.equal(now(), noon + 120);
  const { sample } = JSON.parse((await station.run("pv1800-dump", ["--json"], { now: now() })).stdout);
  assert.deepEqual([sample.work_state, sample.ongrid_switch, sample.grid_power], ["off_grid", false, 0]);
  plant.tell("quit");
  assert.equal(await plant.ended, 0);
});

test("a served plant runs by itself, faster than time, and ends when told", async (t) => {
  const nowFile = join(scratchDirectory(t), "now");
  const plant = startPlant(t, ["--speed", "3600", "--start", "10:00", "--dialect", "modbus", "--now-file", nowFile]);
  await plant.said(/\(10:00\)/);
  const start = Number(readFileSync(nowFile, "utf8"));
  await waitFor(() => Number(readFileSync(nowFile, "utf8")) >= start + 600, "ten simulated minutes");
  plant.child.kill("SIGTERM");
  assert.equal(await plant.ended, 0);
});

test("a wrong time of the day is refused", async () => {
  const { code, stderr } = await runCommand("station-sim", ["plant", "--start", "25:00"]);
  assert.equal(code, 64);
  assert.match(stderr, /"25:00" is no time of the day/);
});

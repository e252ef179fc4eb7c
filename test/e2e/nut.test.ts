import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { type PlantReading, savePlantSamples, writing } from "../support/plant-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { freePort } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const skip = requirePart("upsd") || requirePart("upsmon") || requirePart("upsc");
const NOW = 1_790_000_000;
/** Debian keeps the programs here; those in /sbin ask nut.conf first whether they may run. */
const NUT = "/lib/nut";

/** Real dummy-ups, upsd and upsmon, configured as docs/how-to/nut.md says, with a shutdown that only leaves a mark. */
async function nut(t: TestContext) {
  const folder = scratchDirectory(t);
  const [port, device, mark] = [await freePort(), join(folder, "solar.dev"), join(folder, "shut-down")];
  const file = (name: string, ...lines: string[]) =>
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`, { mode: 0o640 });
  mkdirSync(join(folder, "state"));
  file("ups.conf", "[solar]", "  driver = dummy-ups", `  port = ${device}`, "  mode = dummy-loop");
  file("upsd.conf", `LISTEN 127.0.0.1 ${port}`, "MAXAGE 15", `STATEPATH ${join(folder, "state")}`);
  file("upsd.users", "[monitor]", "  password = secret", "  upsmon primary");
  file(
    "upsmon.conf",
    `MONITOR solar@127.0.0.1:${port} 1 monitor secret primary`,
    `SHUTDOWNCMD "touch ${mark}"`,
    `POWERDOWNFLAG ${join(folder, "killpower")}`,
    ...["POLLFREQ 1", "POLLFREQALERT 1", "FINALDELAY 0", "HOSTSYNC 1", "DEADTIME 120", "RUN_AS_USER root"],
  );
  const env = {
    ...process.env,
    NUT_CONFPATH: folder,
    NUT_STATEPATH: join(folder, "state"),
    NUT_ALTPIDPATH: join(folder, "state"),
  };
  const start = (program: string, ...args: string[]) => {
    const child = spawn(join(NUT, program), args, { env, stdio: "ignore" });
    t.after(() => child.kill());
    return child;
  };
  const driver = () => start("dummy-ups", "-a", "solar", "-u", "root", "-F");
  const ask = (name: string) => {
    const { stdout, stderr, status } = spawnSync("upsc", [`solar@127.0.0.1:${port}`, name], { env, encoding: "utf8" });
    return status === 0 ? stdout.trim() : stderr.trim();
  };
  return { device, mark, driver, start, ask };
}

test("NUT: on line, outage, reserve, shutdown; and nothing is known when polling stops", {
  skip,
  timeout: 180_000,
}, async (t) => {
  const { device, mark, driver, start, ask } = await nut(t);
  const station = testStation(t, `export: {nut_file: ${device}}`);
  let now = NOW;
  const tell = async (reading: PlantReading | null) => {
    now += 60;
    if (reading) writing(station, (store) => savePlantSamples(store, now, reading));
    const { code, stderr } = await station.run("station", ["export", "--format", "nut"], { now: now + 1 });
    assert.equal(code, 0, stderr);
  };
  const status = (wanted: RegExp) => waitFor(() => wanted.test(ask("ups.status")), `ups.status ${wanted}`);

  await tell({ soc: 80 });
  const first = driver();
  start("upsd", "-u", "root", "-F");
  await status(/^OL$/);
  start("upsmon", "-F", "-p");
  assert.equal(ask("battery.charge"), "80");
  assert.equal(ask("battery.charge.low"), "30");
  assert.equal(ask("input.voltage"), "230.0");

  await tell({ soc: 60, grid_voltage: 0 });
  await status(/^OB$/);
  assert.ok(!existsSync(mark), "an outage alone shuts nothing down");

  await tell(null);
  now += 3600;
  await tell(null);
  assert.ok(!existsSync(device), "no fresh sample: no file");
  await waitFor(() => first.exitCode !== null, "the driver's end");
  await waitFor(() => /not connected|stale/i.test(ask("ups.status")), "upsd says that it knows nothing");
  assert.ok(!existsSync(mark), "silence of the station is no low battery");

  await tell({ soc: 40, grid_voltage: 0 });
  driver();
  await status(/^OB$/);
  await tell({ soc: 29, grid_voltage: 0 });
  await waitFor(() => existsSync(mark), "upsmon's shutdown");
});

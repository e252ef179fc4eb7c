/** A board of JBD in the list of devices: polled, stored and shown by the commands of a station; nothing is ever written to it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedJbd } from "../../lib/devices/jbd/jbd-simulator.ts";
import { bmsSamples } from "../../lib/store/samples.ts";
import { startCommand, testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { startLine, startPty } from "../support/simulated.ts";

const listed = (port: string, more = "") =>
  `devices:\n- {name: shed, kind: jbd, port: "${port}", polls: 2, poll_gap_ms: 20, retries: 0${more}}`;

test("polled, stored, shown in status and page; an order to it is refused and nothing is sent", async (t) => {
  const sim = await startLine(t, new SimulatedJbd());
  const station = testStation(t, listed(sim.url));
  const { code, stdout, stderr } = await station.run("jkbms-dump", ["--json"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const [device] = JSON.parse(stdout).devices;
  assert.deepEqual([device.device, device.protocol, device.good_answers], ["shed", "jbd", 2]);
  assert.deepEqual(device.cells, [3.909, 3.901, 3.895, 3.901]);
  station.look((store) => {
    const [stored] = bmsSamples(store, "shed", 0, 2 ** 33);
    assert.deepEqual([stored?.sample.pack_voltage, stored?.sample.soc], [15_600, 100]);
  });
  const status = await station.run("station", ["status", "--json"]);
  assert.match(status.stdout, /"shed"/);
  const page = join(station.folder, "page.html");
  const rendered = await station.run("status-page", ["--output", page]);
  assert.equal(rendered.code, 0, rendered.stderr);
  assert.match(readFileSync(page, "utf8"), /15[.,]6/);
  const refused = await station.run("jkbms-dump", ["set", "charge_mosfet", "off", "--yes"]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /charge_mosfet/);
  assert.deepEqual(sim.log.forbidden(), []);
});

test("a second round after a restart, through a pty", { skip: requirePart("socat") }, async (t) => {
  const pty = await startPty(t, await startLine(t, new SimulatedJbd()));
  const station = testStation(t, listed(pty.path));
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(await station.run("jkbms-dump"), { code: 0, stdout: "", stderr: "" });
  }
});

test("station-sim serves one", async (t) => {
  const { child, finished } = startCommand("station-sim", ["bms", "--dialect", "jbd", "--fast"]);
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [string];
  const url = /tcp:\/\/\S+/.exec(line)?.[0] ?? "";
  const station = testStation(t, listed(url));
  const dumped = await station.run("jkbms-dump", ["--json"]);
  assert.equal(JSON.parse(dumped.stdout).devices[0].sample.soc, 100, dumped.stderr);
  child.kill("SIGTERM");
  assert.equal((await finished).code, 0);
});

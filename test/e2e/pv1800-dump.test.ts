import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { inverterSamples } from "../../lib/store/samples.ts";
import { latestSettings } from "../../lib/store/setting-rows.ts";
import { testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { freePort, startPty, startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

/** Quick on an unpaced simulator; everything else as shipped. */
const QUICK = "gap_ms: 5, timeout_ms: 150, retries: 1";
const inverterAt = (port: string, more = QUICK) => `inverter: {port: "${port}", ${more}}`;

for (const form of ["bundled", "source"] as const) {
  test(`reads through tcp:// and stores a sample and the settings (${form})`, async (t) => {
    const sim = await startSimulatedInverter(t);
    const station = testStation(t, inverterAt(sim.url));
    const { code, stdout, stderr } = await station.run("pv1800-dump", ["--json"], { form });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const answer = JSON.parse(stdout);
    assert.equal(answer.sample.work_state, "grid_tie");
    assert.equal(answer.sample.pv_power, 511);
    assert.equal(answer.derived.power_factor, 288 / 335);
    station.look((store) => {
      const [stored] = inverterSamples(store, "inverter", 0, 2 ** 33);
      assert.equal(stored?.sample.raw.battery_voltage, 521);
      assert.equal(stored?.sample.raw.battery_power, 146);
      assert.equal(latestSettings(store, "inverter")?.raw.ongrid_switch, 1);
    });
    assert.deepEqual(sim.log.forbidden(), []);
  });

  test(`reads through a pty with serialport (${form})`, { skip: requirePart("socat") }, async (t) => {
    const sim = await startSimulatedInverter(t);
    const pty = await startPty(t, sim);
    const station = testStation(t, inverterAt(pty.path));
    const { code, stdout, stderr } = await station.run("pv1800-dump", ["--json"], { form });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).sample.battery_voltage, 52.1);
  });
}

test("success is silent when nobody watches, text on request", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, inverterAt(sim.url));
  assert.deepEqual(await station.run("pv1800-dump"), { code: 0, stdout: "", stderr: "" });
  const { stdout } = await station.run("pv1800-dump", ["--text"]);
  assert.match(stdout, /Battery voltage +52\.1 V/);
  assert.match(stdout, /Work state +On grid, with sun/);
});

test("a hidden feed-in: the dump says what every other reader says, by the sold counter of the minutes before", async (t) => {
  const words = recordedInverterWords();
  const sold = Number(new Map(words).get(25252));
  // 25214 hides 400 W; PV, load and battery leave the direction open, and so do the arrows.
  const hidden = [
    [15208, 300],
    [25214, 0],
    [25218, 500],
    [25222, 300],
    [25273, 0],
    [25279, 0],
  ] as const;
  const source = new RegisterImage([...words, ...hidden]);
  const sim = await startSimulatedInverter(t, { source });
  const station = testStation(t, inverterAt(sim.url));
  const now = 1_800_000_000;
  const grid = async (at: number, more: readonly string[] = []) => {
    const { stdout } = await station.run("pv1800-dump", ["--json", ...more], { now: at });
    return JSON.parse(stdout).derived;
  };
  const before = await grid(now);
  assert.deepEqual(before.grid_estimate, { size: 400, direction: null, reason: "unknown" });
  assert.equal(before.grid_net_power, null);
  source.words.set(25252, sold + 1);
  for (const more of [["--dry-run"], []]) {
    const after = await grid(now + 300, more);
    assert.deepEqual(after.grid_estimate, { size: 400, direction: "export", reason: "sold_counter" }, more.join());
    assert.deepEqual([after.grid_net_power, after.grid_export_power], [-400, 400]);
  }
  const { stdout } = await station.run("pv1800-dump", ["--text"], { now: now + 360 });
  assert.match(stdout, /Grid export +400 W/);
  assert.match(stdout, /Grid power \(estimated\) +−400 W/);
});

test("-vv prints every frame in the form of captures", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, inverterAt(sim.url));
  const { stderr } = await station.run("pv1800-dump", ["-vv"]);
  assert.match(stderr, /^> 04036271004f4bc8$/m);
  assert.match(stderr, /^< 04039e0003/m);
});

test("--raw prints the registers as they came and stores nothing", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, inverterAt(sim.url));
  const { stdout } = await station.run("pv1800-dump", ["--raw", "--json"]);
  assert.equal(JSON.parse(stdout).registers["25205"], 521);
  assert.equal(existsSync(join(station.folder, "station.db")), false);
});

test("--repeat polls on within its time", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, inverterAt(sim.url));
  const { code, stdout } = await station.run("pv1800-dump", ["--repeat", "2s", "--for", "5s", "--json"]);
  assert.equal(code, 0);
  const told = stdout.match(/"device":"inverter"/g)?.length ?? 0;
  assert.equal(JSON.parse(stdout.slice(stdout.lastIndexOf("{"))).rounds, told);
  // Two seconds apart; a busy machine may skip one, or be late so that two share the second that keys a sample.
  assert.ok(told === 2 || told === 3, stdout);
  const times = new Set(stdout.match(/"at":\d+/g));
  assert.equal(
    station.look((store) => inverterSamples(store, "inverter", 0, 2 ** 33).length),
    times.size,
  );
});

test("a silent device is 69: told once, not again, and its recovery is told", async (t) => {
  const sim = await startSimulatedInverter(t, { faults: [{ kind: "silent" }] });
  const station = testStation(t, inverterAt(sim.url, "gap_ms: 5, timeout_ms: 60, retries: 2"));
  const first = await station.run("pv1800-dump", [], { now: 1_800_000_000 });
  assert.equal(first.code, 69);
  assert.match(
    first.stderr,
    /^pv1800-dump: error: no reply from tcp:\/\/127\.0\.0\.1:\d+ slave 4 in 60 ms \(3 tries\)\n$/,
  );
  const second = await station.run("pv1800-dump", [], { now: 1_800_000_060 });
  assert.deepEqual(second, { code: 69, stdout: "", stderr: "" });
  // A reminder is due an hour after the first telling, which a busy machine may be some seconds late with.
  const later = await station.run("pv1800-dump", [], { now: 1_800_003_630 });
  assert.match(later.stderr, /no reply/);
  sim.setFaults([]);
  const recovered = await station.run("pv1800-dump", [], { now: 1_800_003_660 });
  assert.deepEqual(recovered, { code: 0, stdout: "", stderr: "pv1800-dump: recovered: works again after 61 min\n" });
});

const wrongAnswers = [
  { name: "corrupt", fault: { kind: "wrong_checksum" }, says: /checksum|corrupt|CRC/i },
  { name: "cut short", fault: { kind: "truncated", bytes: 11 }, says: /11 of|short|incomplete/i },
  { name: "too long", fault: { kind: "extra_registers", count: 2 }, says: /second master/i },
  { name: "from another slave", fault: { kind: "wrong_slave" }, says: /slave 5|foreign/i },
  { name: "an exception", fault: { kind: "exception", code: 4 }, says: /exception 4/i },
  { name: "all zero", fault: { kind: "zeros" }, says: /wedged/ },
] as const;

for (const { name, fault, says } of wrongAnswers) {
  test(`a wrong answer (${name}) is 76, says what, and stores nothing`, async (t) => {
    const sim = await startSimulatedInverter(t, { faults: [fault] });
    const station = testStation(t, inverterAt(sim.url));
    const { code, stderr } = await station.run("pv1800-dump");
    assert.equal(code, 76, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
    assert.equal(
      station.look((store) => inverterSamples(store, "inverter", 0, 2 ** 33).length),
      0,
    );
  });
}

test("a late answer never becomes the next one's data", async (t) => {
  const sim = await startSimulatedInverter(t, { faults: [{ kind: "late", ms: 230, scope: { requests: [3, 5] } }] });
  const station = testStation(t, inverterAt(sim.url, "gap_ms: 5, timeout_ms: 150, retries: 3"));
  const { code, stdout } = await station.run("pv1800-dump", ["--raw", "--json"]);
  assert.equal(code, 0);
  const clean = await startSimulatedInverter(t);
  const other = testStation(t, inverterAt(clean.url));
  assert.deepEqual(JSON.parse(stdout), JSON.parse((await other.run("pv1800-dump", ["--raw", "--json"])).stdout));
});

test("registers that shut an inverter down are never on the wire, in any mode or trouble", async (t) => {
  const troubles = [
    [],
    [{ kind: "exception", code: 2, target: 10101 }],
    [
      { kind: "exception", code: 2, target: 20101 },
      { kind: "exception", code: 2, target: 20000 },
    ],
    [{ kind: "silent", scope: { every: 3 } }],
    [{ kind: "wrong_checksum", scope: { every: 2 } }],
  ] as const;
  for (const faults of troubles) {
    const sim = await startSimulatedInverter(t, { faults });
    const station = testStation(t, inverterAt(sim.url, "gap_ms: 5, timeout_ms: 50, retries: 2"));
    for (const args of [[], ["--raw"], ["--settings"], ["--repeat", "1s", "--for", "2s"], ["--dry-run"]]) {
      await station.run("pv1800-dump", args);
    }
    assert.ok(sim.log.requests().length > 10);
    assert.deepEqual(sim.log.forbidden(), []);
  }
});

test("two commands at once: the second waits, then leaves with 75 and the holder's name", async (t) => {
  const sim = await startSimulatedInverter(t, { faults: [{ kind: "silent" }] });
  const station = testStation(t, inverterAt(sim.url, "gap_ms: 5, timeout_ms: 2000, retries: 1, lock_wait_ms: 200"));
  const holder = station.start("pv1800-dump");
  await waitFor(() => sim.clients() > 0, "the first command on the line");
  const { code, stderr } = await station.run("pv1800-dump", ["-v"]);
  assert.equal(code, 75);
  assert.match(stderr, new RegExp(`is held by pv1800-dump, pid ${holder.child.pid}, waited 200 ms`));
  holder.child.kill("SIGKILL");
  await holder.finished;
  sim.setFaults([]);
  assert.equal((await station.run("pv1800-dump")).code, 0);
});

test("a device that vanishes mid-answer is a clear error, and the next run works", async (t) => {
  const sim = await startSimulatedInverter(t, { faults: [{ kind: "drop_port", bytes: 7, scope: { first: 1 } }] });
  const station = testStation(t, inverterAt(sim.url));
  const { code, stderr } = await station.run("pv1800-dump");
  assert.equal(code, 69);
  assert.match(stderr, /closed the connection|vanished/);
  assert.equal((await station.run("pv1800-dump")).code, 0);
});

test("a port that is not there is named", async (t) => {
  const missing = testStation(t, inverterAt("/dev/ttyNOTHING"));
  const one = await missing.run("pv1800-dump");
  assert.equal(one.code, 69);
  assert.match(one.stderr, /\/dev\/ttyNOTHING: no such device/);
  const plain = testStation(t, inverterAt("/dev/null"));
  assert.match((await plain.run("pv1800-dump")).stderr, /\/dev\/null: not a serial port/);
  const refused = testStation(t, inverterAt(`tcp://127.0.0.1:${await freePort()}`));
  assert.match((await refused.run("pv1800-dump")).stderr, /connection refused/);
});

test("wrong options, a bad configuration and a damaged state file have their codes", async (t) => {
  const station = testStation(t, "inverter: {slav: 4, gap_ms: 1}");
  const usage = await station.run("pv1800-dump", ["--jsn"]);
  assert.equal(usage.code, 64);
  assert.match(usage.stderr, /Did you mean --json\?/);
  const config = await station.run("pv1800-dump");
  assert.equal(config.code, 78);
  assert.equal(config.stderr.trimEnd().split("\n").length, 2);
  assert.match(config.stderr, /config\.yaml:2: inverter\.slav: unknown key; did you mean slave\?/);
  const sim = await startSimulatedInverter(t);
  const damaged = testStation(t, inverterAt(sim.url));
  writeFileSync(join(damaged.folder, "station.db"), "no database at all ".repeat(300));
  const state = await damaged.run("pv1800-dump");
  assert.equal(state.code, 74);
  assert.match(state.stderr, /station\.db is no database; it is kept as/);
});

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deviceFacts } from "../../lib/store/device-rows.ts";
import { bmsSamples } from "../../lib/store/samples.ts";
import { latestSettings } from "../../lib/store/setting-rows.ts";
import { testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { freePort, startPty, startSimulatedBms, startSimulatedPb } from "../support/simulated.ts";

/** Quick on an unpaced simulator; everything else as shipped. */
const QUICK = "poll_gap_ms: 20, timeout_ms: 120, retries: 0";
const bmsAt = (port: string, more = QUICK) => `bms: [{port: "${port}", ${more}}]`;
const FOREVER = 2 ** 33;

for (const form of ["bundled", "source"] as const) {
  test(`4E57 through tcp://: averages, stores, remembers the dialect (${form})`, async (t) => {
    const sim = await startSimulatedBms(t);
    const station = testStation(t, bmsAt(sim.url));
    const { code, stdout, stderr } = await station.run("jkbms-dump", ["--json"], { form });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const [bms] = JSON.parse(stdout).devices;
    assert.equal(bms.protocol, "4e57");
    assert.equal(bms.good_answers, 5);
    assert.equal(bms.sample.pack_voltage, 51.98);
    assert.equal(bms.sample.battery_current, 5.86);
    assert.equal(bms.cells.length, 16);
    assert.equal(bms.derived.cell_min_number, 9);
    station.look((store) => {
      const [stored] = bmsSamples(store, "bms", 0, FOREVER);
      assert.equal(stored?.sample.pack_voltage, 51980);
      assert.deepEqual(stored?.sample.cells.slice(0, 3), [3250, 3248, 3248]);
      assert.equal(deviceFacts(store, "bms").dialect, "4e57");
      assert.equal(latestSettings(store, "bms")?.raw.charge_mosfet_enabled, 1);
    });
  });

  test(`4E57 through a pty with serialport (${form})`, { skip: requirePart("socat") }, async (t) => {
    const sim = await startSimulatedBms(t);
    const pty = await startPty(t, sim);
    const station = testStation(t, bmsAt(pty.path));
    const { code, stdout, stderr } = await station.run("jkbms-dump", ["--json"], { form });
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).devices[0].sample.soc, 2);
  });
}

test("two Modbus units on one port are told apart by their addresses", async (t) => {
  const sim = await startSimulatedPb(t, { addresses: [1, 2] });
  const unit = (name: string, slave: number) =>
    `{name: ${name}, port: "${sim.url}", protocol: modbus, slave: ${slave}, polls: 2, poll_gap_ms: 20, timeout_ms: 300}`;
  const station = testStation(t, `bms: [${unit("left", 1)}, ${unit("right", 2)}]`);
  const { code, stdout, stderr } = await station.run("jkbms-dump", ["--json"]);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const { devices } = JSON.parse(stdout);
  assert.deepEqual(
    devices.map((d: { device: string; sample: { soc: number } }) => [d.device, d.sample.soc]),
    [
      ["left", 88],
      ["right", 88],
    ],
  );
});

test("auto finds the Modbus dialect and asks no 4E57 question the next time", async (t) => {
  const sim = await startSimulatedPb(t);
  const station = testStation(t, bmsAt(sim.url, "polls: 1, timeout_ms: 200, retries: 0"));
  assert.equal((await station.run("jkbms-dump")).code, 0);
  assert.equal(
    station.look((store) => deviceFacts(store, "bms").dialect),
    "modbus",
  );
  sim.log.clear();
  assert.equal((await station.run("jkbms-dump")).code, 0);
  const asked = sim.log.entries.filter((entry) => entry.direction === ">").map((entry) => entry.hex.slice(0, 4));
  assert.ok(asked.length > 0);
  assert.ok(!asked.includes("4e57"), asked.join());
});

test("a half-good poll is stored with its counts", async (t) => {
  const sim = await startSimulatedBms(t, { faults: [{ kind: "wrong_checksum", scope: { requests: [2, 3, 5] } }] });
  const station = testStation(t, `bms: [{port: "${sim.url}", protocol: 4e57, ${QUICK}}]`);
  const { code } = await station.run("jkbms-dump");
  assert.equal(code, 0);
  const [stored] = station.look((store) => bmsSamples(store, "bms", 0, FOREVER));
  assert.equal(stored?.sample.good_answers, 2);
  assert.equal(stored?.sample.bad_answers, 3);
});

test("one BMS that is silent does not stop the other, and the run says so", async (t) => {
  const good = await startSimulatedBms(t);
  const silent = await startSimulatedBms(t, { faults: [{ kind: "silent" }] });
  const gone = `tcp://127.0.0.1:${await freePort()}`;
  const unit = (name: string, port: string) =>
    `{name: ${name}, port: "${port}", protocol: 4e57, polls: 1, timeout_ms: 60, retries: 0}`;
  const station = testStation(t, `bms: [${unit("a", silent.url)}, ${unit("b", gone)}, ${unit("c", good.url)}]`);
  const { code, stderr, stdout } = await station.run("jkbms-dump", ["--json"]);
  assert.equal(code, 69);
  assert.equal(stderr.trimEnd().split("\n").length, 2);
  assert.match(stderr, /no reply/);
  assert.match(stderr, /connection refused/);
  assert.deepEqual(
    JSON.parse(stdout).devices.map(({ device }: { device: string }) => device),
    ["c"],
  );
});

const wrongAnswers = [
  { name: "corrupt", faults: [{ kind: "wrong_checksum" }], code: 76 },
  { name: "cut short", faults: [{ kind: "truncated", bytes: 61 }], code: 76 },
  { name: "all zero", faults: [{ kind: "zeros" }], code: 76 },
  { name: "nothing but noise", faults: [{ kind: "flood", ms: 300 }], code: 76 },
  { name: "only our own echo", faults: [{ kind: "echo" }, { kind: "truncated", bytes: 0 }], code: 76 },
] as const;

for (const { name, faults, code: wanted } of wrongAnswers) {
  test(`a wrong answer (${name}) is ${wanted} and stores nothing`, async (t) => {
    const sim = await startSimulatedBms(t, { faults: [...faults] });
    const station = testStation(
      t,
      `bms: [{port: "${sim.url}", protocol: 4e57, polls: 2, poll_gap_ms: 20, timeout_ms: 120, retries: 0}]`,
    );
    const { code, stderr } = await station.run("jkbms-dump");
    assert.equal(code, wanted, stderr);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(
      station.look((store) => bmsSamples(store, "bms", 0, FOREVER).length),
      0,
    );
  });
}

test("noise, echo and split bytes around good answers do no harm", async (t) => {
  const sim = await startSimulatedBms(t, {
    faults: [{ kind: "echo" }, { kind: "noise_before", noise: 12 }, { kind: "noise_after", noise: "dfff" }],
  });
  const station = testStation(t, bmsAt(sim.url));
  const { code, stdout } = await station.run("jkbms-dump", ["--json"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).devices[0].good_answers, 5);
});

test("the BMS's password appears nowhere: not in -vv, raw output, JSON or the state file", async (t) => {
  const sim = await startSimulatedBms(t);
  const station = testStation(t, bmsAt(sim.url));
  const outputs = [
    await station.run("jkbms-dump", ["-vv", "--json", "--settings"]),
    await station.run("jkbms-dump", ["--raw", "-vv"]),
    await station.run("jkbms-dump", ["--raw", "--json"]),
    await station.run("jkbms-dump", ["--text", "--settings"]),
  ];
  // The recorded BMS's password is "1234" in ten bytes: 31323334000000000000.
  for (const { stdout, stderr } of outputs) {
    assert.doesNotMatch(stdout + stderr, /31323334000000000000|"1234"|\b1234\b/);
    assert.ok((stdout + stderr).length > 100);
  }
  const frames = station.look(
    (store) => store.db.prepare("SELECT hex(bytes) FROM last_frames").pluck().all() as string[],
  );
  assert.equal(frames.length, 1);
  assert.doesNotMatch(frames.join(), /31323334000000000000/);
});

test("a terminal number is a setting, and --bms_id of the raw form as the original spells it", async (t) => {
  const sim = await startSimulatedBms(t, { terminal: 1 });
  const refused = await testStation(t, bmsAt(sim.url)).run("jkbms-dump");
  assert.equal(refused.code, 76);
  assert.match(refused.stderr, /reply of terminal 1, asked 0/);
  const set = await testStation(t, bmsAt(sim.url, `${QUICK}, terminal: 1`)).run("jkbms-dump", ["--json"]);
  assert.equal(set.code, 0, set.stderr);
  assert.equal(JSON.parse(set.stdout).devices[0].sample.soc, 2);
  for (const spelled of ["--bms_id", "--bms-id"]) {
    const raw = await testStation(t, bmsAt(sim.url)).run("jkbms-dump", ["--cmd", "6", spelled, "1", "--json"]);
    assert.equal(raw.code, 0, raw.stderr);
    assert.match(JSON.parse(raw.stdout).hex, /^4e57....00000001/);
  }
  const wrong = await testStation(t, bmsAt(sim.url)).run("jkbms-dump", ["--cmd", "6", "--bms_id", "one"]);
  assert.equal(wrong.code, 64);
});

test("an answer without its protocol version: idle is 0 A and not +100 A, a discharge is unknown until the device told", async (t) => {
  const sim = await startSimulatedBms(t);
  const whole = sim.device.records();
  const told = whole.get(0xc0) as Uint8Array;
  const station = testStation(t, bmsAt(sim.url));
  const current = async () => {
    const { code, stdout, stderr } = await station.run("jkbms-dump", ["--json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).devices[0].sample.battery_current;
  };
  sim.device.dropRecord(0xc0);
  sim.device.setRecord(0x84, Uint8Array.of(0, 0x45));
  assert.equal(await current(), null);
  sim.device.setRecord(0x84, Uint8Array.of(0, 0));
  assert.equal(await current(), 0);
  sim.device.setRecord(0xc0, told);
  sim.device.setRecord(0x84, Uint8Array.of(0, 0x45));
  assert.equal(await current(), -0.69);
  sim.device.dropRecord(0xc0);
  assert.equal(await current(), -0.69);
});

test("--repeat polls on within its time, and takes a switch between two rounds", async (t) => {
  const sim = await startSimulatedBms(t);
  const station = testStation(t, bmsAt(sim.url));
  const { child, finished } = station.start("jkbms-dump", ["--repeat", "1s", "--for", "5s", "--json"]);
  await new Promise((told) => child.stdout.once("data", told));
  appendFileSync(join(station.folder, "jkbms_cmd.lst"), "charge_mosfet=off\n");
  const { code, stdout } = await finished;
  assert.equal(code, 0);
  const answers = stdout
    .split("\n")
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line));
  assert.ok(answers.length >= 2, stdout);
  assert.equal(JSON.parse(stdout.slice(stdout.lastIndexOf("{"))).rounds, answers.length);
  const orders = answers.flatMap((one) => one.devices?.[0].orders.finished ?? []);
  assert.deepEqual(
    orders.map((order: { state: string }) => order.state),
    ["done"],
  );
  station.look((store) => assert.equal(latestSettings(store, "bms")?.raw.charge_mosfet_enabled, 0));
});

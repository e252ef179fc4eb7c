import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { rememberFacts } from "../../lib/store/device-rows.ts";
import { deviceChecks as lookAtDevices } from "../../lib/support/device-checks.ts";
import { told } from "../support/doctor.ts";
import { orderStation } from "../support/orders.ts";
import { freePort, startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const deviceChecks = async (...[context, store]: Parameters<typeof lookAtDevices>) =>
  told(context, await lookAtDevices(context, store));

const levels = (checks: Awaited<ReturnType<typeof deviceChecks>>) =>
  Object.fromEntries(checks.map(({ name, level }) => [name, level]));

test("the doctor names the block that keeps silent, and looks at the rest", async (t) => {
  const faults = [15201, 10001].map((target) => ({ kind: "silent", target }) as const);
  const { url } = await startSimulatedInverter(t, { faults });
  const { context, store } = orderStation(t, {
    inverter: { port: url, gap_ms: 5, timeout_ms: 200, retries: 1 },
    bms: [],
  });
  const checks = await deviceChecks(context, store);
  const silent = checks.find(({ name }) => name === "inverter parts");
  assert.deepEqual(
    [silent?.level, silent?.text],
    ["warn", "no answer from registers from 10001, registers from 15201"],
  );
  assert.equal(levels(checks)["inverter identity"], "ok");
});

test("the doctor names another machine and another protocol than those that are remembered", async (t) => {
  const { url } = await startSimulatedBms(t);
  const bms = [{ port: url, polls: 1 }];
  const { context, store } = orderStation(t, { inverter: { enabled: false }, bms });
  rememberFacts(store, "bms", "bms", { dialect: "modbus", identity: { model: "JK_PB2A16S15P" } });
  store.flush();
  const checks = await deviceChecks(context, store);
  assert.deepEqual(levels(checks), { bms: "ok", "bms identity": "fail", "bms dialect": "warn" });
  const hint = checks.find(({ name }) => name === "bms identity")?.hint ?? "";
  assert.match(hint, /jkbms-dump --accept-machine/);
});

const look = async (t: TestContext, options: Parameters<typeof startSimulatedInverter>[1], known?: object) => {
  const { url } = await startSimulatedInverter(t, options);
  const inverter = { port: url, gap_ms: 5 };
  const { context, store } = orderStation(t, { inverter, bms: [] });
  if (known) rememberFacts(store, "inverter", "inverter", { identity: known });
  store.flush();
  const checks = await deviceChecks(context, known ? store : null);
  return (name: string) => checks.find((check) => check.name === name);
};

test("the doctor says of a machine whether its model is known, told, and the one of before", async (t) => {
  const words = (changes: readonly (readonly [number, number])[]) => ({
    source: new RegisterImage([...recordedInverterWords(), ...changes]),
  });
  const strange = (await look(t, words([[20001, 9900]])))("inverter identity");
  assert.equal(strange?.level, "warn");
  assert.match(strange?.text ?? "", /^PV9900, software [\d.]+, protocol [\d.]+: a model that nobody has tried$/);
  assert.match(strange?.hint ?? "", /read only; please send what pv1800-dump -vv --raw prints/);

  const refusing = (targets: readonly number[]) =>
    look(t, { faults: targets.map((target) => ({ kind: "exception", code: 2, target })) });
  const old = await refusing([20000]);
  assert.equal(old("inverter identity")?.text, "1800, software 2.17.07, protocol –", "without letters");
  const mute = await refusing([20000, 20001]);
  assert.equal(mute("inverter identity")?.text, "it tells no model");
  assert.match(mute("inverter")?.text ?? "", /^answers; \d+ ms a poll; 0 bad and 0 missing answers .*, \d+ refused$/);

  const other = (await look(t, {}, { machine_type: "PV", machine_number: 3000 }))("inverter identity");
  assert.equal(other?.level, "fail");
  assert.match(
    other?.text ?? "",
    /another machine than the one known by this name; machine number reads 1800, not 3000/,
  );
  assert.match(other?.hint ?? "", /pv1800-dump --accept-machine/);
});

test("the doctor names values that cannot be, and another master on the line", async (t) => {
  const wedged = (await look(t, { faults: [{ kind: "zeros" }] }))("inverter values");
  assert.equal(wedged?.level, "fail");
  assert.match(wedged?.text ?? "", /all registers read 0: the device is wedged/);

  const source = new RegisterImage([...recordedInverterWords(), [25234, 200]]);
  const hot = (await look(t, { source }))("inverter values");
  assert.match(hot?.text ?? "", /transformer.* 200/i);

  const shared = (await look(t, { faults: [{ kind: "noise_after", noise: "0104", scope: { every: 3 } }] }))(
    "inverter line",
  );
  assert.equal(shared?.level, "warn");
  assert.match(shared?.text ?? "", /^another master seems to use the line: \d+ unasked frames? or bytes? on the line/);
  assert.match(shared?.hint ?? "", /unplug the data logger/);
});

test("the doctor names each of several machines, and one that keeps silent with what to look at", async (t) => {
  const { url } = await startSimulatedInverter(t);
  const silent = await startSimulatedBms(t, { faults: [{ kind: "silent" }] });
  const line = { port: url, gap_ms: 5 };
  const { context } = orderStation(t, {
    inverter: { ...line, name: "east" },
    more_inverters: [{ ...line, name: "west", port: `tcp://127.0.0.1:${await freePort()}` }],
    bms: [{ port: silent.url, timeout_ms: 50, retries: 0, protocol: "4e57" }],
  });
  const checks = await deviceChecks(context, null);
  const found = levels(checks);
  assert.deepEqual([found["east identity"], found.west, found.bms], ["ok", "skip", "fail"]);
  assert.match(checks.find(({ name }) => name === "bms")?.hint ?? "", /^check power, A\/B of the RS485 pair/);
});

test("the doctor counts the bad answers of a BMS that is understood all the same", async (t) => {
  const { url } = await startSimulatedBms(t, { faults: [{ kind: "wrong_checksum", scope: { requests: [2] } }] });
  const { context } = orderStation(t, {
    inverter: { enabled: false },
    bms: [{ port: url, protocol: "4e57", poll_gap_ms: 20 }],
  });
  const checks = await deviceChecks(context, null);
  assert.deepEqual(levels(checks), { bms: "warn", "bms dialect": "ok" });
  assert.match(checks[0]?.text ?? "", /^\d+ good and [1-9]\d* bad answers, 16 cells/);
  assert.equal(checks.at(-1)?.text, "speaks 4e57, as configured (4e57)");
});

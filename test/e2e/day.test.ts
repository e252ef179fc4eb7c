import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { snapshotFromRaw } from "../../lib/codec/values.ts";
import { INVERTER_SAMPLE_FIELDS } from "../../lib/devices/inverter/sample.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import { bmsSamples, inverterSamples } from "../../lib/store/samples.ts";
import { runCommand, testStation } from "../support/command.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const NOON = 12 * 60;

/** A plant whose devices are read by the bundled commands, with a tick as cron would make it. */
async function plantStation(t: TestContext) {
  const driven = drivePlant({ scenario: "clear_summer", seed: 1, capacity_ah: 280, days: 1 });
  const sources = plantDevices(driven.plant);
  const inverter = await startSimulatedInverter(t, { source: sources.inverter });
  const bms = await startSimulatedBms(t, { source: sources.bms });
  const station = testStation(
    t,
    `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{port: "${bms.url}", protocol: "4e57", polls: 2, poll_gap_ms: 20}]`,
  );
  const tick = async (minute: number) => {
    driven.advanceTo(minute);
    const now = driven.now();
    const ended = await Promise.all(["jkbms-dump", "pv1800-dump"].map((name) => station.run(name, [], { now })));
    for (const { code, stdout, stderr } of ended)
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  };
  const order = (file: string, line: string) => appendFileSync(join(station.folder, file), `${line}\n`);
  return { ...driven, station, tick, order, inverter };
}

test("two hours around noon: samples follow the plant, and orders from the command files move it", async (t) => {
  const { plant, epoch, station, tick, order, inverter } = await plantStation(t);
  const seen: { minute: number; soc: number; pv: number }[] = [];
  for (let minute = NOON - 60; minute <= NOON + 60; minute += 10) {
    if (minute === NOON - 30) order("inverter_cmd.lst", "20105=>0");
    if (minute === NOON + 20) order("inverter_cmd.lst", "ongrid_switch=on");
    if (minute === NOON + 40) {
      order("jkbms_cmd.lst", "charge_mosfet_enabled=off");
      order("inverter_cmd.lst", "20113=50");
    }
    await tick(minute);
    seen.push({ minute, soc: Math.round(100 * plant.pack.soc), pv: Math.round(plant.pvPower) });
    assert.equal(plant.ongridSwitch, minute < NOON - 30 || minute >= NOON + 20, `minute ${minute}`);
  }
  station.look((store) => {
    const stored = inverterSamples(store, "inverter", epoch, epoch + 86400);
    assert.deepEqual(
      stored.map(({ at, sample }) => ({ minute: Math.floor((at - epoch) / 60), pv: sample.raw.pv_power })),
      seen.map(({ minute, pv }) => ({ minute, pv })),
    );
    const bms = bmsSamples(store, "bms", epoch, epoch + 86400);
    assert.deepEqual(
      bms.map(({ sample }) => sample.soc),
      seen.map(({ soc }) => soc),
    );
    const values = stored.map(({ sample }) => snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw));
    const states = values.map(({ work_state }) => work_state);
    // A sample is taken before the orders of its run: each order shows one tick later.
    assert.deepEqual(states.slice(0, 4), ["bypass", "bypass", "bypass", "bypass"]);
    assert.deepEqual(states.slice(4, 9), new Array(5).fill("off_grid"));
    assert.deepEqual(states.slice(9, 11), ["bypass", "bypass"]);
    assert.deepEqual(states.slice(11), ["grid_tie", "grid_tie"]);
    const last = values.at(-1);
    assert.equal(last?.grid_power, 0);
    assert.ok((last?.grid_export_energy ?? 0) > (values[10]?.grid_export_energy ?? Number.POSITIVE_INFINITY));
    assert.equal(store.db.prepare("SELECT count(*) FROM rejected_samples").pluck().get(), 0);
  });
  assert.equal(plant.chargeMosfetOn, false);
  const journal = readFileSync(join(station.folder, "inverter_cmd.lst.log"), "utf8");
  assert.match(journal, /20105=>0 = OK/);
  assert.match(journal, /20113=>50 = OK|20113=50 = OK/);
  assert.deepEqual(inverter.log.forbidden(), []);
});

test("an hour of the demo: batmon takes the house off the grid when the sun suffices, and the demo tells why and draws it", async () => {
  const { code, stdout, stderr } = await runCommand("station-sim", [
    ...["demo", "--day", "--from", "7", "--to", "8", "--every", "5m", "--seed", "1"],
  ]);
  assert.equal(stderr, "");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /weather clear_summer, seed 1/);
  assert.match(stdout, /^07:00 {2}PV +\d+ W {2}house +\d+ W {2}grid +\d+ W {2}battery \d+ % {2}on the grid$/m);
  assert.match(stdout, /^07:30 {2}batmon orders 20105=0: leave the grid: PV [\d,]+\sW of \d+\sW needed/m);
  assert.match(stdout, /^07:31 {2}pv1800-dump wrote 20105=0: off the grid/m);
  assert.match(stdout, /^08:00 {2}PV .* grid +0 W .* off the grid$/m);
  assert.match(stdout, /^PV +\d+ ┤/m);
  assert.match(stdout, /^grid +│─+█+$/m);
  assert.match(stdout, /^ +07:00 .*08:00$/m);
  assert.match(stdout, /^Left the grid +07:31$/m);
  assert.match(stdout, /, 0 commands failed$/m);
  assert.match(stdout, /\$ batmon --report 2026-06-21\nSolar station, 21\sJun/);
});

test("the demo refuses a day that ends before it begins", async () => {
  const { code, stderr } = await runCommand("station-sim", ["demo", "--day", "--from", "13", "--to", "12"]);
  assert.equal(code, 64);
  assert.match(stderr, /--from 13 is not before --to 12/);
});

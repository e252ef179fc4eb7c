import assert from "node:assert/strict";
import { test } from "node:test";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { testStation } from "../support/command.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

test("what the alert about another machine says is a command that ends it, for the inverter and for the BMS", async (t) => {
  const numbers: readonly (readonly [number, number])[] = [
    [20002, 1],
    [20003, 2],
    [25269, 1],
    [25270, 2],
  ];
  const source = new RegisterImage([...recordedInverterWords(), ...numbers]);
  const inverter = await startSimulatedInverter(t, { source });
  const bms = await startSimulatedBms(t);
  const station = testStation(
    t,
    `inverter: {port: "${inverter.url}", gap_ms: 5, timeout_ms: 300, retries: 1}\nbms: [{port: "${bms.url}", polls: 1}]`,
  );
  let now = 1_800_000_000;
  const run = (name: string, args: readonly string[] = []) => {
    now += 60;
    return station.run(name, args, { now });
  };
  for (const name of ["pv1800-dump", "jkbms-dump"]) {
    assert.equal((await run(name)).code, 0);
    source.words.set(20003, 9).set(25270, 9);
    bms.device.setRecord(0xba, Buffer.from("Garage______JK_B1A24S15P", "latin1"));
    const refused = await run(name);
    assert.equal(refused.code, 76, refused.stderr);
    assert.match(refused.stderr, new RegExp(`another machine[^]*${name} --accept-machine`));
    const accepted = await run(name, ["--accept-machine"]);
    assert.equal(accepted.code, 0, accepted.stderr);
    assert.equal((await run(name)).code, 0);
    // The other device is asked for the first time with what it is now.
    if (name === "pv1800-dump") bms.device.setRecord(0xba, Buffer.from("Garage______JK_B2A20S20P", "latin1"));
  }
});

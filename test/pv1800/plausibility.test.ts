import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Implausible } from "../../lib/errors.ts";
import { newStats } from "../../lib/modbus/master.ts";
import { decodeWords } from "../../lib/pv1800/decode.ts";
import { assertPlausible, judgeStatus } from "../../lib/pv1800/plausibility.ts";
import { STATUS_FIELDS, type StatusRaw } from "../../lib/pv1800/registers.ts";
import { secondMasterHint } from "../../lib/pv1800/second-master.ts";
import { dump } from "./captures.ts";

const good: StatusRaw = decodeWords(STATUS_FIELDS, dump("pv1800-12v").words);
const broken = (change: Partial<StatusRaw>) => judgeStatus({ ...good, ...change }).reasons;

const refused: { change: Partial<StatusRaw>; reason: RegExp }[] = [
  { change: { work_state: 7 }, reason: /work_state 7/ },
  { change: { ac_grade: 0 }, reason: /AC grade is 0/ },
  { change: { battery_voltage_grade: 36 }, reason: /battery grade is 36/ },
  { change: { charger_grade: 0 }, reason: /charger grade is 0/ },
  { change: { charger_grade: 48 }, reason: /charger grade 48 V differs/ },
  { change: { battery_voltage: 59 }, reason: /battery_voltage 5.9 V is outside 6..16.8/ },
  { change: { battery_voltage: 169 }, reason: /battery_voltage 16.9 V/ },
  { change: { battery_voltage: 0 }, reason: /battery_voltage 0 V/ },
  { change: { inverter_voltage: 3001 }, reason: /inverter_voltage 300.1 V is outside 0..300/ },
  { change: { grid_voltage: 65535 }, reason: /grid_voltage/ },
  { change: { bus_voltage: 6001 }, reason: /bus_voltage/ },
  { change: { load_percent: 201 }, reason: /load_percent 201 %/ },
  { change: { inverter_power: 2251 }, reason: /inverter_power 2251 W is outside -2250..2250/ },
  { change: { grid_power: -2251 }, reason: /grid_power/ },
  { change: { load_power: 32767 }, reason: /load_power/ },
  { change: { battery_power: -3001 }, reason: /battery_power/ },
  { change: { inverter_frequency: 3999 }, reason: /inverter_frequency 39.99 Hz/ },
  { change: { grid_frequency: 7001 }, reason: /grid_frequency/ },
  { change: { transformer_temperature: 151 }, reason: /transformer_temperature/ },
  { change: { ac_radiator_temperature: -61 }, reason: /ac_radiator_temperature/ },
];

describe("the gates", () => {
  for (const { change, reason } of refused) {
    it(`refuse ${JSON.stringify(change)}`, () => {
      const reasons = broken(change);
      assert.equal(reasons.length, 1, reasons.join("; "));
      assert.match(reasons[0] ?? "", reason);
    });
  }
  it("let limits pass", () => {
    assert.deepEqual(
      broken({ battery_voltage: 60, load_percent: 200, inverter_power: -2250, grid_frequency: 7000 }),
      [],
    );
    assert.deepEqual(broken({ battery_voltage: 0, work_state: 5 }), []);
    assert.deepEqual(broken({ battery_voltage_grade: 0, protocol_version_copy: 0 }), []);
  });
  it("refuse a wedged machine with one reason", () => {
    const zero = Object.fromEntries(Object.keys(good).map((key) => [key, 0])) as unknown as StatusRaw;
    assert.deepEqual(judgeStatus(zero).reasons, ["all registers read 0: the inverter is wedged"]);
  });
  it("throw with all reasons", () => {
    assert.throws(
      () => assertPlausible({ ...good, work_state: 9, ac_grade: 7 }, "ttyUSB0"),
      (error: Error) =>
        error instanceof Implausible && error.reasons.length === 2 && /^ttyUSB0: sample/.test(error.message),
    );
  });
  it("compare the protocol edition with the identity", () => {
    assert.deepEqual(judgeStatus(good, null, { protocol_version: 10414 }).reasons, []);
    assert.match(judgeStatus(good, null, { protocol_version: 10415 }).reasons[0] ?? "", /protocol edition/);
  });
  it("refuse the charger's words shifted by one, as a foreign answer may be", () => {
    const shifted = new Map([...dump("pv1800-12v").words].map(([addr, word]) => [addr + 1, word]));
    assert.ok(judgeStatus(decodeWords(STATUS_FIELDS, shifted)).reasons.length >= 3);
  });
});

describe("counters", () => {
  const after = (change: Partial<StatusRaw>, then: Partial<StatusRaw>, age_s = 60) =>
    judgeStatus({ ...good, ...change }, { raw: { ...good, ...then }, age_s });

  it("may stand still or rise as far as the rating allows", () => {
    assert.deepEqual(after({}, {}).reasons, []);
    assert.deepEqual(after({ load_energy: 158 }, { load_energy: 156 }).reasons, []);
    // 1.5 x 1500 W x 1 h = 2.25 kWh
    assert.deepEqual(after({ load_energy: 156 + 24 }, { load_energy: 156 }, 3600).reasons, []);
  });
  it("must not jump", () => {
    assert.match(
      after({ load_energy: 160 }, { load_energy: 156 }).reasons[0] ?? "",
      /load_energy rose by 0.4 kWh in 60 s/,
    );
    assert.equal(after({ load_energy: 156 + 26 }, { load_energy: 156 }, 3600).reasons.length, 1);
  });
  it("must not fall", () => {
    assert.match(after({ load_energy: 155 }, {}).reasons[0] ?? "", /load_energy fell from 15.6 to 15.5 kWh/);
    assert.equal(after({ load_energy: 0 }, {}).totals_cleared, false);
  });
  it("may begin anew all together after they were cleared", () => {
    const cleared = { load_energy: 0, discharge_energy: 0, self_use_energy: 1 };
    const verdict = after(cleared, {});
    assert.deepEqual(verdict, { reasons: [], totals_cleared: true });
    assert.equal(after({ ...cleared, load_energy: 20 }, {}).totals_cleared, false);
  });
  it("are not judged against unknown ones", () => {
    assert.deepEqual(after({ load_energy: 0 }, { load_energy: null }).reasons, []);
  });
});

describe("secondMasterHint", () => {
  it("speaks only when there are signs", () => {
    assert.equal(secondMasterHint(newStats()), null);
    assert.match(secondMasterHint({ ...newStats(), second_master_signs: 2 }) ?? "", /2 unasked/);
    assert.match(secondMasterHint(newStats(), ["AC grade is 7"]) ?? "", /foreign content \(AC grade is 7\)/);
  });
});

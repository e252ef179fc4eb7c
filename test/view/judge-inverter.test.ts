import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { INVERTER_SAMPLE_FIELDS, STATUS_FIELDS, type StatusRaw } from "../../lib/devices/inverter/sample.ts";
import { secondMaster } from "../../lib/devices/inverter/second-master.ts";
import { decodeWords } from "../../lib/devices/pv1800/decode.ts";
import { newStats } from "../../lib/modbus/master.ts";
import { batteryClass } from "../../lib/view/battery-class.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import { COUNTERS, type InverterContext, judgeInverter } from "../../lib/view/judge-inverter.ts";
import { INVERTER_LIMITS } from "../../lib/view/limits.ts";
import { dump } from "../devices/pv1800/captures.ts";

const good: StatusRaw = decodeWords(STATUS_FIELDS, dump("pv1800-12v").words);
const judged = (change: Partial<StatusRaw>, context: InverterContext = {}) =>
  judgeInverter({ ...good, ...change }, context);
const keys = (doubts: readonly Doubt[]) => doubts.map(({ key }) => key);

/** A 48 V machine of 5.5 kW. */
const big: Partial<StatusRaw> = {
  ...{
    battery_voltage_grade: 48,
    charger_grade: 48,
    rated_power: 5500,
    rated_apparent_power: 5500,
    battery_voltage: 532,
  },
  charger_battery_voltage: 534,
};

const doubted: { change: Partial<StatusRaw>; key: string; low?: number; high?: number }[] = [
  { change: { battery_voltage: 59 }, key: "battery_voltage", low: 6, high: 16.8 },
  { change: { battery_voltage: 169 }, key: "battery_voltage" },
  { change: { battery_voltage: 0 }, key: "battery_voltage" },
  { change: { inverter_voltage: 3001 }, key: "inverter_voltage", low: 0, high: 300 },
  { change: { grid_voltage: 65535 }, key: "grid_voltage" },
  { change: { bus_voltage: 6500 }, key: "bus_voltage", high: 600 },
  { change: { load_percent: 201 }, key: "load_percent" },
  { change: { inverter_power: 3001 }, key: "inverter_power", low: -3000, high: 3000 },
  { change: { grid_power: -3001 }, key: "grid_power" },
  { change: { load_power: 32767 }, key: "load_power" },
  { change: { battery_power: -4000 }, key: "battery_power" },
  { change: { inverter_frequency: 3999 }, key: "inverter_frequency", low: 40, high: 70 },
  { change: { grid_frequency: 7001 }, key: "grid_frequency" },
  { change: { transformer_temperature: 200 }, key: "transformer_temperature" },
  { change: { ac_radiator_temperature: -61 }, key: "ac_radiator_temperature" },
  { change: { inverter_apparent_power: 60000 }, key: "inverter_apparent_power" },
  { change: { battery_current: 30000 }, key: "battery_current", low: -500, high: 500 },
  { change: { rated_power: 65535 }, key: "rated_power" },
  { change: { battery_voltage_grade: 36 }, key: "battery_voltage_grade", low: 12, high: 48 },
  { change: { pv_voltage: 9000 }, key: "pv_voltage" },
  { change: { pv_power: 40000 }, key: "pv_power" },
  { change: { pv_charge_current: 4000 }, key: "pv_charge_current" },
  { change: { pv_energy: 600_000_000 }, key: "pv_energy" },
];

describe("one value beyond its limits costs only itself", () => {
  for (const { change, key, low, high } of doubted) {
    it(`${JSON.stringify(change)}`, () => {
      const { raw, doubts, refusal } = judged(change);
      assert.equal(refusal, null);
      assert.deepEqual(keys(doubts), [key]);
      assert.equal(doubts[0]?.raw, Object.values(change)[0]);
      if (low !== undefined) assert.equal(doubts[0]?.low, low);
      if (high !== undefined) assert.equal(doubts[0]?.high, high);
      // The class is told by the other board as well.
      const own = key === "battery_voltage_grade" ? 12 : null;
      assert.deepEqual(raw, { ...good, [key]: own });
    });
  }
  it("limits themselves pass", () => {
    const { doubts } = judged({ battery_voltage: 60, load_percent: 200, inverter_power: -3000, grid_frequency: 7000 });
    assert.deepEqual(doubts, []);
    assert.deepEqual(judged({ battery_voltage: 0, work_state: 5 }).doubts, []);
  });
  it("an unknown state keeps its number", () => assert.equal(judged({ work_state: 9 }).raw.work_state, 9));
});

describe("limits are the machine's own", () => {
  it("a 5.5 kW machine at noon is no artefact", () => {
    assert.deepEqual(judged({ ...big, pv_power: 5600, pv_charge_current: 1000, load_power: 6200 }).doubts, []);
  });
  it("a machine of unknown rating has wide limits, and has them", () => {
    const bare = { rated_power: 0, rated_apparent_power: null };
    assert.deepEqual(judged({ ...bare, pv_power: 9000 }).doubts, []);
    assert.deepEqual(keys(judged({ ...bare, pv_power: 30_000 }).doubts), ["pv_power"]);
    assert.equal(judged(bare).raw.rated_power, null);
  });
  it("the remembered rating widens what one garbled word would narrow", () => {
    const { doubts } = judged(
      { ...big, rated_power: 500, rated_apparent_power: null, load_power: 4000 },
      { rated_power: 5500 },
    );
    assert.deepEqual(doubts, []);
  });
});

describe("battery class", () => {
  it("comes from 15215 where 25275 reads 0 (edition 1.4.3)", () => {
    const { raw, machine, doubts } = judged({
      ...big,
      battery_voltage_grade: 0,
      rated_power: 0,
      charger_grade: 24,
      battery_voltage: 265,
      charger_battery_voltage: 266,
    });
    assert.deepEqual([raw.battery_voltage_grade, machine.battery_class, raw.rated_power, doubts], [24, 24, null, []]);
  });
  it("comes from what is remembered when no board tells it", () => {
    const { raw } = judged({ ...big, battery_voltage_grade: null, charger_grade: null }, { battery_class: 48 });
    assert.equal(raw.battery_voltage_grade, 48);
  });
  it("is what the machine says, whatever is remembered", () => {
    assert.equal(batteryClass({ battery_voltage_grade: 48, remembered: 24 }), 48);
    assert.equal(batteryClass({ charger_grade: 48, remembered: 24 }), 48);
  });
  it("two boards that differ: what is remembered decides, then the voltage", () => {
    const one = judged({ charger_grade: 48 });
    assert.deepEqual([one.machine.battery_class, keys(one.doubts)], [12, ["charger_grade"]]);
    const other = judged({ battery_voltage_grade: 24 }, { battery_class: 12 });
    assert.deepEqual([other.raw.battery_voltage_grade, keys(other.doubts)], [12, ["battery_voltage_grade"]]);
  });
});

describe("slightly below zero is zero", () => {
  it("at dusk", () => {
    const { raw, doubts } = judged({ pv_power: 65535, pv_charge_current: 65535, pv_voltage: 65533 });
    assert.deepEqual([raw.pv_power, raw.pv_charge_current, raw.pv_voltage, doubts], [0, 0, 0, []]);
  });
});

describe("refused as a whole is only what is not this machine's answer", () => {
  it("all zero", () => {
    const zero = Object.fromEntries(Object.keys(good).map((key) => [key, 0])) as unknown as StatusRaw;
    assert.equal(judgeInverter(zero).refusal?.code, "all_zero");
    assert.equal(judgeInverter({ ...zero, ongrid_switch: 1 }).refusal?.code, "all_zero");
  });
  it("the charger's words shifted by one, as a foreign answer may be", () => {
    const shifted = new Map([...dump("pv1800-12v").words].map(([addr, word]) => [addr + 1, word]));
    const { refusal } = judgeInverter(decodeWords(STATUS_FIELDS, shifted));
    assert.equal(refusal?.code, "foreign");
    assert.ok((refusal?.evidence.length ?? 0) >= 3);
  });
  it("an all-zero charger block costs the charger's values alone", () => {
    const charger = Object.fromEntries(
      Object.entries(STATUS_FIELDS).flatMap(([key, { addr }]) => (addr >= 15201 && addr <= 15221 ? [[key, 0]] : [])),
    );
    const { raw, doubts, refusal } = judged(charger);
    assert.equal(refusal, null);
    assert.ok(doubts.every(({ code }) => code === "blank_block"));
    assert.deepEqual([raw.pv_power, raw.pv_energy, raw.charger_errors], [null, null, null]);
    assert.deepEqual([raw.battery_voltage, raw.load_power], [good.battery_voltage, good.load_power]);
  });
  it("many odd values cost themselves alone where no constant is broken", () => {
    const { doubts, refusal } = judged({ grid_voltage: 9999, grid_frequency: 9999, battery_voltage: 9999 });
    assert.deepEqual([refusal, keys(doubts)], [null, ["battery_voltage", "grid_voltage", "grid_frequency"]]);
  });
  it("one broken constant is a glitch", () => {
    assert.deepEqual(judged({ ac_grade: 7 }).refusal, null);
    assert.equal(judged({ ac_grade: 7, charger_grade: 5 }).refusal?.code, "foreign");
  });
});

describe("counters", () => {
  const now = 1_800_000_000;
  const after = (
    change: Partial<StatusRaw>,
    was: Partial<StatusRaw> = {},
    age_s = 60,
    trials = [] as never[] | unknown[],
  ) => {
    const known = Object.fromEntries(COUNTERS.map((key) => [key, { raw: Number({ ...good, ...was }[key]), age_s }]));
    return judged(change, { counters: { known, trials: trials as never, at: now } });
  };
  it("may stand still or rise as far as the rating allows", () => {
    assert.deepEqual(after({}).doubts, []);
    assert.deepEqual(after({ load_energy: 158 }, { load_energy: 156 }).doubts, []);
    assert.deepEqual(after({ load_energy: 156 + 30 }, { load_energy: 156 }, 3600).doubts, []);
  });
  it("that leap or fall are doubted, and nothing else is", () => {
    const leapt = after({ load_energy: 170 }, { load_energy: 156 });
    assert.deepEqual(
      leapt.doubts.map(({ key, code }) => [key, code]),
      [["load_energy", "jump"]],
    );
    const fell = after({ load_energy: 0 }, { load_energy: 156 });
    assert.deepEqual(fell.doubts, [{ key: "load_energy", code: "fell", raw: 0, low: 15.6, high: null }]);
    assert.equal(fell.raw.load_energy, null);
    assert.equal(fell.raw.discharge_energy, good.discharge_energy);
  });
  const trial = (more: object) => [
    { key: "load_energy", code: "fell", since: now - 900, base_raw: 2, streak: 8, raw: 3, ...more },
  ];
  it("are believed again once the new base has proven itself", () => {
    const { raw, resets, doubts } = after({ load_energy: 3 }, { load_energy: 156 }, 900, trial({}));
    assert.deepEqual([raw.load_energy, doubts], [3, []]);
    assert.deepEqual(resets, [{ key: "load_energy", from_raw: 156, to_raw: 3, since: now - 900 }]);
  });
  const unproven: [string, object, number][] = [
    ["too soon", { since: now - 120 }, 3],
    ["too few readings", { streak: 2 }, 3],
    ["not risen", { base_raw: 3, raw: 3 }, 3],
    ["back once more", { raw: 5 }, 3],
    ["faster than the machine", {}, 150],
  ];
  for (const [name, more, raw] of unproven) {
    it(`not while unproven: ${name}`, () => {
      assert.equal(after({ load_energy: raw }, { load_energy: 156 }, 900, trial(more)).raw.load_energy, null);
    });
  }
  it("a counter that stands is believed after a day", () => {
    const old = trial({ since: now - 86_400, base_raw: 0, raw: 0 });
    assert.equal(after({ load_energy: 0 }, { load_energy: 156 }, 86_400, old).raw.load_energy, 0);
  });
});

it("the remembered identity is held against its copies", () => {
  const identity = { protocol_version: 10414, software_version: 4905 };
  assert.deepEqual(judged({}, { identity }).contradictions, []);
  assert.deepEqual(judged({}, { identity: { ...identity, protocol_version: 10415 } }).contradictions, [
    { key: "protocol_version", raw: 10414, expected: 10415 },
  ]);
});

it("every numeric field has limits", () => {
  const numeric = Object.entries(INVERTER_SAMPLE_FIELDS)
    .filter(([, { kind }]) => !["enum", "flags", "bool"].includes(kind))
    .map(([key]) => key);
  assert.deepEqual(Object.keys(INVERTER_LIMITS).sort(), numeric.sort());
  for (const [key, limit] of Object.entries(INVERTER_LIMITS)) assert.ok(limit.low < limit.high, key);
});

describe("secondMaster", () => {
  it("is a code with its signs, the sentence beside it, and nothing on a quiet line", () => {
    assert.equal(secondMaster(newStats()), null);
    const found = secondMaster({ ...newStats(), second_master_signs: 2 });
    assert.deepEqual([found?.code, found?.signs], ["second_master", 2]);
    assert.match(found?.text ?? "", /2 unasked/);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc16Modbus } from "../../../lib/codec/checksum.ts";
import { fromHex } from "../../../lib/codec/hex.ts";
import type { AnyValue } from "../../../lib/codec/table.ts";
import { valueFromRaw } from "../../../lib/codec/values.ts";
import { STATUS_FIELDS } from "../../../lib/devices/inverter/sample.ts";
import { decodeValue, decodeValues, decodeWords } from "../../../lib/devices/pv1800/decode.ts";
import { REGISTERS, type RegisterKey } from "../../../lib/devices/pv1800/registers.ts";
import { readRequest, registersOf, scanAnswer } from "../../../lib/modbus/frame.ts";
import { judgeInverter } from "../../../lib/view/judge-inverter.ts";
import { dump, dumps, frames } from "./captures.ts";

/** What the sources display, by our keys; signs are ours (battery + = charging, grid + = import). */
const WANT: Record<string, Partial<Record<RegisterKey, AnyValue>>> = {
  "pv1800-48v-benj-2024-11-17-night": {
    float_voltage: 56.1,
    absorption_voltage: 56.1,
    charger_battery_low_voltage: 44,
    charger_battery_high_voltage: 60,
    max_pv_charge_current: 80,
    battery_capacity: 280,
    pv_energy: 275.8,
    charger_run_days: 34,
    charger_run_hours: 13,
    charger_run_minutes: 12,
    energy_use_mode: "sol",
    max_discharge_current: 21.7,
    battery_stop_discharge_voltage: 52.5,
    battery_back_voltage: 54,
    grid_charge_current: 40,
    battery_cutoff_voltage: 42,
    battery_high_voltage: 60,
    max_combined_charge_current: 140,
    charger_source_priority: "only_solar",
    solar_power_balance: "sbe",
    machine_type: "PV",
    machine_number: 1800,
    software_version: "2.17.07",
    serial_number: null,
    ongrid_switch: true,
    discharge_to_grid: false,
    charger_grade: 48,
    charger_rated_current: 80,
    battery_voltage: null,
  },
  "pv1800-12v-sp1800-offgrid-2026-08-27": {
    battery_voltage: 12.6,
    inverter_voltage: 230,
    // The source displays 463.0 V and gives 463.0-463.1 V as the range seen while it recorded.
    bus_voltage: 463.1,
    battery_power: -20,
    battery_current: -1,
    work_state: "off_grid",
    charger_radiator_temperature: 44,
    ac_radiator_temperature: 60,
    dc_radiator_temperature: 76,
    discharge_energy: 1.4,
    load_energy: 15.6,
    self_use_energy: 1.4,
    pv_energy: 0.2,
    inverter_frequency: 50,
    grid_frequency: 0,
    protocol_version: "1.04.14",
    protocol_version_copy: "1.04.14",
    software_version: "0.49.05",
    hardware_version: "1.01.01",
    charger_hardware_version: "1.01.02",
    charger_software_version: "0.08.05",
    battery_voltage_grade: 12,
    rated_power: 1500,
    charger_source_priority: "solar_and_utility",
    grid_relay_closed: false,
    charger_errors: [{ bit: 5, label: "pv_voltage_low" }],
    energy_flow: [
      { bit: 1, label: "load_present" },
      { bit: 2, label: "battery_present" },
      { bit: 5, label: "machine_to_load" },
      { bit: 7, label: "battery_to_machine" },
    ],
    equalisation_enabled: null,
    solar_power_balance: null,
  },
  "ph1800-48v-aquarat-2020-gridtie": {
    charger_work_state: "work",
    mppt_state: "current_limiting",
    charge_stage: "float",
    pv_voltage: 107.8,
    charger_battery_voltage: 52.2,
    pv_charge_current: 9.8,
    pv_power: 511,
    charger_radiator_temperature: 28,
    external_temperature: null,
    charger_grade: 48,
    charger_rated_current: 80,
    charger_run_days: 206,
    charger_run_hours: 18,
    charger_run_minutes: 58,
    work_state: "grid_tie",
    ac_grade: 230,
    rated_apparent_power: 5000,
    battery_voltage: 52.1,
    inverter_voltage: 217,
    grid_voltage: 218.2,
    bus_voltage: 415.5,
    control_current: 1.5,
    inverter_current: 1.5,
    grid_current: 1.1,
    load_current: 1.5,
    inverter_power: 306,
    grid_power: 0,
    load_power: 288,
    load_percent: 6,
    inverter_apparent_power: 319,
    grid_apparent_power: 242,
    load_apparent_power: 335,
    inverter_reactive_power: 105,
    grid_reactive_power: 240,
    load_reactive_power: 171,
    inverter_frequency: 49.97,
    grid_frequency: 49.97,
    ac_radiator_temperature: 27,
    transformer_temperature: 47,
    dc_radiator_temperature: 24,
    inverter_relay_closed: true,
    grid_relay_closed: true,
    load_relay_closed: true,
    neutral_relay_closed: false,
    dc_relay_closed: true,
    earth_relay_closed: false,
    grid_export_energy: 4,
    pv_export_energy: 4,
    pv_energy: null,
    battery_power: 146,
    battery_current: 2,
    charger_enabled: true,
    absorb_start_voltage: 50,
    float_voltage: 52,
    absorption_voltage: 52.5,
    charger_battery_low_voltage: 34,
    charger_battery_high_voltage: 60,
    max_pv_charge_current: 80,
    charger_absorb_current: 10,
    battery_type: "lithium",
    battery_capacity: 200,
    output_enabled: true,
    output_voltage: 230,
    output_frequency: 50,
    search_mode_enabled: false,
    discharge_to_grid: false,
    energy_use_mode: "sub",
    grid_standard: "appliance",
    solar_use_aim: "battery_first",
    max_discharge_current: 21.7,
    battery_stop_discharge_voltage: 46.8,
    battery_back_voltage: 52,
    grid_charge_current: 30,
    battery_cutoff_voltage: 46.8,
    battery_high_voltage: 60,
    max_combined_charge_current: 80,
    charger_source_priority: "solar_and_utility",
    battery_voltage_calibration: 0x4040,
    software_version: "2.55.19",
  },
};

const SETTING_BITS: Record<string, number[]> = {
  "pv1800-48v-benj-2024-11-17-night": [0, 1, 3, 6],
  "pv1800-12v-sp1800-offgrid-2026-08-27": [1, 4, 5, 6],
  "ph1800-48v-aquarat-2020-gridtie": [0, 1, 5],
};

for (const { id, words } of dumps()) {
  describe(id, () => {
    const want = WANT[id];
    it("has expected values", () => assert.ok(want, `write down what ${id} displays`));
    for (const [key, value] of Object.entries(want ?? {})) {
      it(`${key} = ${JSON.stringify(value)}`, () => {
        assert.deepEqual(decodeValue(REGISTERS[key as RegisterKey], words), value);
      });
    }
    it("shows the system setting bits that its source lists", () => {
      const flags = decodeValues(REGISTERS, words).system_settings;
      assert.deepEqual(
        flags?.map((flag) => flag.bit),
        SETTING_BITS[id],
      );
      assert.ok(flags?.every((flag) => flag.label !== null));
    });
    it("has nothing to doubt", () => {
      const { doubts, refusal } = judgeInverter(decodeWords(STATUS_FIELDS, words));
      assert.deepEqual({ doubts, refusal }, { doubts: [], refusal: null });
    });
    it("has no enum value without a name", () => {
      for (const [key, value] of Object.entries(decodeValues(REGISTERS, words))) {
        assert.ok(typeof value !== "string" || !value.startsWith("unknown_"), `${key} = ${String(value)}`);
      }
    });
  });
}

describe("energy counters", () => {
  it("count the high word as 1000 kWh, as 3654.1 kWh in aquarat's display proves", () => {
    const image = new Map([
      [25253, 3],
      [25254, 6541],
    ]);
    assert.equal(decodeValue(REGISTERS.load_energy, image), 3654.1);
    assert.equal(decodeValue(REGISTERS.load_energy, new Map([[25253, 3]])), null);
  });
});

describe("unknown values", () => {
  it("are named as unknown, never guessed", () => {
    assert.equal(decodeValue(REGISTERS.charger_source_priority, new Map([[20143, 1]])), "unknown_1");
    assert.deepEqual(valueFromRaw(REGISTERS.inverter_warnings_2, 2), [{ bit: 1, label: null }]);
    assert.equal(decodeValue(REGISTERS.machine_type, new Map([[20000, 0xffff]])), null);
    assert.equal(decodeValue(REGISTERS.grid_power, new Map([[25214, 65536 - 165]])), 165);
  });
});

describe("recorded frames", () => {
  it("all carry the checksum that we compute", () => {
    const all = frames().flatMap(({ hex, ack }) => (ack ? [hex, ack] : [hex]));
    assert.ok(all.length > 30);
    for (const hex of all) assert.equal(crc16Modbus(fromHex(hex)), 0, hex);
  });
  it("of the 12 V machine hold the words of its dump", () => {
    const { words, frames: own } = dump("pv1800-12v");
    const answers = own.filter(({ role }) => role.startsWith("rsp"));
    assert.equal(answers.length, 2);
    for (const { role, hex } of answers) {
      const [start = 0, count = 0] = (/(\d+) x(\d+)/.exec(role) ?? []).slice(1).map(Number);
      const scan = scanAnswer(fromHex(hex), readRequest(4, start, count));
      assert.ok(scan.state === "answer", role);
      registersOf(scan.frame).forEach((word, i) => void assert.equal(word, words.get(start + i), `${start + i}`));
    }
  });
  it("are never accepted with any single bit turned", () => {
    for (const { role, hex } of [...frames()].filter((frame) => frame.role.startsWith("rsp"))) {
      const [start = 0, count = 0] = (/(\d+) x(\d+)/.exec(role) ?? []).slice(1).map(Number);
      const asked = readRequest(4, start, count);
      const frame = fromHex(hex);
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const byte = bit >> 3;
        const turned = frame.with(byte, (frame[byte] as number) ^ (1 << (bit & 7)));
        const { state } = scanAnswer(turned, asked);
        assert.ok(state === "bad" || state === "partial", `${role}: bit ${bit} gave ${state}`);
      }
    }
  });
  it("are never found in random bytes", () => {
    const asked = readRequest(4, 25201, 79);
    let state = 1;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    };
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from({ length: 300 }, next);
      const scan = scanAnswer(Uint8Array.of(4, 3, 158, ...bytes), asked);
      assert.ok(scan.state === "bad" || scan.state === "partial");
    }
  });
});

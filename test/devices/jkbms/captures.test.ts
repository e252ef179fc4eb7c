import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame } from "../../../lib/base/errors.ts";
import { crc16Modbus } from "../../../lib/codec/checksum.ts";
import { fromHex, toHex } from "../../../lib/codec/hex.ts";
import { valueFromRaw } from "../../../lib/codec/values.ts";
import { cellSpread, cellSum } from "../../../lib/devices/bms/derived.ts";
import { type DecodedRecords, decodeRecords, HIDDEN, recordValue } from "../../../lib/devices/jkbms/decode.ts";
import { buildFrame, COMMAND, JkFrameScanner, parseReply } from "../../../lib/devices/jkbms/frame.ts";
import {
  decodeBlock,
  decodeStatus,
  encodeWords,
  imageFromFrameData,
  imageFromReads,
} from "../../../lib/devices/jkbms/pb-decode.ts";
import { PB_DEVICE_INFO } from "../../../lib/devices/jkbms/pb-device-info.ts";
import { buildTrigger, exceptionCode, PB_FRAMES, parsePbFrame } from "../../../lib/devices/jkbms/pb-frame.ts";
import { PB_SETTINGS } from "../../../lib/devices/jkbms/pb-settings.ts";
import { PB_STATUS } from "../../../lib/devices/jkbms/pb-status.ts";
import { RECORDS, type RecordKey, statusBits } from "../../../lib/devices/jkbms/records.ts";
import { sampleFromPbStatus, sampleFromRecords } from "../../../lib/devices/jkbms/sample.ts";
import { type JudgedBms, judgeBms } from "../../../lib/view/judge-bms.ts";
import { answerOf, answerWithAck, CAPTURES, type CaptureItem, capture, GOOD_4E57, GOOD_PB } from "./captures.ts";

function assertClean({ doubts, refusal }: JudgedBms): void {
  assert.deepEqual({ doubts, refusal }, { doubts: [], refusal: null });
}

type Read = (decoded: DecodedRecords) => unknown;
const value =
  (key: RecordKey): Read =>
  (decoded) =>
    recordValue(key, decoded.records[key]);
const rawOf =
  (key: RecordKey): Read =>
  (decoded) =>
    decoded.records[key];
const spread = (decoded: DecodedRecords) => {
  const found = cellSpread(decoded.cells ?? []);
  assert.ok(found);
  return found;
};
const wordIn = (key: "warnings" | "status"): Read => rawOf(key);

/** How to find each statement of a capture's source in what we decode. */
const STATEMENTS: Readonly<Record<string, Read>> = {
  cell_voltages_V: (d) => d.cells?.map((mv) => (mv as number) / 1000),
  cell_voltages_mV: (d) => d.cells,
  min_cell_voltage_V: (d) => spread(d).min / 1000,
  min_cell: (d) => spread(d).min_cell,
  max_cell_voltage_V: (d) => spread(d).max / 1000,
  max_cell: (d) => spread(d).max_cell,
  delta_cell_voltage_V: (d) => spread(d).spread / 1000,
  average_cell_voltage_V: (d) => Math.round(spread(d).average * 100) / 100_000,
  total_voltage_V: value("pack_voltage"),
  current_A: value("battery_current"),
  mosfet_temperature_C: value("mosfet_temperature"),
  temperature_1_C: value("battery_temperature_1"),
  temperature_2_C: value("battery_temperature_2"),
  temperatures_C: (d) => [d.records.battery_temperature_1, d.records.battery_temperature_2],
  soc_pct: value("soc"),
  capacity_Ah: value("capacity"),
  errors_bitmask: wordIn("warnings"),
  operation_mode_bitmask: wordIn("status"),
  cell_count: value("cell_count"),
  cycles: value("cycle_count"),
  cycle_capacity_Ah: value("cycle_capacity"),
  software_version: value("software_version"),
  total_runtime_min: value("working_time"),
  balancing_switch: value("balancer_enabled"),
  charging_switch: value("charge_mosfet_enabled"),
  discharging_switch: value("discharge_mosfet_enabled"),
  // The reader behind this statement took the states of word 8C, not the wishes: nw05 has the balancer enabled and at rest.
  switches: (d) => {
    const { charge, discharge, balancing } = statusBits(d.records.status as number);
    return { charge, discharge, balance: balancing };
  },
  current_calibration_A: value("current_calibration"),
  current_calibration_mA: rawOf("current_calibration"),
  device_address: value("board_address"),
  battery_type: (d) => (value("cell_chemistry")(d) === "nmc" ? "Ternary Lithium" : value("cell_chemistry")(d)),
  sleep_wait_time_s: value("sleep_wait_time"),
  sleep_wait_s: value("sleep_wait_time"),
  low_soc_alarm_pct: value("low_soc_alarm"),
  low_capacity_alarm_pct: value("low_soc_alarm"),
  device_type: value("device_id"),
  device_id: value("device_id"),
  manufacturing_date: value("manufacturing_date"),
  manufacture_date: value("manufacturing_date"),
  manufacturer: value("manufacturer_id"),
  manufacturer_id: value("manufacturer_id"),
  protocol_version: value("protocol_version"),
  charging_undertemperature_protection_C: value("charge_undertemperature_limit"),
  charging_undertemperature_recovery_C: value("charge_undertemperature_recovery"),
  temperature_sensor_count: value("temperature_sensor_count"),
  total_ovp_V: value("pack_overvoltage_limit"),
  total_uvp_V: value("pack_undervoltage_limit"),
  cell_ovp_mV: rawOf("cell_overvoltage_limit"),
  cell_ovpr_mV: rawOf("cell_overvoltage_recovery"),
  cell_ovp_delay_s: value("cell_overvoltage_delay"),
  cell_uvp_mV: rawOf("cell_undervoltage_limit"),
  cell_uvpr_mV: rawOf("cell_undervoltage_recovery"),
  cell_uvp_delay_s: value("cell_undervoltage_delay"),
  cell_diff_protect_mV: rawOf("cell_difference_limit"),
  discharge_ocp_A: value("discharge_overcurrent_limit"),
  discharge_ocp_delay_s: value("discharge_overcurrent_delay"),
  charge_ocp_A: value("charge_overcurrent_limit"),
  charge_ocp_delay_s: value("charge_overcurrent_delay"),
  mos_otp_C: value("mosfet_overtemperature_limit"),
  mos_otpr_C: value("mosfet_overtemperature_recovery"),
  sensor1_otp_C: value("battery_box_overtemperature_limit"),
  sensor1_otpr_C: value("battery_box_overtemperature_recovery"),
  temperature_difference_C: value("temperature_difference_limit"),
  charge_otp_C: value("charge_overtemperature_limit"),
  discharge_otp_C: value("discharge_overtemperature_limit"),
  charge_utp_C: value("charge_undertemperature_limit"),
  charge_utpr_C: value("charge_undertemperature_recovery"),
  discharge_utp_C: value("discharge_undertemperature_limit"),
  discharge_utpr_C: value("discharge_undertemperature_recovery"),
  balance_start_mV: rawOf("balance_start_voltage"),
  balance_delta_mV: rawOf("balance_start_difference"),
  dedicated_charger_switch: rawOf("dedicated_charger_enabled"),
  start_calibration: rawOf("current_calibration_start"),
  actual_capacity_Ah: value("actual_capacity"),
};

/** The same for the values that were decoded by hand. `current_raw` is the word on the wire, which we only know as amperes. */
const BY_HAND: Readonly<Record<string, Read>> = {
  tags: (d) => d.order.length + 1,
  walk_error: (d) => d.unknown,
  cells_mV: (d) => d.cells,
  protocol_version: value("protocol_version"),
  current_raw: (d) => {
    const raw = d.records.battery_current as number;
    return raw > 0 ? 0x8000 + raw : -raw;
  },
  current_A: value("battery_current"),
  voltage_V: value("pack_voltage"),
  mos_C: value("mosfet_temperature"),
  t1_C: value("battery_temperature_1"),
  t2_C: value("battery_temperature_2"),
  soc: value("soc"),
  cycles: value("cycle_count"),
  cycle_Ah: value("cycle_capacity"),
  strings: value("cell_count"),
  alarms: rawOf("warnings"),
  status: rawOf("status"),
  capacity_Ah: value("capacity"),
  cal_mA: rawOf("current_calibration"),
  type: rawOf("cell_chemistry"),
  minutes: value("working_time"),
  actual_Ah: value("actual_capacity"),
  sw: value("software_version"),
  cell_sum_minus_pack_V: (d) =>
    Math.abs(((cellSum(d.cells ?? []) as number) - (d.records.pack_voltage as number) * 10) / 1000),
};

// Padding with `_` is no content: both sides are compared without it.
const plain = (stated: unknown) => (typeof stated === "string" ? stated.replace(/_+$/, "") : stated);

test("there are captures of both protocols", () => {
  assert.ok(GOOD_4E57.length >= 4);
  assert.ok(GOOD_PB.length >= 4);
});

for (const one of CAPTURES) {
  test(`${one.name} names its source and licence`, () => {
    assert.ok(one.source.length > 0);
    assert.ok(one.licence.length > 0);
  });
}

for (const one of GOOD_4E57) {
  const frame = () => parseReply(answerOf(one), one.name);
  const decoded = () => decodeRecords(frame().data, one.name);

  test(`${one.name}: frame and request build back byte for byte`, () => {
    const { command, source, transport, data } = frame();
    assert.deepEqual(buildFrame({ command, source, transport, data }), answerOf(one));
    const [request] = new JkFrameScanner("request").push(fromHex(one.request_hex ?? ""));
    assert.ok(request);
    assert.equal(request.command, command);
  });

  test(`${one.name}: everything its source states`, () => {
    const found = decoded();
    for (const [name, stated] of Object.entries(one.expected)) {
      if (name === "chemistry") continue; // From a file header; record AF of the same frame says otherwise and is known to lie.
      if (name === "password") {
        assert.equal(found.records.password, HIDDEN);
        continue;
      }
      const read = STATEMENTS[name];
      assert.ok(read, `no reader for the statement ${name}`);
      assert.deepEqual(read(found), plain(stated), name);
    }
  });

  test(`${one.name}: everything that was decoded by hand`, () => {
    const found = decoded();
    const byHand = one.verified.decoded_by_us ?? {};
    assert.ok(Object.keys(byHand).length > 15);
    for (const [name, stated] of Object.entries(byHand)) {
      const read = BY_HAND[name];
      assert.ok(read, `no reader for ${name}`);
      assert.deepEqual(read(found), plain(stated), name);
    }
  });

  test(`${one.name}: a plausible sample without the password`, () => {
    const found = decoded();
    const sample = sampleFromRecords(found, one.name);
    assertClean(judgeBms(sample));
    assert.equal(found.unknown, null);
    assert.equal(found.shortCalibration, false);
    assert.ok(Math.abs((cellSum(sample.cells) as number) - (sample.pack_voltage as number)) <= 10);
    // 123456 is the vendor's default, and the device id of nw01 does not hold it.
    assert.ok(!JSON.stringify(found).includes("123456"));
  });
}

const NEGATIVES: Readonly<Record<string, BadFrame["kind"]>> = {
  nwneg1_syssi120_corrupt_14s: "corrupt",
  nwneg4_arminjo_truncated: "short",
  nwneg5_syssi37_echo: "echo",
};

for (const one of CAPTURES.filter((c) => c.negative)) {
  test(`${one.name}: refused for the right reason`, () => {
    const kind = NEGATIVES[one.name];
    assert.ok(kind, "say in NEGATIVES why it must be refused");
    assert.throws(
      () => parseReply(answerOf(one), one.name),
      (error) => error instanceof BadFrame && error.kind === kind,
    );
  });
}

for (const item of capture("nwwrite").items ?? []) {
  test(`4E57 request: ${item.what}`, () => {
    const bytes = fromHex(item.request_hex);
    const scanner = new JkFrameScanner("request");
    const [frame] = [...scanner.push(bytes), ...scanner.finish()];
    if (item.negative) {
      assert.equal(frame, undefined);
      assert.equal(scanner.rejections[0]?.kind, "corrupt");
      return;
    }
    assert.ok(frame);
    assert.deepEqual(buildFrame(frame), bytes);
    assert.ok([COMMAND.write, COMMAND.password].includes(frame.command as 2 | 5));
  });
}

/** How to find what was decoded by hand in a 55AAEB90 frame. */
const PB_NAMES: Readonly<Record<string, string>> = {
  id: "model",
  hw: "hardware_version",
  sw: "software_version",
  runtime_s: "run_time",
  power_on: "power_on_count",
  name: "device_id",
  date: "manufacturing_date",
  sn: "serial_number",
  user: "user_data",
  uart1: "uart1_protocol",
  can: "can_protocol",
  uart2: "uart2_protocol",
  smart_sleep: "smart_sleep_voltage",
  uv: "cell_undervoltage_limit",
  uvpr: "cell_undervoltage_recovery",
  ov: "cell_overvoltage_limit",
  ovpr: "cell_overvoltage_recovery",
  bal_trig: "balance_start_difference",
  soc100: "soc_100_voltage",
  soc0: "soc_0_voltage",
  rcv: "requested_charge_voltage",
  rfv: "requested_float_voltage",
  pwr_off: "power_off_voltage",
  coc_mA: "charge_overcurrent_limit",
  cocp_s: "charge_overcurrent_delay",
  cocpr_s: "charge_overcurrent_release",
  dcoc_mA: "discharge_overcurrent_limit",
  dcocp_s: "discharge_overcurrent_delay",
  dcocpr_s: "discharge_overcurrent_release",
  scpr_s: "short_circuit_release",
  bal_max_mA: "balance_current_limit",
  cot: "charge_overtemperature_limit",
  cotpr: "charge_overtemperature_recovery",
  dcot: "discharge_overtemperature_limit",
  dcotpr: "discharge_overtemperature_recovery",
  cut: "charge_undertemperature_limit",
  cutpr: "charge_undertemperature_recovery",
  mosot: "mosfet_overtemperature_limit",
  mosotpr: "mosfet_overtemperature_recovery",
  cells: "cell_count_setting",
  chg_en: "charge_mosfet_enabled",
  dchg_en: "discharge_mosfet_enabled",
  bal_en: "balancer_enabled",
  cap_mAh: "capacity",
  scp_us: "short_circuit_delay",
  start_bal: "balance_start_voltage",
  dev_addr: "board_address",
  predischarge: "precharge_time",
  ctrl: "controls",
  b278: "heating_start_temperature",
  b279: "heating_stop_temperature",
  sleep_h: "smart_sleep_time",
  reg44_mV: "average_cell_voltage",
  delta_mV: "cell_difference",
  max_no: "max_cell_index",
  min_no: "min_cell_index",
  mos_C: "mosfet_temperature",
  pack_mV: "pack_voltage",
  power_mW: "power_magnitude",
  current_mA: "battery_current",
  t1_C: "battery_temperature_1",
  t2_C: "battery_temperature_2",
  t3_C: "mosfet_temperature_copy",
  t4_C: "battery_temperature_4",
  t5_C: "battery_temperature_5",
  alarms: "alarms",
  balance_mA: "balance_current",
  balance_state: "balance_state",
  soc: "soc",
  remain_mAh: "remaining_capacity",
  full_mAh: "capacity",
  cycles: "cycle_count",
  cycle_mAh: "cycle_capacity",
  soh: "soh",
  charge: "charge_mosfet_on",
  discharge: "discharge_mosfet_on",
  sensors: "sensor_presence",
  vol2_cV: "pack_voltage_coarse",
};
const SECRET_NAMES: Readonly<Record<string, string>> = { ble_pwd: "bluetooth_password", pin: "password" };
const PB_TABLES = { 1: PB_SETTINGS, 2: PB_STATUS, 3: PB_DEVICE_INFO } as const;

for (const one of GOOD_PB) {
  test(`${one.name}: everything that was decoded by hand`, () => {
    const frame = parsePbFrame(answerWithAck(one), one.name);
    assert.equal(frame.address, (one.expected.address as number | undefined) ?? 1);
    assert.equal(frame.type, one.verified.response?.type);
    const image = imageFromFrameData(frame.data);
    const raw = decodeBlock(PB_TABLES[frame.type as 1 | 2 | 3], image) as Readonly<Record<string, unknown>>;
    for (const [name, stated] of Object.entries(one.verified.decoded_by_us ?? {})) {
      if (name === "cells_mV") {
        assert.deepEqual(decodeStatus(image).cells, stated);
        continue;
      }
      const secret = SECRET_NAMES[name];
      if (secret !== undefined) {
        assert.equal(raw[secret], HIDDEN);
        continue;
      }
      const key = PB_NAMES[name];
      assert.ok(key, `no reader for ${name}`);
      let wanted: unknown = stated;
      if (name.endsWith("_C")) wanted = Math.round((stated as number) * 10);
      else if (typeof stated === "string" && stated.startsWith("0x")) wanted = Number(stated);
      assert.deepEqual(raw[key], wanted, name);
    }
  });

  test(`${one.name}: trigger and acknowledgement are the recorded bytes`, () => {
    const block = (Object.keys(PB_FRAMES) as (keyof typeof PB_FRAMES)[]).find(
      (name) => PB_FRAMES[name].type === answerOf(one)[4],
    );
    assert.ok(block);
    if (one.request_hex) assert.equal(toHex(buildTrigger(1, block)), one.request_hex);
    assert.equal(toHex(parsePbFrame(answerWithAck(one), one.name).bytes), `${one.response_hex}${one.ack_hex}`);
  });
}

for (const prefix of ["pb03", "pb08"]) {
  test(`${prefix}: a plausible sample`, () => {
    const frame = parsePbFrame(answerWithAck(capture(prefix)), prefix);
    const sample = sampleFromPbStatus(decodeStatus(imageFromFrameData(frame.data)), prefix);
    assertClean(judgeBms(sample));
    assert.equal(sample.cell_count, sample.cells.length);
    assert.equal(sample.warnings, null);
    assert.equal(sample.alarms, 0);
  });
}

test("pb10: an FC03 answer fills exactly the rows that it covers", () => {
  const answer = fromHex(capture("pb10").response_hex ?? "");
  const words = Uint16Array.from({ length: 5 }, (_, i) => ((answer[3 + 2 * i] ?? 0) << 8) | (answer[4 + 2 * i] ?? 0));
  const raw = decodeBlock(PB_SETTINGS, imageFromReads("settings", [{ start: 0x106c, words }]));
  const known = Object.entries(raw).filter(([, found]) => found !== null);
  // The read ends in the middle of the discharge switch: half a value is none.
  assert.deepEqual(known, [
    ["cell_count_setting", 12],
    ["charge_mosfet_enabled", 1],
  ]);
});

/** The recorded writes that are writes of a row of ours: key and engineering value. */
const PB_WRITES: Readonly<Record<string, readonly [keyof typeof PB_SETTINGS, number]>> = {
  "021010780002040000000037a9": ["balancer_enabled", 0],
  "0210107800020400000001f669": ["balancer_enabled", 1],
  "0210100000020400000dac35c6": ["smart_sleep_voltage", 3500],
  "0210108400020400000d703dcc": ["balance_start_voltage", 3440],
};

for (const item of capture("pb21").items as readonly CaptureItem[]) {
  test(`FC10: ${item.what}`, () => {
    const bytes = fromHex(item.request_hex);
    const crc = crc16Modbus(bytes, 0, bytes.length - 2);
    assert.deepEqual([...bytes.slice(-2)], [crc & 0xff, crc >>> 8]);
    const write = PB_WRITES[item.request_hex];
    if (write) {
      const [key, raw] = write;
      const words = encodeWords(PB_SETTINGS[key], raw);
      assert.equal(((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0), 0x1000 + PB_SETTINGS[key].offset);
      assert.deepEqual(
        words.flatMap((word) => [word >>> 8, word & 0xff]),
        [...bytes.slice(7, -2)],
      );
    }
    if (item.response_hex) assert.equal(exceptionCode(fromHex(item.response_hex), 2), item.expected?.exception);
  });
}

test("a value from a capture prints clean in engineering units", () => {
  const { records } = decodeRecords(parseReply(answerOf(capture("nw02")), "nw02").data, "nw02");
  assert.equal(valueFromRaw(RECORDS.battery_current, records.battery_current), -0.69);
  assert.equal(valueFromRaw(RECORDS.discharge_undertemperature_limit, records.discharge_undertemperature_limit), -20);
});

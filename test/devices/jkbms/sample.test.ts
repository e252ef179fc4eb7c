import assert from "node:assert/strict";
import { test } from "node:test";
import { faultFlag } from "../../../lib/codec/bits.ts";
import { snapshotFromRaw } from "../../../lib/codec/values.ts";
import { batteryPower, cellSpread, cellSum, cellsJson } from "../../../lib/devices/bms/derived.ts";
import { bmsDerivedRaw } from "../../../lib/devices/bms/derived-fields.ts";
import { BMS_FIELDS, warningFlags, warningsFromAlarms } from "../../../lib/devices/bms/sample.ts";
import { decodeRecords } from "../../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../../lib/devices/jkbms/frame.ts";
import { decodeStatus, imageFromFrameData } from "../../../lib/devices/jkbms/pb-decode.ts";
import { parsePbFrame } from "../../../lib/devices/jkbms/pb-frame.ts";
import { ALARMS } from "../../../lib/devices/jkbms/pb-status.ts";
import { sampleFromPbStatus, sampleFromRecords } from "../../../lib/devices/jkbms/sample.ts";
import { answerOf, answerWithAck, capture } from "./captures.ts";

const good = sampleFromRecords(decodeRecords(parseReply(answerOf(capture("nw07")), "nw07").data, "nw07"), "nw07");

test("a 4E57 sample in engineering units", () => {
  const values = snapshotFromRaw(BMS_FIELDS, good);
  assert.equal(values.pack_voltage, 51.98);
  assert.equal(values.battery_current, 5.86);
  assert.equal(values.soc, 2);
  assert.equal(values.capacity, 60);
  assert.equal(values.mosfet_temperature, 23);
  assert.equal(values.charge_mosfet_on, true);
  assert.equal(values.balancing, false);
  assert.deepEqual(values.warnings, []);
  assert.equal(values.soh, null);
  assert.equal(values.remaining_capacity, null);
  assert.equal(values.alarms, null);
});

test("cells are counted where the board does not tell their number", () => {
  const { data } = parseReply(answerOf(capture("nw07")), "nw07");
  const decoded = decodeRecords(data, "nw07");
  const sample = sampleFromRecords({ ...decoded, records: { ...decoded.records, cell_count: null } }, "nw07");
  assert.equal(sample.cell_count, 16);
});

test("of a status block that stops early the rows behind its end are absent, not 0", () => {
  const whole = parsePbFrame(answerWithAck(capture("pb03")), "pb03").data;
  // Up to the charge and the capacity; the counters and the balancer stand behind them.
  const image = { ...imageFromFrameData(whole), covered: new Uint8Array(whole.length).fill(1, 0, 0xa8) };
  const sample = sampleFromPbStatus(decodeStatus(image), "test");
  assert.deepEqual([sample.pack_voltage, sample.soc], [26_852, 88]);
  for (const key of ["cycle_count", "cycle_capacity", "capacity", "soh", "charge_mosfet_on"] as const)
    assert.equal(sample[key], null, key);
});

test("a status block without its charge, its cells or their number is no sample", () => {
  const whole = parsePbFrame(answerWithAck(capture("pb03")), "pb03").data;
  for (const [name, from, to] of [
    ["charge", 0xa0, 0xa8],
    ["number of cells", 0x40, 0x44],
    ["all", 0, whole.length],
  ] as const) {
    const covered = new Uint8Array(whole.length).fill(1).fill(0, from, to);
    const status = decodeStatus({ ...imageFromFrameData(whole), covered });
    assert.throws(() => sampleFromPbStatus(status, "test"), /lacks voltage, current, SoC or cells/, name);
  }
  const noCell = decodeStatus({
    ...imageFromFrameData(whole),
    covered: new Uint8Array(whole.length).fill(1).fill(0, 2, 4),
  });
  assert.deepEqual(noCell.cells.slice(0, 3), [3357, null, 3357]);
});

test("derived values, with cells numbered from 1 and holes left out", () => {
  assert.deepEqual(cellSpread([3300, null, 3290, 3310]), {
    min: 3290,
    min_cell: 3,
    max: 3310,
    max_cell: 4,
    spread: 20,
    average: 3300,
  });
  assert.equal(cellSpread([]), null);
  assert.equal(cellSpread([null]), null);
  assert.equal(cellSum([1, 2, 3]), 6);
  assert.equal(cellSum([1, null]), null);
  assert.equal(cellSum([]), null);
  assert.equal(batteryPower({ pack_voltage: 50_000, battery_current: -2000 }), -100);
  assert.equal(batteryPower({ pack_voltage: null, battery_current: 1 }), null);
});

test("a pack that tells no cell has no lowest one and no energy, but its power and its charge", () => {
  const raw = bmsDerivedRaw({ ...good, cells: [] });
  assert.deepEqual([raw.cell_min_voltage, raw.cell_max_number, raw.cell_average_voltage], [null, null, null]);
  // 51.98 V and 5.86 A, 2 % of 60 Ah.
  assert.deepEqual([raw.battery_power, raw.charge_power, raw.discharge_power], [3046, 3046, 0]);
  assert.deepEqual([raw.remaining_capacity_estimated, raw.remaining_energy_estimated], [12, null]);
  assert.deepEqual(cellsJson([]), {
    cell_min: null,
    cell_min_number: null,
    cell_max: null,
    cell_max_number: null,
    cell_spread: null,
  });
  assert.equal(cellsJson([3300, null, 3310]).cell_max_number, 3);
});

test("PB alarms in the words of 4E57", () => {
  assert.deepEqual(warningsFromAlarms(0), []);
  assert.deepEqual(warningsFromAlarms(2 ** 19), []);
  const told = (word: number) => warningsFromAlarms(word).map(({ bit, label }) => ({ bit, label }));
  assert.deepEqual(told(2 ** 4), [{ bit: 10, label: "cell over-voltage" }]);
  assert.deepEqual(told(2 ** 12 + 2 ** 11), [
    { bit: 3, label: "discharge under-voltage" },
    { bit: 11, label: "cell under-voltage" },
  ]);
  assert.deepEqual(told(2 ** 14), [{ bit: 46, label: "discharge short circuit" }]);
  assert.deepEqual(told(2 ** 31), [{ bit: 63, label: null }]);
  // Two alarms with one word make one warning.
  assert.equal(warningsFromAlarms(2 ** 8 + 2 ** 15).length, 1);
});

test("no PB alarm but the password one is lost", () => {
  for (const bit of Object.keys(ALARMS).map(Number)) {
    const flags = warningsFromAlarms(2 ** bit);
    assert.equal(flags.length, bit === 19 ? 0 : 1, `bit ${bit}`);
    for (const flag of flags) assert.ok(flag.label, `bit ${bit}`);
  }
});

test("one list of warnings from either word", () => {
  assert.deepEqual(warningFlags({ warnings: 0x8008, alarms: null }), [
    { bit: 3, label: "discharge under-voltage", severity: "critical", ends_off_grid: true },
    { bit: 15, label: null, severity: "warning", ends_off_grid: false },
  ]);
  assert.deepEqual(warningFlags({ warnings: null, alarms: 2 }), [
    { bit: 1, label: "MOSFET over-temperature", severity: "critical", ends_off_grid: true },
  ]);
  assert.equal(warningFlags({ warnings: null, alarms: null }), null);
});

test("a cell over-voltage is information while the pack is full and the charge stopped, in either protocol", () => {
  const severities = (soc: number | null, charge_mosfet_on: number | null) =>
    [
      { warnings: 2 ** 10, alarms: null },
      { warnings: null, alarms: 2 ** 4 },
    ].map((words) => warningFlags({ ...words, soc, charge_mosfet_on })?.map(({ severity }) => severity));
  assert.deepEqual(severities(100, 0), [["info"], ["info"]]);
  for (const [soc, on] of [
    [100, 1],
    [70, 0],
    [null, 0],
    [100, null],
  ] as const) {
    assert.deepEqual(severities(soc, on), [["warning"], ["warning"]], `${soc} % ${on}`);
  }
  // Nothing else is softened by a full pack.
  assert.equal(warningFlags({ warnings: 2, alarms: null, soc: 100, charge_mosfet_on: 0 })?.[0]?.severity, "critical");
});

test("an alarm weighs what the warning of the same meaning weighs", () => {
  for (const bit of Object.keys(ALARMS).map(Number)) {
    const [flag] = warningsFromAlarms(2 ** bit);
    if (!flag || flag.bit >= 32) continue;
    const { severity, ends_off_grid } = faultFlag(BMS_FIELDS.alarms, bit);
    assert.deepEqual([severity, ends_off_grid], [flag.severity, flag.ends_off_grid], `alarm ${bit}`);
  }
});

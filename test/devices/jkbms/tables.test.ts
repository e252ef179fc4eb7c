import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field, Table } from "../../../lib/codec/table.ts";
import { wireBits } from "../../../lib/codec/values.ts";
import { BMS_FIELDS } from "../../../lib/devices/bms/sample.ts";
import { decodeRecords } from "../../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../../lib/devices/jkbms/frame.ts";
import { PB_DEVICE_INFO } from "../../../lib/devices/jkbms/pb-device-info.ts";
import { PB_BLOCKS, PB_CELLS, PB_READS } from "../../../lib/devices/jkbms/pb-registers.ts";
import { PB_SETTINGS } from "../../../lib/devices/jkbms/pb-settings.ts";
import { PB_STATUS } from "../../../lib/devices/jkbms/pb-status.ts";
import { CELLS_RECORD, RECORDS, recordOfTag } from "../../../lib/devices/jkbms/records.ts";
import { SETTING_FIELDS, WRITABLE_SETTINGS } from "../../../lib/devices/jkbms/settings.ts";
import { answerOf, GOOD_4E57 } from "./captures.ts";

const TABLES: Readonly<Record<string, Table>> = { RECORDS, BMS_FIELDS, PB_SETTINGS, PB_STATUS, PB_DEVICE_INFO };
const rows = (table: Table) => Object.entries(table) as [string, Field][];

for (const [name, table] of Object.entries(TABLES)) {
  test(`${name}: every row has doc and source and a key in snake_case`, () => {
    for (const [key, field] of rows(table)) {
      assert.match(key, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      assert.ok(field.doc.length > 0, key);
      assert.ok(field.source.length > 0, key);
    }
  });

  test(`${name}: a writable number has a range that its width can hold`, () => {
    for (const [key, field] of rows(table)) {
      if (!field.write || ["bool", "enum", "flags", "ascii"].includes(field.kind)) continue;
      const { range } = field.write;
      assert.ok(range && range.min < range.max, key);
      const div = "div" in field && field.div ? field.div : 1;
      const isSigned = field.kind.startsWith("s");
      const bits = wireBits(field) - (isSigned ? 1 : 0);
      assert.ok(range.max * div < 2 ** bits, key);
      assert.ok(range.min * div >= (isSigned ? -(2 ** bits) : 0), key);
    }
  });
}

test("4E57: the tags are those of the vendor's table, each once", () => {
  const tags = [CELLS_RECORD.tag, ...Object.values(RECORDS).map((row) => row.tag)];
  const wanted = Array.from({ length: 0xc0 - 0x79 + 1 }, (_, i) => 0x79 + i);
  // 7A-7F were never given out, 88 and 8D do not exist.
  const missing = [0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x88, 0x8d];
  assert.deepEqual(
    tags,
    wanted.filter((tag) => !missing.includes(tag)),
  );
  for (const tag of missing) assert.equal(recordOfTag(tag), undefined);
});

test("4E57: table lengths add up to the length that the sheet gives for n cells", () => {
  const writeOnly = ["restart", "factory_reset", "firmware_upgrade", "gps_power_off_voltage", "gps_power_on_voltage"];
  const since24 = ["current_calibration_start", "actual_capacity", "manufacturer_id", "protocol_version"];
  const sum = (left: readonly string[]) =>
    rows(RECORDS)
      .filter(([key]) => !left.includes(key))
      .reduce((bytes, [, field]) => bytes + 1 + wireBits(field) / 8, 0);
  // LENGTH counts 18 bytes beside the data, and record 79 has two bytes beside its cells.
  assert.equal(sum(writeOnly) + 18 + 2, 241);
  assert.equal(sum([...writeOnly, ...since24]) + 18 + 2, 207);
});

for (const one of GOOD_4E57) {
  test(`${one.name}: records come in the order of the table`, () => {
    const { order } = decodeRecords(parseReply(answerOf(one), one.name).data, one.name);
    const known = Object.keys(RECORDS);
    const positions = order.map((key) => known.indexOf(key));
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => a - b),
    );
    assert.equal(order.length, 58);
  });
}

for (const [name, table] of Object.entries({ PB_SETTINGS, PB_STATUS, PB_DEVICE_INFO })) {
  test(`${name}: no byte belongs to two rows`, () => {
    const owner = new Map<number, string>();
    for (const [key, field] of rows(table)) {
      const { offset } = field as Field & { offset: number };
      for (let at = offset; at < offset + wireBits(field) / 8; at++) {
        assert.equal(owner.get(at), undefined, `${key} and ${owner.get(at)} share byte ${at}`);
        owner.set(at, key);
      }
    }
  });
}

test("PB: the reads stay within 40 words and cover every writable row and every row of the sample", () => {
  const covered = (block: keyof typeof PB_READS, offset: number, length: number) =>
    PB_READS[block].some(({ start, count }) => {
      const from = start - PB_BLOCKS[block];
      return from <= offset && offset + length <= from + 2 * count;
    });
  for (const reads of Object.values(PB_READS)) for (const { count } of reads) assert.ok(count <= 40);
  for (const [key, field] of rows(PB_SETTINGS)) {
    assert.ok(covered("settings", (field as Field & { offset: number }).offset, wireBits(field) / 8), key);
  }
  for (const key of ["cell_presence", "sensor_presence", ...Object.keys(BMS_FIELDS)]) {
    if (!Object.hasOwn(PB_STATUS, key)) continue;
    const field: Field & { offset: number } = PB_STATUS[key as keyof typeof PB_STATUS];
    assert.ok(covered("status", field.offset, wireBits(field) / 8), key);
  }
  assert.ok(covered("status", PB_CELLS.offset, 2 * PB_CELLS.count));
  assert.ok(covered("status", PB_STATUS.battery_temperature_5.offset, 2));
});

test("only the three switches are free to write; what can ruin a BMS is never written", () => {
  const ofClass = (dialect: "4e57" | "modbus", wanted: string) =>
    Object.entries(WRITABLE_SETTINGS[dialect])
      .filter(([, field]) => field.write.class === wanted)
      .map(([key]) => key)
      .sort();
  const switches = ["balancer_enabled", "charge_mosfet_enabled", "discharge_mosfet_enabled"];
  assert.deepEqual(ofClass("4e57", "normal"), switches);
  assert.deepEqual(ofClass("modbus", "normal"), switches);
  assert.deepEqual(ofClass("modbus", "never"), ["board_address"]);
  const never = [0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xb2, 0xad, 0xb8, 0xae].map((tag) => recordOfTag(tag)).sort();
  assert.deepEqual(ofClass("4e57", "never"), never);
});

test("settings that both dialects have share key and unit", () => {
  for (const [key, field] of Object.entries(SETTING_FIELDS["4e57"])) {
    const other = SETTING_FIELDS.modbus[key];
    if (other === undefined || other.role !== field.role) continue;
    const unitOf = (row: Field) => ("unit" in row ? row.unit : undefined);
    assert.equal(unitOf(field), unitOf(other), key);
  }
});

test("no secret is among the settings", () => {
  for (const table of Object.values(SETTING_FIELDS)) {
    for (const field of Object.values(table)) assert.notEqual(field.role, "secret");
  }
  assert.equal(RECORDS.password.role, "secret");
  assert.equal(PB_DEVICE_INFO.password.role, "secret");
  assert.equal(PB_DEVICE_INFO.bluetooth_password.role, "secret");
});

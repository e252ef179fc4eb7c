import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BadCommand } from "../../../lib/base/errors.ts";
import type { Field, WriteRule } from "../../../lib/codec/table.ts";
import { wireFromRaw } from "../../../lib/codec/values.ts";
import { INVERTER_SAMPLE_FIELDS, STATUS_FIELDS } from "../../../lib/devices/inverter/sample.ts";
import {
  ALL_BLOCKS,
  assertAllowed,
  FORBIDDEN,
  NOT_POLLED,
  RESYNC_SPAN,
  STATUS_BLOCKS,
} from "../../../lib/devices/pv1800/blocks.ts";
import { CHARGER_COMMANDS, CHARGER_SETTINGS } from "../../../lib/devices/pv1800/charger-settings.ts";
import { CHARGER_STATUS, CHARGER_STATUS_IDENTITY } from "../../../lib/devices/pv1800/charger-status.ts";
import { wordsOf } from "../../../lib/devices/pv1800/decode.ts";
import { CALIBRATION, IDENTITY } from "../../../lib/devices/pv1800/identity.ts";
import { INVERTER_CHARGE_SETTINGS } from "../../../lib/devices/pv1800/inverter-charge-settings.ts";
import { INVERTER_OUTPUT_SETTINGS } from "../../../lib/devices/pv1800/inverter-settings.ts";
import { INVERTER_STATUS } from "../../../lib/devices/pv1800/inverter-status.ts";
import {
  INVERTER_FAULTS_AND_BATTERY,
  INVERTER_STATUS_IDENTITY,
  INVERTER_TOTALS,
} from "../../../lib/devices/pv1800/inverter-totals.ts";
import { type At, REGISTERS, type RegisterKey } from "../../../lib/devices/pv1800/registers.ts";
import { UNPOLLED } from "../../../lib/devices/pv1800/unpolled.ts";

const PARTS = [
  IDENTITY,
  CALIBRATION,
  CHARGER_SETTINGS,
  CHARGER_COMMANDS,
  INVERTER_OUTPUT_SETTINGS,
  INVERTER_CHARGE_SETTINGS,
  INVERTER_STATUS,
  INVERTER_FAULTS_AND_BATTERY,
  INVERTER_TOTALS,
  INVERTER_STATUS_IDENTITY,
  CHARGER_STATUS,
  CHARGER_STATUS_IDENTITY,
  UNPOLLED,
];
const rows = Object.entries(REGISTERS) as [RegisterKey, Field & At & { write?: WriteRule }][];
const inside = (row: Field & At, span: { start: number; count: number }) =>
  row.addr >= span.start && row.addr + wordsOf(row) <= span.start + span.count;

/** The vendor monitor's own list of user settings, and what experience added. */
const WHITELIST = [
  ...[10103, 10104, 10105, 10108, 10110, 10111, 10118, 10119, 10121, 10122, 10123],
  ...[20101, 20102, 20104, 20105, 20109, 20111, 20112, 20113, 20118, 20119, 20125, 20127, 20128, 20132, 20143, 20144],
];
const BATTERY_SAFETY = [
  10103, 10104, 10105, 10110, 10118, 10119, 10121, 10122, 10123, 20101, 20102, 20104, 20111, 20127, 20128,
];

describe("the register table", () => {
  it("uses no key and no address twice", () => {
    assert.equal(
      rows.length,
      PARTS.reduce((sum, part) => sum + Object.keys(part).length, 0),
    );
    const used = new Map<number, string>();
    for (const [key, row] of rows) {
      for (let addr = row.addr; addr < row.addr + wordsOf(row); addr++) {
        assert.equal(used.get(addr), undefined, `${addr} is ${used.get(addr)} and ${key}`);
        used.set(addr, key);
      }
    }
  });
  it("says of every row what it is and who says so", () => {
    for (const [key, row] of rows) {
      assert.match(key, /^[a-z][a-z0-9_]*$/);
      assert.ok(row.doc.length > 5 && row.source.length > 2, key);
    }
  });
  it("has every row in exactly one block, or names why it is not polled", () => {
    for (const [key, row] of rows) {
      const blocks = ALL_BLOCKS.filter((block) => inside(row, block)).length;
      const unpolled = NOT_POLLED.filter((span) => inside(row, span)).length;
      assert.equal(blocks + unpolled, 1, `${key} is in ${blocks} blocks and ${unpolled} unpolled spans`);
      assert.equal(unpolled === 1, key in UNPOLLED, key);
    }
  });
  it("stores of a sample what the status blocks tell, without constants", () => {
    for (const [key, row] of Object.entries(STATUS_FIELDS) as [string, Field & At][]) {
      assert.ok(
        STATUS_BLOCKS.some((block) => inside(row, block)),
        key,
      );
      assert.equal(key in INVERTER_SAMPLE_FIELDS, row.role !== "identity", key);
    }
  });
  it("asks for no piece outside the block that it replaces", () => {
    for (const block of ALL_BLOCKS) {
      for (const piece of block.instead ?? []) {
        assert.ok(piece.start >= block.start && piece.start + piece.count <= block.start + block.count);
      }
    }
  });
});

describe("write rules", () => {
  it("let through the whitelist and nothing else", () => {
    const open = rows.filter(([, row]) => row.write && row.write.class !== "never").map(([, row]) => row.addr);
    assert.deepEqual(
      open.sort((a, b) => a - b),
      WHITELIST,
    );
  });
  it("want a confirmation for what endangers battery or load", () => {
    const careful = rows.filter(([, row]) => row.write?.class === "battery_safety").map(([, row]) => row.addr);
    assert.deepEqual(
      careful.sort((a, b) => a - b),
      BATTERY_SAFETY,
    );
  });
  it("limit every number, within what a word can hold, on all battery classes", () => {
    for (const [key, row] of rows) {
      if (!row.write || row.kind === "bool" || row.kind === "enum" || row.kind === "flags") continue;
      assert.ok(row.write.range, `${key} has no range`);
      const { range, by_grade } = row.write;
      for (const limits of [range, by_grade?.[24], by_grade?.[12]]) {
        if (!limits) continue;
        assert.ok(limits.min <= limits.max, key);
        const div = "div" in row && row.div ? row.div : 1;
        for (const value of [limits.min, limits.max]) wireFromRaw(row, Math.round(value * div));
      }
      if (row.write.class !== "never" && "unit" in row && row.unit === "V" && row.addr !== 20102) {
        assert.ok(by_grade?.[24] && by_grade[12], `${key} needs voltages for 24 and 12 V`);
        assert.ok((by_grade?.[24]?.max ?? 99) < 35 && (by_grade?.[12]?.max ?? 99) < 18, key);
      }
    }
  });
  it("keep feed-in, resets, calibration and serial numbers locked", () => {
    for (const key of ["discharge_to_grid", "system_settings", "output_frequency", "reset_all_parameters"] as const) {
      assert.equal(REGISTERS[key].write.class, "never", key);
    }
    for (const [key, row] of Object.entries({ ...CALIBRATION, ...CHARGER_COMMANDS }))
      assert.equal(row.write.class, "never", key);
  });
});

describe("forbidden registers", () => {
  const touches = (start: number, count: number) =>
    FORBIDDEN.some((span) => start < span.start + span.count && start + count > span.start);

  it("are 10009-10100 and 20017-20100", () => {
    for (const addr of [10009, 10050, 10100, 20017, 20100]) assert.throws(() => assertAllowed(addr, 1), BadCommand);
    for (const addr of [10008, 10101, 20016, 20101]) assert.doesNotThrow(() => assertAllowed(addr, 1));
    assert.throws(() => assertAllowed(10001, 124), /10009-10100 are never touched/);
    assert.throws(() => assertAllowed(20000, 18), BadCommand);
    assert.throws(() => assertAllowed(15201, 0), BadCommand);
  });
  it("are touched by no block, piece, probe or row", () => {
    const plans = [
      ...ALL_BLOCKS.flatMap((block) => [block, ...(block.instead ?? [])]),
      ...RESYNC_SPAN.counts.map((count) => ({ start: RESYNC_SPAN.start, count })),
      ...rows.map(([, row]) => ({ start: row.addr, count: wordsOf(row) })),
    ];
    for (const { start, count } of plans) assert.doesNotThrow(() => assertAllowed(start, count), `${start} x${count}`);
  });
  it("are guarded for any plan", () => {
    let state = 3;
    const below = (limit: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    let refused = 0;
    for (let round = 0; round < 20000; round++) {
      const near = [9950, 10060, 19950, 20080][round % 5];
      const start = near === undefined ? below(65000) : near + below(120);
      const count = 1 + below(125);
      let passed = true;
      try {
        assertAllowed(start, count);
      } catch {
        passed = false;
        refused++;
      }
      assert.equal(passed, !touches(start, count), `${start} x${count}`);
    }
    assert.ok(refused > 1000 && refused < 19000);
  });
});

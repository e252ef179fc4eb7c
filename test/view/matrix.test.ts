import assert from "node:assert/strict";
import { test } from "node:test";
import { BMS_FIELDS, type BmsSample } from "../../lib/devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, STATUS_FIELDS, type StatusRaw, sampleOf } from "../../lib/devices/inverter/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { decodeWords } from "../../lib/devices/pv1800/decode.ts";
import { judgeBms } from "../../lib/view/judge-bms.ts";
import { judgeInverter } from "../../lib/view/judge-inverter.ts";
import { bmsRecord, inverterRecord } from "../../lib/view/records.ts";
import { answerOf, capture } from "../devices/jkbms/captures.ts";
import { dump } from "../devices/pv1800/captures.ts";

type Words = Record<string, number | null>;
const status = decodeWords(STATUS_FIELDS, dump("pv1800-12v").words) as unknown as Words;
const answer = sampleFromRecords(decodeRecords(parseReply(answerOf(capture("nw07")), "nw07").data, "nw07"), "nw07");
const ODD = [null, -32_768, 32_767, 65_535] as const;
/** Told by a second register as well, so that a lost or odd one comes back. */
const TWINNED = ["battery_voltage_grade"];

test("inverter: whatever one field reads, every other one arrives", () => {
  for (const key of Object.keys(INVERTER_SAMPLE_FIELDS)) {
    for (const odd of ODD) {
      const { raw, refusal } = judgeInverter({ ...status, [key]: odd } as unknown as StatusRaw);
      assert.equal(refusal, null, `${key} ${odd}`);
      for (const other of Object.keys(INVERTER_SAMPLE_FIELDS)) {
        if (other === key || TWINNED.includes(key)) continue;
        assert.equal((raw as unknown as Words)[other], status[other], `${other} beside ${key} ${odd}`);
      }
      inverterRecord({ at: 1, sample: { raw: sampleOf(raw) } });
    }
  }
});

test("BMS: whatever one field or cell reads, every other one arrives", () => {
  for (const key of Object.keys(BMS_FIELDS) as (keyof typeof BMS_FIELDS)[]) {
    for (const odd of ODD) {
      const { sample, refusal } = judgeBms({ ...answer, [key]: odd });
      assert.equal(refusal, null, `${key} ${odd}`);
      assert.deepEqual({ ...sample, [key]: null }, { ...answer, [key]: null }, `${key} ${odd}`);
      bmsRecord({ at: 1, device: "bms", sample });
    }
  }
  for (const [index] of answer.cells.entries()) {
    for (const odd of [0, 1200, 65_535]) {
      const cells = answer.cells.map((mv, at) => (at === index ? odd : mv));
      const { sample } = judgeBms({ ...answer, cells });
      assert.equal(sample.cells.filter((mv) => mv === null).length, 1, `cell ${index + 1} ${odd}`);
      assert.deepEqual({ ...sample, cells: [] }, { ...answer, cells: [] });
    }
  }
});

test("ten thousand double faults: nothing throws, no fault bit is lost, no value is invented", () => {
  let seed = 9;
  // A small generator, so that a failure comes again.
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const fields = Object.keys(INVERTER_SAMPLE_FIELDS);
  const own = Object.keys(BMS_FIELDS);
  for (let round = 0; round < 10_000; round++) {
    const word = () => pick([null, 0, 1, 32_767, 65_535, Math.floor(random() * 65_536)]);
    const words: Words = { ...status, [pick(fields)]: word(), [pick(fields)]: word() };
    const { raw, refusal } = judgeInverter(words as unknown as StatusRaw);
    assert.equal(refusal, null);
    const judged = raw as unknown as Words;
    for (const key of ["inverter_errors_1", "charger_errors"]) assert.equal(judged[key], words[key]);
    for (const key of fields) {
      const kept = judged[key] === words[key] || judged[key] === null || judged[key] === 0 || TWINNED.includes(key);
      assert.ok(kept, key);
    }
    const sample = { ...answer, [pick(own)]: word(), [pick(own)]: word() } as BmsSample;
    const verdict = judgeBms(sample);
    assert.equal(verdict.sample.warnings, sample.warnings);
    bmsRecord({ at: round, device: "bms", sample: verdict.sample });
  }
});

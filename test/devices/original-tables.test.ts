import assert from "node:assert/strict";
import { test } from "node:test";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { RECORDED_PB_STATUS } from "../../lib/devices/jkbms/recording-pb-8s.ts";
import { originalAnswer } from "../../lib/devices/original-tables.ts";

test("a kept answer of the original's BMS is read whole; of another protocol, or damaged, it is none", () => {
  const answer = originalAnswer(RECORDED_BMS_16S, "bms");
  assert.deepEqual([answer?.terminal, answer?.complete, answer?.records.cell_count], [0, true, 16]);
  assert.deepEqual([...(answer?.bytes.get("cell_count") ?? [])], [0, 16]);
  assert.ok(!answer?.bytes.has("password"));
  assert.equal(originalAnswer(RECORDED_PB_STATUS, "bms"), null);
  const damaged = RECORDED_BMS_16S.slice();
  damaged[40] = (damaged[40] as number) ^ 1;
  assert.equal(originalAnswer(damaged, "bms"), null);
  assert.equal(originalAnswer(RECORDED_BMS_16S.subarray(0, 100), "bms"), null);
});

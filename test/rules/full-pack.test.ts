import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex } from "../../lib/codec/hex.ts";
import { type BmsSample, warningFlags } from "../../lib/devices/bms/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { decodeStatus, imageFromFrameData } from "../../lib/devices/jkbms/pb-decode.ts";
import { parsePbFrame } from "../../lib/devices/jkbms/pb-frame.ts";
import { sampleFromPbStatus, sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { bmsSample, type Moment, NOON, runAlerts } from "./alerts-support.ts";

const recorded = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(new URL(`../captures/cases/${name}.json`, import.meta.url), "utf8"));
const pb = (name: string) =>
  sampleFromPbStatus(
    decodeStatus(imageFromFrameData(parsePbFrame(fromHex(String(recorded(name).frame_hex)), name).data)),
    name,
  );
const old = (name: string) =>
  sampleFromRecords(decodeRecords(parseReply(fromHex(String(recorded(name).response_hex)), name).data, name), name);

/** Severity of each alert that these switches and warnings raise when they last. */
function raised(sample: BmsSample, change: Partial<BmsSample> = {}) {
  const { soc, charge_mosfet_on, ...rest } = { ...sample, ...change };
  const over = {
    soc,
    charge_mosfet_on: charge_mosfet_on === 1,
    warnings: warningFlags({ ...rest, soc, charge_mosfet_on }),
  };
  const moments: Moment[] = Array.from({ length: 5 }, (_, minute) => ({
    now: NOON + minute * 60,
    bms: [bmsSample(NOON + minute * 60, over)],
  }));
  const { events } = runAlerts(moments);
  return events.map(({ id, severity }) => `${id} ${severity}`).sort();
}

test("a full pack that ends its charge says so as information, in either protocol", () => {
  for (const sample of [pb("pb37_full_pack_alarm_bit4"), old("nw20_vasilius_15a_1529_8s")]) {
    assert.deepEqual([sample.soc, sample.charge_mosfet_on], [100, 0]);
    assert.deepEqual(raised(sample), ["bms_fault info", "charge_mosfet_off info"]);
  }
});

test("the same at 70 % is a warning: one cell is ahead of the others", () => {
  assert.deepEqual(raised(pb("pb37_full_pack_alarm_bit4"), { soc: 70 }), [
    "bms_fault warning",
    "charge_mosfet_off warning",
  ]);
});

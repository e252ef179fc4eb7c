import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex } from "../../lib/codec/hex.ts";
import type { BmsSample } from "../../lib/devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, STATUS_FIELDS, sampleOf } from "../../lib/devices/inverter/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { decodeStatus, imageFromFrameData } from "../../lib/devices/jkbms/pb-decode.ts";
import { parsePbFrame } from "../../lib/devices/jkbms/pb-frame.ts";
import { sampleFromPbStatus, sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { decodeWords } from "../../lib/devices/pv1800/decode.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { openStore } from "../../lib/store/database.ts";
import { doubtSpells, saveDoubts } from "../../lib/store/doubts.ts";
import { inverterSamples, saveInverterSample } from "../../lib/store/samples.ts";
import { inverterContext } from "../../lib/store/view.ts";
import { judgeBms } from "../../lib/view/judge-bms.ts";
import { judgeInverter } from "../../lib/view/judge-inverter.ts";
import { scratchDirectory } from "../support/scratch.ts";

const FOLDER = "test/captures/cases";

interface Case {
  readonly name: string;
  readonly response_hex?: string;
  readonly frame_hex?: string;
  readonly sequence?: readonly Readonly<Record<string, number>>[];
}

const CASES: readonly Case[] = readdirSync(FOLDER).map((file) => ({
  ...JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")),
  name: file.replace(/\.json$/, ""),
}));

const ACK = "00101620000105 9A".replace(" ", "");

function bmsSample(one: Case): BmsSample {
  if (one.response_hex) {
    return sampleFromRecords(decodeRecords(parseReply(fromHex(one.response_hex), one.name).data, one.name), one.name);
  }
  const frame = parsePbFrame(fromHex((one.frame_hex ?? "") + ACK), one.name);
  return sampleFromPbStatus(decodeStatus(imageFromFrameData(frame.data)), one.name);
}

/** What the judge says of each: values that must be there, keys that are doubted, or the refusal. */
const BMS: Readonly<
  Record<string, { values?: Partial<BmsSample>; cells?: number; doubted?: readonly string[]; refusal?: string }>
> = {
  nw20: { cells: 8, values: { pack_voltage: 27_460, soc: 100, capacity: 105_000, charge_mosfet_on: 0 } },
  nwneg20: { refusal: "cell_count" },
  pb30: { cells: 16, values: { pack_voltage: 52_340, soc: 65, battery_temperature_1: 169, mosfet_temperature: 189 } },
  pb31: { cells: 16, values: { pack_voltage: 52_284, soc: 64, remaining_capacity: 201_930, cycle_count: 0 } },
  pb33: { cells: 16, values: { pack_voltage: 54_028, battery_current: -727, soc: 100, battery_temperature_4: 114 } },
  pb35: { cells: 25, values: { battery_temperature_3: null, battery_temperature_4: null, mosfet_temperature: null } },
  pb37: { cells: 8, values: { soc: 100, charge_mosfet_on: 0, alarms: 2 ** 4 } },
  pbneg31: {
    cells: 16,
    values: { battery_temperature_3: null, soc: 64 },
    doubted: ["battery_temperature_3"],
  },
  pbneg33: { cells: 16, values: { soh: null, soc: 64, pack_voltage: 52_284 }, doubted: ["soh"] },
};

for (const one of CASES.filter(({ response_hex, frame_hex }) => response_hex ?? frame_hex)) {
  test(`${one.name}: only what is odd is missing`, () => {
    const want = BMS[one.name.split("_")[0] as string];
    assert.ok(want, "every recorded case has its right values");
    const { sample, doubts, refusal } = judgeBms(bmsSample(one));
    assert.equal(refusal?.code, want.refusal);
    if (want.refusal) return;
    assert.equal(sample.cells.filter((mv) => mv !== null).length, want.cells);
    for (const [key, value] of Object.entries(want.values ?? {}))
      assert.equal(sample[key as keyof BmsSample], value, key);
    if (want.doubted)
      assert.deepEqual(
        doubts.map(({ key }) => key),
        want.doubted,
      );
  });
}

/** The recorded 48 V machine with energies, and the words of one step of a sequence over it. */
function statusOf(words: Readonly<Record<string, number>>) {
  const base: Readonly<Record<string, number>> = {
    ...{ 25201: 3, 15208: 812, 15217: 1, 15218: 2345, 25277: 5000, 25275: 48 },
    ...{ 25245: 1, 25246: 1203, 25247: 1, 25248: 987, 25249: 0, 25250: 4321, 25251: 0, 25252: 120 },
    ...{ 25253: 2, 25254: 8765, 25255: 2, 25256: 4444, 25257: 0, 25258: 111, 25259: 0, 25260: 222 },
  };
  const image = new Map<number, number>();
  const recorded = new Map(recordedInverterWords());
  for (const { addr } of Object.values(STATUS_FIELDS)) {
    for (const at of [addr, addr + 1]) {
      const word = words[at] ?? base[at] ?? recorded.get(at);
      if (word !== undefined) image.set(at, word);
    }
  }
  return decodeWords(STATUS_FIELDS, image);
}

const ENERGIES = Object.entries(INVERTER_SAMPLE_FIELDS).flatMap(([key, { kind }]) =>
  kind === "thousands" ? [key] : [],
);

for (const one of CASES.filter(({ sequence }) => sequence)) {
  test(`${one.name}: every poll is stored, a nonsense value is not`, (t) => {
    const store = openStore(`${scratchDirectory(t)}/station.db`);
    t.after(() => store.close());
    const rows = (one.sequence ?? []).map((words, index) => {
      const at = 1_800_000_000 + 60 * index;
      const { raw, doubts, refusal } = judgeInverter(statusOf(words), inverterContext(store, "inverter", at));
      assert.equal(refusal, null);
      store.write(() => {
        saveInverterSample(store, "inverter", at, { raw: sampleOf(raw) });
        saveDoubts(store, "inverter", "inverter", at, doubts);
      });
      return raw as unknown as Readonly<Record<string, number | null>>;
    });
    assert.equal(inverterSamples(store, "inverter", 0, 2 ** 33).length, rows.length);
    const spells = doubtSpells(store, "inverter", 0, 2 ** 33);
    if (one.name.startsWith("pv30")) {
      assert.deepEqual(
        rows.map((row) => row.pv_energy),
        [12_345, null, 12_345],
      );
      assert.deepEqual(
        spells.map(({ key, code, count, open }) => [key, code, count, open]),
        [["pv_energy", "fell", 1, false]],
      );
    }
    if (one.name.startsWith("pv31")) {
      for (const key of ENERGIES.filter((key) => key !== "pv_energy")) {
        assert.deepEqual([rows[1]?.[key], rows[2]?.[key]], [null, rows[0]?.[key]], key);
      }
    }
    if (one.name.startsWith("pv32"))
      assert.deepEqual([rows[0]?.pv_power, rows[0]?.pv_charge_current, rows[0]?.pv_voltage], [0, 0, 0]);
    if (one.name.startsWith("pv34")) assert.equal(rows[0]?.charger_work_state, 9);
    if (one.name.startsWith("pv36")) assert.deepEqual([rows[0]?.pv_power, spells], [5600, []]);
  });
}

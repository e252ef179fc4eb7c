import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { cellsValue, dataOfRecords, recordsOfFrame, replyFrame } from "../../lib/devices/jkbms/sim-records.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { makeBms4e57 } from "../../lib/devices/simulators.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import { type TestStation, testStation } from "../support/command.ts";
import {
  at,
  type DocumentedKey,
  documentedKeys,
  originOf,
  recordedOriginal,
  recordsFor,
  wordsFor,
} from "../support/original-keys.ts";
import { startLine, startSimulatedBms, startSimulatedInverter, startSimulatedPb } from "../support/simulated.ts";

const FILES = ["jkbms_last.json", "inverter_last.json", "inverter_cfg.json", "inverter_accum.json"] as const;
const NOON = Date.UTC(2026, 10, 25, 12, 55, 21) / 1000;

function stationOf(t: TestContext, ports: { inverter: string; bms: string }, more = ""): TestStation {
  return testStation(
    t,
    `inverter: {port: "${ports.inverter}", gap_ms: 5}\nbms: [{port: "${ports.bms}", polls: 2, poll_gap_ms: 20}]\nexport: {batch_rows: 5000${more}}`,
  );
}

async function pollAndExport(station: TestStation, now: number) {
  // The told time runs on in each command: the later one starts behind the end of the one before, however slow that was.
  for (const [delay, name, args] of [
    [0, "jkbms-dump", ["--settings"]],
    [0, "pv1800-dump", ["--settings"]],
    [50, "station", ["export", "--format", "original", "--output", station.folder]],
  ] as const) {
    const { code, stderr } = await station.run(name, args, { now: now + delay });
    assert.equal(code, 0, `${name}: ${stderr}`);
  }
  return Object.fromEntries(FILES.map((file) => [file, readFileSync(join(station.folder, file), "utf8")]));
}

const masked = (text: string) => text.replace(/"ts": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"/, '"ts": "…"');

/** The devices with the registers and records that the recorded files were made from. */
async function recordedStation(t: TestContext, more = "") {
  const recorded = (file: string) => JSON.parse(recordedOriginal(file));
  const words = FILES.slice(1).flatMap((file) => wordsFor(file, recorded(file)));
  const inverter = await startSimulatedInverter(t, {
    source: new RegisterImage([...recordedInverterWords(), [20128, 600], ...words]),
  });
  const pack = recorded("jkbms_last.json");
  const cells = Object.values(pack.cells.voltages as Record<string, number>).map((volts) => Math.round(volts * 1000));
  const records = new Map([
    ...recordsOfFrame(RECORDED_BMS_16S, "recorded"),
    [0x79, cellsValue(cells)],
    ...recordsFor(pack),
  ] as [number, Uint8Array][]);
  const bms = await startSimulatedBms(t, { frame: replyFrame(6, dataOfRecords(records)) });
  return { station: stationOf(t, { inverter: inverter.url, bms: bms.url }, more), cells };
}

test("the same registers make the same four files as the original, byte for byte", async (t) => {
  const { station } = await recordedStation(t);
  const files = await pollAndExport(station, NOON);
  for (const file of FILES) assert.equal(masked(files[file] ?? ""), masked(recordedOriginal(file)), file);
});

test("every one of its samples is one line of its statistics, and once", async (t) => {
  const { station } = await recordedStation(t);
  await pollAndExport(station, NOON);
  await station.run("station", ["export", "--format", "original", "--output", station.folder], { now: NOON + 55 });
  await pollAndExport(station, NOON + 120);
  for (const [stats, last] of [
    ["jkbms_stats.json", "jkbms_last.json"],
    ["inverter_stats.json", "inverter_last.json"],
  ] as const) {
    const lines = readFileSync(join(station.folder, stats), "utf8").trimEnd().split("\n");
    assert.equal(lines.length, 2, stats);
    assert.equal(lines.at(-1), readFileSync(join(station.folder, last), "utf8"));
  }
});

test("mended, the known mistakes of the original are written right, under the same keys", async (t) => {
  const { station } = await recordedStation(t, ", original_mended: true");
  const files = await pollAndExport(station, NOON);
  const was = (file: string, path: string) => at(JSON.parse(recordedOriginal(file)), path);
  const is = (file: string, path: string) => at(JSON.parse(files[file] ?? ""), path);
  for (const [file, path, wrong, right] of [
    ["jkbms_last.json", "bms_params.batt_LTP_dis", 65516, -20],
    ["jkbms_last.json", "bms_params.batt_LTP_drecv", 65526, -10],
    ["inverter_cfg.json", "config.batt_high_volt", 44, 60],
    ["inverter_last.json", "battery.power", 654.41, -95],
  ] as const) {
    assert.equal(was(file, path), wrong, path);
    assert.equal(is(file, path), right, path);
  }
});

/** What the page says stands under a key, from the words on the wire: written against json-keys.md, not against our tables. */
function expected(
  key: DocumentedKey,
  wire: { word(address: number): number; record(tag: number): Buffer | undefined },
): unknown {
  const { first, wide, digits, signed } = originOf(key);
  if (key.file !== "jkbms_last.json") {
    const word = (address: number, isSigned = false) => {
      const value = wire.word(address);
      return isSigned && value >= 0x8000 ? value - 0x10000 : value;
    };
    const hex = (address: number) =>
      ((word(address) * 0x10000 + word(address + 1)) >>> 0).toString(16).padStart(8, "0");
    if (key.path === "machine_id") return `PV${word(20001)}`;
    if (key.type === "string") return hex(Number(first));
    if (wide) return word(Number(first)) * 1000 + word(Number(first) + 1) / 10;
    const which = ["inverter", "grid", "load"].indexOf(key.path.split(".")[1] ?? "");
    const sq = [25217, 25221].map((address) => word(address + which, true)) as [number, number];
    const power = () => {
      const plain = word(25213 + which, which < 2);
      return plain === 0 ? Math.sqrt(Math.max(0, sq[0] ** 2 - sq[1] ** 2)) : plain;
    };
    if (key.path.startsWith("power.")) return power();
    if (key.path.startsWith("PF.")) return sq[0] === 0 ? 0 : Number((Math.abs(power()) / Math.abs(sq[0])).toFixed(3));
    const isSigned = signed || key.path.startsWith("calibration.");
    return word(Number(first), isSigned) / 10 ** digits;
  }
  const tag = Number.parseInt(key.path.endsWith("prot_board_addr") ? "AE" : (first ?? ""), 16);
  const bytes = wire.record(tag);
  if (key.path === "bms_id") return "0x00000000";
  if (key.path === "complete") return 1;
  if (bytes === undefined) return null;
  if (key.path === "cells.count") return (bytes[0] as number) / 3;
  if (key.type === "string") return bytes.toString("latin1").replace(/\0+$/, "").replaceAll("\0", ".");
  const word = bytes.readUIntBE(0, bytes.length);
  if (tag === 0x84) return ((word & 0x7fff) / 100) * (word & 0x8000 ? 1 : -1) || 0;
  if (tag >= 0x80 && tag <= 0x82) return word > 100 ? 100 - word : word;
  if (tag === 0xb6) return Number((word / 60).toFixed(3));
  return word / 10 ** digits;
}

/** Values that are the mean of several answers: the plant stands still between them here, the rounding does not. */
const isTime = ({ path }: DocumentedKey) => path === "ts";

test("a simulated day: 184 of 184 keys of the original, with its type, unit, sign and scale", async (t) => {
  const keys = documentedKeys();
  assert.equal(keys.length, 184);
  const driven = drivePlant({ scenario: "broken_clouds", seed: 3, capacity_ah: 280, days: 1 });
  const sources = plantDevices(driven.plant);
  const device = makeBms4e57({ source: sources.bms });
  const inverter = await startSimulatedInverter(t, { source: sources.inverter });
  const bms = await startLine(t, device);
  const station = stationOf(t, { inverter: inverter.url, bms: bms.url });
  const seen = new Map<string, Set<unknown>>();
  for (let hour = 1; hour <= 24; hour += 4) {
    driven.advanceTo(hour * 60);
    if (hour === 13) sources.inverter.write(20105, 0);
    const now = driven.now();
    const files = await pollAndExport(station, now);
    const records = device.records();
    const wire = {
      word: (address: number) => sources.inverter.read(address) ?? assert.fail(`no register ${address}`),
      record: (tag: number) => (records.has(tag) ? Buffer.from(records.get(tag) as Uint8Array) : undefined),
    };
    for (const key of keys) {
      const object = JSON.parse(files[key.file] ?? "");
      const name = `${key.file} ${key.path} at ${hour}:00`;
      if (key.path === "cells.voltages.{n}") {
        const list = Buffer.from(records.get(0x79) as Uint8Array);
        for (let cell = 1; cell <= object.cells.count; cell++) {
          assert.equal(object.cells.voltages[String(cell)], list.readUInt16BE(3 * cell - 1) / 1000, name);
        }
        continue;
      }
      const value = at(object, key.path);
      assert.notEqual(value, undefined, name);
      if (isTime(key)) {
        assert.match(String(value), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, name);
        continue;
      }
      assert.equal(value, expected(key, wire), name);
      const isEstimate =
        key.path.startsWith("power.") &&
        wire.word(25213 + ["inverter", "grid", "load"].indexOf(key.path.slice(6))) === 0;
      if (value !== null && key.type !== "object") assertType(files[key.file] ?? "", key, isEstimate, value);
      seen.set(name.replace(/ at .*/, ""), (seen.get(name.replace(/ at .*/, "")) ?? new Set()).add(value));
    }
  }
  const moved = [...seen].filter(([, values]) => values.size > 1).length;
  assert.ok(moved > 40, `${moved} keys moved over the day: a day of constants would prove little`);
});

/** Python tells 60 from 60.0: floats carry a fraction, ints none. */
function assertType(text: string, key: DocumentedKey, isEstimate: boolean, value: unknown): void {
  if (key.type === "string") {
    assert.equal(typeof value, "string", key.path);
    return;
  }
  const last = key.path.split(".").at(-1) as string;
  const wanted = key.type === "float" || isEstimate ? `-?\\d+\\.\\d+(e-?\\d+)?` : "-?\\d+";
  assert.match(text, new RegExp(`"${last}": ${wanted}[,}]`), `${key.path}: ${key.type}`);
}

test("a BMS of another protocol has every key, null where it does not tell", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedPb(t);
  const station = stationOf(t, { inverter: inverter.url, bms: bms.url });
  const files = await pollAndExport(station, NOON);
  const pack = JSON.parse(files["jkbms_last.json"] ?? "");
  const keys = documentedKeys().filter(({ file, path }) => file === "jkbms_last.json" && !path.endsWith("{n}"));
  for (const { path } of keys) assert.notEqual(at(pack, path), undefined, path);
  assert.equal(pack.cells.count, 8);
  assert.equal(typeof pack.battery_SoC, "number");
  assert.equal(typeof pack.battery_status_info, "number");
  assert.equal(pack.bms_params.total_OVP, null);
  assert.equal(pack.bms_params.chg_MOS_switch, 1);
});

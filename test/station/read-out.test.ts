import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stationExport } from "../../lib/jobs/station/export.ts";
import { stationHistory } from "../../lib/jobs/station/history.ts";
import { stationReport } from "../../lib/jobs/station/report.ts";
import { stationStatus } from "../../lib/jobs/station/status.ts";
import { inPortions } from "../../lib/station/sample-rows.ts";
import { saveBmsSample } from "../../lib/store/samples.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { recordedBms } from "../support/recorded-samples.ts";

type Options = Readonly<Record<string, unknown>>;

const DAY_S = 86_400;

function stationWithSamples(t: TestContext, minutes: number, sections: Options = {}): OrderStation {
  const station = orderStation(t, sections);
  station.store.write(() => {
    for (let age = minutes; age > 0; age--) savePlantSamples(station.store, station.now - 60 * age, { pv: 900 });
  });
  return station;
}

const history = async ({ context }: OrderStation, options: Options) =>
  stationHistory({ ...context, options: { from: "1d", to: "now", ...options } });

const report = async ({ context }: OrderStation, ...args: string[]) => stationReport({ ...context, args });

const status = async ({ context }: OrderStation, path: string) => {
  const answer = await stationStatus({ ...context, args: [path] });
  return answer?.text?.(false);
};

test("status: a device that was never heard, a word that is no value, a value that is not known, one that has parts", async (t) => {
  const station = orderStation(t);
  for (const [path, name, message] of [
    ["bms.soc", "DeviceTimeout", "bms: no sample younger than 180 s (none was ever stored)"],
    ["grid_switch", "DeviceTimeout", "grid_switch is not known now"],
    ["at.hour", "UsageError", "there is no at.hour; at has: no parts"],
  ] as const) {
    await assert.rejects(status(station, path), { name, message });
  }
  await assert.rejects(
    status(station, "weather"),
    /^UsageError: there is no weather; it has: at, headline, inverter, bms/,
  );
  assert.equal(await status(station, "at"), "1800000000");
  assert.equal(await status(station, "bms"), '{"fresh":false,"age_s":null}');
});

test("history: in short steps, in days with gaps, and what is not kept by days", async (t) => {
  const station = stationWithSamples(t, 20);
  const short = await history(station, { from: "10m", every: "5m", columns: "load_power,inverter.pv_power" });
  const { rows, every_s } = short.json as { rows: number[][]; every_s: number };
  assert.deepEqual(
    [every_s, rows.map(([, load, pv]) => [load, pv])],
    [
      300,
      [
        [700, 900],
        [700, 900],
      ],
    ],
  );
  const days = await history(station, { from: "3d", every: "2d", columns: "bms.soc" });
  const { every_s: day, rows: values } = days.json as typeof short.json & { every_s: number; rows: unknown[][] };
  assert.deepEqual([day, values.map(([, soc]) => soc)], [DAY_S, [null, null, null, 60]]);
  await assert.rejects(history(station, { every: "1d", columns: "work_state" }), {
    name: "UsageError",
    message: /^work_state is not kept by days; give --every below 1d, or one of: .*pv_power/,
  });
});

test("history: words of bits by their names, a number without a unit, and nothing where there is nothing", async (t) => {
  const station = orderStation(t);
  const { store, now } = station;
  const cells = [3300, 3310, null, 3320];
  store.write(() => saveBmsSample(store, "bms", now - 30, recordedBms({ warnings: 0b101, cells, cell_count: 4 })));
  const seen = await history(station, {
    from: "2m",
    every: "1m",
    columns: "bms.warnings,cell_01,cell_03,cycle_count",
  });
  const { rows, columns } = seen.json as { rows: unknown[][]; columns: { unit: string | null }[] };
  const [, last] = rows as [unknown[], unknown[]];
  assert.equal(last[1], "low capacity;charge over-voltage");
  assert.deepEqual([last[2], last[3]], [3.3, null]);
  assert.equal(typeof last[4], "number");
  assert.equal(columns[0]?.unit, null);
  assert.deepEqual(rows[0]?.slice(1), [null, null, null, null]);
});

test("history: the usual lines of a station without a battery, over months by days", async (t) => {
  const station = orderStation(t, { bms: [] });
  const { json } = await history(station, { from: "60d" });
  const { every_s, columns } = json as { every_s: number; columns: { name: string }[] };
  assert.equal(every_s, DAY_S);
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["inverter.pv_power", "inverter.load_power", "inverter.grid_power", "inverter.battery_power"],
  );
});

test("report: a text that names no period, one that has not begun, a day that no calendar has, and an empty month", async (t) => {
  const station = orderStation(t);
  for (const [words, message] of [
    [["week"], /^"week" is no period; expected day, month or year/],
    [["day", "2026"], '"2026" is no day; expected a form like 2026-11-22'],
    [["month", "2026-1"], '"2026-1" is no month; expected a form like 2026-11'],
    [["month", "2026-13"], '"2026-13" is no month of the calendar'],
    [["day", "2026-02-31"], '"2026-02-31" is no day of the calendar'],
    [["year", "2031"], "2031 has not begun"],
  ] as const) {
    await assert.rejects(report(station, ...words), { name: "UsageError", message });
  }
  const { json, text } = await report(station, "month");
  assert.equal((json as { rows: unknown[] }).rows.length, 15);
  assert.equal(text?.(false), "2027-01: no data");
});

test("export: options that do not go together are refused before anything is read", async (t) => {
  const { context } = orderStation(t);
  const url = "http://127.0.0.1:9/write";
  for (const [options, message] of [
    [{ format: "xml" }, /^--format: expected one of prometheus, influx, csv/],
    [{ format: "influx", to: "now", tokenFile: "/x" }, "--token-file goes with --to URL"],
    [{ format: "influx", to: "http://" }, "--to: is no URL"],
    [{ format: "csv", to: url }, "--to URL takes line protocol or JSON lines, not csv"],
    [{ commit: "home" }, "nothing was exported with --cursor home yet"],
  ] as const) {
    await assert.rejects(stationExport({ ...context, options }), { name: "UsageError", message });
  }
});

test("export: a dry run sends nothing, writes nothing, and says from where it would go on", async (t) => {
  const station = stationWithSamples(t, 3);
  const dry = { ...station.context, dryRun: true };
  const to = "http://127.0.0.1:9/write?precision=s";
  const sent = await stationExport({ ...dry, options: { format: "influx", to } });
  assert.equal(sent?.text?.(false), "127.0.0.1:9: from 1 on");
  const output = join(station.folder, "out.jsonl");
  const written = await stationExport({ ...dry, options: { format: "jsonl", output, from: "1h", to: "now" } });
  assert.deepEqual(written?.json, { path: output, rows: 6, until: station.now - 60 });
  assert.ok(!existsSync(output));
});

test("export: a file of nothing has its head, and one that cannot take its place leaves no rest behind", async (t) => {
  const station = orderStation(t);
  const { context, folder } = station;
  const write = (output: string, options: Options = {}) =>
    stationExport({ ...context, options: { format: "csv", device: "bms", from: "1h", to: "now", output, ...options } });
  const path = join(folder, "empty.csv");
  assert.deepEqual((await write(path))?.json, { path, rows: 0, until: null });
  const head = readFileSync(path, "utf8");
  assert.match(head, /^time,device,.*soc/);
  assert.ok(!head.includes("cell_01"), "the cells of a pack that was never heard are not known");
  const taken = join(folder, "taken");
  mkdirSync(join(taken, "inside"), { recursive: true });
  await assert.rejects(write(taken), /taken/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("taken") || name.includes("partial")),
    ["taken"],
  );
});

test("export: of newest values nothing is written where nothing is fresh", async (t) => {
  const { context, folder } = orderStation(t);
  const live = (format: string, options: Options = {}) =>
    stationExport({ ...context, options: { format, ...options } });
  const shown = await live("nut", { output: "-" });
  assert.deepEqual([shown?.json, shown?.text?.(false)], [{ path: null, bytes: 0, text: null }, ""]);
  const path = join(folder, "solar.dev");
  assert.equal(
    (await live("nut", { output: path }))?.text?.(false),
    `${path}: removed, there is nothing fresh to tell`,
  );
  const into = join(folder, "original");
  await live("original", { output: into });
  assert.deepEqual(existsSync(into) ? readdirSync(into).filter((name) => name.endsWith("_last.json")) : [], []);
});

test("rows of one second stay in one portion, because a cursor is a second", () => {
  const rows = [1, 1, 2, 3, 3, 3].map((at) => ({ at, kind: "bms", device: "x" }) as never as { at: number });
  const portions = [...inPortions([rows] as never, 1)].map((portion) => portion.map(({ at }) => at));
  assert.deepEqual(portions, [[1, 1], [2], [3, 3, 3]]);
});

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { stationAdopt } from "../../lib/jobs/station/adopt.ts";
import { importLines, openLines } from "../../lib/setup/import-lines.ts";
import { bmsSamples, inverterSamples } from "../../lib/store/samples.ts";
import { parseMoment } from "../../lib/view/time-span.ts";
import { orderStation } from "../support/orders.ts";
import { recordedOriginal } from "../support/original-keys.ts";

const INTO = { devices: { bms: "bms", inverter: "inverter" }, time_zone: "Europe/Berlin" };

/** A line of the original's at this local time. */
function line(file: "jkbms_last.json" | "inverter_last.json", ts: string): string {
  return JSON.stringify({ ...JSON.parse(recordedOriginal(file)), ts });
}

test("every line that is not taken is counted with its reason, and the first ones are named by their number", async (t) => {
  const { store, folder } = orderStation(t);
  const path = join(folder, "jkbms_stats.json");
  const pack = (ts: string) => line("jkbms_last.json", ts);
  const empty = JSON.parse(pack("2026-06-01 12:02:00"));
  const lines = [
    pack("2026-06-01 12:00:00"),
    "",
    "   ",
    pack("2026-06-01 12:00:00"),
    "{cut off",
    "[]",
    pack("yesterday"),
    pack("2026-13-41 12:00:00"),
    pack("2033-01-01 00:00:00"),
    JSON.stringify({ ...empty, cells: { count: 0, voltages: {} } }),
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  const report = await importLines({ store, ...INTO }, openLines(path));
  const { lines: read, taken, not_taken, examples, trouble } = report;
  assert.deepEqual({ read, taken, trouble }, { read: 8, taken: 1, trouble: null });
  assert.deepEqual(not_taken, { known: 1, no_json: 1, no_device: 1, no_time: 2, future: 1, refused: 1 });
  assert.deepEqual(
    examples.map(({ line: number, why }) => [number, why]),
    [
      ...[
        [5, "no_json"],
        [6, "no_device"],
        [7, "no_time"],
        [8, "no_time"],
        [9, "future"],
      ],
    ],
    "five are enough, and what is stored already is no example",
  );
  // Summer time in Berlin.
  const at = Date.UTC(2026, 5, 1, 10) / 1000;
  assert.deepEqual(
    bmsSamples(store, "bms", 0, 2 ** 33).map((sample) => sample.at),
    [at],
  );
  assert.deepEqual([report.from, report.to], [at, at + 120]);
});

test("of an archive that is cut off what came before is taken, and a file that cannot be read is told", async (t) => {
  const { store, folder } = orderStation(t);
  const path = join(folder, "stats.json.gz");
  const minute = (index: number) =>
    `2026-06-01 ${12 + Math.floor(index / 60)}:${String(index % 60).padStart(2, "0")}:00`;
  const lines = Array.from({ length: 520 }, (_, index) => line("jkbms_last.json", minute(index)));
  const packed = gzipSync(`${lines.join("\n")}\n`);
  writeFileSync(path, packed.subarray(0, packed.length - 8));
  const cut = await importLines({ store, ...INTO }, openLines(path));
  assert.match(cut.trouble ?? "", /unexpected end of file/);
  assert.ok(cut.taken >= 500, `${cut.taken}`);
  const missing = await importLines({ store, ...INTO }, openLines(join(folder, "none.json")));
  assert.deepEqual([missing.lines, missing.taken], [0, 0]);
  assert.match(missing.trouble ?? "", /ENOENT/);
});

test("counters and switches that stand beside a status are its own; without them they stay unknown", async (t) => {
  const { store, folder } = orderStation(t);
  const path = join(folder, "inverter_last.json");
  writeFileSync(path, line("inverter_last.json", "2026-06-01 12:00:00"));
  writeFileSync(join(folder, "inverter_accum.json"), "{cut off");
  await importLines({ store, ...INTO }, openLines(path));
  writeFileSync(path, line("inverter_last.json", "2026-06-01 12:01:00"));
  writeFileSync(join(folder, "inverter_cfg.json"), recordedOriginal("inverter_cfg.json"));
  await importLines({ store, ...INTO }, openLines(path));
  const [bare, whole] = inverterSamples(store, "inverter", 0, 2 ** 33).map(({ sample }) => sample.raw.ongrid_switch);
  assert.equal(bare, null);
  assert.equal(typeof whole, "number");
});

test("before there is a configuration times are those of this computer, and a pack has its usual name", async (t) => {
  const { context, store, folder } = orderStation(t, { bms: [] });
  const config = { ...context.config, station: { ...context.config.station, time_zone: "Asia/Tokyo" } };
  mkdirSync(join(folder, "tmp"));
  writeFileSync(join(folder, "tmp/jkbms_last.json"), line("jkbms_last.json", "2026-06-01 12:00:00"));
  const adopt = (configPath: string | null) =>
    stationAdopt({ ...context, config, configPath, options: { root: folder, from: "400d" } });
  const { files } = (await adopt(null)).json as { files: { taken: number }[] };
  assert.deepEqual(
    files.map(({ taken }) => taken),
    [1],
  );
  const own = parseMoment("2026-06-01 12:00", { now: 0, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  const at = () => bmsSamples(store, "bms", 0, 2 ** 33).map((sample) => sample.at);
  assert.deepEqual(at(), [own]);
  await adopt(join(folder, "config.yaml"));
  assert.ok(at().includes(Date.UTC(2026, 5, 1, 3) / 1000), "as configured");
});

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupSection } from "../../lib/config/sections/backup.ts";
import { checkState, copyState } from "../../lib/store/backup.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { energyBetween, historyDays, historySeries, suitableStep } from "../../lib/store/history.ts";
import { prune } from "../../lib/store/history-prune.ts";
import { rollUp, rollUpSome } from "../../lib/store/history-rollup.ts";
import { bmsSamples, inverterSamples } from "../../lib/store/samples.ts";
import { benchReaders } from "./commands.ts";
import { fillMinutes } from "./fill.ts";
import { measure, spreadOf } from "./measure.ts";
import { limited, type Row } from "./row.ts";

const DAY_S = 86400;
const FROM = Date.UTC(2025, 0, 1) / 1000;
const DAYS = 365;
const TO = FROM + DAYS * DAY_S;
const ZONE = { time_zone: "Europe/Berlin" };
const MB = 1e6;
const RAW_LIMIT_MB = 130;
const TEN_YEARS_LIMIT_MB = 300;
const READ_LIMIT_MS = 500;
const COPY_LIMIT_MS = 5000;

/**
 * A year of minutes of both devices, really stored and rolled up. Ten years are computed from it: ten times its quarter hours and days
 * (page by page, from dbstat), and of the samples the days that the default retention keeps.
 */
export async function benchStore(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "solar-station-bench-"));
  const path = join(folder, "station.db");
  const store = openStore(path, { clock: { now: () => TO, monotonic: () => performance.now() } });
  try {
    fillMinutes(store, { from: FROM, to: TO });
    const rows = [
      limited("a year of minutes of both devices, before the roll-up", statSync(path).size / MB, "MB", RAW_LIMIT_MB),
      ...(await reads(store, "before the roll-up")),
      limited("the longest transaction of the year's roll-up", rollUpLongest(store), "ms", READ_LIMIT_MS),
      ...(await reads(store, "rolled up")),
      ...(await benchReaders(folder, TO)),
      tenYears(store),
    ];
    prune(store, { now: TO, ...ZONE, ...backupSection.parse({}) });
    const copy = join(folder, "copy.db");
    const began = performance.now();
    await copyState(store, copy);
    const copied = performance.now() - began;
    const checked = took(() => checkState(copy));
    rows.push(limited("an online copy of that file, and its check", copied + checked, "ms", COPY_LIMIT_MS));
    return rows;
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reads(store: Store, when: string): Promise<Row[]> {
  const month = TO - 30 * DAY_S;
  const fields = ["pv_power", "load_power", "grid_power", "battery_power"];
  const series = (from: number) => {
    const step_s = suitableStep(from, TO);
    historySeries(store, { device: "inverter", from, to: TO, step_s, fields });
    historySeries(store, { device: "bms", from, to: TO, step_s, fields: ["soc", "cell_min", "cell_max"] });
  };
  const days = (first_day: string) => historyDays(store, "inverter", { first_day, last_day: "2025-12-31", ...ZONE });
  const cases: [string, () => unknown][] = [
    ["lines of 24 h, both devices", () => series(TO - DAY_S)],
    ["lines of 30 days, both devices", () => series(month)],
    ["days of the last 30", () => days("2025-12-02")],
    ["energy of today", () => energyBetween(store, "inverter", TO - DAY_S + 3600, TO)],
    [
      "samples of a day, both devices (day export)",
      () => [
        inverterSamples(store, "inverter", TO - DAY_S, TO).length,
        bmsSamples(store, "bms", TO - DAY_S, TO).length,
      ],
    ],
  ];
  // Without a roll-up this reads every minute of the year; nobody who runs backup-stats meets that.
  if (when === "rolled up") cases.push(["days of the year", () => days("2025-01-01")]);
  const rows: Row[] = [];
  for (const [name, work] of cases) {
    const { median } = await measure(3, async () => work());
    rows.push(limited(`${name}, ${when}`, median, "ms", READ_LIMIT_MS, 1));
  }
  return rows;
}

function rollUpLongest(store: Store): number {
  const times: number[] = [];
  let more = true;
  while (more) times.push(took(() => (more = rollUpSome(store, { now: TO, ...ZONE }))));
  rollUp(store, { now: TO, ...ZONE });
  return spreadOf(times).max;
}

/** Bytes of the pages of some tables. */
function pagesOf(store: Store, tables: readonly string[]): number {
  const marks = tables.map(() => "?").join(", ");
  const sql = `SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN (${marks}) AND aggregate = TRUE`;
  return Number(
    store.db
      .prepare(sql)
      .pluck()
      .get(...tables),
  );
}

function tenYears(store: Store): Row {
  const { samples_days, quarters_days } = backupSection.parse({});
  const a_day = (...tables: string[]) => pagesOf(store, tables) / DAYS / MB;
  const ten = 3652;
  const samples = a_day("inverter_samples", "bms_samples") * samples_days;
  const quarters = a_day("inverter_quarters", "bms_quarters") * Math.min(quarters_days, ten);
  const days = a_day("inverter_days", "bms_days") * ten;
  const parts = `${samples_days} days of samples ${samples.toFixed(0)}, quarter hours ${quarters.toFixed(0)}, days ${days.toFixed(0)}`;
  return limited(
    `ten years with the default retention, computed (${parts})`,
    samples + quarters + days,
    "MB",
    TEN_YEARS_LIMIT_MB,
  );
}

function took(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

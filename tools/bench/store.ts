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

const DAY_S = 86400;
const FROM = Date.UTC(2025, 0, 1) / 1000;
const DAYS = 365;
const TO = FROM + DAYS * DAY_S;
const ZONE = { time_zone: "Europe/Berlin" };
const MB = 1e6;
const RAW_LIMIT_MB = 130;
const TEN_YEARS_LIMIT_MB = 300;
const READ_LIMIT_MS = 500;

/**
 * A year of minutes of both devices, really stored and rolled up. Ten years are computed from it: ten times its quarter hours and days
 * (page by page, from dbstat), and of the samples the days that the default retention keeps.
 */
export async function benchStore(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "solar-station-bench-"));
  const path = join(folder, "station.db");
  const store = openStore(path, { clock: { now: () => TO, monotonic: () => performance.now() } });
  try {
    const filled = took(() => fillMinutes(store, { from: FROM, to: TO }));
    const raw = statSync(path).size;
    const lines = [
      limited("a year of minutes, before the roll-up", raw / MB, "MB", RAW_LIMIT_MB),
      `  filled with ${DAYS * 1440} samples of each device in ${(filled / 1000).toFixed(1)} s`,
      ...(await reads(store, "before the roll-up")),
    ];
    const steps = rollUpSteps(store);
    lines.push(
      `roll-up of the year: ${steps.count} transactions, median ${steps.median.toFixed(0)} ms, longest ${steps.max.toFixed(0)} ms`,
    );
    lines.push(...(await reads(store, "rolled up")), ...(await benchReaders(folder, TO)), tenYears(store));
    const pruned = took(() => prune(store, { now: TO, ...ZONE, ...backupSection.parse({}) }));
    const copy = join(folder, "copy.db");
    const began = performance.now();
    await copyState(store, copy);
    const copied = performance.now() - began;
    const checked = took(() => checkState(copy));
    const size = (statSync(path).size / MB).toFixed(0);
    lines.push(
      `pruning to the default retention ${(pruned / 1000).toFixed(1)} s; online copy of the ${size} MB file ${copied.toFixed(0)} ms, its check ${checked.toFixed(0)} ms`,
    );
    return lines;
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reads(store: Store, when: string): Promise<string[]> {
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
  const lines: string[] = [];
  for (const [name, work] of cases) {
    const { median } = await measure(3, async () => work());
    lines.push(limited(`${name}, ${when}`, median, "ms", READ_LIMIT_MS));
  }
  return lines;
}

function rollUpSteps(store: Store) {
  const times: number[] = [];
  let more = true;
  while (more) times.push(took(() => (more = rollUpSome(store, { now: TO, ...ZONE }))));
  rollUp(store, { now: TO, ...ZONE });
  return { count: times.length, ...spreadOf(times) };
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

function tenYears(store: Store): string {
  const { samples_days, quarters_days } = backupSection.parse({});
  const samples = pagesOf(store, ["inverter_samples", "bms_samples"]) / DAYS;
  const quarters = pagesOf(store, ["inverter_quarters", "bms_quarters"]) / DAYS;
  const days = pagesOf(store, ["inverter_days", "bms_days"]) / DAYS;
  const ten = 3652;
  const total = samples * samples_days + quarters * Math.min(quarters_days, ten) + days * ten;
  const parts = `${samples_days} days of samples ${((samples * samples_days) / MB).toFixed(0)}, quarter hours ${((quarters * ten) / MB).toFixed(0)}, days ${((days * ten) / MB).toFixed(0)} MB`;
  return `${limited("ten years with the default retention (computed)", total / MB, "MB", TEN_YEARS_LIMIT_MB)}; ${parts}`;
}

function took(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function limited(name: string, value: number, unit: string, limit: number): string {
  const digits = unit === "MB" ? 0 : 1;
  return `${name.padEnd(62)} ${value.toFixed(digits)} ${unit}, limit ${limit} ${unit}: ${value <= limit ? "within" : "ABOVE"}`;
}

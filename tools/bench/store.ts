import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Raw } from "../../lib/codec/table.ts";
import { backupSection } from "../../lib/config/sections/backup.ts";
import { checkState, copyState } from "../../lib/store/backup.ts";
import { packCells } from "../../lib/store/cells.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { energyBetween, historyDays, historySeries, suitableStep } from "../../lib/store/history.ts";
import { prune } from "../../lib/store/history-prune.ts";
import { rollUp, rollUpSome } from "../../lib/store/history-rollup.ts";
import { bmsSamples, inverterSamples, saveBmsSample, saveInverterSample, storedRow } from "../../lib/store/samples.ts";
import { recordedBms, recordedInverter } from "../../test/support/recorded-samples.ts";
import { benchReaders } from "./commands.ts";
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
    const filled = took(() => fillYear(store));
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

/** A year of two devices: sun, load and battery go up and down with noise, counters rise, states change. */
function fillYear(store: Store): void {
  const inverter = recordedInverter().raw as Readonly<Record<string, Raw>>;
  const bms = recordedBms();
  store.write(() => {
    saveInverterSample(store, "inverter", FROM - 60, recordedInverter());
    saveBmsSample(store, "bms", FROM - 60, bms);
  });
  const statements = new Map<string, { run(...values: unknown[]): unknown }>();
  const insert = (table: "inverter_samples" | "bms_samples", values: Readonly<Record<string, unknown>>) => {
    const row = storedRow(table, values);
    let statement = statements.get(table);
    if (!statement) {
      const names = Object.keys(row);
      const places = names.map(() => "?").join(", ");
      statement = store.db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`);
      statements.set(table, statement);
    }
    statement.run(...Object.values(row));
  };
  let seed = 1;
  const noise = (span: number) => {
    seed = (seed * 48271) % 2147483647;
    return Math.round((seed / 2147483647 - 0.5) * span);
  };
  const wh = { pv: 0, load: 0, bought: 0 };
  for (let day = FROM; day < TO; day += DAY_S) {
    store.write(() => {
      for (let at = day; at < day + DAY_S; at += 60) {
        const sun = Math.max(0, Math.sin(((at % DAY_S) / DAY_S - 0.25) * 2 * Math.PI));
        const pv = Math.max(0, Math.round(sun * 4000) + (sun > 0 ? noise(600) : 0));
        const load = 500 + noise(300) + (at % 7200 < 900 ? 1500 : 0);
        const bought = sun === 0 && at % DAY_S < 21_600 ? load : 0;
        const battery = pv + bought - load;
        wh.pv += pv / 60;
        wh.load += load / 60;
        wh.bought += bought / 60;
        const changes: Readonly<Record<string, Raw>> = {
          pv_power: pv,
          pv_voltage: pv > 0 ? 1100 + noise(200) : 0,
          pv_charge_current: Math.round(pv / 5.2),
          load_power: load,
          load_apparent_power: load + 80,
          load_current: Math.round(load / 22),
          load_percent: Math.round(load / 55),
          inverter_power: load,
          inverter_apparent_power: load + 90,
          grid_power: bought,
          grid_voltage: 2300 + noise(80),
          grid_frequency: 5000 + noise(12),
          grid_relay_closed: bought > 0 ? 1 : 0,
          work_state: bought > 0 ? 3 : 2,
          inverter_voltage: 2300 + noise(20),
          bus_voltage: 4300 + noise(200),
          battery_voltage: 520 + noise(20),
          battery_power: battery,
          battery_current: Math.round(battery / 52),
          ac_radiator_temperature: 35 + noise(10),
          dc_radiator_temperature: 36 + noise(10),
          charger_radiator_temperature: 33 + noise(10),
          pv_energy: 20_000 + Math.floor(wh.pv / 100),
          load_energy: 30_000 + Math.floor(wh.load / 100),
          self_use_energy: 25_000 + Math.floor(wh.load / 100),
          discharge_energy: 25_000 + Math.floor(wh.load / 100),
          grid_import_energy: 9_000 + Math.floor(wh.bought / 100),
        };
        insert("inverter_samples", { at, device: 1, boot: 1, ...inverter, ...changes });
        const pack: Readonly<Record<string, number>> = {
          pack_voltage: 52_000 + noise(800),
          battery_current: Math.round((battery / 52) * 1000),
          soc: 50 + Math.round(sun * 45),
          mosfet_temperature: 250 + noise(100),
          battery_temperature_1: 200 + noise(60),
          battery_temperature_2: 205 + noise(60),
          cycle_capacity: Math.floor((at - FROM) / 700),
        };
        const cells = packCells(bms.cells.map((mv) => (mv ?? 0) + noise(40)));
        insert("bms_samples", { at, device: 2, boot: 1, ...bms, ...pack, ...cells });
      }
    });
  }
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

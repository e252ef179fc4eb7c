/** A fortnight of a house as the original's scripts wrote it down, ten minutes a line, with what was planted into it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { localTime } from "../../lib/base/local-time.ts";
import { originalWish } from "../../lib/rules/grid-switch/original.ts";
import { recordedOriginal } from "./original-keys.ts";

/** In it the clocks are put back: 2026-10-25 has an hour twice. */
export const ZONE = "Europe/Berlin";
export const START = Date.UTC(2026, 9, 13, 22) / 1000;
export const DAYS = 14;
export const STEP_S = 600;
export const END = START + DAYS * 86_400;

/** Local moments of what was planted, as hours since the start. */
export const PLANTED = {
  /** Cell 7 alone at 3.68 V for 40 min: the original looks at the lowest cell. */
  one_cell_high: 2 * 24 + 12,
  /** No lines of the BMS for 45 min: the original counts the minutes of an age as months. */
  short_silence: 4 * 24 + 15,
  /** -70 A for 20 min: both tell. */
  current: 8 * 24 + 19,
  /** No lines of the BMS for three hours while off the grid: the original tells late and stays there. */
  long_silence: 10 * 24 + 14,
} as const;

const CAPACITY_AH = 280;
/** % and V of a cell at rest. */
const REST = [
  [0, 2.9],
  [8, 3.12],
  [20, 3.22],
  [50, 3.29],
  [80, 3.325],
  [95, 3.35],
  [98, 3.4],
  [100, 3.52],
] as const;

function restVoltage(soc: number): number {
  const above = REST.findIndex(([percent]) => percent >= soc);
  const [[s0, v0], [s1, v1]] = [
    REST[Math.max(0, above - 1)] as readonly [number, number],
    REST[above] as readonly [number, number],
  ];
  return s1 === s0 ? v1 : v0 + ((v1 - v0) * (soc - s0)) / (s1 - s0);
}

/** Lines by device, oldest first. */
export interface Fortnight {
  readonly bms: string[];
  readonly inverter: string[];
}

export function originalFortnight(): Fortnight {
  const pack = JSON.parse(recordedOriginal("jkbms_last.json"));
  const machine = JSON.parse(recordedOriginal("inverter_last.json"));
  const lines: Fortnight = { bms: [], inverter: [] };
  let [soc, onGrid, counter] = [60, true, 0];
  for (let at = START; at < END; at += STEP_S) {
    const hours = (at - START) / 3600;
    const hour = hours % 24;
    const during = (from: number, length: number) => hours >= from && hours < from + length;
    const ts = stamp(at);
    const load = hour > 18 && hour < 23 ? 1100 : 450;
    const sky = hour > 7 && hour < 18 ? 3300 * Math.sin(((hour - 7) / 11) * Math.PI) : 0;
    // Full and on the grid, the firmware nearly stops using the panels.
    const pv = Math.round(onGrid && soc >= 99 ? Math.min(sky, 120) : Math.min(sky, soc >= 99.8 ? load : sky));
    const watts = onGrid ? Math.round(pv * 0.9) : pv - load;
    const voltage = restVoltage(soc);
    const current = during(PLANTED.current, 0.34) ? -70 : watts / (16 * voltage);
    soc = Math.min(100, Math.max(3, soc + ((current * STEP_S) / 3600 / CAPACITY_AH) * 100));
    const cell = round(voltage + current * 0.0004, 3);
    const view = { on_grid: onGrid, lowest: cell, battery_power: 16 * cell * current, pv_power: pv, load_power: load };
    const wish = originalWish("original-2026", view, counter);
    const blind = during(PLANTED.long_silence, 3);
    if (!blind) {
      counter = wish.counter;
      onGrid = wish.wish ?? onGrid;
    }
    const high = during(PLANTED.one_cell_high, 0.67);
    const voltages = Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [String(i + 1), i === 6 && high ? 3.68 : round(cell + (i % 3) * 0.001, 3)]),
    );
    if (!blind && !during(PLANTED.short_silence, 0.75)) {
      const sum = Object.values(voltages).reduce((all, one) => all + one, 0);
      lines.bms.push(
        JSON.stringify({
          ...pack,
          ts,
          battery_voltage: round(sum, 2),
          battery_current: round(current, 2),
          battery_SoC: Math.round(soc),
          cells: { count: 16, voltages },
        }),
      );
    }
    lines.inverter.push(
      JSON.stringify({
        ...machine,
        ts,
        inv_workstate: onGrid ? 4 : 2,
        PV_charger: {
          ...machine.PV_charger,
          chg_power: pv,
          PV_volt: pv === 0 ? 0 : 104.3,
          chg_curr: round(pv / (16 * cell), 1),
          batt_volt: round(16 * cell, 1),
          charging_state: 1,
        },
        voltages: { ...machine.voltages, battery: round(16 * cell, 1) },
        power: { inverter: onGrid ? 0 : load, grid: onGrid ? -load : 0, load },
        S: { inverter: onGrid ? 0 : load, grid: onGrid ? load : 0, load },
        Q: { inverter: 0, grid: 0, load: 0 },
        relays: { ...machine.relays, grid: onGrid ? 1 : 0 },
        battery: {
          ...machine.battery,
          power: round((((-watts % 65536) + 65536) % 65536) / 100, 2),
          curr: -Math.round(current),
        },
      }),
    );
  }
  return lines;
}

/** Its files below `root` as they would lie about: archives by day of the BMS, and the RAM disk with the last days. */
export function layOut(root: string, { bms, inverter }: Fortnight): void {
  for (const folder of ["tmp", "backup/jkbms", "backup/inverter"]) mkdirSync(join(root, folder), { recursive: true });
  for (let day = 0; day < DAYS - 2; day++) {
    const { day: name } = localTime(START + day * 86_400 + 43_200, ZONE);
    const of = (lines: readonly string[]) => {
      const [from, to] = [START + day * 86_400, START + (day + 1) * 86_400].map(stamp) as [string, string];
      return gzipSync(
        lines
          .filter((line) => tsOf(line) >= from && tsOf(line) < to)
          .map((line) => `${line}\n`)
          .join(""),
        { level: 1 },
      );
    };
    writeFileSync(join(root, `backup/jkbms/stats_${name}.json.gz`), of(bms));
    writeFileSync(join(root, `backup/inverter/stats_${name}.json.gz`), of(inverter));
  }
  // As Python wrote it: the archive's last lines once more, and the newest sample in a file of its own.
  const late = (lines: readonly string[]) => lines.filter((line) => tsOf(line) >= stamp(END - 2.5 * 86_400));
  writeFileSync(join(root, "tmp/jkbms_stats.json"), `${late(bms).join("\n")}\n`);
  writeFileSync(
    join(root, "tmp/inverter_stats.json"),
    `${late(inverter).join("\n")}\nTraceback (most recent call last):\n{"ts": "2026-10-27 23:\n`,
  );
  writeFileSync(join(root, "tmp/jkbms_last.json"), bms.at(-1) ?? "");
  writeFileSync(join(root, "tmp/inverter_last.json"), inverter.at(-1) ?? "");
  for (const name of ["inverter_cfg.json", "inverter_accum.json"])
    writeFileSync(join(root, "tmp", name), recordedOriginal(name));
}

export function stamp(at: number): string {
  const { day, time } = localTime(at, ZONE);
  return `${day} ${time}:${String(at % 60).padStart(2, "0")}`;
}

function tsOf(line: string): string {
  return /"ts":"([^"]+)"/.exec(line)?.[1] ?? "";
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

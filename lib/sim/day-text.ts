import { POLLS } from "../devices/index.ts";
import type { Speech } from "../words/index.ts";
import { clockText } from "./day-chart.ts";
import type { DrivenPlant } from "./day-drive.ts";
import type { DayOptions, DayResult } from "./day-options.ts";
import type { Plant } from "./plant/plant.ts";
import { SIMULATED_DIALECTS } from "./simulated-bms.ts";

/** What the reader is going to see. */
export function openingText(
  options: DayOptions,
  driven: DrivenPlant,
  config: string,
  judges: boolean,
  { demo, format }: Speech,
): string {
  const { scenario, seed, capacity_ah: capacity, variant = "latch" } = options.plant;
  const lines = demo.opening({
    ...{ scenario, seed, capacity, judges, config, polls: POLLS, every: options.every },
    date: new Date(1000 * driven.epoch).toISOString().slice(0, 10),
    hours: `${clockText(60 * options.from)}-${options.to === 1440 ? "24:00" : clockText(60 * options.to)}`,
    energy: format.quantity((capacity * 52.3) / 1000, "kWh", 1),
    variant: variant === "latch" ? null : variant,
  });
  return `${lines.join("\n")}\n\n`;
}

/** What came of it, in numbers. */
export function closingText(
  result: DayResult,
  plant: Plant,
  socBefore: number,
  seconds: number,
  { demo, format }: Speech,
): string {
  const times = (on_grid: boolean): string =>
    result.switches
      .filter((one) => one.ongrid_switch === on_grid)
      .map(({ at }) => clockText(at))
      .join(", ");
  const energy = (kwh: number): string => format.quantity(kwh, "kWh", 1);
  const lines = demo.closing({
    ...{ left: times(false), back: times(true) },
    ...{ bought: energy(result.bought), bought_on_grid: energy(result.bought_on_grid) },
    ...{ sun_used: percentText(result.pv / Math.max(1e-9, result.pv_available)), sun: energy(result.pv_available) },
    ...{ soc_before: percentText(socBefore), soc: percentText(plant.pack.soc) },
    lowest_cell: format.quantity(plant.lowestCell, "V", 3),
    dark: plant.unservedMinutes,
    ...{ ticks: result.ticks, seconds: format.quantity(seconds, "s", 0), failed: result.failed_commands },
  });
  return `${lines.join("\n")}\n`;
}

/** How to look around in what the day left. */
export function keptText(config: string, now: number, { demo }: Speech): string {
  return [
    "",
    demo.kept,
    `  export SOLAR_STATION_CONFIG=${config} SOLAR_STATION_NOW=${now}`,
    "  station status; station history; inverter-cmd log; status-page",
    "",
  ].join("\n");
}

/** Minutes of samples that the rules look back on when cron is slower than once a minute: three samples must lie in there. */
function voltageWindow(every: number): number {
  return Math.min(20, Math.max(10, 4 * every));
}

/** Configuration of the simulated station: as shipped but for the ports, the pauses of a real line, and the slower cron. */
export function configText(
  directory: string,
  lang: string,
  every: number,
  inverterPort: string,
  bmsPort: string,
): string {
  // Its quotes are needed: bare, YAML reads a number in it.
  return [
    "station:",
    `  state_dir: ${JSON.stringify(directory)}`,
    `  lang: ${lang}`,
    "inverter:",
    `  port: ${inverterPort}`,
    "  gap_ms: 5",
    "bms:",
    `  - port: ${bmsPort}`,
    `    protocol: "${SIMULATED_DIALECTS[0]}"`,
    "    polls: 1",
    "batmon:",
    // The simulated owner lets the rules act from the start.
    "  mode: auto",
    "  rules:",
    `    voltage_window: ${voltageWindow(every)}`,
    "",
  ].join("\n");
}

/** `  740 W`, right-aligned. */
export function wattsText(watts: number, unit = "W"): string {
  return `${Math.round(watts)} ${unit}`.padStart(5 + unit.length);
}

/** Share as `83 %`. */
export function percentText(share: number): string {
  return `${Math.round(100 * share)} %`;
}

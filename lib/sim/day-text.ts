import { POLLS } from "../devices/index.ts";
import { clockText } from "./day-chart.ts";
import type { DrivenPlant } from "./day-drive.ts";
import type { DayOptions, DayResult } from "./day-options.ts";
import type { Plant } from "./plant/plant.ts";
import { SIMULATED_DIALECTS } from "./simulated-bms.ts";

/** What the reader is going to see. */
export function openingText(options: DayOptions, driven: DrivenPlant, config: string, hasBatmon: boolean): string {
  const { scenario, seed, capacity_ah, variant = "latch" } = options.plant;
  const date = new Date(1000 * driven.epoch).toISOString().slice(0, 10);
  const hours = `${clockText(60 * options.from)}-${options.to === 1440 ? "24:00" : clockText(60 * options.to)}`;
  const energy = ((capacity_ah * 52.3) / 1000).toFixed(1);
  const quirk = [
    "The catch   this firmware all but stops using the sun once the battery is full and the grid is connected.",
    "            So the station disconnects the grid while sun and battery carry the house, and reconnects in time.",
  ];
  const judge = [
    "            sample; batmon judges the samples and, when it is time, orders register 20105, the grid switch",
    `            (1 = connected); ${POLLS.inverter} carries the order out a minute later and reads it back.`,
  ];
  return [
    "A day of a solar station: simulated devices, real commands.",
    "",
    `Simulated   ${date} ${hours}, weather ${scenario}, seed ${seed}: panels of 1.3 kW, a house of about 0.75 kW,`,
    `            16 cells of ${capacity_ah} Ah (${energy} kWh) behind a BMS, the inverter, the grid.`,
    ...(variant === "latch" ? quirk : [`            Firmware variant ${variant}.`]),
    `Real        every ${options.every} simulated minutes what cron starts: ${POLLS.bms} and ${POLLS.inverter} read the devices and store a`,
    ...(hasBatmon ? judge : ["            sample each."]),
    `Config      ${config}`,
    "",
    "",
  ].join("\n");
}

/** What came of it, in numbers. */
export function closingText(result: DayResult, plant: Plant, socBefore: number, seconds: number): string {
  const off = result.switches.filter((one) => !one.ongrid_switch).map(({ at }) => clockText(at));
  const on = result.switches.filter((one) => one.ongrid_switch).map(({ at }) => clockText(at));
  const share = result.pv / Math.max(1e-9, result.pv_available);
  return [
    `Left the grid   ${off.join(", ") || "never"}`,
    `Came back       ${on.join(", ") || (off.length > 0 ? "not yet" : "never left")}`,
    `Bought          ${result.bought.toFixed(1)} kWh; on the grid all the time it would have been ${result.bought_on_grid.toFixed(1)} kWh`,
    `Sun used        ${percentText(share)} of the ${result.pv_available.toFixed(1)} kWh there was`,
    `Battery         ${percentText(socBefore)} at the start, ${percentText(plant.pack.soc)} at the end, lowest cell ${plant.lowestCell.toFixed(3)} V`,
    `House dark      ${plant.unservedMinutes} min`,
    `Commands        ${result.ticks} ticks in ${seconds.toFixed(0)} s, ${result.failed_commands} commands failed`,
    "",
  ].join("\n");
}

/** How to look around in what the day left. */
export function keptText(config: string, now: number): string {
  return [
    "",
    "Everything the day stored is kept. Look around as on a real station, at the day's own time:",
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
export function configText(directory: string, every: number, inverterPort: string, bmsPort: string): string {
  // Its quotes are needed: bare, YAML reads a number in it.
  return [
    "station:",
    `  state_dir: ${JSON.stringify(directory)}`,
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

/** Where the house gets its power from. */
export function whereText(ongridSwitch: boolean): string {
  return ongridSwitch ? "back on the grid" : "off the grid, the house lives on PV and battery";
}

/** `  740 W`, right-aligned. */
export function wattsText(watts: number): string {
  return `${Math.round(watts)} W`.padStart(6);
}

/** Share as `83 %`. */
export function percentText(share: number): string {
  return `${Math.round(100 * share)} %`;
}

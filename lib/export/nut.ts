/**
 * The battery as an uninterruptible power supply, in the file that NUT's `dummy-ups` driver reads: `name: value` lines. The house's
 * computers ask upsd and shut themselves down in time.
 */
import { sumOfAll } from "../base/numbers.ts";
import { wholeLive, wholeLiveBattery } from "../view/live.ts";
import type { LiveFile, Newest } from "./newest.ts";

/** How often the driver looks into the file again, s. */
const TIMER_S = 5;

export interface NutInput {
  /** How long the driver waits before it reads the file again, s. */
  readonly timer_s: number;
  /** %; at or below it the battery counts as low while the grid is away. */
  readonly low_charge: number;
  /** V; below it the grid counts as gone. */
  readonly grid_voltage_low: number;
  readonly station: string;
  readonly soc: number | null;
  /** Ah. */
  readonly capacity: number | null;
  /** V and A (+ = charging) of the pack; °C. */
  readonly battery_voltage: number | null;
  readonly battery_current: number | null;
  readonly battery_temperature: number | null;
  /** False: the BMS lets nothing out. */
  readonly discharge_mosfet_on: boolean | null;
  readonly ongrid_switch: boolean | null;
  readonly work_state: string | null;
  readonly grid_voltage: number | null;
  readonly grid_frequency: number | null;
  readonly inverter_voltage: number | null;
  readonly inverter_frequency: number | null;
  /** W, VA, %. */
  readonly load_power: number | null;
  readonly load_apparent_power: number | null;
  readonly load_percent: number | null;
  /** VA. */
  readonly rated_apparent_power: number | null;
  /** The inverter itself says that the battery is low. */
  readonly battery_low_warning: boolean;
  /** Critical alerts that are open, in words. */
  readonly alarms: readonly string[];
}

/** What the grid does for the house now. */
export type GridState = "there" | "away";

/** Work states in which the inverter itself uses the grid. */
const ON_GRID_STATES: ReadonlySet<string> = new Set(["grid_tie", "bypass", "grid_charging"]);

/**
 * `away` is an outage, not the choice to live on sun and battery: then the grid can be had at any time. Behind an open relay some firmware
 * reads 0 V, so a detached house is believed to have a grid until its battery is low.
 */
export function gridState(input: NutInput): GridState {
  const { grid_voltage, ongrid_switch, work_state, soc, low_charge } = input;
  if (grid_voltage === null) return work_state !== null && ON_GRID_STATES.has(work_state) ? "there" : "away";
  if (grid_voltage >= input.grid_voltage_low) return "there";
  const isChosen = ongrid_switch === false && soc !== null && soc > low_charge;
  return isChosen ? "there" : "away";
}

/** True when the computers must shut down: the grid is away, and the battery will not last or lets nothing out. */
export function isLow(input: NutInput): boolean {
  if (gridState(input) === "there") return false;
  const { soc, low_charge, discharge_mosfet_on, battery_low_warning } = input;
  return (soc !== null && soc <= low_charge) || battery_low_warning || discharge_mosfet_on === false;
}

/** s until the low charge at the present discharge power; null when it is not discharged, or something is not known. */
export function runtimeOf(input: NutInput): number | null {
  const { soc, capacity, battery_voltage: volt, battery_current: ampere, low_charge } = input;
  if (soc === null || capacity === null || volt === null || ampere === null || ampere >= -IDLE_A) return null;
  const hours = ((Math.max(0, soc - low_charge) / 100) * capacity) / -ampere;
  return Math.round(hours * 3600);
}

/** Currents below this are the noise of the shunt, A. */
const IDLE_A = 0.5;

function statusOf(input: NutInput): string {
  const { battery_current: ampere, alarms } = input;
  const flow = ampere === null || Math.abs(ampere) < IDLE_A ? [] : [ampere > 0 ? "CHRG" : "DISCHRG"];
  return [
    ...(alarms.length > 0 ? ["ALARM"] : []),
    gridState(input) === "there" ? "OL" : "OB",
    ...(isLow(input) ? ["LB"] : []),
    ...flow,
  ].join(" ");
}

/** The driver's file. What is not known has no line. */
export function nutText(input: NutInput): string {
  const fixed = (value: number | null, digits: number) => (value === null ? null : value.toFixed(digits));
  const lines: readonly (readonly [string, string | number | null])[] = [
    ["device.mfr", "solar-station"],
    ["device.model", input.station],
    ["device.type", "ups"],
    ["ups.mfr", "solar-station"],
    ["ups.model", input.station],
    ["ups.status", statusOf(input)],
    ["ups.alarm", input.alarms.length === 0 ? null : input.alarms.join("; ")],
    ["ups.load", fixed(input.load_percent, 0)],
    ["ups.realpower", fixed(input.load_power, 0)],
    ["ups.power", fixed(input.load_apparent_power, 0)],
    ["ups.power.nominal", fixed(input.rated_apparent_power, 0)],
    ["battery.charge", fixed(input.soc, 0)],
    ["battery.charge.low", fixed(input.low_charge, 0)],
    ["battery.runtime", runtimeOf(input)],
    ["battery.voltage", fixed(input.battery_voltage, 2)],
    ["battery.current", fixed(input.battery_current, 2)],
    ["battery.temperature", fixed(input.battery_temperature, 0)],
    ["input.voltage", fixed(input.grid_voltage, 1)],
    ["input.frequency", fixed(input.grid_frequency, 2)],
    ["output.voltage", fixed(input.inverter_voltage, 1)],
    ["output.frequency", fixed(input.inverter_frequency, 2)],
  ];
  const known = lines.filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${plain(String(value))}`);
  return `${known.join("\n")}\nTIMER ${input.timer_s}\n`;
}

/**
 * The driver's file of a station. Without a fresh sample of the inverter there is none: the driver ends then, and upsd tells its clients
 * that nothing is known, instead of the last good news.
 */
export function nutLive(newest: Newest): LiveFile[] {
  const input = nutInput(newest);
  return [{ text: input && nutText(input) }];
}

function nutInput({ inverters, bms, alerts, limits, options, station }: Newest): NutInput | null {
  const values = wholeLive(inverters)?.values;
  if (!values) return null;
  const whole = wholeLiveBattery(bms, 0);
  const pack = bms.length === 0 || whole.missing ? null : whole;
  // Here it counts as open when none of the packs lets anything out.
  const mosfets = bms.map(({ sample }) => sample?.discharge_mosfet_on ?? null);
  const rated = inverters.map(
    ({ facts }) => (facts.ratings as { rated_apparent_power?: number })?.rated_apparent_power,
  );
  return {
    timer_s: TIMER_S,
    low_charge: options.nut_low_charge ?? limits.reserve,
    grid_voltage_low: limits.grid_voltage_low,
    station: station.name,
    soc: pack?.soc ?? null,
    capacity: pack?.capacity ?? null,
    battery_voltage: pack?.pack_voltage ?? values.battery_voltage,
    battery_current: pack?.battery_current ?? values.battery_current,
    battery_temperature: pack?.battery_temperature_1 ?? null,
    discharge_mosfet_on: pack === null || mosfets.includes(null) ? null : mosfets.includes(1),
    ongrid_switch: values.ongrid_switch,
    work_state: values.work_state,
    grid_voltage: values.grid_voltage,
    grid_frequency: values.grid_frequency,
    inverter_voltage: values.inverter_voltage,
    inverter_frequency: values.inverter_frequency,
    load_power: values.load_power,
    load_apparent_power: values.load_apparent_power,
    load_percent: values.load_percent,
    rated_apparent_power: sumOfAll(rated.map((va) => va || null)),
    battery_low_warning: [...(values.inverter_warnings_1 ?? []), ...(values.inverter_errors_1 ?? [])].some(
      ({ label }) => /^battery_(voltage_)?low$/.test(label ?? ""),
    ),
    alarms: (alerts ?? []).filter(({ severity }) => severity === "critical").map(({ title }) => title),
  };
}

/** One line, no quotes or comments: the driver's parser knows both. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").replace(/["#\\=]/g, "'");
}

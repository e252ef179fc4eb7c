import { Implausible } from "../errors.ts";
import { CHARGER_STATUS } from "./charger-status.ts";
import { INVERTER_TOTALS } from "./inverter-totals.ts";
import type { InverterSampleRaw, StatusRaw } from "./registers.ts";
import { brokenAnchors, isGrade, type Known } from "./second-master.ts";

/** The sample before this one. */
export interface Previous {
  readonly raw: Partial<InverterSampleRaw>;
  /** Seconds between the two. */
  readonly age_s: number;
}

/** Outcome of the gates: no reasons = plausible. */
export interface Verdict {
  readonly reasons: readonly string[];
  /** Counters of a board began anew at about 0: accepted, but differences across this sample mean nothing. */
  readonly totals_cleared: boolean;
}

interface TotalsVerdict {
  reasons: string[];
  cleared: boolean;
}

const BOARDS = [totalsOf(CHARGER_STATUS), totalsOf(INVERTER_TOTALS)];
/** A cleared counter may already have gained this much, in 0.1 kWh. */
const CLEARED_BELOW = 10;
/** Power above the rating that is still possible for a while. */
const OVERLOAD = 1.5;
/** Two readings may differ by this many steps of 0.1 kWh without any energy between them. */
const STEPS = 2;

/** Judges a whole status by the gates of the protocol sheet; a sample is good or bad as a whole. Pure. */
export function judgeStatus(raw: StatusRaw, previous: Previous | null = null, known: Known = {}): Verdict {
  if (Object.values(raw).every((value) => value === null || value === 0)) {
    return { reasons: ["all registers read 0: the inverter is wedged"], totals_cleared: false };
  }
  const totals = previous ? judgeTotals(raw, previous) : { reasons: [], cleared: false };
  return {
    reasons: [...brokenAnchors(raw, known), ...electricalReasons(raw), ...powerReasons(raw), ...totals.reasons],
    totals_cleared: totals.cleared,
  };
}

/** Lets a plausible status pass. @throws Implausible with all reasons */
export function assertPlausible(
  raw: StatusRaw,
  where: string,
  previous: Previous | null = null,
  known: Known = {},
): Verdict {
  const verdict = judgeStatus(raw, previous, known);
  if (verdict.reasons.length > 0) throw new Implausible(verdict.reasons, where);
  return verdict;
}

function electricalReasons(raw: StatusRaw): string[] {
  const reasons = [
    outside("work_state", num(raw.work_state), 0, 6, 1, ""),
    outside("inverter_voltage", num(raw.inverter_voltage), 0, 3000, 10, "V"),
    outside("grid_voltage", num(raw.grid_voltage), 0, 3000, 10, "V"),
    outside("bus_voltage", num(raw.bus_voltage), 0, 6000, 10, "V"),
    outside("load_percent", num(raw.load_percent), 0, 200, 1, "%"),
    batteryReason(raw),
  ];
  for (const key of ["inverter_frequency", "grid_frequency"] as const) {
    if (raw[key] !== 0) reasons.push(outside(key, num(raw[key]), 4000, 7000, 100, "Hz"));
  }
  for (const key of TEMPERATURES) reasons.push(outside(key, num(raw[key]), -60, 150, 1, "°C"));
  return reasons.filter((reason) => reason !== null);
}

const TEMPERATURES = [
  "charger_radiator_temperature",
  "external_temperature",
  "ac_radiator_temperature",
  "transformer_temperature",
  "dc_radiator_temperature",
] as const;

function batteryReason(raw: StatusRaw): string | null {
  const voltage = num(raw.battery_voltage);
  const grade = [raw.battery_voltage_grade, raw.charger_grade].find(isGrade);
  const mayBeAbsent = raw.work_state === 0 || raw.work_state === 5;
  if (voltage === null || !grade || (voltage === 0 && mayBeAbsent)) return null;
  return outside("battery_voltage", voltage, 5 * grade, 14 * grade, 10, "V");
}

function powerReasons(raw: StatusRaw): string[] {
  const rated = ratedPower(raw);
  if (rated === null) return [];
  const limits = [
    ["inverter_power", OVERLOAD],
    ["grid_power", OVERLOAD],
    ["load_power", OVERLOAD],
    ["battery_power", 2],
  ] as const;
  const found = limits.map(([key, factor]) => outside(key, num(raw[key]), -factor * rated, factor * rated, 1, "W"));
  return found.filter((reason) => reason !== null);
}

function judgeTotals(raw: StatusRaw, previous: Previous): TotalsVerdict {
  const rated = ratedPower(raw);
  const most = rated === null ? null : (OVERLOAD * rated * Math.max(0, previous.age_s)) / 3600 / 100 + STEPS;
  const verdict: TotalsVerdict = { reasons: [], cleared: false };
  for (const keys of BOARDS) {
    const pairs = keys.map((key) => ({ key, now: num(raw[key]), was: num(previous.raw[key]) }));
    const known = pairs.flatMap(({ key, now, was }) => (now === null || was === null ? [] : [{ key, now, was }]));
    const fell = known.filter(({ now, was }) => now < was);
    // Cleared on the panel or by a command: then all counters of the board restart together.
    if (fell.length > 0 && known.every(({ now, was }) => now <= CLEARED_BELOW && now <= was + STEPS)) {
      verdict.cleared = true;
      continue;
    }
    for (const { key, now, was } of fell) verdict.reasons.push(`${key} fell from ${was / 10} to ${now / 10} kWh`);
    for (const { key, now, was } of known) {
      if (most !== null && now - was > most) {
        verdict.reasons.push(`${key} rose by ${(now - was) / 10} kWh in ${previous.age_s} s`);
      }
    }
  }
  return verdict;
}

function ratedPower(raw: StatusRaw): number | null {
  return num(raw.rated_power) || num(raw.rated_apparent_power) || null;
}

function outside(
  key: string,
  value: number | null,
  least: number,
  most: number,
  div: number,
  unit: string,
): string | null {
  if (value === null || (value >= least && value <= most)) return null;
  return `${key} ${value / div}${unit && ` ${unit}`} is outside ${least / div}..${most / div}`;
}

function num(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function totalsOf<T extends Readonly<Record<string, { readonly kind: string }>>>(table: T) {
  return Object.keys(table).filter((key) => table[key]?.kind === "thousands") as (
    | keyof typeof INVERTER_TOTALS
    | "pv_energy"
  )[];
}

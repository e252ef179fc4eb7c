/** Builds the daily report from the day's samples. Pure. */

import { addDays, dayBounds, localTime } from "../../base/local-time.ts";
import { counterFaults } from "../../view/energy.ts";
import { missingSeconds, type Stretch, stretches } from "../../view/energy-flow.ts";
import { ownShare, selfConsumption } from "../../view/shares.ts";
import { chargeOf } from "../../view/whole.ts";
import { rounded } from "../alerts/rounded.ts";
import { average, type BmsView, type InverterView, viewBms, viewInverter } from "../alerts/samples.ts";
import { SEVERITY_RANK } from "../alerts/types.ts";
import { runTime } from "../endurance.ts";
import { integrate, secondsWhere } from "./energy.ts";
import { savedBy } from "./saved.ts";
import { monthToDate, weekToDate } from "./sums.ts";
import type { CellExtreme, DailyReport, Extreme, ReportInput } from "./types.ts";

/** PV above this is daylight (POLICY's duskW), W. */
const DAWN_W = 30;
/** A value this old is not the present one, s. */
const PRESENT_AGE_S = 600;
const HOUR_S = 3600;

const COUNTERS = [
  "pv_energy",
  "load_energy",
  "grid_import_energy",
  "grid_export_energy",
  "grid_charge_energy",
] as const;

/** Report of `input.day`, up to now when the day is not over. @throws RangeError for an unknown time zone. */
export function dailyReport(input: ReportInput): DailyReport {
  const { day, time_zone, now } = input;
  const { start: from, end } = dayBounds(day, time_zone);
  const until = Math.max(from, Math.min(now, end));
  const inverter = inOrder(input.inverter.map(viewInverter));
  const packs = new Map<string, BmsView[]>();
  for (const sample of input.bms.map(viewBms)) {
    packs.set(sample.device, [...(packs.get(sample.device) ?? []), sample]);
  }
  const pack_parts = [...packs.values()].map((samples) => stretches(inOrder(samples), from, until));
  const bms = inOrderOfTime(pack_parts.flat().map(({ sample }) => sample));
  const parts = stretches(inverter, from, until);
  const today = parts.map(({ sample }) => sample);
  const { energy, always_on_grid } = dayEnergy(input, parts, pack_parts);
  const newest = newestOfEach(pack_parts);
  const present = newest.filter(({ at }) => until - at <= PRESENT_AGE_S);
  const dawn = today.find(({ pv_power }) => (pv_power ?? 0) >= DAWN_W);
  const last_hour = today.filter(({ at }) => until - at <= HOUR_S);
  const bms_times = [...packs.values()].map((samples) => missingSeconds(inOrder(samples), from, until));
  const charge = chargeCourse(bms, packs.size);
  const soc_now = present.length === packs.size ? wholeSoc(present) : null;

  return {
    day,
    time_zone,
    from,
    until,
    energy,
    always_on_grid,
    self_sufficiency: ownShare(energy.load, energy.bought),
    self_consumption: selfConsumption(energy.pv, energy.sold),
    soc: {
      now: rounded(soc_now, 0),
      at_dawn: dawn === undefined ? null : rounded(socNear(charge, dawn.at), 0),
      min: extreme(charge, ({ soc }) => rounded(soc, 0), Math.min),
      max: extreme(charge, ({ soc }) => rounded(soc, 0), Math.max),
    },
    cells: {
      lowest: cellExtreme(bms, "lowest"),
      highest: cellExtreme(bms, "highest"),
      spread: extreme(bms, ({ spread }) => rounded(spread, 3), Math.max),
      rest_spread: extreme(bms, (sample) => (isAtRest(sample) ? rounded(sample.spread, 3) : null), Math.max),
    },
    battery_current: {
      min: extreme(bms, ({ battery_current }) => battery_current, Math.min),
      max: extreme(bms, ({ battery_current }) => battery_current, Math.max),
    },
    temperatures: {
      battery_min: extreme(bms, (sample) => batteryTemperature(sample, Math.min), Math.min),
      battery_max: extreme(bms, (sample) => batteryTemperature(sample, Math.max), Math.max),
      mosfet_max: extreme(bms, ({ mosfet_temperature }) => mosfet_temperature, Math.max),
      inverter_max: extreme(today, ({ inverter_temperature }) => inverter_temperature, Math.max),
    },
    off_grid_s: input.counted.off_grid_s,
    on_grid_s: input.counted.on_grid_s,
    switches: input.switches.filter(({ at }) => at >= from && at < until).sort((a, b) => a.at - b.at),
    pv_unused_s: secondsWhere(parts, ({ ongrid_switch, charge_stage }) =>
      ongrid_switch === null || charge_stage === null ? null : ongrid_switch && charge_stage === "float",
    ),
    equivalent_cycles: equivalentCycles(pack_parts),
    run_time_s: rounded(
      runTime(
        soc_now,
        totalCapacity(present),
        average(known(last_hour.map(({ load_power }) => load_power))),
        input.empty_soc,
      ),
      0,
    ),
    minutes_without_bms: Math.round((packs.size === 0 ? until - from : Math.max(...bms_times)) / 60),
    minutes_without_inverter: Math.round(missingSeconds(inverter, from, until) / 60),
    implausible_samples: [...bms, ...today].filter(({ excluded }) => excluded.length > 0).length,
    counter_faults: COUNTERS.filter((key) => {
      const readings = inverter.map((sample) => ({ at: sample.at, value: sample[key] }));
      return counterFaults(readings, input.rated_power) > 0;
    }),
    alerts: alertsOfDay(input, from, until),
    open_alerts: input.open_alerts,
    month: monthToDate(day, energy, input.earlier),
    week:
      localTime(dayBounds(day, time_zone).start + 12 * HOUR_S, time_zone).weekday === 0
        ? weekToDate(day, energy, input.earlier)
        : null,
  };
}

/** The counted energies and the saving, with what it takes to go on tomorrow. */
function dayEnergy(
  input: ReportInput,
  parts: readonly Stretch<InverterView>[],
  packs: readonly Stretch<BmsView>[][],
): Pick<DailyReport, "energy" | "always_on_grid"> {
  const { on_grid_s: _on, off_grid_s: _off, ...counted } = input.counted;
  const before = input.earlier.find(({ day }) => day === addDays(input.day, -1));
  // A station that was upgraded: the twin has been full for long.
  const soc = before?.always_on_grid?.soc ?? (input.earlier.length > 0 ? 100 : null);
  const charge = (end: 0 | -1): number | null => {
    const samples = packs.flatMap((pack) => pack.filter(({ sample }) => sample.soc !== null).at(end)?.sample ?? []);
    return samples.length === packs.length ? wholeSoc(samples) : null;
  };
  const twin = { machine: input.machine, soc, soc_from: charge(0), soc_to: charge(-1) };
  const { saved, soc: twin_soc } = savedBy(twin, parts, counted);
  return { energy: { ...counted, saved }, always_on_grid: { soc: twin_soc } };
}

/** The part of a power that flows one way, W, never negative. */
function direction(power: number | null, sign: 1 | -1): number | null {
  return power === null ? null : Math.max(0, power * sign);
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

/** In order of time, one a moment: a repeated sample must not count twice. */
function inOrder<T extends { readonly at: number }>(samples: readonly T[]): T[] {
  return inOrderOfTime(samples).filter((sample, index, all) => sample.at !== all[index - 1]?.at);
}

function inOrderOfTime<T extends { readonly at: number }>(samples: readonly T[]): T[] {
  return [...samples].sort((a, b) => a.at - b.at);
}

function newestOfEach(packs: readonly Stretch<BmsView>[][]): BmsView[] {
  return packs.flatMap((pack) => pack.at(-1)?.sample ?? []);
}

function extreme<T extends { readonly at: number }>(
  samples: readonly T[],
  value: (sample: T) => number | null,
  pick: (a: number, b: number) => number,
): Extreme | null {
  let found: Extreme | null = null;
  for (const sample of samples) {
    const candidate = value(sample);
    if (candidate === null || (found !== null && pick(found.value, candidate) === found.value)) continue;
    found = { value: candidate, at: sample.at };
  }
  return found;
}

function cellExtreme(samples: readonly BmsView[], which: "lowest" | "highest"): CellExtreme | null {
  const found = extreme(samples, (sample) => sample[which]?.voltage ?? null, which === "lowest" ? Math.min : Math.max);
  const sample = samples.find((one) => found !== null && one.at === found.at && one[which]?.voltage === found.value);
  const cell = sample?.[which]?.cell;
  return found === null || sample === undefined || cell === undefined
    ? null
    : { ...found, device: sample.device, cell };
}

function isAtRest({ battery_current, capacity }: BmsView): boolean {
  return battery_current !== null && capacity !== null && Math.abs(battery_current) < capacity / 10;
}

function batteryTemperature(sample: BmsView, pick: (...values: number[]) => number): number | null {
  const readings = known([sample.battery_temperature_1, sample.battery_temperature_2]);
  return readings.length === 0 ? null : pick(...readings);
}

function totalCapacity(packs: readonly BmsView[]): number | null {
  const capacities = known(packs.map(({ capacity }) => capacity));
  return capacities.length === 0 || capacities.length < packs.length
    ? null
    : capacities.reduce((sum, capacity) => sum + capacity, 0);
}

/** Null where a pack does not tell its charge: the others do not speak for it. */
function wholeSoc(packs: readonly BmsView[]): number | null {
  const { soc, complete } = chargeOf(packs);
  return complete ? soc : null;
}

/** Charge of the whole battery over the day, wherever each pack has told of itself lately; of one pack its samples. */
function chargeCourse(bms: readonly BmsView[], packs: number): { readonly at: number; readonly soc: number | null }[] {
  const latest = new Map<string, BmsView>();
  return bms.flatMap((sample) => {
    latest.set(sample.device, sample);
    const fresh = [...latest.values()].filter(({ at }) => sample.at - at <= PRESENT_AGE_S);
    return fresh.length < packs ? [] : [{ at: sample.at, soc: wholeSoc(fresh) }];
  });
}

function socNear(samples: readonly { readonly at: number; readonly soc: number | null }[], at: number): number | null {
  const near = samples.filter((sample) => sample.soc !== null && Math.abs(sample.at - at) <= PRESENT_AGE_S);
  near.sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
  return near[0]?.soc ?? null;
}

/** Discharged ampere-hours against the capacity, over all packs. */
function equivalentCycles(packs: readonly Stretch<BmsView>[][]): number | null {
  const cycles = known(
    packs.map((pack) => {
      const capacity = pack.at(-1)?.sample.capacity ?? null;
      const kiloampere_hours = integrate(pack, ({ battery_current }) => direction(battery_current, -1));
      return capacity === null || kiloampere_hours === null ? null : (kiloampere_hours * 1000) / capacity;
    }),
  );
  return rounded(average(cycles), 2);
}

/** What was raised in the window, most severe first, with how often and the last words. */
function alertsOfDay(input: ReportInput, from: number, until: number): DailyReport["alerts"] {
  const found = new Map<string, DailyReport["alerts"][number]>();
  for (const { kind, at, key, severity, id, values } of inOrderOfTime(input.alerts)) {
    if (kind !== "raised" || at < from || at >= until) continue;
    const before = found.get(key);
    const worst =
      before !== undefined && SEVERITY_RANK[before.severity] > SEVERITY_RANK[severity] ? before.severity : severity;
    found.set(key, { key, severity: worst, count: (before?.count ?? 0) + 1, id, values });
  }
  return [...found.values()].sort((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity]);
}

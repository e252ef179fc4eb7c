/** Sun and load of the steps to come, for each kind of day. */
import { envelope, laterLoad, usualLoad } from "./envelope.ts";
import { CLASS_PRIOR } from "./learn-day.ts";
import { CLASSES, type Profile, STEP_S, solarDay, within } from "./profile.ts";
import type { PlanInput } from "./types.ts";

/** What a measured hour of sun outweighs: hours of prior. */
const PRIOR_HOURS = 3;
/** How long what was seen in the last hour holds, s. */
const SUN_MEMORY_S = 1.5 * 3600;
const LOAD_MEMORY_S = 4 * 3600;
/** Spread of the index of a day within its kind, and of an hour's within its day. */
const KIND_SIGMA = 0.12;
const HOUR_SIGMA = 0.16;
/** Days behind the prior of what follows what, and its share of "the same again". */
const FOLLOW_PRIOR = 4;
const STAY = 0.5;

/** Steps from `start`: power on the DC bus in W for each kind of day (kind-major), load in W, 1 where a day begins, 1 where no grid will be. */
export class Horizon {
  readonly start: number;
  readonly steps: number;
  readonly step_s: number;
  readonly pv: Float64Array;
  readonly load: Float64Array;
  readonly new_day: Uint8Array;
  readonly cut: Uint8Array;

  constructor(start: number, steps: number, step_s: number) {
    this.start = start;
    this.steps = steps;
    this.step_s = step_s;
    this.pv = new Float64Array(CLASSES * steps);
    this.load = new Float64Array(steps);
    this.new_day = new Uint8Array(steps);
    this.cut = new Uint8Array(steps);
  }
}

/** Probability of each kind of day after each: row-major. */
export function transitions(profile: Profile): Float64Array {
  const table = new Float64Array(CLASSES * CLASSES);
  for (let from = 0; from < CLASSES; from += 1) {
    let total = 0;
    for (let to = 0; to < CLASSES; to += 1) {
      const prior = FOLLOW_PRIOR * (from === to ? STAY : (1 - STAY) / (CLASSES - 1));
      const weight = (profile.followed[from * CLASSES + to] as number) + prior;
      table[from * CLASSES + to] = weight;
      total += weight;
    }
    for (let to = 0; to < CLASSES; to += 1) table[from * CLASSES + to] = (table[from * CLASSES + to] as number) / total;
  }
  return table;
}

/** How likely today is of each kind: what yesterday suggests, and what was seen of today. */
export function belief(profile: Profile, at: number): number[] {
  const follows = transitions(profile);
  const current = profile.today.index === solarDay(profile, at);
  const { hours, sum } = current ? profile.today : { hours: 0, sum: 0 };
  const before = current || profile.today.hours < 1.5 ? profile.yesterday : null;
  const weights: number[] = [];
  for (let kind = 0; kind < CLASSES; kind += 1) {
    let weight = before === null ? 1 / CLASSES : (follows[before * CLASSES + kind] as number);
    if (before === null) {
      // Without a yesterday: how often each kind came, with the prior's days spread evenly.
      const days = profile.class_days;
      weight = ((days[kind] as number) + CLASS_PRIOR) / (days.reduce((a, b) => a + b, 0) + CLASSES * CLASS_PRIOR);
    }
    if (hours > 0.05) {
      const variance = KIND_SIGMA ** 2 + HOUR_SIGMA ** 2 / hours;
      const off = sum / hours - (profile.class_index[kind] as number);
      weight *= Math.exp((-off * off) / (2 * variance));
    }
    weights.push(weight);
  }
  const total = weights.reduce((a, b) => a + b, 0);
  return total > 0 ? weights.map((weight) => weight / total) : weights.map(() => 1 / CLASSES);
}

/** The index of the last hour and how much of a bright hour it rests on. */
function lastHour(profile: Profile, now: number): { index: number; weight: number } {
  let weight = 0;
  let sum = 0;
  for (const [end, index, part] of profile.today.recent) {
    if (end <= now - 3600 - STEP_S) continue;
    weight += part;
    sum += part * index;
  }
  return { index: weight > 0 ? sum / weight : 0, weight };
}

/** Where nothing was seen of today, and at most. */
const SPREAD_UNKNOWN = 0.3;
/** Share of the changes of ten minutes that remains in the mean of some hours. */
const SPREAD_KEPT = 0.6;

/** How far the sun of the coming hours may be from what a kind of day gives, as a share: by how it changed in the last two. */
export function sunSpread(profile: Profile, now: number): number {
  const seen = profile.today.recent.flatMap(([end, index]) => (end > now - 7200 - STEP_S ? [index] : []));
  if (seen.length < 6) return SPREAD_UNKNOWN;
  const mean = seen.reduce((sum, index) => sum + index, 0) / seen.length;
  const variance = seen.reduce((sum, index) => sum + (index - mean) ** 2, 0) / seen.length;
  return mean <= 0 ? SPREAD_UNKNOWN : Math.min(SPREAD_UNKNOWN, (SPREAD_KEPT * Math.sqrt(variance)) / mean);
}

/** Load of the last two hours against the profile. */
function loadFactor(profile: Profile, now: number): number {
  let load = 0;
  let usual = 0;
  for (const [end, seen, expected] of profile.today.loads) {
    if (end <= now - 7200 - STEP_S) continue;
    load += seen;
    usual += expected;
  }
  return usual > 0 ? Math.min(4, Math.max(0.25, load / usual)) : 1;
}

/** Beyond this the load of the last hours says nothing, s. */
const LOAD_FAR_S = 6 * 3600;
/** Later days go by round figures, so that plans of one day share them: W, factor, s. */
const ROUND = { load: 25, factor: 0.25, now: 7200 } as const;

function rounded(value: number, step: number): number {
  return step * Math.round(value / step);
}

/** What a foreign forecast weighs against the kind of the day, and the index it may say at most. */
const FOREIGN_TRUST = 0.75;
const FOREIGN_INDEX = { min: 0, max: 1.15 };

/** What the sun and the load are foreseen from. */
export type Foreseen = Pick<PlanInput, "now" | "profile" | "site" | "cuts" | "sun">;

/**
 * Forecast of `steps` steps of `step_s` seconds from `start`. `now` is when the profile was last fed. `later` = days after today, which
 * go by the means of their kinds and round figures.
 */
export function horizon(input: Foreseen, start: number, steps: number, step_s: number, later: boolean): Horizon {
  const { now, profile, site, cuts = [] } = input;
  const forecast = new Horizon(start, steps, step_s);
  const { pv, load, new_day, cut } = forecast;
  const foreign = new Map(input.sun ?? []);
  const today = solarDay(profile, now);
  const seen = profile.today.index === today && !later ? profile.today : null;
  const exact = loadFactor(profile, now);
  const factor = !later ? exact : start - now > LOAD_FAR_S ? 1 : rounded(exact, ROUND.factor);
  const origin = later ? rounded(now, ROUND.now) : now;
  const fresh = seen === null ? { index: 0, weight: 0 } : lastHour(profile, now);
  const trust = Math.min(1, fresh.weight / 0.3);
  let day = solarDay(profile, start);
  for (let step = 0; step < steps; step += 1) {
    const at = start + (step + 0.5) * step_s;
    const ahead = Math.max(0, at - origin);
    const known = later ? laterLoad(profile, site, at) : usualLoad(profile, site, at);
    const usual = known * (1 + (factor - 1) * Math.exp(-ahead / LOAD_MEMORY_S));
    load[step] = later ? rounded(usual, ROUND.load) : usual;
    if (cuts.some(([from, to]) => at >= from && at < to)) cut[step] = 1;
    const here = solarDay(profile, at);
    if (here !== day) {
      new_day[step] = 1;
      day = here;
    }
    const clear = envelope(profile, site, at);
    if (clear <= 0) continue;
    const told = foreign.get(at - (at % 3600));
    for (let kind = 0; kind < CLASSES; kind += 1) {
      let index = profile.class_index[kind] as number;
      if (told !== undefined) {
        index += FOREIGN_TRUST * (within(told / clear, FOREIGN_INDEX) - index);
      } else if (seen !== null && seen.hours > 0) {
        index = (PRIOR_HOURS * index + seen.sum) / (PRIOR_HOURS + seen.hours);
      }
      if (seen !== null && seen.hours > 0) index += (fresh.index - index) * Math.exp(-ahead / SUN_MEMORY_S) * trust;
      pv[kind * steps + step] = clear * index;
    }
  }
  return forecast;
}

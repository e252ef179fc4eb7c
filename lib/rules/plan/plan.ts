/** A plan for the grid switch: (profile, state, now, parameters) → plan. Pure: the same inputs give the same plan. */
import { envelope, localHour } from "./envelope.ts";
import { belief, type Horizon, horizon, sunSpread, transitions } from "./forecast.ts";
import { type Courses, foretell } from "./foretell.ts";
import { GAIN_POINTS, PLAN_LIFE_S } from "./kept.ts";
import { floatShare } from "./learn-quirk.ts";
import { Machine, POINTS } from "./machine.ts";
import { cutRates } from "./outage.ts";
import { CLASSES, DAY_S, oddity, STEP_S, solarDay } from "./profile.ts";
import { type HeldPosition, type Rolled, type RollPart, roll, type Supposed } from "./roll.ts";
import { BULK, endValues, FLOAT, LAYER, OFF, type SolveSettings, walkBack } from "./solve.ts";
import type { Plan, PlanInput, Tuning } from "./types.ts";

/** Steps whose gains are kept: until the plan's life ends. */
const KEPT_STEPS = PLAN_LIFE_S / STEP_S + 1;
/** Step beyond tomorrow, s. */
const TAIL_STEP_S = 3600;
/** A pack is big of which a clear day fills less. */
const BIG_SHARE = 0.75;

export const TUNING: Tuning = {
  switch_cost: 0.04,
  act: 0.04,
  big_switch_cost: 0.03,
  source_switch_cost: 0.07,
  discount: 0.01,
  new_discount: null,
  big_discount: 0.03,
  slow_share: 0.3,
  dim_share: 0.35,
  new_days: 7,
  steady_days: 3,
  tail_days: 6,
  end_price: 0.88,
  dark_price: 10,
};

const NO_GAINS = new Float32Array(0);
/** Clear-sky index of a day of which nothing is known, and hours of bright sky after which today is known. */
const USUAL_INDEX = 0.6;
const SEEN_HOURS = 1;
/** How far the house's mean of three hours is from what is foreseen, as a share: one standard deviation of a house on the plant model. */
const LOAD_SPREAD = 0.1;
/** Belief from which a kind of day is to be reckoned with. */
const LIKELY = 0.1;
/** Kept gains of one step. */
const GAINS = CLASSES * 2 * POINTS;
const values = new Float64Array(LAYER);
let gains = new Float32Array(0);

/** Power cuts expected to begin in each step, times what a dark kWh counts. */
function fearedBySteps({ profile, site, tuning }: PlanInput, { start, steps, step_s }: Horizon): Float64Array {
  const rates = cutRates(profile);
  return Float64Array.from({ length: steps }, (_, step) => {
    const { hour } = localHour(site, start + (step + 0.5) * step_s);
    return (rates[hour] as number) * (step_s / 3600) * tuning.dark_price;
  });
}

function reserveBySteps(input: PlanInput, { start, steps, step_s }: Horizon): Float64Array {
  return Float64Array.from({ length: steps }, (_, step) => {
    const { hour } = localHour(input.site, start + (step + 0.5) * step_s);
    return (input.settings.reserve[hour] as number) / 100;
  });
}

export function machineOf({ profile, settings }: Pick<PlanInput, "profile" | "settings">): Machine {
  return new Machine({
    capacity_ah: Math.round(settings.capacity_ah * profile.capacity.value),
    cell_count: settings.cell_count,
    absorb_voltage: settings.absorb_voltage,
    float_voltage: settings.float_voltage,
    grid_charge_a: settings.charger_source_rule ? 0 : Math.round(profile.grid_charge_a.value * 10) / 10,
    own_w: Math.round(profile.own_w.value),
    float_share: floatShare(profile),
    battery_first: Math.round(profile.battery_first.value * 50) / 50,
  });
}

function stepsOf(seconds: number, step_s: number): number {
  return Math.max(1, Math.round(seconds / step_s));
}

/** What later days cost, and which way each of tomorrow's steps goes: the same for most plans of a day. */
interface Later {
  /** What it was made from. */
  readonly from: readonly ArrayLike<number>[];
  readonly tomorrow: Horizon;
  readonly reserve: Float64Array;
  /** Cost to go at midnight by kind, mode and charge. */
  readonly values: Float64Array;
  readonly gains: Float32Array;
}

/** The last one made; the same inputs give the same values, made anew or not. */
let kept: Later | null = null;

function same(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): boolean {
  return a.every((values, part) => {
    const others = b[part] as ArrayLike<number>;
    if (others.length !== values.length) return false;
    for (let index = 0; index < values.length; index += 1) if (values[index] !== others[index]) return false;
    return true;
  });
}

function laterDays(
  input: PlanInput,
  machine: Machine,
  midnight: number,
  settings: Pick<SolveSettings, "switch_cost" | "discount" | "follows">,
): Later {
  const { tuning } = input;
  const { follows } = settings;
  const tomorrow = horizon(input, midnight, DAY_S / STEP_S, STEP_S, true);
  const count = Math.round((tuning.tail_days * DAY_S) / TAIL_STEP_S);
  const tail = horizon(input, midnight + DAY_S, count, TAIL_STEP_S, true);
  const reserve = reserveBySteps(input, tomorrow);
  const cuts = fearedBySteps(input, tomorrow);
  const cutLength = input.profile.cuts.value;
  const { own_w, grid_charge_a, float_share, battery_first } = machine;
  const from: ArrayLike<number>[] = [
    [midnight, settings.switch_cost, settings.discount, tuning.end_price, cutLength],
    [own_w, grid_charge_a, float_share, battery_first],
    ...[tomorrow.pv, tomorrow.load, tail.pv, tail.load, tomorrow.cut, tail.cut, machine.stored, follows, reserve, cuts],
  ];
  if (kept !== null && same(kept.from, from)) return kept;
  const result = new Float64Array(LAYER);
  endValues(result, machine, tuning.end_price);
  if (count > 0) {
    tail.new_day[0] = 1;
    const far = { reserve: reserveBySteps(input, tail), cuts: fearedBySteps(input, tail) };
    walkBack(result, machine, tail, { ...settings, ...far, cut_steps: stepsOf(cutLength, TAIL_STEP_S) }, NO_GAINS);
  }
  const gains = new Float32Array(tomorrow.steps * GAINS);
  tomorrow.new_day[0] = 1;
  walkBack(result, machine, tomorrow, { ...settings, reserve, cuts, cut_steps: stepsOf(cutLength, STEP_S) }, gains);
  kept = { from, tomorrow, reserve, values: result, gains };
  return kept;
}

/** What a switch-over costs the programme, and how much better the other position must be. */
function thresholds({ tuning, settings }: PlanInput, big: boolean): Pick<Tuning, "switch_cost" | "act"> {
  const own = settings.charger_source_rule ? tuning.source_switch_cost : big ? tuning.big_switch_cost : undefined;
  return own === undefined ? tuning : { switch_cost: own, act: own };
}

/** kWh that a clear day gives. */
function clearDay({ profile, site }: PlanInput, midnight: number): number {
  let clear = 0;
  for (let at = midnight - DAY_S + 900; at < midnight; at += 1800) clear += envelope(profile, site, at) / 2000;
  return clear;
}

/**
 * A pack that a day fills only in part pays back a full battery after many days. That is worth it where the next weeks are as the last
 * ones; a new station does not know that before some days were all of one kind, or a week has gone, and follows the rules (null) once it
 * has seen that the days are dim.
 */
function discountOf({ now, profile, tuning }: PlanInput, full: number, clear: number): number | null {
  const steady = Math.max(...profile.class_days) === profile.class_days.reduce((sum, days) => sum + days, 0);
  const known = steady ? (tuning.steady_days ?? tuning.new_days) : tuning.new_days;
  if (profile.days >= known) return tuning.discount;
  const { today, yesterday } = profile;
  const seen = today.index === solarDay(profile, now) && today.hours >= SEEN_HOURS;
  const index = seen ? today.sum / today.hours : yesterday === null ? 1 : (profile.class_index[yesterday] as number);
  if (clear >= BIG_SHARE * full) return tuning.discount;
  const slow = clear * USUAL_INDEX < tuning.slow_share * full || clear * index < tuning.dim_share * full;
  return slow ? tuning.new_discount : (tuning.big_discount ?? tuning.discount);
}

/**
 * Makes the plan: from now to the midnight after tomorrow, in steps of ten minutes. `held` = a position that the owner chooses now, for
 * what would come of it.
 */
export function makePlan(input: PlanInput, held: HeldPosition | null = null): Plan {
  const { now, profile, tuning } = input;
  const machine = machineOf(input);
  const follows = transitions(profile);
  const midnight = (solarDay(profile, now) + 1) * DAY_S - DAY_S / 2 + profile.noon_s.value;
  const seen = belief(profile, now);
  const full = machine.stored[POINTS - 1] as number;
  const clear = clearDay(input, midnight);
  const chosen = discountOf(input, full, clear);
  const { switch_cost, act } = thresholds(input, clear < BIG_SHARE * full);
  const settings = { switch_cost, discount: chosen ?? tuning.discount, follows };
  const later = laterDays(input, machine, midnight, settings);
  const steps = Math.max(1, Math.ceil((midnight - now) / STEP_S));
  // Steps end at midnight; the first one has begun a moment ago.
  const today = horizon(input, midnight - steps * STEP_S, steps, STEP_S, false);
  today.new_day[0] = 0;
  const reserve = reserveBySteps(input, today);
  values.set(later.values);
  if (gains.length < steps * GAINS) gains = new Float32Array(steps * GAINS);
  const feared = { cuts: fearedBySteps(input, today), cut_steps: stepsOf(profile.cuts.value, STEP_S) };
  walkBack(values, machine, today, { ...settings, reserve, ...feared }, gains);
  const parts: RollPart[] = [
    { horizon: today, gains, reserve },
    { horizon: later.tomorrow, gains: later.gains, reserve: later.reserve },
  ];
  const start = { now, soc: input.soc / 100, mode: input.on_grid ? (input.float ? FLOAT : BULK) : OFF };
  const rails = { margin: input.settings.leave_margin / 100, act, held };
  const tomorrow = nextDay(seen, follows);
  const course = (today: Supposed, next = tomorrow): Rolled =>
    roll(start, machine, parts, [today, { ...today, kinds: next, sun: 1 }], rails);
  // Of today the kinds that are still likely, as changeable as today is; of tomorrow all.
  const spread = sunSpread(profile, now);
  const likely = seen.map((share) => share >= LIKELY);
  const only = (kind: number): number[] => seen.map((_, other) => (other === kind ? 1 : 0));
  const courses: Courses = {
    expected: course({ kinds: seen, sun: 1, load: 1 }),
    skies: [
      course({ kinds: only(likely.indexOf(true)), sun: 1 + spread, load: 1 }, only(0)),
      course({ kinds: only(likely.lastIndexOf(true)), sun: 1 - spread, load: 1 }, only(CLASSES - 1)),
    ],
    houses: [1 - LOAD_SPREAD, 1 + LOAD_SPREAD].map((load) => course({ kinds: seen, sun: 1, load })),
  };
  const plan = {
    ...foretell(input, parts, courses),
    belief: seen,
    reserve: Math.round(100 * (reserve[0] as number)),
    act,
  };
  // A big pack that is new, a clock or a place that are not what they are taken for, devices that are silent too often: nobody is to go
  // by this plan.
  if (chosen === null || oddity(profile, now) !== null)
    return { ...plan, promised: { full_at: null, reserve_at: null }, gains: [] };
  return { ...plan, gains: keptGains(seen, steps, later.gains) };
}

function nextDay(seen: readonly number[], follows: Float64Array): number[] {
  return seen.map((_, to) =>
    seen.reduce((sum, share, from) => sum + share * (follows[from * CLASSES + to] as number), 0),
  );
}

/** Gains of the first steps, of today and where it ends of tomorrow, as the belief weighs the kinds. */
function keptGains(seen: readonly number[], steps: number, later: Float32Array): Plan["gains"] {
  return Array.from({ length: KEPT_STEPS }, (_, step) => {
    const from = step < steps ? gains : later;
    const first = (step < steps ? step : step - steps) * GAINS;
    const row = (table: number): number[] =>
      Array.from({ length: GAIN_POINTS }, (_, point) => {
        let gain = 0;
        for (let kind = 0; kind < CLASSES; kind += 1) {
          gain += (seen[kind] as number) * (from[first + (kind * 2 + table) * POINTS + 3 * point] as number);
        }
        return Math.round(gain * 1000) / 1000;
      });
    return { bulk: row(0), float: row(1) };
  });
}

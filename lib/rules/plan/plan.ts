/** A plan for the grid switch: (profile, state, now, parameters) → plan. Pure: the same inputs give the same plan. */
import { envelope, localHour } from "./envelope.ts";
import { belief, type Horizon, horizon, sunSpread, transitions } from "./forecast.ts";
import { AT_RESERVE, FULL, GAIN_POINTS, PLAN_LIFE_S } from "./kept.ts";
import { floatShare } from "./learn-quirk.ts";
import { GRID_CHARGE_BELOW_W, Machine, POINTS } from "./machine.ts";
import { cutRates } from "./outage.ts";
import { CLASSES, DAY_S, oddity, STEP_S, solarDay } from "./profile.ts";
import { type HeldPosition, type Rolled, type RollPart, roll } from "./roll.ts";
import { BULK, endValues, FLOAT, LAYER, OFF, type SolveSettings, walkBack } from "./solve.ts";
import type { CourseStep, Plan, PlanInput, Tuning } from "./types.ts";

/** Steps whose gains are kept: until the plan's life ends. */
const KEPT_STEPS = PLAN_LIFE_S / STEP_S + 1;
/** Step beyond tomorrow, s. */
const TAIL_STEP_S = 3600;
const EMPTY = 8;
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
/** Belief from which a kind of day is to be reckoned with. */
const LIKELY = 0.1;
/** Moments that differ by less are one promise, s. */
const AGREED_S = 1800;
/** How well a charge is known, %. */
const UNSURE = 1;
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
  const course = (kinds: readonly number[], sun: number, next: readonly number[]): Rolled =>
    roll(
      start,
      machine,
      parts,
      [
        { kinds, sun },
        { kinds: next, sun: 1 },
      ],
      rails,
    );
  const expected = course(seen, 1, nextDay(seen, follows));
  // Of today the kinds that are still likely, as changeable as today is; of tomorrow all.
  const spread = sunSpread(profile, now);
  const likely = seen.map((share) => share >= LIKELY);
  const only = (kind: number): number[] => seen.map((_, other) => (other === kind ? 1 : 0));
  const bands = [
    course(only(likely.indexOf(true)), 1 + spread, only(0)),
    course(only(likely.lastIndexOf(true)), 1 - spread, only(CLASSES - 1)),
  ];
  const plan = {
    ...describe(input, parts, expected, bands),
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

function describe(
  input: PlanInput,
  parts: readonly RollPart[],
  expected: Rolled,
  bands: readonly Rolled[],
): Omit<Plan, "belief" | "gains"> {
  const percent = (soc: number): number => Math.round(soc * 1000) / 10;
  const loads = parts.flatMap(({ horizon }) => [...horizon.load]);
  const start = parts[0]?.horizon.start ?? input.now;
  const course: CourseStep[] = loads.map((load, step) => {
    const all = [expected, ...bands].map(({ soc }) => percent(soc[step] as number));
    return {
      at: start + (step + 1) * STEP_S,
      on_grid: expected.mode[step] !== OFF,
      soc: all[0] as number,
      soc_low: Math.min(...all),
      soc_high: Math.max(...all),
      pv: Math.round(expected.pv[step] as number),
      load: Math.round(load),
      bought: Math.round((expected.bought[step] as number) * 1000) / 1000,
    };
  });
  const changed = course.find(({ on_grid }) => on_grid !== input.on_grid);
  const reserveOf = (at: number): number =>
    AT_RESERVE + (input.settings.reserve[localHour(input.site, at - 1).hour] as number);
  const crossings = (level: (at: number) => number, up: boolean): (number | null)[] =>
    [expected, ...bands].map((rolled) => crossing(input, course, rolled, level, up));
  // A counter is no better than a percent: who creeps towards a level comes to it at no moment that could be promised.
  const near = (level: (at: number) => number, up: boolean): (number | null)[] =>
    [0, -UNSURE, UNSURE].flatMap((off) => crossings((at) => level(at) + off, up));
  const full = near(() => FULL, true);
  const reserve = near(reserveOf, false);
  // Who is full comes to it at no other moment, and the grid's charge at night at none that is known: near the end it holds back.
  const filled = course.find(({ at }) => full[0] !== null && at >= (full[0] as number));
  const knowsFull = input.soc < FULL && (filled?.pv ?? 0) >= GRID_CHARGE_BELOW_W;
  const isCut = input.profile.cut_since !== null;
  return {
    version: 1,
    at: input.now,
    step_s: STEP_S,
    course,
    next_switch:
      changed === undefined ? null : { at: Math.max(input.now, changed.at - STEP_S), on_grid: changed.on_grid },
    full_at: full[0] ?? null,
    reserve_at: reserve[0] ?? null,
    empty_at: crossings(() => EMPTY, false)[0] ?? null,
    // When the house will leave the grid the sun may still change: only from there on the way down is known.
    promised: {
      full_at: isCut || !knowsFull ? null : agreed(full),
      reserve_at: input.on_grid || isCut ? null : agreed(reserve),
    },
    bought: Math.round(course.reduce((sum, { bought }) => sum + bought, 0) * 100) / 100,
  };
}

/**
 * When a charge first comes to a level that it had not reached, UTC s; null = not within the course. A battery that goes back to the grid
 * because the next step would take it to the level has come to it.
 */
function crossing(
  input: PlanInput,
  course: readonly CourseStep[],
  { soc: charge, mode }: Rolled,
  level: (at: number) => number,
  up: boolean,
): number | null {
  let before = input.soc;
  let from = input.now;
  let drop = 0;
  for (const [step, { at }] of course.entries()) {
    const soc = 100 * (charge[step] as number);
    const limit = level(at);
    if (up ? before < limit && soc >= limit : before > level(from) && soc <= limit + 0.05) {
      const part = soc === before ? 1 : Math.min(1, Math.max(0, (limit - before) / (soc - before)));
      return Math.round(from + part * (at - from));
    }
    if (!up && mode[step] !== OFF && drop > 0 && before > limit && before - drop <= limit) {
      return Math.round(from + ((before - limit) / drop) * STEP_S);
    }
    drop = mode[step] === OFF ? before - soc : 0;
    before = soc;
    from = at;
  }
  return null;
}

/** The first moment when all the others are near it. */
function agreed([first, ...others]: readonly (number | null)[]): number | null {
  if (first === null || first === undefined) return null;
  return others.every((at) => at !== null && Math.abs(at - first) <= AGREED_S) ? first : null;
}

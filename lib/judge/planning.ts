import { offsetsOf } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { Config } from "../config/schema.ts";
import { derive } from "../rules/grid-switch/derive.ts";
import type { Parameters } from "../rules/grid-switch/parameters.ts";
import { freshState } from "../rules/grid-switch/state.ts";
import type { DecideInput, GridSwitchState } from "../rules/grid-switch/types.ts";
import { advise, type PlanAdvice } from "../rules/plan/act.ts";
import type { LearnSettings } from "../rules/plan/bucket.ts";
import { PLAN_EVERY_S } from "../rules/plan/kept.ts";
import { learn } from "../rules/plan/learn.ts";
import { looking } from "../rules/plan/learn-quirk.ts";
import { LEAVE_MARGIN } from "../rules/plan/loop.ts";
import type { Machine } from "../rules/plan/machine.ts";
import { reserveByHour } from "../rules/plan/outage.ts";
import { machineOf, makePlan, TUNING } from "../rules/plan/plan.ts";
import { DAY_S, type Profile, restoreProfile, type Site, STEP_S } from "../rules/plan/profile.ts";
import type { PlanInput, PlanSettings } from "../rules/plan/types.ts";
import { wholeBetween } from "../station/rule-inputs.ts";
import { MEMORY } from "../station/rule-memory.ts";
import { ruleSet } from "../station/rule-settings.ts";
import { planMemory } from "../station/stored-plan.ts";
import type { Store } from "../store/database.ts";
import { historyDevice, sampleFrom } from "../store/history-rows.ts";
import { insertPlan, prunePlans } from "../store/plans.ts";
import { ruleState, ruleStateAt, saveRuleState } from "../store/rules.ts";
import { latestSettings } from "../store/setting-rows.ts";
import { outsideOf } from "./outside.ts";
import type { Learnt } from "./recorded-plant.ts";

/** Days of stored samples that are learned from when there is no profile yet. */
const BACKLOG_DAYS = 28;
const BACKLOG_AT_ONCE_S = DAY_S / 2;
/** Of which so much is held in memory at once. */
const PORTION_S = 2 * 3600;
/** How old a sample may be on which a plan is built, s. */
const FRESH_S = 600;

/** Volts a cell of LiFePO4 when the settings say nothing believable. */
const ABSORB = { usual: 3.525, min: 3.4, max: 3.65 };
const FLOAT = { usual: 3.375, min: 3.3, max: 3.6 };

/** What the planner made of this run. */
export interface Planning {
  readonly profile: Profile;
  readonly advice: PlanAdvice | null;
  /** Stores what was learned and planned. Call inside store.write or later. */
  readonly save: () => void;
}

/** The place: its latitude where it is configured, and when the sun is highest. */
export function siteOf(config: Config, now: number): Site {
  const { latitude, longitude, time_zone } = config.station;
  const year = new Date(now * 1000).getUTCFullYear();
  const [offset_s = 0, january = 0, july = 0] = offsetsOf(
    [now, Date.UTC(year, 0, 1) / 1000, Date.UTC(year, 6, 1) / 1000],
    time_zone,
  );
  // Clock noon of the zone's winter time is near enough until the sun itself has told.
  const winter = Math.min(january, july);
  const noon = DAY_S / 2 - (longitude === null ? winter : longitude * 240);
  return { latitude: latitude ?? 45, offset_s, noon_s: ((noon % DAY_S) + DAY_S) % DAY_S };
}

/** The profile as stored. */
export function storedProfile(context: Context, store: Store): Profile {
  return restoreProfile(ruleState(store, MEMORY.profile), siteOf(context.config, context.clock.now()));
}

/** What the plant model and the planner's replay go by. */
export function learntOf(context: Context, store: Store): Learnt {
  const site = siteOf(context.config, context.clock.now());
  const voltages = voltagesOf(context, store, ruleSet(context.config).parameters);
  return { profile: storedProfile(context, store), site, voltages };
}

/** Battery and inverter as learned, without the second actuator; null where the samples know no capacity. */
export function learnedMachine(context: Context, store: Store, samples: DecideInput["samples"]): Machine | null {
  const { parameters } = ruleSet(context.config);
  const known = samples.bms.findLast(({ capacity }) => capacity !== null);
  const capacity_ah = parameters.capacity ?? known?.capacity ?? null;
  if (capacity_ah === null) return null;
  const voltages = voltagesOf(context, store, parameters);
  const settings = settingsOf(parameters, capacity_ah, voltages.cell_count, voltages);
  return machineOf({ profile: storedProfile(context, store), settings: { ...settings, charger_source_rule: false } });
}

/** Learns from the samples, makes a plan when one is due, and says what it wants now. */
export function planRun(
  context: Context,
  store: Store,
  samples: DecideInput["samples"],
  parameters: Parameters,
  state: GridSwitchState | null,
): Planning {
  const { config } = context;
  const now = context.clock.now();
  const site = siteOf(config, now);
  const before = storedProfile(context, store);
  const voltages = voltagesOf(context, store, parameters);
  const profile = learnDue(context, store, before, samples, site, voltages);
  const derived = derive(now, samples, parameters, state ?? freshState(now));
  const { soc } = derived;
  const on_grid = derived.inverter?.ongrid_switch ?? null;
  const float = derived.inverter?.charge_stage === "float";
  const capacity_ah = parameters.capacity ?? derived.bms?.record.capacity ?? null;
  const memory = planMemory(store);
  let { plan } = memory;
  let input: PlanInput | null = null;
  const fresh = derived.bms_age_s <= FRESH_S && derived.inverter_age_s <= FRESH_S;
  const due = plan === null || now - plan.at >= PLAN_EVERY_S || now < plan.at;
  if (due && fresh && soc !== null && on_grid !== null && capacity_ah !== null) {
    const { cuts, sun } = outsideOf(context, store, profile, site);
    const settings = settingsOf(parameters, capacity_ah, derived.cell_count, voltages);
    const risk = config.batmon.planner.dark_hours_per_year;
    const kept = risk === null ? settings : atRisk({ profile, settings }, risk);
    input = { now, soc, on_grid, float, profile, site, settings: kept, tuning: TUNING, cuts, sun };
    plan = makePlan(input);
  }
  const { advice, memory: acting } = advise(
    plan,
    {
      ...{ now, soc, on_grid, float, reserve: parameters.reserve, leave_margin: LEAVE_MARGIN },
      ...{ looking: looking(profile, site, { now, soc, float }) },
    },
    memory.acting,
  );
  const save = (): void => {
    if (profile !== before) saveRuleState(store, MEMORY.profile, now, profile);
    const changed = acting.runs !== memory.acting.runs || acting.wish !== memory.acting.wish;
    if (input !== null || changed) saveRuleState(store, MEMORY.plan, now, { plan, acting });
    if (input === null || plan === null) return;
    const { next_switch, promised, bought } = plan;
    const promise = { next_switch_at: next_switch?.at ?? null, ...promised, bought };
    insertPlan(store, { at: now, input, on_grid: input.on_grid, soc: input.soc, ...promise });
    prunePlans(store, now - config.batmon.keep_decisions_days * DAY_S);
  };
  return { profile, advice, save };
}

/** What was never learned comes first, half a day a bucket of time, so that a run in ten pays for it; then the samples of this run. */
function learnDue(
  context: Context,
  store: Store,
  profile: Profile,
  samples: DecideInput["samples"],
  site: Site,
  settings: LearnSettings,
): Profile {
  const now = context.clock.now();
  if (now < profile.learned_until + STEP_S && profile.learned_until <= now + STEP_S) return profile;
  const first = backlogFrom(context, store, profile.learned_until, samples.inverter[0]?.at ?? now);
  if (first === null) return learn(profile, samples, now, site, settings);
  const last = ruleStateAt(store, MEMORY.profile);
  if (last !== null && now - last < STEP_S && last <= now) return profile;
  const stop = Math.min(now, first + BACKLOG_AT_ONCE_S);
  let learned = profile;
  for (let from = first, until = first; until < stop; from = until) {
    // Each portion ends where a bucket of time does, with the sample that ends it.
    until = Math.min(stop, Math.floor((from + PORTION_S) / STEP_S) * STEP_S);
    const mine = wholeBetween(store, context.config, from, { bms: until + 1, inverter: until + 1 });
    learned = learn(learned, mine, until, site, settings);
    learned = { ...learned, learned_until: Math.max(learned.learned_until, Math.floor(until / STEP_S) * STEP_S) };
  }
  return learned;
}

/** The first stored sample that was never learned and is older than those of this run; null = none. */
function backlogFrom({ config, clock }: Context, store: Store, learned_until: number, oldest: number): number | null {
  const now = clock.now();
  const from = Math.max(learned_until, now - BACKLOG_DAYS * DAY_S);
  if (from >= Math.min(oldest - STEP_S, now - 3600)) return null;
  const device = historyDevice(store, config.inverter.name);
  const first = device && sampleFrom(store, device, from, oldest - STEP_S);
  return first === null ? null : Math.max(first, from);
}

function settingsOf(
  parameters: Parameters,
  capacity_ah: number,
  cell_count: number,
  { absorb_voltage, float_voltage }: Voltages,
): PlanSettings {
  return {
    ...{ capacity_ah, cell_count, absorb_voltage, float_voltage },
    reserve: new Array<number>(24).fill(parameters.reserve),
    leave_margin: LEAVE_MARGIN,
    charger_source_rule: parameters.charger_source_rule,
  };
}

/** The same with the reserve that the chosen risk asks for. */
function atRisk(input: Pick<PlanInput, "profile" | "settings">, dark_hours: number): PlanSettings {
  const { profile, settings } = input;
  return { ...settings, reserve: reserveByHour(profile, machineOf(input), settings.reserve[0] as number, dark_hours) };
}

type Voltages = LearnSettings & { readonly float_voltage: number };

/** The charger's voltages as set, when a pack of so many cells can mean them. */
function voltagesOf(context: Context, store: Store, parameters: Parameters): Voltages {
  const raw = latestSettings(store, context.config.inverter.name)?.raw as Record<string, number | null> | undefined;
  const cell_count = parameters.cell_count ?? 16;
  const volt = (key: string, { usual, min, max }: typeof ABSORB): number => {
    const value = (raw?.[key] ?? 0) / 10;
    return value >= min * cell_count && value <= max * cell_count ? value : usual * cell_count;
  };
  return {
    cell_count,
    absorb_voltage: volt("absorption_voltage", ABSORB),
    float_voltage: volt("float_voltage", FLOAT),
    grid_voltage_low: parameters.grid_voltage_low,
    capacity_ah: parameters.capacity,
  };
}

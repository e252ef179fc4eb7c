/** The grid-switch decision: (samples, memory, now, parameters) → (memory, decision). Pure; the same inputs give the same answer. */

import { cellOf } from "../../view/whole.ts";
import { followClock } from "./clock.ts";
import { orderView, place, placeCharger } from "./commands.ts";
import { type Derived, derive } from "./derive.ts";
import { distanceToGrid, distanceToSolar } from "./distance.ts";
import { fullEnough, guards, sunEnough, triggers } from "./leave-rules.ts";
import { ORIGINAL_INTERVAL_S, originalWish } from "./original.ts";
import { checkParameters, DEFAULTS, type Parameters, type Policy } from "./parameters.ts";
import { restore } from "./restore.ts";
import { reserveReached, returnRules } from "./return-rules.ts";
import { type RuleKind, ruleRow, type Winner } from "./rule-ids.ts";
import { count, type Draft, followSwitch, freshState, lockOut, remember } from "./state.ts";
import type {
  Because,
  DecideInput,
  Decision,
  DecisionInputs,
  Distance,
  Flag,
  GridSwitchState,
  RuleResult,
} from "./types.ts";

/** What the rules want, before orders. */
interface Wish {
  readonly value: boolean | null;
  readonly winner: Winner;
  readonly because: Because;
  readonly rules: readonly RuleResult[];
  readonly distance: Distance | null;
}

function rounded(value: number | null, perUnit: number): number | null {
  return value === null ? null : Math.round(value * perUnit) / perUnit;
}

function seen(derived: Derived): DecisionInputs {
  const { bms, inverter } = derived;
  const lowest = bms?.cells ? cellOf(bms.record, bms.cells.lowest_cell) : null;
  return {
    bms_at: bms?.record.at ?? null,
    bms_age_s: Number.isFinite(derived.bms_age_s) ? derived.bms_age_s : null,
    inverter_at: inverter?.at ?? null,
    inverter_age_s: inverter ? derived.inverter_age_s : null,
    doubted: doubtedValues(derived),
    samples: derived.samples,
    lowest_cell: bms?.cells?.lowest ?? null,
    lowest_cell_number: lowest?.cell ?? null,
    ...(lowest?.device ? { lowest_cell_pack: lowest.device } : {}),
    highest_cell: bms?.cells?.highest ?? null,
    compensated_voltage: rounded(derived.compensated_voltage, 10000),
    soc: rounded(derived.soc, 100),
    soc_source: derived.soc_source,
    level_source: derived.level_source,
    cell_count: derived.cell_count,
    bms_interval_s: derived.pace.bms_s,
    inverter_interval_s: derived.pace.inverter_s,
    pv_mean: rounded(derived.pv_mean, 1),
    load_mean: rounded(derived.load_mean, 1),
    need: rounded(derived.need, 1),
    sun_needed: rounded(derived.sun_needed, 1),
    start_soc: derived.start_soc,
    grid_voltage: inverter?.grid_voltage ?? null,
    charge_stage: inverter?.charge_stage ?? null,
  };
}

/** "bms.cell_7", "inverter.grid_voltage": what the newest records hold and nobody believes. */
function doubtedValues({ bms, inverter }: Derived): string[] {
  const names = (device: string, doubts: readonly { readonly key: string }[] | undefined): string[] =>
    (doubts ?? []).map(({ key }) => `${device}.${key}`);
  return [...names("bms", bms?.record.doubts), ...names("inverter", inverter?.doubts)];
}

/** The original's own rule, as one more rule in the list; null for our own rule set. */
function originalRule(draft: Draft, derived: Derived, policy: Policy): RuleResult | null {
  const { bms, inverter, now } = derived;
  if (policy === "greedy" || policy === "planner") return null;
  const id = policy === "original-2024" ? "F" : "N";
  const kind: RuleKind = draft.on_grid === false ? "return" : "trigger";
  const level = bms?.level ?? null;
  if (!bms || level === null || !inverter) return { id, kind, met: null, value: null, threshold: null, facts: {} };
  const view = {
    on_grid: draft.on_grid === true,
    lowest: level,
    battery_power: (bms.record.battery_current ?? 0) * (bms.record.pack_voltage ?? bms.cells?.sum ?? 0),
    pv_power: inverter.pv_power ?? 0,
    load_power: inverter.load_power ?? 0,
  };
  const { counter, run_at: runAt } = draft.original;
  const due = policy === "original-2024" || now - runAt >= ORIGINAL_INTERVAL_S - 30;
  const result = due ? originalWish(policy, view, counter) : { wish: null, counter };
  if (due) draft.original = { counter: result.counter, run_at: now };
  // The counter is level-triggered here: a lost order is repeated, which the original never did.
  const held =
    policy === "original-2026" && (view.on_grid ? draft.original.counter <= -5 : draft.original.counter >= 5);
  return {
    id,
    kind,
    met: result.wish !== null || held,
    value: view.lowest,
    threshold: null,
    facts: {
      ...{ pv: Math.round(view.pv_power), battery: Math.round(view.battery_power) },
      counter: draft.original.counter,
    },
  };
}

/** The plan's wish as one more rule, inside all rails: P1 leaves the grid, P2 goes back to it. Null = there is no plan. */
function planRule(input: DecideInput, derived: Derived, parameters: Parameters, draft: Draft): RuleResult | null {
  const { plan } = input;
  if (input.policy !== "planner" || !plan) return null;
  const [id, kind] = draft.on_grid ? (["P1", "trigger"] as const) : (["P2", "return"] as const);
  const spell = Math.floor((derived.now - draft.since) / 60);
  const wanted = plan.wish === !draft.on_grid;
  return {
    id,
    kind,
    met: wanted && (draft.on_grid === true || spell >= parameters.dwell_off),
    value: plan.gain,
    threshold: 0,
    facts: {},
  };
}

function wishOffGrid(
  draft: Draft,
  derived: Derived,
  input: DecideInput,
  parameters: Parameters,
  original: RuleResult | null,
): Wish {
  const rules = returnRules(derived, parameters, draft);
  if (original) rules[4] = original;
  const planned = planRule(input, derived, parameters, draft);
  if (planned) rules.push(planned);
  const distance = distanceToGrid(derived, parameters, draft);
  const manual = derived.now < draft.manual_until;
  if (input.mode === "on-grid") {
    return { value: true, winner: "mode", because: { code: "owner" }, rules, distance };
  }
  const winner = rules.find(
    (rule) => rule.met === true && (ruleRow(rule.id).emergency || (!manual && input.mode !== "off-grid")),
  );
  if (!winner) {
    const because = { code: manual ? ("hands_off" as const) : ("stay" as const) };
    return { value: null, winner: manual ? "manual" : "stay", because, rules, distance };
  }
  if (ruleRow(winner.id).emergency && input.mode !== "observe") lockOut(draft, derived.now, parameters, winner.id);
  return { value: true, winner: winner.id, because: { code: "back", rule: winner.id }, rules, distance };
}

function wishOnGrid(
  draft: Draft,
  derived: Derived,
  input: DecideInput,
  parameters: Parameters,
  original: RuleResult | null,
): Wish {
  const switches = Math.max(draft.switch_times.length, input.switches_24h ?? 0);
  const planned = planRule(input, derived, parameters, draft);
  const starts = original ? [original] : planned ? [planned] : triggers(derived, parameters, draft);
  if (input.mode === "off-grid") {
    starts.unshift({
      id: "mode",
      kind: "trigger",
      met: derived.soc === null ? null : derived.soc > parameters.reserve,
      value: derived.soc,
      threshold: parameters.reserve,
      facts: {},
    });
  }
  const day = Math.floor(derived.now / 86400);
  const overBudget = switches >= parameters.switch_budget - 1;
  const extra =
    overBudget &&
    draft.extra_day !== day &&
    starts[0]?.id === "G1" &&
    starts[0].met === true &&
    draft.dark_minutes === 0;
  const checks = guards(derived, parameters, draft, switches, extra);
  const rules = [...checks, ...starts];
  const blocked = checks.filter((rule) => rule.met !== true);
  const winner = starts.find((rule) => rule.met === true);
  const distance = distanceToSolar(derived, parameters, draft, blocked);
  if (input.mode === "on-grid") {
    return { value: null, winner: "mode", because: { code: "owner" }, rules, distance };
  }
  if (winner && blocked.length === 0) {
    if (extra) draft.extra_day = day;
    return { value: false, winner: winner.id, because: { code: "leave", rule: winner.id }, rules, distance };
  }
  const [first] = blocked;
  const because: Because = winner && first ? { code: "blocked", rule: winner.id, guard: first.id } : { code: "stay" };
  return { value: null, winner: "stay", because, rules, distance };
}

function wishUnknown(derived: Derived, draft: Draft, parameters: Parameters): Wish {
  const rules = returnRules(derived, parameters, draft);
  const winner = rules.find(({ met }) => met === true);
  const distance = null;
  // Where the switch may stand off the grid, what would lead back leads there: a value that is already set is not written again.
  if (winner) return { value: true, winner: winner.id, because: { code: "back", rule: winner.id }, rules, distance };
  return { value: null, winner: "unknown", because: { code: "position" }, rules, distance };
}

function flagsOf(draft: Draft, derived: Derived, parameters: Parameters, wish: Wish): Flag[] {
  const flags: Flag[] = [];
  const add = (flag: Flag, on: boolean): void => {
    if (on) flags.push(flag);
  };
  const { times } = derived;
  add("blind", derived.bms_age_s > times.stale_bms || derived.inverter_age_s > times.stale_inverter);
  add("outage", draft.outage);
  add("locked", derived.now < draft.lock_until);
  add("manual", derived.now < draft.manual_until);
  add("soc_mistrust", derived.soc_source === "neither");
  add("value_doubted", doubtedValues(derived).length > 0);
  add("sensors_disagree", derived.disagreement !== null);
  add("physical_mismatch", draft.physical_minutes >= parameters.physical_hold);
  add("order_unconfirmed", (draft.pending?.attempts ?? 0) >= 3);
  add("budget_used_up", draft.switch_times.length >= parameters.switch_budget - 1);
  add("cell_low", derived.compensated_voltage !== null && derived.compensated_voltage <= parameters.cell_warning);
  add(
    "pv_wasted",
    draft.on_grid === true &&
      wish.value === null &&
      derived.inverter?.charge_stage === "float" &&
      draft.dark_minutes === 0,
  );
  return flags;
}

function followOutage(draft: Draft, derived: Derived, parameters: Parameters): void {
  const grid = derived.inverter?.grid_voltage ?? null;
  if (draft.on_grid !== true || grid === null) {
    if (draft.on_grid !== true) draft.outage = false;
    return;
  }
  const out = grid < parameters.grid_voltage_low;
  if (draft.outage && !out) draft.since = derived.now;
  draft.outage = out;
}

export interface Decided {
  /** Goes back in on the next run. */
  readonly state: GridSwitchState;
  /** What to do and why. */
  readonly decision: Decision;
  /** By how much the clock was set since the last run, s, + = forward; 0 = it was not. */
  readonly clock_jump_s: number;
}

/** Judges the samples. */
export function decide(input: DecideInput): Decided {
  const { now, mode } = input;
  const policy = input.policy ?? "greedy";
  const problems = checkParameters(input.parameters);
  const parameters = problems.length > 0 ? DEFAULTS : input.parameters;
  const restored = restore(input.state, now);
  const draft: Draft = { ...(restored?.state ?? freshState(now)) };
  const outcome = input.order_outcome ?? null;
  const jump = followClock(draft, input, parameters);
  let derived = derive(now, input.samples, parameters, draft);
  const backoff = draft.backoff;
  followSwitch(draft, derived, parameters, mode === "auto", outcome);
  if (draft.backoff !== backoff) derived = derive(now, input.samples, parameters, draft);
  followOutage(draft, derived, parameters);
  const bmsCounted = draft.bms_counted_at;
  const onGrid = draft.on_grid;
  count(
    draft,
    derived,
    {
      reserve: onGrid === false && reserveReached(derived, parameters),
      full: onGrid === true && fullEnough(derived),
      sun: onGrid === true && sunEnough(derived, parameters),
    },
    parameters,
  );
  const original = originalRule(draft, derived, policy);
  let wish: Wish;
  if (onGrid === null) wish = wishUnknown(derived, draft, parameters);
  else if (onGrid) wish = wishOnGrid(draft, derived, input, parameters, original);
  else wish = wishOffGrid(draft, derived, input, parameters, original);
  const [problem] = problems;
  if (problem !== undefined && wish.value === false) {
    wish = { ...wish, value: null, winner: "stay", because: { code: "parameters", problem } };
  }
  const flags = flagsOf(draft, derived, parameters, wish);
  if (policy === "planner" && !input.plan) flags.push("no_plan");
  if (jump !== 0) flags.push("clock_jump");
  if (problems.length > 0) flags.push("parameters_invalid");
  if (input.state !== null && restored === null) flags.push("memory_lost");
  if (restored && restored.repaired.length > 0) flags.push("memory_repaired");
  const observing = mode === "observe";
  const placed = place(draft, observing ? null : wish.value, wish.winner, derived, parameters, outcome);
  remember(draft, derived);
  const newBms = draft.bms_counted_at > bmsCounted && bmsCounted > 0;
  const step = newBms ? Math.min(5, (draft.bms_counted_at - bmsCounted) / 60) : 0;
  const chargerAction =
    parameters.charger_source_rule && !observing && problems.length === 0
      ? placeCharger(
          draft,
          derived.bms_age_s <= derived.times.stale_bms ? derived.soc : null,
          input.charger_source,
          step,
          now,
          parameters,
        )
      : null;
  let { winner, because } = wish;
  // A new order knows nothing of its fate yet.
  const order = orderView(draft, now, placed.action.kind === "order" ? null : outcome);
  if (placed.waiting && order) winner = "waiting";
  else if (placed.gave_up) because = { ...because, code: "gave_up", minutes: parameters.lock };
  return {
    state: draft,
    clock_jump_s: jump,
    decision: {
      version: 1,
      at: now,
      mode,
      policy,
      on_grid: onGrid,
      flags,
      action: placed.action,
      charger_action: chargerAction,
      wish: wish.value,
      winner,
      because,
      rules: wish.rules,
      inputs: seen(derived),
      distance: wish.distance,
      order,
      repaired: restored?.repaired ?? [],
    },
  };
}

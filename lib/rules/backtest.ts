/** Runs the grid-switch rules over stored samples: what they would have done, beside what really happened. */

import { type Stretch, stretches } from "../view/energy-flow.ts";
import type { BmsInput, InverterInput } from "../view/record.ts";
import { decide } from "./grid-switch/decide.ts";
import type { Parameters, Policy } from "./grid-switch/parameters.ts";
import type { Winner } from "./grid-switch/rule-ids.ts";
import type { GridSwitchState } from "./grid-switch/types.ts";
import type { PlannerLoop } from "./plan/loop.ts";

/** Samples older than this are not handed to a run, s. */
const WINDOW_S = 3600;
/** An order takes effect so much later, s. */
const LATENCY_S = 60;

export interface BacktestOptions {
  /** In order of time. */
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
  readonly parameters: Parameters;
  readonly policy?: Policy;
  /** What the plan wants at a run; null = there is no planner. */
  readonly advice?: PlannerLoop["advice"] | null;
  /** Time between two runs of the rules, s. */
  readonly interval_s?: number;
}

export interface BacktestSwitch {
  readonly at: number;
  readonly on_grid: boolean;
  readonly rule: Winner;
}

/** One side of the comparison. */
export interface BacktestSide {
  readonly switches: number;
  readonly off_grid_hours: number;
}

export interface BacktestResult {
  readonly from: number | null;
  readonly to: number | null;
  readonly runs: number;
  /** What the rules would have done. Charge and PV are as they really were: the plant does not answer to a backtest. */
  readonly rules: BacktestSide & { readonly list: readonly BacktestSwitch[] };
  readonly real: BacktestSide & { readonly list: readonly { readonly at: number; readonly on_grid: boolean }[] };
  /** Hours in which both were in the same position. */
  readonly same_hours: number;
  /** Hours the rules were blind. */
  readonly blind_hours: number;
}

/** The sample as it would look with the switch in our position; what then cannot be known becomes null. */
function asIf(sample: InverterInput, onGrid: boolean): InverterInput {
  if (sample.ongrid_switch === onGrid || sample.ongrid_switch === null) return sample;
  return { ...sample, ongrid_switch: onGrid, work_state: null, grid_relay_closed: null, charge_stage: null };
}

/** Inverter samples with a known switch position, each with the time that it speaks for. */
type Known = Stretch<InverterInput & { readonly ongrid_switch: boolean }>;

function realSide(known: readonly Known[]): BacktestResult["real"] {
  const off = known.filter(({ sample }) => !sample.ongrid_switch);
  const list = known.flatMap(({ sample: { at, ongrid_switch } }, index) => {
    const before = known[index - 1]?.sample.ongrid_switch ?? ongrid_switch;
    return before === ongrid_switch ? [] : [{ at, on_grid: ongrid_switch }];
  });
  return { switches: list.length, off_grid_hours: off.reduce((sum, { seconds }) => sum + seconds, 0) / 3600, list };
}

/** Judges the stored samples run by run. The rules see their own switch position, everything else as recorded. */
export function backtest(options: BacktestOptions): BacktestResult {
  const { bms, inverter, parameters } = options;
  const interval = options.interval_s ?? 60;
  const from = Math.min(bms[0]?.at ?? Number.POSITIVE_INFINITY, inverter[0]?.at ?? Number.POSITIVE_INFINITY);
  const to = Math.max(bms.at(-1)?.at ?? 0, inverter.at(-1)?.at ?? 0);
  const list: BacktestSwitch[] = [];
  let state: GridSwitchState | null = null;
  let onGrid = inverter.find((sample) => sample.ongrid_switch !== null)?.ongrid_switch ?? true;
  let due: BacktestSwitch | null = null;
  const window: { bms: BmsInput[]; inverter: InverterInput[] } = { bms: [], inverter: [] };
  let nextBms = 0;
  let nextInverter = 0;
  const isKnown = (sample: InverterInput): sample is Known["sample"] => sample.ongrid_switch !== null;
  const known = stretches(inverter.filter(isKnown), from, to);
  let nextKnown = 0;
  let runs = 0;
  let offSeconds = 0;
  let sameSeconds = 0;
  let blindSeconds = 0;
  for (let now = from; now <= to; now += interval) {
    if (due && now >= due.at) {
      // Without new samples the rules do not see that an order was carried out, and give it again: that moves nothing.
      if (due.on_grid !== onGrid) list.push(due);
      onGrid = due.on_grid;
      due = null;
    }
    for (let row = bms[nextBms]; row && row.at <= now; row = bms[nextBms]) {
      window.bms.push(row);
      nextBms += 1;
    }
    for (let row = inverter[nextInverter]; row && row.at <= now; row = inverter[nextInverter]) {
      window.inverter.push(asIf(row, onGrid));
      nextInverter += 1;
    }
    while ((window.bms[0]?.at ?? now) < now - WINDOW_S) window.bms.shift();
    while ((window.inverter[0]?.at ?? now) < now - WINDOW_S) window.inverter.shift();
    const result = decide({
      now,
      samples: window,
      state,
      parameters,
      mode: "auto",
      policy: options.policy ?? "greedy",
      plan: options.advice?.(now, window, state) ?? null,
    });
    state = result.state;
    runs += 1;
    const { action, winner, flags } = result.decision;
    if (action.kind === "order") due = { at: now + LATENCY_S, on_grid: action.value, rule: winner };
    if (!onGrid) offSeconds += interval;
    if (flags.includes("blind")) blindSeconds += interval;
    while ((known[nextKnown]?.sample.at ?? Number.POSITIVE_INFINITY) <= now) nextKnown += 1;
    const real = known[nextKnown - 1];
    if (real && now < real.sample.at + real.seconds && real.sample.ongrid_switch === onGrid) sameSeconds += interval;
  }
  return {
    from: runs > 0 ? from : null,
    to: runs > 0 ? to : null,
    runs,
    rules: { switches: list.length, off_grid_hours: offSeconds / 3600, list },
    real: realSide(known),
    same_hours: sameSeconds / 3600,
    blind_hours: blindSeconds / 3600,
  };
}

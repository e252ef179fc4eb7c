import type { Context } from "../cli/spec.ts";
import type { Config } from "../config/schema.ts";
import { backtest } from "../rules/backtest.ts";
import {
  type OriginalLimits,
  type ShadowAlarm,
  type ShadowStretch,
  shadowAlarms,
  shadowStretches,
} from "../rules/shadow.ts";
import { wholeBetween } from "../station/rule-inputs.ts";
import { alertSettings, ruleSet } from "../station/rule-settings.ts";
import type { Store } from "../store/database.ts";
import type { InverterInput } from "../view/record.ts";
import { parseMoment } from "../view/time-span.ts";

/** What our rules and alarms would have made of the imported time. */
export interface Shadow {
  readonly from: number;
  readonly to: number;
  /** Switch-overs, and hours off the grid. */
  readonly real: { readonly switches: number; readonly off_grid_hours: number };
  readonly ours: { readonly switches: number; readonly off_grid_hours: number };
  readonly apart: readonly ShadowStretch[];
  readonly alarms: readonly ShadowAlarm[];
}

/** Shorter than this, nothing can be said, s. */
const LEAST_S = 3600;

/** The stored time from --from on, under our rules and alarms and under the original's limits; null = too little is stored. */
export function compare(context: Context, config: Config, limits: OriginalLimits): Shadow | null {
  const store: Store = context.openStore();
  const here = { now: context.clock.now(), time_zone: config.station.time_zone };
  const from = parseMoment(String(context.options.from), here);
  const { bms, inverter } = wholeBetween(store, config, from, { bms: here.now, inverter: here.now });
  const placed = inverter.map(withPosition);
  const [first] = bms;
  if (first === undefined || placed.length === 0 || (bms.at(-1)?.at ?? 0) - first.at < LEAST_S) return null;
  const interval_s = usualGap(bms.map(({ at }) => at));
  const { policy, parameters } = ruleSet(config);
  const result = backtest({ bms, inverter: placed, parameters, policy, interval_s });
  const began = placed.find(({ ongrid_switch }) => ongrid_switch !== null)?.ongrid_switch ?? true;
  const settings = alertSettings(config);
  return {
    from: result.from ?? first.at,
    to: result.to ?? here.now,
    real: { switches: result.real.switches, off_grid_hours: result.real.off_grid_hours },
    ours: { switches: result.rules.switches, off_grid_hours: result.rules.off_grid_hours },
    apart: shadowStretches(result, began),
    alarms: shadowAlarms({ bms, inverter: placed, settings, limits, interval_s }),
  };
}

/** The grid is there from so many volts. */
const GRID_THERE_V = 100;

/**
 * The original's lines do not hold the switch 20105, only its relay: closed, the switch is on; open although the grid is there, it is
 * off. Only for this comparison: what is stored stays what was read.
 */
function withPosition(sample: InverterInput): InverterInput {
  if (sample.ongrid_switch !== null || sample.grid_relay_closed === null) return sample;
  const isThere = (sample.grid_voltage ?? 0) >= GRID_THERE_V;
  return { ...sample, ongrid_switch: sample.grid_relay_closed ? true : isThere ? false : null };
}

/** Middle of the gaps between samples, at least a minute and at most the longest that the rules work with, s. */
function usualGap(moments: readonly number[]): number {
  const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 60;
  return Math.min(600, Math.max(60, Math.round(middle / 60) * 60));
}

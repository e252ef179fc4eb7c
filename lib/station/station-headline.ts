/** The one sentence about the station: the same on the page, in the terminal, in messages and over MQTT. */
import type { Context } from "../cli/spec.ts";
import { openAlerts } from "../rules/alerts/evaluate.ts";
import type { AlertState } from "../rules/alerts/types.ts";
import { type Headline, headlineOf } from "../rules/headline.ts";
import type { Store } from "../store/database.ts";
import type { LiveStation } from "../view/live.ts";
import { livePowers } from "../view/live-powers.ts";
import { liveStation } from "./live-devices.ts";
import { wentByPlan } from "./plan-followed.ts";
import { ruleSet } from "./rule-settings.ts";
import { type StoredRules, storedRules } from "./stored-judgement.ts";
import { storedPlan } from "./stored-plan.ts";
import { speechOfStation } from "./voice.ts";

/** What the caller has read or judged already; the rest is read. */
export interface Known {
  readonly live?: Pick<LiveStation, "inverter" | "bms">;
  readonly rules?: StoredRules;
  /** Alerts of this very run, not stored yet. */
  readonly judged?: AlertState;
}

/** The headline as a code with values. */
export function stationHeadline(context: Context, store: Store, known: Known = {}): Headline {
  const { config, clock } = context;
  const now = clock.now();
  const live = known.live ?? liveStation(context, store);
  const { inverter } = live;
  const { judgement, decided, raised } = known.rules ?? storedRules(context, store);
  const state = known.judged ?? raised;
  const decision = decided?.decision;
  return headlineOf({
    now,
    live: livePowers(live),
    inverter: inverter === null ? "none" : inverter.last_at === null ? "never" : inverter.values ? "live" : "silent",
    inverter_last_at: inverter?.last_at ?? null,
    work_state: inverter?.values?.work_state ?? null,
    grid_voltage: inverter?.values?.grid_voltage ?? null,
    on_grid: inverter?.values?.ongrid_switch ?? null,
    judgement: known.judged ? { state: "fresh", at: now, age_s: 0 } : judgement,
    alerts: state === null ? [] : openAlerts(state),
    plan: storedPlan(store),
    followed: wentByPlan(decision),
    reserve: ruleSet(config).parameters.reserve,
    empty_soc: config.alerts.empty_soc,
  });
}

/** The same as a sentence in the station's language. */
export function headlineText(context: Context, headline: Headline): string {
  return speechOfStation(context).headline(headline, context.config.station.time_zone);
}

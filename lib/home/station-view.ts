import type { Context } from "../cli/spec.ts";
import { POLLS } from "../devices/index.ts";
import type { StationView } from "../publish/homeassistant/station.ts";
import { planInForce } from "../rules/plan/kept.ts";
import type { Plan } from "../rules/plan/types.ts";
import { monitorView } from "../station/monitor-mode.ts";
import { energyToday } from "../station/station-energy.ts";
import { headlineText, stationHeadline } from "../station/station-headline.ts";
import { storedRules } from "../station/stored-judgement.ts";
import { storedPlan } from "../station/stored-plan.ts";
import type { Store } from "../store/database.ts";
import { jobState } from "../store/jobs.ts";
import { cursor, latestMqttCommand } from "../store/publish.ts";
import type { LiveStation } from "../view/live.ts";

/** Jobs whose failures are shown. */
const JOBS = [POLLS.bms, POLLS.inverter, "batmon", "status-page", "backup-stats"] as const;
/** Counter of refused messages among the cursors. */
export const REFUSED_COUNTER = "mqtt_refused";

/** What the caller has read already: the energies of this day, and the devices by their own age. */
export interface KnownStation {
  readonly today?: StationView["today"] | undefined;
  readonly live?: LiveStation | undefined;
}

/** What the station tells about itself now. */
export function stationView(context: Context, store: Store, known: KnownStation = {}): StationView {
  const { live, today = energyToday(context, store) } = known;
  const rules = storedRules(context, store);
  const last = latestMqttCommand(store);
  const headline = stationHeadline(context, store, live ? { rules, live } : { rules });
  const coming = (...codes: readonly string[]) => headline.coming.find(({ code }) => codes.includes(code));
  const change = coming("grid_from", "battery_from");
  const reason = last?.reason ? ` (${last.reason})` : "";
  return {
    ...monitorView(context, store, rules),
    headline: { code: headline.state, text: headlineText(context, headline) },
    next_switch: change === undefined ? null : { at: change.at, on_grid: change.code === "grid_from" },
    reserve_at: coming("reserve")?.at ?? null,
    full_at: coming("full")?.at ?? null,
    plan: planSteps(storedPlan(store), context.clock.now()),
    today,
    failing_jobs: JOBS.filter((job) => jobState(store, job).failing_since !== null),
    last_command: last && `${last.device} ${last.key}${last.value && `=${last.value}`}: ${last.state}${reason}`,
    refused_messages: cursor(store, REFUSED_COUNTER) ?? 0,
  };
}

/** Of the plan an hour a step, for a day: an attribute is no archive. */
const PLAN_STEP_S = 3600;
const PLAN_AHEAD_S = 86_400;

function planSteps(stored: Plan | null, now: number): StationView["plan"] {
  const plan = planInForce(stored, now);
  if (plan === null) return null;
  const shown = plan.course.filter(({ at }) => at > now && at <= now + PLAN_AHEAD_S && at % PLAN_STEP_S === 0);
  return shown.map(({ at, on_grid, soc, soc_low, soc_high, pv, load }) => {
    const [charge, low, high] = [soc, soc_low, soc_high].map(Math.round) as [number, number, number];
    return { at, on_grid, soc: charge, low, high, pv: Math.round(pv), load: Math.round(load) };
  });
}

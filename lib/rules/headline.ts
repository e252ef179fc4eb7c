/** The station in one line: who feeds the house, how long that lasts, and the worst trouble. A code with values; pure. */
import type { JudgementAge } from "../view/age.ts";
import { type LivePowers, STILL_W } from "../view/live-powers.ts";
import type { Severity } from "./alerts/alert-definition.ts";
import { SEVERITY_RANK } from "./alerts/types.ts";
import { downTo } from "./endurance.ts";
import { NO_GRID_V } from "./no-grid.ts";
import { planInForce } from "./plan/kept.ts";
import type { CourseStep, Plan } from "./plan/types.ts";

export interface HeadlineInput {
  readonly now: number;
  readonly live: LivePowers;
  /** `none`: the station has no inverter. */
  readonly inverter: "live" | "silent" | "never" | "none";
  readonly inverter_last_at: number | null;
  /** Off the inverter's last words; null = not known. */
  readonly work_state: string | null;
  readonly grid_voltage: number | null;
  /** The grid switch as read back. */
  readonly on_grid: boolean | null;
  readonly judgement: JudgementAge;
  /** Open alerts as last judged. */
  readonly alerts: readonly { readonly id: string; readonly severity: Severity; readonly since: number }[];
  /** As last made, of any age. */
  readonly plan: Plan | null;
  /** The plan is what decides. */
  readonly followed: boolean;
  /** %. */
  readonly reserve: number;
  readonly empty_soc: number;
}

type State =
  | ("waiting" | "silent" | "unknown" | "stopped" | "outage" | "battery" | "sun" | "sun_battery" | "sun_charges")
  | ("grid" | "grid_charges" | "sun_and_grid" | "sells");
interface Coming {
  readonly code: "reserve" | "empty" | "full" | "grid_from" | "battery_from";
  readonly at: number;
  readonly percent: number | null;
}

export interface Headline {
  readonly now: number;
  readonly state: State;
  readonly severity: "calm" | "warning" | "critical";
  readonly since: number | null;
  /** %, W with + = charging; null = not known. */
  readonly soc: number | null;
  readonly battery_power: number | null;
  readonly left_s: number | null;
  readonly sun_feeds: boolean;
  readonly coming: readonly Coming[];
  readonly trouble: { readonly id: string; readonly more: number } | null;
  readonly rules: { readonly silent_s: number | null; readonly undated: boolean } | null;
}

/** A forecast of the battery's end beyond this helps nobody, s. */
const FAR_S = 30 * 3600;
/** A change of the switch nearer to the reserve than this is the reserve itself, s. */
const SAME_S = 1800;
/** Alerts that say no more than the state of the sentence does. */
const SAID: Readonly<Partial<Record<State, readonly string[]>>> = {
  outage: ["grid_lost"],
  silent: ["device_silent", "data_stale"],
};

/** Makes the line. */
export function headlineOf(input: HeadlineInput): Headline {
  const { now, live, judgement } = input;
  const plan = planInForce(input.plan, now);
  const rules_old = judgement.state === "old" || judgement.state === "future";
  const alerts = rules_old ? [] : input.alerts;
  const lost = alerts.find(({ id }) => id === "grid_lost");
  const state = stateOf(input, lost !== undefined);
  const sun_feeds = (live.sun ?? 0) >= STILL_W;
  const on_battery = ["outage", "battery", "sun", "sun_battery", "sun_charges"].includes(state);
  const course = plan?.course ?? steadyCourse(input);
  const pack = { now, soc: live.soc, capacity: live.capacity === null ? null : live.capacity / 1000 };
  const empty_at = on_battery ? soon(downTo(input.empty_soc, pack, course), now) : null;
  // A plan that decides has promised it or not; without one it is when the battery comes there.
  const promised = input.followed ? plan?.promised : undefined;
  const at_reserve = promised === undefined ? downTo(input.reserve, pack, course) : promised.reserve_at;
  const reserve_at = on_battery && state !== "outage" && (live.soc ?? 0) > input.reserve ? soon(at_reserve, now) : null;
  const coming: Coming[] = [];
  const foresee = (code: Coming["code"], at: number | null, percent: number | null = null): void => {
    if (at !== null && at > now) coming.push({ code, at, percent });
  };
  foresee("reserve", reserve_at, input.reserve);
  if (state !== "outage") foresee("empty", empty_at);
  if ((live.battery ?? 0) >= STILL_W) foresee("full", soon((promised ?? plan)?.full_at ?? null, now));
  const next = input.followed ? (plan?.next_switch ?? null) : null;
  if (next !== null && state !== "outage" && next.on_grid === on_battery && soon(next.at, now) !== null) {
    const is_reserve = next.on_grid && reserve_at !== null && Math.abs(reserve_at - next.at) < SAME_S;
    if (!is_reserve) foresee(next.on_grid ? "grid_from" : "battery_from", next.at);
  }
  coming.sort((a, b) => a.at - b.at);
  const told = alerts
    .filter(({ id, severity }) => severity !== "info" && !SAID[state]?.includes(id))
    .sort((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity] || a.since - b.since);
  const worst = told[0] ?? null;
  return {
    ...{ now, state, severity: severityOf(state, worst?.severity ?? null, rules_old) },
    since: state === "outage" ? (lost?.since ?? null) : state === "silent" ? input.inverter_last_at : null,
    ...{ soc: live.soc, battery_power: live.battery },
    left_s: state === "outage" && empty_at !== null ? empty_at - now : null,
    ...{ sun_feeds, coming },
    trouble: worst === null ? null : { id: worst.id, more: told.length - 1 },
    rules: rules_old ? { silent_s: judgement.age_s, undated: judgement.state === "future" } : null,
  };
}

function stateOf(input: HeadlineInput, lost: boolean): State {
  const { inverter, live, work_state, on_grid, grid_voltage } = input;
  if (inverter === "never" || inverter === "none") return live.soc === null ? "waiting" : "unknown";
  if (inverter === "silent") return "silent";
  // Detached, some firmware reads no voltage behind its open relay: only the alert, which knows that, says "lost" then.
  if (lost || (on_grid !== false && grid_voltage !== null && grid_voltage < NO_GRID_V)) return "outage";
  if (work_state === "stop") return "stopped";
  const flows = (watts: number | null) => (watts ?? 0) >= STILL_W;
  const sun = flows(live.sun);
  const grid = on_grid ?? (live.grid === null ? null : Math.abs(live.grid) >= STILL_W);
  if (grid === null) return "unknown";
  const charging = flows(live.battery);
  if (!grid) {
    if (!sun) return "battery";
    if (charging) return "sun_charges";
    return flows(live.battery === null ? null : -live.battery) ? "sun_battery" : "sun";
  }
  if (flows(live.grid === null ? null : -live.grid)) return "sells";
  if (sun) return "sun_and_grid";
  return charging ? "grid_charges" : "grid";
}

/** As if everything stayed as it is now. */
function steadyCourse({ now, live }: HeadlineInput): readonly CourseStep[] {
  if (live.house === null) return [];
  const { house: load, sun } = live;
  const steady = { on_grid: false, soc: 0, soc_low: 0, soc_high: 0, bought: 0 };
  return [{ ...steady, at: now + FAR_S, load, pv: sun ?? 0 }];
}

function soon(at: number | null, now: number): number | null {
  return at === null || at - now > FAR_S ? null : at;
}

function severityOf(state: State, worst: Severity | null, rules_old: boolean): Headline["severity"] {
  if (state === "outage" || state === "silent" || state === "stopped" || rules_old) return "critical";
  return worst === null || worst === "info" ? "calm" : worst;
}

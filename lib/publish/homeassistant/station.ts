import { isoTime } from "../../base/local-time.ts";
import { type Component, type Components, type DeviceContext, eventTopic, type Json } from "./component.ts";
import { button, control } from "./controls.ts";
import { identity, longState, templateOf, withAttributes } from "./entities.ts";

/** What the station tells about itself; null = not known or not in use. */
export interface StationView {
  /** Present mode of the battery monitor and the modes it can be given; no options = no select. */
  readonly mode: string | null;
  readonly mode_options: readonly string[];
  /** Why the grid switch stands as it does: a code, and one sentence. */
  readonly why: { readonly code: string; readonly text: string } | null;
  /** Who feeds the house, how long, and the worst trouble: a code, and one sentence. */
  readonly headline: { readonly code: string; readonly text: string };
  /** Alerts that are raised now. */
  readonly alerts: readonly OpenAlert[] | null;
  /** What comes; times UTC s. */
  readonly next_switch: { readonly at: number; readonly on_grid: boolean } | null;
  readonly reserve_at: number | null;
  readonly full_at: number | null;
  /** The coming day in steps; null = there is no plan that holds. */
  readonly plan: readonly PlanStep[] | null;
  /** kWh of this local day, by counter; null = the station has no inverter. */
  readonly today: Readonly<Record<string, number | null>> | null;
  /** Jobs whose last run failed. */
  readonly failing_jobs: readonly string[];
  /** The last command that came by MQTT, and what became of it. */
  readonly last_command: string | null;
  /** Messages refused since the state file was made. */
  readonly refused_messages: number;
}

interface OpenAlert {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly severity: string;
}

/** One step of the plan: its end, and what is expected there. %, W. */
export interface PlanStep {
  readonly at: number;
  readonly on_grid: boolean;
  readonly soc: number;
  readonly low: number;
  readonly high: number;
  readonly pv: number;
  readonly load: number;
}

/** Buttons of the station. */
const STATION_BUTTONS = ["report", "poll_settings"] as const;
/** Kinds of the event entity: commands that did not lead to what was asked for. */
export const EVENT_TYPES = ["refused", "failed", "expired"] as const;

const todayKey = (counter: string) => `${counter}_today`;
const MINUTES = { device_class: "duration", unit_of_measurement: "min", state_class: "measurement" };
const ENERGY = {
  device_class: "energy",
  unit_of_measurement: "kWh",
  state_class: "total_increasing",
  suggested_display_precision: 1,
};

/** The entities of the station itself. */
export function stationComponents(context: DeviceContext, view: StationView, controls: boolean): Components {
  const reading = (platform: "sensor" | "binary_sensor", key: string, own: Own = {}): Component => ({
    ...identity(context, platform, key),
    value_template: templateOf(key, "live"),
    expire_after: context.expire_after_s,
    ...own,
  });
  const sensor: Sensor = (key, own) => reading("sensor", key, own);
  const told: Sensor = (key, own) => sensor(key, { ...own, ...withAttributes(context, key) });
  const problem = (key: string, own: Own = {}): Component =>
    reading("binary_sensor", key, { device_class: "problem", ...own, ...withAttributes(context, key) });
  const hasRules = view.mode_options.length > 0;
  const counters = Object.keys(view.today ?? {}).map((key) => [todayKey(key), sensor(todayKey(key), ENERGY)]);
  return {
    ...(hasRules ? { mode: modeOf(context, view, controls, sensor), why: told("why") } : {}),
    ...(view.alerts === null && !hasRules ? {} : { alerts: problem("alerts") }),
    headline: told("headline"),
    ...(hasRules ? { next_switch: told("next_switch", { device_class: "timestamp" }) } : {}),
    time_to_reserve: sensor("time_to_reserve", MINUTES),
    time_to_full: sensor("time_to_full", MINUTES),
    ...Object.fromEntries(counters),
    failing_jobs: problem("failing_jobs", { entity_category: "diagnostic" }),
    last_command: sensor("last_command", { entity_category: "diagnostic" }),
    refused_messages: sensor("refused_messages", { state_class: "total_increasing", entity_category: "diagnostic" }),
    ...(controls ? controlComponents(context) : {}),
  };
}

type Own = Readonly<Record<string, Json>>;
type Sensor = (key: string, own?: Own) => Component;

function modeOf(context: DeviceContext, view: StationView, controls: boolean, sensor: Sensor): Component {
  const own = { options: [...view.mode_options] };
  return controls ? control(context, "select", "mode", "live", own) : sensor("mode", { ...own, device_class: "enum" });
}

function controlComponents(context: DeviceContext): Components {
  return {
    ...Object.fromEntries(STATION_BUTTONS.map((key) => [key, button(context, key)])),
    command_failure: {
      ...identity(context, "event", "command_failure"),
      state_topic: eventTopic(context.topics),
      event_types: [...EVENT_TYPES],
      qos: 1,
    },
  };
}

/** The station's state JSON. */
export function stationState(view: StationView, now: number): Readonly<Record<string, Json>> {
  return {
    mode: view.mode !== null && view.mode_options.includes(view.mode) ? view.mode : null,
    why: view.why?.code ?? null,
    headline: longState(view.headline.text),
    alerts: view.alerts === null ? null : onOff(view.alerts.length > 0),
    next_switch: view.next_switch && isoTime(view.next_switch.at),
    time_to_reserve: minutesTo(view.reserve_at, now),
    time_to_full: minutesTo(view.full_at, now),
    ...Object.fromEntries(Object.entries(view.today ?? {}).map(([key, kwh]) => [todayKey(key), kwh])),
    failing_jobs: onOff(view.failing_jobs.length > 0),
    last_command: view.last_command && longState(view.last_command),
    refused_messages: view.refused_messages,
  };
}

/** As fine as a forecast is, min. */
const ROUND_MIN = 5;

function minutesTo(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.floor((at - now) / 60 / ROUND_MIN) * ROUND_MIN);
}

/** Attributes of the station's entities. */
export function stationAttributes(view: StationView): Readonly<Record<string, Json>> {
  const alerts = (view.alerts ?? []).map(({ id, title, text, severity }) => ({ id, title, text, severity }));
  return {
    why: { text: view.why?.text ?? null },
    headline: { code: view.headline.code },
    alerts: { active: alerts },
    next_switch: {
      on_grid: view.next_switch?.on_grid ?? null,
      plan: (view.plan ?? []).map(({ at, ...step }) => ({ at: isoTime(at), ...step })),
    },
    failing_jobs: { active: [...view.failing_jobs] },
  };
}

function onOff(on: boolean): string {
  return on ? "ON" : "OFF";
}

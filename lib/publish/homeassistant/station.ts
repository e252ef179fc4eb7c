import {
  attributesTopic,
  type Component,
  type Components,
  type DeviceContext,
  eventTopic,
  type Json,
} from "./component.ts";
import { button, control } from "./controls.ts";
import { identity, templateOf } from "./entities.ts";

/** What the station tells about itself; null = not known or not in use. */
export interface StationView {
  /** Present mode of the battery monitor and the modes it can be given; no options = no select. */
  readonly mode: string | null;
  readonly mode_options: readonly string[];
  /** Why the grid switch stands as it does, one sentence. */
  readonly why: string | null;
  /** Who feeds the house, how long, and the worst trouble, in one sentence. */
  readonly headline: string;
  /** Alerts that are raised now. */
  readonly alerts: readonly { readonly id: string; readonly title: string; readonly severity: string }[] | null;
  /** Jobs whose last run failed. */
  readonly failing_jobs: readonly string[];
  /** The last command that came by MQTT, and what became of it. */
  readonly last_command: string | null;
  /** Messages refused since the state file was made. */
  readonly refused_messages: number;
}

/** Buttons of the station and what they ask for. */
export const STATION_BUTTONS = { report: "Send report", poll_settings: "Poll settings" } as const;
/** Kinds of the event entity: commands that did not lead to what was asked for. */
export const EVENT_TYPES = ["refused", "failed", "expired"] as const;

/** The entities of the station itself. */
export function stationComponents(context: DeviceContext, view: StationView, controls: boolean): Components {
  const sensor = (key: string, name: string, own: Readonly<Record<string, Json>> = {}): Component => ({
    ...identity(context, "sensor", key, name),
    value_template: templateOf(key, "live"),
    expire_after: context.expire_after_s,
    ...own,
  });
  const problem = (key: string, name: string): Component => ({
    ...sensor(key, name, { device_class: "problem" }),
    ...identity(context, "binary_sensor", key, name),
    json_attributes_topic: attributesTopic(context.topics, context.device),
    json_attributes_template: `{{ value_json.${key} | tojson }}`,
  });
  return {
    ...(view.mode_options.length > 0 ? modeComponents(context, view, controls, sensor) : {}),
    ...(view.alerts === null && view.mode_options.length === 0 ? {} : { alerts: problem("alerts", "Alerts") }),
    headline: sensor("headline", "Headline"),
    failing_jobs: { ...problem("failing_jobs", "Failing jobs"), entity_category: "diagnostic" },
    last_command: sensor("last_command", "Last command", { entity_category: "diagnostic" }),
    refused_messages: sensor("refused_messages", "Refused messages", {
      state_class: "total_increasing",
      entity_category: "diagnostic",
    }),
    ...(controls ? controlComponents(context) : {}),
  };
}

function modeComponents(
  context: DeviceContext,
  view: StationView,
  controls: boolean,
  sensor: (key: string, name: string, own?: Readonly<Record<string, Json>>) => Component,
): Components {
  const own = { options: [...view.mode_options] };
  const mode = controls
    ? control(context, "select", "mode", "Mode", "live", own)
    : sensor("mode", "Mode", { ...own, device_class: "enum" });
  return { mode, why: sensor("why", "Reason") };
}

function controlComponents(context: DeviceContext): Components {
  const buttons = Object.entries(STATION_BUTTONS).map(([key, name]) => [key, button(context, key, name)]);
  return {
    ...Object.fromEntries(buttons),
    command_failure: {
      ...identity(context, "event", "command_failure", "Command failure"),
      state_topic: eventTopic(context.topics),
      event_types: [...EVENT_TYPES],
      qos: 1,
    },
  };
}

const LONGEST_STATE = 255;

/** The station's state JSON. */
export function stationState(view: StationView): Readonly<Record<string, Json>> {
  return {
    mode: view.mode !== null && view.mode_options.includes(view.mode) ? view.mode : null,
    why: view.why?.slice(0, LONGEST_STATE) ?? null,
    headline: view.headline.slice(0, LONGEST_STATE),
    alerts: view.alerts === null ? null : onOff(view.alerts.length > 0),
    failing_jobs: onOff(view.failing_jobs.length > 0),
    last_command: view.last_command?.slice(0, LONGEST_STATE) ?? null,
    refused_messages: view.refused_messages,
  };
}

/** Attributes behind the station's problem sensors. */
export function stationAttributes(view: StationView): Readonly<Record<string, Json>> {
  const alerts = (view.alerts ?? []).map(({ id, title, severity }) => ({ id, title, severity }));
  return { alerts: { active: alerts }, failing_jobs: { active: [...view.failing_jobs] } };
}

function onOff(on: boolean): string {
  return on ? "ON" : "OFF";
}

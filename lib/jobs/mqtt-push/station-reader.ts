import type { Context } from "../../cli/spec.ts";
import { POLLS } from "../../devices/index.ts";
import type { StationView } from "../../publish/homeassistant/station.ts";
import type { Store } from "../../store/database.ts";
import { jobState } from "../../store/jobs.ts";
import { cursor, latestMqttCommand } from "../../store/publish.ts";
import { headlineText, stationHeadline } from "../station/headline.ts";

/** What the battery monitor tells about itself; null = not in use. */
export interface MonitorView {
  readonly mode: string;
  readonly mode_options: readonly string[];
  readonly why: string | null;
  readonly alerts: StationView["alerts"];
}

/** Reads the battery monitor's state from the state file. */
export type MonitorReader = (context: Context, store: Store) => MonitorView | null;

/** For a station that runs without the battery monitor. */
export const noMonitor: MonitorReader = () => null;

/** Jobs whose failures are shown. */
const JOBS = [POLLS.bms, POLLS.inverter, "batmon", "status-page", "backup-stats"] as const;
/** Counter of refused messages among the cursors. */
export const REFUSED_COUNTER = "mqtt_refused";

/** What the station tells about itself now. */
export function stationView(context: Context, store: Store, readMonitor: MonitorReader): StationView {
  const monitor = readMonitor(context, store);
  const last = latestMqttCommand(store);
  const reason = last?.reason ? ` (${last.reason})` : "";
  return {
    mode: monitor?.mode ?? null,
    mode_options: monitor?.mode_options ?? [],
    why: monitor?.why ?? null,
    headline: headlineText(context, stationHeadline(context, store)),
    alerts: monitor?.alerts ?? null,
    failing_jobs: JOBS.filter((job) => jobState(store, job).failing_since !== null),
    last_command: last && `${last.device} ${last.key}${last.value && `=${last.value}`}: ${last.state}${reason}`,
    refused_messages: cursor(store, REFUSED_COUNTER) ?? 0,
  };
}

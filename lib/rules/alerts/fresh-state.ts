import type { AlertState } from "./types.ts";

/** A state that knows nothing: first run, or memory lost. */
export function freshAlertState(): AlertState {
  return {
    version: 1,
    first_run_at: null,
    last_run_at: null,
    seen: {},
    tracks: {},
    sent_at: [],
    held: {},
    held_since: null,
    last_summary_at: null,
    last_switch_told_at: null,
    last_device_event: null,
    last_stopped_order_at: null,
    stopped_told: {},
    last_full_at: null,
    last_solar_at: null,
    last_pv_over_need_at: null,
    clock_set_at: null,
  };
}

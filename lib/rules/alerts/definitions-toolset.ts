/** Alerts of devices that are silent, orders, settings, disk and clock, as data. */
import { type AlertDefinition, DAY, HOUR, held, limit, MINUTE, told } from "./alert-definition.ts";

/** What the run finds is true at once. */
const AT_ONCE = { source: "run", ...held(0, 1, 0) } as const;
/** Told once: there is no state behind it. */
const TOLD_ONCE = { ...AT_ONCE, ...told(0, null) } as const;
/** Said again after six hours at the soonest, and once a day while it lasts. */
const DAILY = told(6 * HOUR, DAY);

export const TOOLSET_ALERTS = {
  device_silent: {
    severity: "warning",
    source: "run",
    thresholds: {},
    ...held(5 * MINUTE, 1, 2 * MINUTE),
    ...told(HOUR, 6 * HOUR),
    condition: "the dump job gets no valid answer",
    clear_rule: "it answers for 2 minutes",
  },
  data_stale: {
    severity: "warning",
    source: "run",
    thresholds: {
      older_than: limit(600, 120, 86400, "s", "Age of the newest sample"),
    },
    ...held(0, 1, 5 * MINUTE),
    ...told(HOUR, HOUR),
    condition:
      "newest sample older than older_than, or dated in the future; critical while off-grid, else left to device_silent when that is known",
    clear_rule: "fresh samples for 5 minutes",
  },
  job_failed: {
    severity: "warning",
    source: "run",
    thresholds: {},
    ...held(15 * MINUTE, 1, 5 * MINUTE),
    ...DAILY,
    condition: "a job of the toolset fails for 15 minutes",
    clear_rule: "it works for 5 minutes",
  },
  foreign_write: {
    severity: "warning",
    ...AT_ONCE,
    thresholds: {
      quiet: limit(3600, 60, 86400, "s", "Closed after this long without another one"),
    },
    ...told(HOUR, null),
    condition: "a setting differs from the last reading without an order of ours",
    clear_rule: "no further change for the quiet time",
  },
  second_master: {
    severity: "warning",
    ...AT_ONCE,
    thresholds: {
      quiet: limit(3600, 60, 86400, "s", "Closed after this long without a sign"),
    },
    ...DAILY,
    condition: "answers on the inverter line that nobody here asked for",
    clear_rule: "no sign of it for the quiet time",
  },
  other_machine: {
    severity: "warning",
    ...AT_ONCE,
    thresholds: {},
    ...DAILY,
    condition: "a machine with another serial number or model answers under the name of one of this station's",
    clear_rule: "the machine known by this name answers again, or the owner accepted the other one",
  },
  switch_not_executed: {
    severity: "warning",
    ...AT_ONCE,
    thresholds: { attempts: limit(3, 1, 20, "", "Attempts before it is told") },
    ...told(30 * MINUTE, 30 * MINUTE),
    condition:
      "a grid switch order is not confirmed by reading back, or was given up; critical when it is the way back to the grid",
    clear_rule: "the read-back matches, or the order is no longer wanted",
  },
  blind: {
    severity: "warning",
    source: "run",
    thresholds: {},
    ...held(0, 1, 2 * MINUTE),
    ...told(HOUR, HOUR),
    condition: "off the grid, and what is known of the battery or the inverter is too old or too little to go by",
    clear_rule: "enough is known again, or the inverter is back on the grid, for 2 minutes",
  },
  budget_exhausted: {
    severity: "warning",
    ...AT_ONCE,
    thresholds: {},
    ...told(DAY, null),
    condition: "the daily number of grid switches is used up",
    clear_rule: "switches are free again",
  },
  disk_low: {
    severity: "warning",
    source: "run",
    thresholds: {
      percent_below: limit(5, 1, 50, "%", "Free space"),
      mib_below: limit(100, 10, 100000, "MiB", "Free space"),
    },
    ...held(0, 1, 5 * MINUTE),
    ...DAILY,
    condition: "free space of the state's file system below either limit; cleared a fifth above both",
    clear_rule: "free space a fifth above both limits for 5 minutes",
  },
  state_not_writable: {
    severity: "critical",
    source: "run",
    thresholds: {},
    ...held(0, 1, 2 * MINUTE),
    ...told(6 * HOUR, 6 * HOUR),
    condition: "the state file cannot be written",
    clear_rule: "it can, for 2 minutes",
  },
  clock_untrusted: {
    severity: "warning",
    source: "run",
    thresholds: {},
    ...held(5 * MINUTE, 1, 0),
    ...DAILY,
    condition: "the computer's clock is not set yet",
    clear_rule: "it is set",
  },
  settings_invalid: {
    severity: "warning",
    ...AT_ONCE,
    thresholds: {},
    ...DAILY,
    condition:
      "the stored mode is none that this version knows, or a parameter is out of its range: automatic switching rests",
    clear_rule: "all are valid",
  },
  switched: {
    severity: "info",
    ...TOLD_ONCE,
    thresholds: {},
    condition: "every executed change of the grid switch",
    clear_rule: "told once",
  },
  device_event: {
    severity: "info",
    ...TOLD_ONCE,
    thresholds: {},
    condition:
      "other firmware, number of cells or protocol than before, a lifetime counter that began anew, a part of a device that stays silent",
    clear_rule: "told once",
  },
  order_stopped: {
    severity: "warning",
    ...TOLD_ONCE,
    thresholds: {},
    condition: "a lease ended and the grid could not be left safely for an hour, or a limit of writes stopped orders",
    clear_rule: "told once; of one limit once an hour",
  },
  clock_jump: {
    severity: "info",
    ...TOLD_ONCE,
    thresholds: { jump_above: limit(300, 60, 86400, "s", "Told from this size on") },
    condition: "the wall clock left the monotonic one between two runs",
    clear_rule: "told once",
  },
} as const satisfies Record<string, AlertDefinition>;

/** What the alerts about devices, jobs, orders, disk and clock say at the time of the run. */
import { isFromFuture } from "../../base/clock.ts";
import { POLLS } from "../../devices/index.ts";
import { type Conditions, single } from "./conditions-bms.ts";
import { evidenceValues } from "./device-events.ts";
import { rounded } from "./rounded.ts";
import type { AlertFacts, AlertState, DeviceFact, Finding, Values } from "./types.ts";

export interface RunContext {
  readonly now: number;
  readonly facts: AlertFacts;
  /** Last known position of the grid switch, however old; null = never seen. */
  readonly connected: boolean | null;
  readonly memory: Readonly<AlertState>;
}

/** After the clock was set, samples of the time before it are no sign of a silent device for this long, s. */
const CLOCK_GRACE_S = 600;

/** Alerts that are told once and have no state: evaluated apart. */
type OneShot = "switched" | "clock_jump" | "device_event" | "order_stopped";

export const RUN_CONDITIONS: Omit<Conditions<"run", RunContext>, OneShot> = {
  never_full({ now, memory }, limits) {
    if (memory.last_full_at === null) return null;
    const days = Math.floor((now - memory.last_full_at) / 86_400);
    return single(days >= limits.days ? "bad" : "good", { days });
  },

  device_silent({ facts }) {
    return facts.devices.map((device): Finding => {
      const values = { ...deviceValues(device), failure: device.failure };
      return { subject: device.device, level: device.silent_since === null ? "good" : "bad", values };
    });
  },

  data_stale({ now, facts, connected, memory }, limits) {
    return facts.devices.map((device): Finding => {
      const repeats = device.repeats_since ?? null;
      const last = repeats ?? device.last_sample_at;
      const age = last === null ? null : now - last;
      const future = last !== null && isFromFuture(last, now);
      const stale = age === null || future || age > limits.older_than;
      // What was stored before the clock was set is of another time: the next samples tell.
      const set_at = memory.clock_set_at;
      const waiting = set_at !== null && now - set_at >= 0 && now - set_at < CLOCK_GRACE_S;
      const off_grid = connected === false;
      return {
        subject: device.device,
        // A silent device is told as such; its missing samples are a second alarm only where they are dangerous.
        level: !stale ? "good" : waiting || (device.silent_since !== null && !off_grid) ? "between" : "bad",
        severity: off_grid ? "critical" : "warning",
        values: {
          ...deviceValues(device),
          age_s: age,
          dated: age === null ? "none" : future ? "future" : repeats !== null ? "repeated" : "old",
          position: connected === null ? null : connected ? "on" : "off",
        },
      };
    });
  },

  job_failed({ facts }) {
    return facts.failing_jobs.map(({ name, exit }) => ({ subject: name, level: "bad", values: { job: name, exit } }));
  },

  foreign_write({ now, facts }, limits) {
    return facts.foreign_writes
      .filter(({ at }) => !isFromFuture(at, now) && now - at < limits.quiet)
      .map(({ name, old_value, new_value }) => ({
        subject: name,
        level: "bad",
        values: { name, old_value, new_value },
      }));
  },

  second_master({ now, facts }, limits) {
    const seen = facts.second_master;
    const recent = seen !== null && !isFromFuture(seen.at, now) && now - seen.at < limits.quiet;
    return single(recent ? "bad" : "good", { signs: seen?.signs ?? null });
  },

  other_machine({ facts }) {
    return facts.other_machines.map((machine): Finding => {
      const values = {
        ...deviceValues(machine),
        ...evidenceValues(machine.evidence),
        command: `${POLLS[machine.kind]} --accept-machine`,
      };
      return { subject: machine.device, level: "bad", values };
    });
  },

  switch_not_executed({ facts }, limits) {
    const order = facts.grid_switch?.unconfirmed ?? null;
    const position = facts.grid_switch?.position ?? null;
    if (order === null) return single("good", { wanted: null, attempts: null, fate: null, position });
    const to_grid = order.wanted === "on";
    const values = { wanted: order.wanted, attempts: order.attempts, fate: order.fate, position };
    const bad = order.gave_up || order.attempts >= limits.attempts;
    return single(bad ? "bad" : "between", values, to_grid ? "critical" : "warning");
  },

  blind({ facts }) {
    const blind = facts.grid_switch?.blind ?? null;
    const { bms_age_s = null, inverter_age_s = null, next = null } = blind ?? {};
    return single(blind === null ? "good" : "bad", { bms_age_s, inverter_age_s, next });
  },

  budget_exhausted({ facts }) {
    const budget = facts.grid_switch?.budget ?? null;
    if (budget === null) return null;
    return single(budget.used >= budget.limit ? "bad" : "good", { used: budget.used, limit: budget.limit });
  },

  disk_low({ facts }, limits) {
    if (facts.disk === null) return null;
    const { path, free_mib, free_percent } = facts.disk;
    const values = { path, free_mib: rounded(free_mib, 0), free_percent: rounded(free_percent, 1) };
    if (free_percent < limits.percent_below || free_mib < limits.mib_below) return single("bad", values);
    const roomy = free_percent > limits.percent_below * 1.2 && free_mib > limits.mib_below * 1.2;
    return single(roomy ? "good" : "between", values);
  },

  state_not_writable({ facts }) {
    if (facts.state_writable === null) return null;
    return single(facts.state_writable ? "good" : "bad", {});
  },

  clock_untrusted({ facts }) {
    return single(facts.clock.trusted ? "good" : "bad", {});
  },

  settings_invalid({ facts }) {
    const { mode, parameters } = facts.invalid_settings;
    return single(mode !== null || parameters.length > 0 ? "bad" : "good", { mode, parameters });
  },
};

function deviceValues({ kind, device }: Pick<DeviceFact, "kind" | "device">): Values {
  return { kind, device: kind === "inverter" ? null : device };
}

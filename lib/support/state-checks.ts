import { isFromFuture, knownTime } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import { backupDirectory } from "../config/paths.ts";
import { stationUnits } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { dailyUse } from "../poll/wire-use.ts";
import { openAlerts } from "../rules/alerts/evaluate.ts";
import { neededJobs } from "../setup/schedule.ts";
import { liveStation } from "../station/live-devices.ts";
import { storedRules } from "../station/stored-judgement.ts";
import { listBackups } from "../store/backup-files.ts";
import type { Store } from "../store/database.ts";
import { fileHealth } from "../store/health.ts";
import { allJobStates } from "../store/job-list.ts";
import { latestJobRun } from "../store/jobs.ts";
import { lastRecovery, recoveryValues } from "../store/recovery.ts";
import { type Check, deviceCalled, fail, ok, skip, warn } from "./check.ts";

const MIB = 1024 * 1024;
const DAY_S = 86_400;
/** The file may grow by this much a day before something is wrong (one sample a minute of two devices: 0.3). */
const MOST_MIB_A_DAY = 3;

/** The state file, the jobs of cron, backups, alerts. */
export function stateChecks(context: Context, store: Store): Check[] {
  return [
    ...fileChecks(context, store),
    ...recoveryChecks(context, store),
    ...jobChecks(context, store),
    ...busChecks(context, store),
    ...doubtChecks(context, store),
    backup(context),
    alerts(context, store),
  ];
}

function fileChecks(context: Context, store: Store): Check[] {
  const health = fileHealth(store);
  if (health.damage !== null) return [fail("state_file", "state_file_damaged", { complaint: health.damage })];
  const { samples, first_at, last_at } = health;
  const size = health.bytes / MIB;
  if (first_at === null || last_at === null) return [ok("state_file", "state_file", { size, samples, daily: null })];
  const days = (last_at - first_at) / DAY_S;
  const file = { size, samples, daily: days < 1 ? null : size / days };
  const grows = days >= 7 && size / days > MOST_MIB_A_DAY;
  const ahead_s = last_at - context.clock.now();
  return [
    grows ? warn("state_file", "state_file_grows", file) : ok("state_file", "state_file", file),
    ...(ahead_s > 5 ? [fail("clock", "clock_behind", { ahead_s })] : []),
  ];
}

/** Told for a month: what is missing in the history since then has this reason. */
const RECOVERY_SHOWN_S = 30 * DAY_S;

function recoveryChecks({ clock, config }: Context, store: Store): Check[] {
  const recovery = lastRecovery(store);
  const at = recovery === null ? null : knownTime(recovery.at, clock.now());
  if (recovery === null || at === null || clock.now() - at > RECOVERY_SHOWN_S) return [];
  const values = recoveryValues(store.path, recovery, config.station.time_zone);
  return [warn("state_file_replaced", "state_file_replaced", { ...values, age_s: clock.now() - at })];
}

/** A job counts as running when its record says so, whoever starts it. */
function jobChecks(context: Context, store: Store): Check[] {
  const states = new Map(allJobStates(store).map((state) => [state.name, state]));
  const now = context.clock.now();
  return neededJobs(context.config).map(({ job, command, line, every_s, cron }) => {
    const topic = { job };
    const last = latestJobRun(store, job);
    if (!last) return warn(topic, "job_never", { cron, line });
    const age_s = now - last.started_at;
    if (age_s > 5 * every_s + 60) return fail(topic, "job_late", { cron, line, age_s });
    const since = states.get(job)?.failing_since ?? null;
    if (since === null) return ok(topic, "job", { age_s, duration_ms: last.duration_ms });
    const message = last.message === null ? null : firstLine(last.message);
    // A job that has another name than its command is started by its whole line.
    return fail(topic, "job_failing", { for_s: now - since, message, by_hand: command === undefined ? job : line });
  });
}

/** What the devices' buses carry in a day: somebody who adds a device or a second master wants to know what is left. */
function busChecks(context: Context, store: Store): Check[] {
  const known = new Map(stationUnits(context.config).map((unit) => [unit.name, unit]));
  return Object.values(POLLS)
    .flatMap((job) => dailyUse(store, job))
    .flatMap(({ device, requests, bytes, busy_s }) => {
      const unit = known.get(device);
      if (unit === undefined) return [];
      const share = (100 * busy_s) / DAY_S;
      const topic = { topic: "bus", device: deviceCalled(context, unit.kind, device) } as const;
      return [ok(topic, "bus", { requests, size: bytes / MIB, busy_s, share })];
    });
}

function firstLine(text: string): string {
  return text.split("\n")[0] as string;
}

function backup(context: Context): Check {
  const folder = backupDirectory(context.config);
  const newest = listBackups(folder).find(({ at }) => !isFromFuture(at, context.clock.now()));
  if (!newest) return warn("backup", "backup_none", { folder });
  const age_s = context.clock.now() - newest.at;
  if (age_s > 3 * DAY_S) return fail("backup", "backup_old", { age_s });
  return ok("backup", "backup", { file: newest.name, age_s });
}

/** Values of fresh samples that are not believed; a device that is silent has other lines. */
function doubtChecks(context: Context, store: Store): Check[] {
  const { machines, bms } = liveStation(context, store);
  const found = (kind: "inverter" | "bms", devices: readonly (typeof machines | typeof bms)[number][]) =>
    devices
      .filter(({ doubts }) => doubts.length > 0)
      .map(({ name, doubts }) =>
        warn({ topic: "values", device: deviceCalled(context, kind, name) }, "not_believed", { doubts }),
      );
  return [...found("inverter", machines), ...found("bms", bms)];
}

function alerts(context: Context, store: Store): Check {
  const { judgement, raised } = storedRules(context, store);
  // What was open when the rules stopped is no news, and "none open" would look like calm.
  if (judgement.state === "old") return fail("alerts", "rules_silent", { age_s: judgement.age_s });
  if (judgement.state === "future") return fail("alerts", "rules_silent", { age_s: null });
  if (raised === null) return skip("alerts", "rules_never_ran", {});
  const open = openAlerts(raised).map(({ id, severity }) => ({ id, severity }));
  if (open.length === 0) return ok("alerts", "alerts_none", {});
  const worst = open.some(({ severity }) => severity === "critical") ? fail : warn;
  return worst("alerts", "alerts_open", { alerts: open });
}

import { isFromFuture, knownTime } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { Context } from "../cli/spec.ts";
import { backupDirectory } from "../config/paths.ts";
import { inverterUnits } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { doubtText } from "../page/doubts.ts";
import { rulesSilent } from "../page/judgement.ts";
import { dailyUse } from "../poll/wire-use.ts";
import { neededJobs } from "../setup/schedule.ts";
import { liveStation } from "../station/live-devices.ts";
import { alertViews, storedRules } from "../station/stored-judgement.ts";
import { speechOfStation } from "../station/voice.ts";
import { listBackups } from "../store/backup-files.ts";
import type { Store } from "../store/database.ts";
import { fileHealth } from "../store/health.ts";
import { allJobStates } from "../store/job-list.ts";
import { latestJobRun } from "../store/jobs.ts";
import { lastRecovery, recoveryText } from "../store/recovery.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";

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
  const name = "state file";
  if (health.damage !== null) {
    return [
      fail(name, `damaged: ${health.damage}`, "stop cron, then backup-stats restore FILE with the last good backup"),
    ];
  }
  const size = `${(health.bytes / MIB).toFixed(1)} MiB, ${health.samples} samples, no damage found`;
  const { first_at, last_at } = health;
  if (first_at === null || last_at === null) return [ok(name, size)];
  const checks: Check[] = [];
  const days = (last_at - first_at) / DAY_S;
  const daily = health.bytes / MIB / Math.max(1, days);
  const text = days < 1 ? size : `${size}, ${daily.toFixed(2)} MiB a day`;
  if (days >= 7 && daily > MOST_MIB_A_DAY) {
    checks.push(warn(name, text, "does backup-stats run? It rolls up and prunes"));
  } else checks.push(ok(name, text));
  const ahead = last_at - context.clock.now();
  if (ahead > 5) {
    checks.push(
      fail("clock", `samples lie ${formatDuration(ahead)} ahead of it`, "the clock was set back, or was wrong before"),
    );
  }
  return checks;
}

/** Told for a month: what is missing in the history since then has this reason. */
const RECOVERY_SHOWN_S = 30 * DAY_S;

function recoveryChecks(context: Context, store: Store): Check[] {
  const recovery = lastRecovery(store);
  const at = recovery === null ? null : knownTime(recovery.at, context.clock.now());
  if (recovery === null || at === null || context.clock.now() - at > RECOVERY_SHOWN_S) return [];
  const ago = formatDuration(context.clock.now() - at);
  const hint =
    "a second time means: change the SD card or the power supply; delete the kept file when nothing is missed";
  return [warn("state file replaced", `${ago} ago: ${recoveryText(store.path, recovery)}`, hint)];
}

/** A job counts as running when its record says so, whoever starts it. */
function jobChecks(context: Context, store: Store): Check[] {
  const states = new Map(allJobStates(store).map((state) => [state.name, state]));
  const now = context.clock.now();
  return neededJobs(context.config).map(({ job, line, every_s, cron }) => {
    const name = `job ${job}`;
    const last = latestJobRun(store, job);
    const state = states.get(job);
    if (!last)
      return warn(
        name,
        "never ran",
        `sudo station setup starts it; by hand, in the crontab of the station's user: ${cron}  ${line}`,
      );
    const age = now - last.started_at;
    const late = age > 5 * every_s + 60;
    if (late)
      return fail(
        name,
        `last ran ${formatDuration(age)} ago`,
        `is cron running (systemctl status cron)? The line is: ${cron}  ${line}`,
      );
    if (state?.failing_since != null) {
      const since = formatDuration(now - state.failing_since);
      return fail(name, `failing for ${since}: ${firstLine(last.message)}`, `run it by hand with -vv: ${job} -vv`);
    }
    return ok(name, `ran ${formatDuration(age)} ago in ${last.duration_ms} ms`);
  });
}

/** What the devices' buses carry in a day: somebody who adds a device or a second master wants to know what is left. */
function busChecks(context: Context, store: Store): Check[] {
  const known = new Set([...inverterUnits(context.config), ...context.config.bms].map(({ name }) => name));
  return Object.values(POLLS)
    .flatMap((job) => dailyUse(store, job))
    .filter(({ device }) => known.has(device))
    .map(({ device, requests, bytes, busy_s }) => {
      const share = ((100 * busy_s) / DAY_S).toFixed(1);
      const carried = `${requests} requests and ${(bytes / MIB).toFixed(1)} MiB a day`;
      return ok(`${device} bus`, `${carried}, ${formatDuration(busy_s)} of it busy (${share} %)`);
    });
}

function firstLine(text: string | null): string {
  return (text ?? "no message").split("\n")[0] as string;
}

function backup(context: Context): Check {
  const folder = backupDirectory(context.config);
  const newest = listBackups(folder).find(({ at }) => !isFromFuture(at, context.clock.now()));
  if (!newest) return warn("backup", `none in ${folder}`, "let cron run backup-stats daily");
  const age = context.clock.now() - newest.at;
  if (age > 3 * DAY_S) return fail("backup", `the last is ${formatDuration(age)} old`, "run backup-stats -v by hand");
  return ok("backup", `${newest.name}, ${formatDuration(age)} old`);
}

/** Values of fresh samples that are not believed; a device that is silent has other lines. */
function doubtChecks(context: Context, store: Store): Check[] {
  const { machines, bms } = liveStation(context, store);
  return [...machines, ...bms]
    .filter(({ doubts }) => doubts.length > 0)
    .map(({ name, doubts }) => {
      const text = doubts.map((doubt) => doubtText(doubt, speechOfStation(context))).join("; ");
      return warn(
        `${name} values`,
        `not believed: ${text}`,
        "look at this sensor and its wires; every other value is used",
      );
    });
}

function alerts(context: Context, store: Store): Check {
  const rules = storedRules(context, store);
  const silent = rulesSilent({ judgement: rules.judgement, speech: speechOfStation(context) });
  // What was open when the rules stopped is no news, and "none open" would look like calm.
  if (silent !== null)
    return fail("alerts", `${silent}: open ones are not known`, "is batmon in the crontab, and does it end well?");
  const open = alertViews(context, rules);
  if (open === null) return skip("alerts", "batmon has not run yet");
  if (open.length === 0) return ok("alerts", "none open");
  const worst = open.some(({ severity }) => severity === "critical") ? fail : warn;
  const text = open.map(({ severity, title }) => `${title} (${severity})`).join(", ");
  return worst("alerts", text, "station status tells more");
}

import { EXIT } from "../../lib/base/errors.ts";
import { run } from "../../lib/cli/run-command.ts";
import type { Command } from "../../lib/cli/spec.ts";
import { backupStats } from "../../lib/jobs/backup-stats/backup-run.ts";
import { runBatmon } from "../../lib/jobs/batmon/batmon-run.ts";
import { batmonStateUsable, batmonWithoutState } from "../../lib/jobs/batmon/state-trouble.ts";
import { mqttPush } from "../../lib/jobs/mqtt-push.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { packsWithoutState, pollPacks } from "../../lib/jobs/poll-packs.ts";
import { invertersWithoutState, stateUsableAgain } from "../../lib/jobs/poll-without-state.ts";
import { statusPage } from "../../lib/jobs/status-page.ts";

/** What cron starts, as far as it can run inside of a test: a tenth of the time of a process of its own. */
const JOBS = {
  "jkbms-dump": { handler: pollPacks, withoutState: packsWithoutState },
  "pv1800-dump": { handler: pollInverters, withoutState: invertersWithoutState, stateUsable: stateUsableAgain },
  batmon: { handler: runBatmon, withoutState: batmonWithoutState, stateUsable: batmonStateUsable },
  "mqtt-push": { handler: mqttPush },
  "status-page": { handler: statusPage },
  "backup-stats": { handler: backupStats },
} as const satisfies Readonly<Record<string, Omit<Command, "spec">>>;

export type JobName = keyof typeof JOBS;

/** Runs a command in this process as cron would start it at `now`, UTC s. Its exit code, and what it said on stderr. One at a time. */
export async function runJob(name: JobName, configPath: string, now: number) {
  const said: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  Object.assign(process.env, { SOLAR_STATION_NOW: String(now), SOLAR_CRON: "1", SOLAR_STATION_CONFIG: configPath });
  try {
    await run({ spec: { name, about: "", job: true, writes: true }, ...JOBS[name] }, []);
    return { code: process.exitCode ?? EXIT.ok, stderr: said.join("") };
  } finally {
    process.stderr.write = write;
    process.exitCode = undefined;
    process.stdout.removeAllListeners("error");
  }
}

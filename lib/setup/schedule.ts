import type { Config } from "../config/schema.ts";
import { inverterUnits } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";

/** What cron (or a systemd timer) starts: the one list behind the crontab, the timers, the doctor and the set-up. */
export interface ScheduledJob {
  readonly job: string;
  /** The command behind it, where that has another name. */
  readonly command?: string;
  /** The command line with its options. */
  readonly line: string;
  /** s between starts. */
  readonly every_s: number;
  /** The five fields of cron. */
  readonly cron: string;
  /** The same for systemd. */
  readonly calendar: string;
  readonly about: string;
  readonly needed: (config: Config) => boolean;
}

const EACH_MINUTE = { every_s: 60, cron: "* * * * *", calendar: "minutely" } as const;
const always = () => true;

export const SCHEDULE: readonly ScheduledJob[] = [
  {
    ...EACH_MINUTE,
    job: POLLS.bms,
    line: `${POLLS.bms} --repeat 10s --for 50s`,
    about: "poll the battery, store one sample, carry out its orders within seconds",
    needed: ({ bms }) => bms.length > 0,
  },
  {
    ...EACH_MINUTE,
    job: POLLS.inverter,
    line: `${POLLS.inverter} --repeat 5s --for 50s`,
    about: "poll the inverter, store one sample, carry out its orders within seconds",
    needed: (config) => inverterUnits(config).length > 0,
  },
  {
    ...EACH_MINUTE,
    job: "batmon",
    line: "batmon",
    about: "judge what was stored: grid switch, alerts, reports, messages",
    needed: always,
  },
  {
    ...EACH_MINUTE,
    job: "mqtt-push",
    line: "mqtt-push --stay 50s",
    about: "Home Assistant both ways",
    needed: ({ mqtt }) => mqtt.enabled,
  },
  { ...EACH_MINUTE, job: "status-page", line: "status-page", about: "draw the page", needed: always },
  {
    ...EACH_MINUTE,
    job: "export-original",
    command: "station",
    line: "station export --format original",
    about: "the original scripts' JSON files, for what was built on them",
    needed: (config) => config.export.original_dir !== null,
  },
  {
    job: "backup-stats",
    line: "backup-stats",
    every_s: 86_400,
    cron: "17 3 * * *",
    calendar: "*-*-* 03:17:00",
    about: "verified backup, day files, pruning",
    needed: always,
  },
];

/** Jobs that this configuration needs. */
export function neededJobs(config: Config): readonly ScheduledJob[] {
  return SCHEDULE.filter(({ needed }) => needed(config));
}

/** Whether the switched-on jobs are all there is, or every line waits for `station setup`. */
export interface CronChoice {
  readonly on: ReadonlySet<string>;
  /** Cron's file of a user has no column for the user. */
  readonly user: string | null;
}

const HEAD = `# solar-station. Success is silent: what cron mails is a first failure, a change, an hourly reminder, or a recovery.
# Written by the package and by "station setup"; lines that you change stay until the next "station setup".
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Cron's runs remember what they have told; a run by hand always answers.
SOLAR_CRON=1
`;

/** The text of cron's file. A line whose command is gone (package removed, not purged) does nothing. */
export function cronText({ on, user }: CronChoice): string {
  const width = Math.max(...SCHEDULE.map(({ cron }) => cron.length));
  const lines = SCHEDULE.map(({ job, command = job, line, cron, about }) => {
    const who = user === null ? "" : `${user}  `;
    const guarded = `command -v ${command} >/dev/null || exit 0; ${line}`;
    return `\n# ${about}\n${on.has(job) ? "" : "#off "}${cron.padEnd(width)}  ${who}${guarded}`;
  });
  return `${HEAD}${lines.join("\n")}\n`;
}

/** The unit files of one job for systemd, by name. */
export function timerUnits(
  { job, command = job, line, calendar, about }: ScheduledJob,
  user: string,
): Record<string, string> {
  const service = `[Unit]
Description=solar-station: ${about}
ConditionPathExists=/usr/bin/${command}

[Service]
Type=oneshot
User=${user}
Group=${user}
Environment=SOLAR_CRON=1
ExecStart=/usr/bin/${line}
TimeoutStartSec=10min
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=yes
`;
  const timer = `[Unit]
Description=solar-station: ${about}

[Timer]
OnCalendar=${calendar}
AccuracySec=1s
Unit=solar-${job}.service

[Install]
WantedBy=timers.target
`;
  return { [`solar-${job}.service`]: service, [`solar-${job}.timer`]: timer };
}

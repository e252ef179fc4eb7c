/** `station doctor` in English: names of the checks, what was found, what to do. */
import type { SecretFault, StateDamage } from "../base/errors.ts";
import type { Failure, FailureWords } from "../base/failure/failure.ts";
import { localTime } from "../base/local-time.ts";
import { holderText } from "../base/proc-locks.ts";
import type { DoctorDevice, DoctorWords, IllValues, RefusalValues, WellValues } from "./doctor-values.ts";
import { type Format, MISSING } from "./format.ts";
import { inside } from "./sentence.ts";
import { tellInLine } from "./tell-failure.ts";

const WIRING = "check power, A/B of the RS485 pair, the common ground, baud and slave id; -vv shows the bytes";
const REPLACED_BY_ITSELF = "let cron run the dump commands once: a damaged file is replaced by the last good backup";
const BROKER = "is the broker running, and the firewall open?";
const KEEPERS: Readonly<Record<WellValues["clock"]["keeper"], string>> = {
  timesyncd: "systemd-timesyncd",
  chrony: "chrony",
  ntpd: "ntpd",
  rtc: "a clock chip, /dev/rtc0",
};
const DAMAGES: Readonly<Record<StateDamage, string>> = {
  missing: "is gone",
  empty: "is empty, as a power cut leaves a file",
  truncated: "is cut off",
  not_a_database: "is no database",
  not_a_state_file: "lacks tables of a state file",
  damaged_pages: "has damaged pages",
  no_access: "may not be read and written by this user",
};
const REFUSALS: Readonly<Record<RefusalValues["code"], string>> = {
  all_zero: "all registers read 0: the device is wedged, or a gateway answers for it",
  foreign: "not the answer of such a device",
  other_machine: "this is another machine than the one known by this name",
  cell_count: "the answer contradicts itself",
  no_cells: "no cells",
};

const of = (what: string) => (device: DoctorDevice) => `${device.name} ${what}`;
const closed = (path: string) => `chown it to the user of the cron jobs and chmod 600 ${path}`;
const secretFault = (fault: SecretFault): string => {
  switch (fault.code) {
    case "unreadable":
      return `cannot be read (${fault.cause})`;
    case "no_secret_file":
      return "is not a file with a secret";
    case "open":
      return `mode ${fault.mode} lets others read it`;
    case "empty":
      return "is empty";
  }
};
const hasNoSecret = (fault: SecretFault): boolean =>
  fault.code === "empty" || (fault.code === "unreadable" && fault.cause === "ENOENT");
const machine = ({ model, software, protocol }: WellValues["identity"]): string =>
  `${model ?? "unknown model"}, software ${software ?? MISSING}, protocol ${protocol ?? MISSING}`;
const dialect = ({ dialect, configured }: WellValues["dialect"]): string =>
  `speaks ${dialect}${configured === null ? "" : `, as configured (${configured})`}`;
const partName = (part: string, field: (key: string) => string): string =>
  /^\d+$/.test(part) ? `registers from ${part}` : inside(field(part));

const adapter = ({ link, rule }: IllValues["port_unstable"]): string => {
  const ways = [
    link === null ? null : `use port: ${link}`,
    rule === null ? null : `in /etc/udev/rules.d/70-solar-station.rules: ${rule}`,
  ].filter((way) => way !== null);
  return ways.length === 0 ? "see ls -l /dev/serial/by-id" : ways.join("; or, ");
};

const NAMES = {
  plain: {
    node: "node",
    configuration: "configuration",
    user: "user",
    mail: "mail",
    state_directory: "state directory",
    disk: "disk",
    disk_wear: "disk wear",
    clock: "clock",
    state_file: "state file",
    state_file_replaced: "state file replaced",
    backup: "backup",
    alerts: "alerts",
    broker: "broker",
    telegram: "telegram",
  },
  of_device: {
    port: ({ name }) => `port ${name}`,
    port_name: ({ name }) => `name ${name}`,
    device: ({ name }) => name,
    identity: of("identity"),
    values: of("values"),
    line: of("line"),
    parts: of("parts"),
    dialect: of("dialect"),
    bus: of("bus"),
  },
  job: (job) => `job ${job}`,
} satisfies Pick<DoctorWords, "plain" | "of_device" | "job">;

/** `field`: the name of a field or of a part of a device. */
export const doctorEn = (f: Format, field: (key: string) => string, failures: FailureWords): DoctorWords => {
  const reason = (what: Failure) => tellInLine(what, { failures, format: f });
  const ms = (value: number) => `${f.number(value)}\u00a0ms`;
  const MiB = (value: number, digits = 0) => f.quantity(value, "MiB", digits);
  const count = (n: number, one: string, other: string) => `${f.number(n)} ${f.plural(n, { one, other })}`;
  const moment = ({ at, time_zone }: { readonly at: number; readonly time_zone: string }) => {
    const { day, time } = localTime(at, time_zone);
    return `${f.day(day)} ${day.slice(0, 4)}, ${time}`;
  };
  const room = ({ free, percent }: WellValues["disk"]) => `${MiB(free)} free (${f.quantity(percent, "%")})`;
  const wear = (daily: number) => `all programs together write ${MiB(daily)} a day to this disk`;
  const stateFile = ({ size, samples, daily }: WellValues["state_file"]) =>
    `${MiB(size, 1)}, ${count(samples, "sample", "samples")}, no damage found${daily === null ? "" : `, ${MiB(daily, 2)} a day`}`;
  const pollOf = (poll_ms: number) => `${ms(poll_ms)} a poll`;
  const line = ({ bad_frames, timeouts, requests, exceptions }: WellValues["inverter_answers"]) =>
    `${f.number(bad_frames)} bad and ${f.number(timeouts)} missing answers to ${count(requests, "request", "requests")}` +
    (exceptions === 0 ? "" : `, ${f.number(exceptions)} refused`);
  const bms = (v: WellValues["bms_answers"]) =>
    `${f.number(v.good)} good and ${f.number(v.bad)} bad answers, ${count(v.cells, "cell", "cells")}, ${pollOf(v.poll_ms)}`;
  const refusal = ({ code, evidence }: RefusalValues): string[] => [
    REFUSALS[code],
    ...evidence.map(
      ({ key, raw, expected }) =>
        `${inside(field(key))} reads ${raw ?? MISSING}${expected === null ? "" : `, not ${expected}`}`,
    ),
  ];
  const recovery: DoctorWords["recovery"] = (v) => {
    const damage = `${v.path} ${DAMAGES[v.damage]}`;
    if (v.aside === null && v.backup === null && v.damage === "no_access")
      return `${damage}; its rights were put right`;
    const until = v.backup_until === null ? "" : ` with samples until ${moment({ ...v, at: v.backup_until })}`;
    const leases = f.plural(v.active_leases, {
      one: "1 value set for a time is still known and goes back at its end",
      other: `${f.number(v.active_leases)} values set for a time are still known and go back at their end`,
    });
    const cancelled = f.plural(v.cancelled_orders, {
      one: "1 order that was open then is cancelled",
      other: `${f.number(v.cancelled_orders)} orders that were open then are cancelled`,
    });
    return [
      damage,
      v.aside !== null && `it is kept as ${v.aside}`,
      v.backup === null
        ? "there is no good backup, so a fresh state file was begun"
        : `the backup ${v.backup}${until} is in its place`,
      v.salvaged > 0 && `${count(v.salvaged, "later sample", "later samples")} could be read from the damaged file`,
      v.active_leases > 0 && leases,
      v.cancelled_orders > 0 && cancelled,
      !v.orders_known && "orders and values set for a time since then are not known",
    ]
      .filter((part) => part !== false)
      .join("; ");
  };

  return {
    marks: { ok: "ok", warn: "warn", fail: "FAIL", skip: MISSING },
    ...NAMES,
    well: {
      node: (v) => `version ${v.version}`,
      configuration: (v) => `${v.path} is valid`,
      secret_closed: (v) => `${v.path} is closed to others`,
      user: (v) => `runs as ${v.user}`,
      mail: (v) => `cron's mail goes through ${v.path}`,
      state_directory: (v) => v.path,
      no_state_directory: () => "no state directory yet",
      disk: room,
      wear_uncounted: () => "the kernel does not count writes of this file system",
      wear: (v) => wear(v.daily) + (v.uptime_s === null ? "" : ` (by the first ${f.duration(v.uptime_s)} after start)`),
      clock: (v) => `${moment(v)} (kept by ${KEEPERS[v.keeper]})`,
      state_file: stateFile,
      job: (v) => `ran ${f.duration(v.age_s)} ago in ${ms(v.duration_ms)}`,
      bus: (v) =>
        `${count(v.requests, "request", "requests")} and ${MiB(v.size, 1)} a day, ` +
        `${f.duration(v.busy_s)} of it busy (${f.quantity(v.share, "%", 1)})`,
      backup: (v) => `${v.file}, ${f.duration(v.age_s)} old`,
      alerts_none: () => "none open",
      rules_never_ran: () => "batmon has not run yet",
      port: (v) => v.port,
      port_free: (v) => `${v.port} is free`,
      port_used: (v) => `${v.port}, now used by ${holderText(v.holder)}`,
      device_port_busy: (v) => reason(v.reason),
      device_port_gone: (v) => reason(v.reason),
      inverter_answers: (v) => `answers; ${pollOf(v.poll_ms)}; ${line(v)}`,
      bms_answers: bms,
      identity: machine,
      dialect,
      broker_off: () => "mqtt.enabled is false",
      broker: (v) => `${v.address} answers in ${ms(v.answer_ms)}`,
      telegram_off: () => "not configured",
      telegram: () => "the token is valid",
    },
    ill: {
      node_old: (v) => [`version ${v.version} is too old`, `install Node ${v.oldest} or newer`],
      configuration_none: () => [
        "no file; defaults are in use",
        "sudo station setup writes one with what differs; station config example tells every key",
      ],
      secret_unusable: (v) => [
        `${v.path}: ${secretFault(v.fault)}`,
        `${hasNoSecret(v.fault) ? "write the secret into that file; then " : ""}${closed(v.path)}`,
      ],
      user_root: () => [
        "runs as root",
        "the package and sudo station setup make the user solar in the group dialout, and cron starts everything as solar",
      ],
      mail_none: () => [
        "there is no mail program: what cron's runs say is lost",
        "rely on Telegram (docs/how-to/telegram.md), or: sudo apt install msmtp-mta and set it up",
      ],
      state_directory_missing: (v) => [
        `${v.path} is missing`,
        `mkdir -p ${v.path} and chown it to the user of the cron jobs`,
      ],
      state_directory_closed: (v) => [
        `${v.path} cannot be written by this user`,
        "chown it to the user of the cron jobs",
      ],
      state_directory_in_memory: (v) => [
        `${v.path} is in memory and is lost with the power`,
        "put it on a disk or card",
      ],
      disk_full: (v) => [room(v), "make room: the state file needs some MiB a week, backups more"],
      disk_little: (v) => [room(v), "make room, or move backups to another disk"],
      wear_much: (v) => [wear(v.daily), "a memory card wears out; look for the writer with iotop -ao"],
      clock_unset: (v) => [`it says ${moment(v)}`, "let systemd-timesyncd or chrony set it, or fit a clock chip"],
      clock_unkept: (v) => [`${moment(v)}; nothing tells that it is kept right`, "install systemd-timesyncd or chrony"],
      clock_behind: (v) => [
        `samples lie ${f.duration(v.ahead_s)} ahead of it`,
        "the clock was set back, or was wrong before",
      ],
      state_file_unusable: (v) => [reason(v.reason), REPLACED_BY_ITSELF],
      state_file_lost: (v) => [`${v.path}: damaged (it ${DAMAGES[v.damage]})`, REPLACED_BY_ITSELF],
      state_file_damaged: (v) => [
        `damaged: ${v.complaint}`,
        "stop cron, then backup-stats restore FILE with the last good backup",
      ],
      state_file_grows: (v) => [stateFile(v), "does backup-stats run? It rolls up and prunes"],
      state_file_replaced: (v) => [
        `${f.duration(v.age_s)} ago: ${recovery(v)}`,
        "a second time means: change the SD card or the power supply; delete the kept file when nothing is missed",
      ],
      job_never: (v) => [
        "never ran",
        `sudo station setup starts it; by hand, in the crontab of the station's user: ${v.cron}  ${v.line}`,
      ],
      job_late: (v) => [
        `last ran ${f.duration(v.age_s)} ago`,
        `is cron running (systemctl status cron)? The line is: ${v.cron}  ${v.line}`,
      ],
      job_failing: (v) => [
        `failing for ${f.duration(v.for_s)}: ${v.message ?? "no message"}`,
        `run it by hand with -vv: ${v.by_hand} -vv`,
      ],
      backup_none: (v) => [`none in ${v.folder}`, "let cron run backup-stats daily"],
      backup_old: (v) => [`the last is ${f.duration(v.age_s)} old`, "run backup-stats -v by hand"],
      not_believed: (v, speaker) => [
        `not believed: ${v.doubts.map(speaker.doubt).join("; ")}`,
        "look at this sensor and its wires; every other value is used",
      ],
      alerts_open: (v, speaker) => [
        v.alerts.map(({ id, severity }) => `${speaker.alert(id)} (${severity})`).join(", "),
        "station status tells more",
      ],
      rules_silent: (v) => [
        `The rules ${v.age_s === null ? "run by another clock" : `have not run for ${f.duration(v.age_s)}`}: open ones are not known`,
        "is batmon in the crontab, and does it end well?",
      ],
      port_missing: (v) => [
        `${v.port} is not there`,
        v.found.length > 0 ? `there are: ${v.found.join(", ")}` : "no USB adapter is seen; look at dmesg and the plug",
      ],
      port_closed: (v) => [
        `${v.port} may not be used by this user`,
        "sudo adduser solar dialout (or your own login, to work by hand; then log in anew)",
      ],
      port_unstable: (v) => [`${v.port} may be another adapter after the next start`, adapter(v)],
      device_silent: (v) => [reason(v.reason), WIRING],
      device_failed: (v) => [reason(v.reason), WIRING],
      inverter_troubled: (v) => [`answers with trouble: ${line(v)}; ${pollOf(v.poll_ms)}`, WIRING],
      bms_troubled: (v) => [bms(v), WIRING],
      parts_silent: (v) => [
        `no answer from ${v.parts.map((part) => partName(part, field)).join(", ")}`,
        "what they tell is unknown; the rest is read. Most likely this model does not have them",
      ],
      values_impossible: (v, speaker) => [
        [...v.refusals.flatMap(refusal), ...v.doubts.map(speaker.doubt)].join("; "),
        "this may be another machine or map",
      ],
      second_master: (v) => [
        `another master seems to use the line: ${count(v.signs, "unasked frame or byte", "unasked frames or bytes")} on the line`,
        "unplug the data logger, or set inverter.gap_ms: 300",
      ],
      other_machine: (v) => [
        refusal(v.refusal).join("; "),
        `if it was exchanged, accept it: ${v.command} --accept-machine; two machines on the line need a name and a port each`,
      ],
      model_untried: (v) => [
        `${machine(v)}: a model that nobody has tried`,
        `it is read only; please send what ${v.command} -vv --raw prints, so that it can be made known`,
      ],
      model_untold: () => ["it tells no model", "old firmware; read-only use is safest until values are checked"],
      dialect_new: (v) => [
        `${dialect(v)}; before it was ${v.before}`,
        `another board, or the port number was changed in its app; ${v.command} finds it by itself`,
      ],
      broker_silent: (v) => [`${v.address}: no answer in ${f.duration(v.limit_s)}`, BROKER],
      broker_down: (v) => [`${v.address}: ${reason(v.reason)}`, BROKER],
      telegram_token: (v) => [
        `${v.path}: ${secretFault(v.fault)}`,
        hasNoSecret(v.fault) ? "write the bot's token into that file" : closed(v.path),
      ],
      telegram_away: (v) => [reason(v.reason), "is the internet reachable from here?"],
      telegram_refused: (v) => [`the server answered ${v.status}`, "ask @BotFather for the token"],
      telegram_troubled: (v) => [`the server answered ${v.status}`, "try again later"],
    },
    recovery,
    open_secret: (key, path, mode) =>
      `${key}: ${path}: mode ${mode} lets others read the secret; type: sudo chmod 600 ${path}`,
    failed: (n, all) => `${n} of ${all} checks failed`,
  };
};

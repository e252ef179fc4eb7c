/** What the sentences of `station doctor` are told, by code. The checks supply it by these names. */
import type { SecretFault, StateDamage } from "../base/errors.ts";
import type { Failure } from "../base/failure/failure.ts";

/** A device as the doctor speaks of it. */
export interface DoctorDevice {
  readonly kind: "inverter" | "bms";
  readonly name: string;
  /** The station has no other of this kind: the name tells nothing then. */
  readonly is_only: boolean;
}

/** What a check looks at. */
export type PlainTopic =
  | ("node" | "configuration" | "user" | "mail" | "state_directory" | "disk" | "disk_wear" | "clock")
  | ("state_file" | "state_file_replaced" | "backup" | "alerts" | "broker" | "telegram");
/** The same of one device. */
export type DeviceTopic =
  | "port"
  | "port_name"
  | "device"
  | "identity"
  | "values"
  | "line"
  | "parts"
  | "dialect"
  | "bus";
export type CheckTopic =
  | PlainTopic
  | { readonly topic: DeviceTopic; readonly device: DoctorDevice }
  | { readonly job: string }
  /** Key of the configuration that names a file with a secret. */
  | { readonly secret: string };

export interface LockHolderValues {
  readonly command: string;
  readonly pid: string;
  readonly is_stopped: boolean;
}
/** A value that is not believed, as the view has it; the tables of devices make words of it. */
export interface DoubtedValue {
  readonly key: string;
  readonly code:
    | ("out_of_range" | "contradicts" | "jump" | "fell" | "not_ready" | "phantom" | "undecodable")
    | "blank_block";
  readonly raw: number | string | null;
}
export interface RefusalValues {
  readonly code: "all_zero" | "foreign" | "other_machine" | "cell_count" | "no_cells";
  readonly evidence: readonly {
    readonly key: string;
    readonly raw: number | string | null;
    readonly expected: number | string | null;
  }[];
}
/** What became of a state file that failed. Times UTC s. */
export interface RecoveryValues {
  readonly path: string;
  readonly damage: StateDamage;
  /** Names of files; null: nothing was kept, there was no good backup. */
  readonly aside: string | null;
  readonly backup: string | null;
  readonly backup_until: number | null;
  readonly salvaged: number;
  readonly orders_known: boolean;
  readonly cancelled_orders: number;
  readonly active_leases: number;
  readonly time_zone: string;
}
interface Moment {
  /** UTC s. */
  readonly at: number;
  readonly time_zone: string;
}
interface Room {
  /** MiB and % that are free. */
  readonly free: number;
  readonly percent: number;
}
interface StateFile {
  /** MiB. */
  readonly size: number;
  readonly samples: number;
  /** MiB a day; null: too young to tell. */
  readonly daily: number | null;
}
interface InverterAnswers {
  /** ms. */
  readonly poll_ms: number;
  readonly bad_frames: number;
  readonly timeouts: number;
  readonly requests: number;
  /** Answers by which the device refused a request. */
  readonly exceptions: number;
}
interface BmsAnswers {
  readonly good: number;
  readonly bad: number;
  readonly cells: number;
  readonly poll_ms: number;
}
/** Null: not told. */
interface Machine {
  readonly model: string | null;
  readonly software: string | null;
  readonly protocol: string | null;
}
interface Dialect {
  readonly dialect: string;
  /** As the configuration has it; null: it leaves the choice to the program. */
  readonly configured: string | null;
}
/** A line of the crontab. */
interface CronLine {
  readonly cron: string;
  readonly line: string;
}
type None = Readonly<Record<never, never>>;

/** What is well, or was not looked at. */
export interface WellValues {
  readonly node: { readonly version: string };
  readonly configuration: { readonly path: string };
  readonly secret_closed: { readonly path: string };
  readonly user: { readonly user: string };
  readonly mail: { readonly path: string };
  readonly state_directory: { readonly path: string };
  readonly no_state_directory: None;
  readonly disk: Room;
  readonly wear_uncounted: None;
  /** MiB a day; `uptime_s`: how long was counted, where that is short. */
  readonly wear: { readonly daily: number; readonly uptime_s: number | null };
  readonly clock: Moment & { readonly keeper: "timesyncd" | "chrony" | "ntpd" | "rtc" };
  readonly state_file: StateFile;
  readonly job: { readonly age_s: number; readonly duration_ms: number };
  /** `size`: MiB a day; `busy_s`, `share`: s and % of the day. */
  readonly bus: {
    readonly requests: number;
    readonly size: number;
    readonly busy_s: number;
    readonly share: number;
  };
  readonly backup: { readonly file: string; readonly age_s: number };
  readonly alerts_none: None;
  readonly rules_never_ran: None;
  readonly port: { readonly port: string };
  readonly port_free: { readonly port: string };
  readonly port_used: { readonly port: string; readonly holder: LockHolderValues };
  /** `reason`: what the error says, here and below. */
  readonly device_port_busy: { readonly reason: Failure };
  readonly device_port_gone: { readonly reason: Failure };
  readonly inverter_answers: InverterAnswers;
  readonly bms_answers: BmsAnswers;
  readonly identity: Machine;
  readonly dialect: Dialect;
  readonly broker_off: None;
  readonly broker: { readonly address: string; readonly answer_ms: number };
  readonly telegram_off: None;
  readonly telegram: None;
}

/** What is not, or may not be so for long. */
export interface IllValues {
  readonly node_old: { readonly version: string; readonly oldest: number };
  readonly configuration_none: None;
  readonly secret_unusable: { readonly path: string; readonly fault: SecretFault };
  readonly user_root: None;
  readonly mail_none: None;
  readonly state_directory_missing: { readonly path: string };
  readonly state_directory_closed: { readonly path: string };
  readonly state_directory_in_memory: { readonly path: string };
  readonly disk_full: Room;
  readonly disk_little: Room;
  readonly wear_much: { readonly daily: number };
  readonly clock_unset: Moment;
  readonly clock_unkept: Moment;
  readonly clock_behind: { readonly ahead_s: number };
  readonly state_file_unusable: { readonly reason: Failure };
  readonly state_file_lost: { readonly path: string; readonly damage: StateDamage };
  /** What SQLite says. */
  readonly state_file_damaged: { readonly complaint: string };
  readonly state_file_grows: StateFile;
  readonly state_file_replaced: RecoveryValues & { readonly age_s: number };
  readonly job_never: CronLine;
  readonly job_late: CronLine & { readonly age_s: number };
  /** `message`: what it said last; `by_hand`: how it is started. */
  readonly job_failing: { readonly for_s: number; readonly message: string | null; readonly by_hand: string };
  readonly backup_none: { readonly folder: string };
  readonly backup_old: { readonly age_s: number };
  readonly not_believed: { readonly doubts: readonly DoubtedValue[] };
  readonly alerts_open: {
    readonly alerts: readonly { readonly id: string; readonly severity: "info" | "warning" | "critical" }[];
  };
  /** Null: they run by another clock. */
  readonly rules_silent: { readonly age_s: number | null };
  readonly port_missing: { readonly port: string; readonly found: readonly string[] };
  readonly port_closed: { readonly port: string };
  /** A lasting name of the adapter, and a rule of udev that gives it one. */
  readonly port_unstable: { readonly port: string; readonly link: string | null; readonly rule: string | null };
  readonly device_silent: { readonly reason: Failure };
  readonly device_failed: { readonly reason: Failure };
  readonly inverter_troubled: InverterAnswers;
  readonly bms_troubled: BmsAnswers;
  readonly parts_silent: { readonly parts: readonly string[] };
  readonly values_impossible: {
    readonly refusals: readonly RefusalValues[];
    readonly doubts: readonly DoubtedValue[];
  };
  readonly second_master: { readonly signs: number };
  readonly other_machine: { readonly refusal: RefusalValues; readonly command: string };
  readonly model_untried: Machine & { readonly command: string };
  readonly model_untold: None;
  readonly dialect_new: Dialect & { readonly before: string; readonly command: string };
  /** `limit_s`: how long an answer was waited for. */
  readonly broker_silent: { readonly address: string; readonly limit_s: number };
  readonly broker_down: { readonly address: string; readonly reason: Failure };
  readonly telegram_token: { readonly path: string; readonly fault: SecretFault };
  readonly telegram_away: { readonly reason: Failure };
  readonly telegram_refused: { readonly status: number };
  readonly telegram_troubled: { readonly status: number };
}

export type WellCode = keyof WellValues;
export type IllCode = keyof IllValues;

/** What the rooms above the catalogue know of the words of their own things. */
export interface DoctorSpeaker {
  doubt(one: DoubtedValue): string;
  alert(id: string): string;
}

/** What is, and what to do about it. */
export type Advised = readonly [text: string, hint: string];

/** The words of one language: names of what was looked at, a sentence for every code. */
export interface DoctorWords {
  readonly marks: { readonly ok: string; readonly warn: string; readonly fail: string; readonly skip: string };
  readonly plain: { readonly [T in PlainTopic]: string };
  readonly of_device: { readonly [T in DeviceTopic]: (device: DoctorDevice) => string };
  job(job: string): string;
  readonly well: { readonly [C in WellCode]: (v: WellValues[C]) => string };
  readonly ill: { readonly [C in IllCode]: (v: IllValues[C], speaker: DoctorSpeaker) => Advised };
  recovery(v: RecoveryValues): string;
  /** Of `config check`. */
  open_secret(key: string, path: string, mode: string): string;
  /** How the command ends. */
  failed(count: number, all: number): string;
}

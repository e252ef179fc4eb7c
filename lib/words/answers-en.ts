/** What commands of `station` answer beside their tables and charts, in English. */
import { formatDuration } from "../base/duration.ts";

export const ANSWERS = {
  config: {
    valid: (path: string): string => `${path}: valid`,
    no_file: "no file: every key has its default",
  },
  export: {
    removed: (path: string): string => `${path}: removed, there is nothing fresh to tell`,
    would_begin: (cursor: string, from: number): string => `${cursor}: from ${from} on`,
    sent: (cursor: string, sent: number, refused: number): string => `${cursor}: ${sent} sent, ${refused} refused`,
  },
  history: {
    /** `label`: the name that its table gives the column. */
    column: (_column: string, label: string): string => label,
    sums: (least: string, mean: string, most: string): string => `min ${least}  mean ${mean}  max ${most}`,
    no_samples: "no samples in this time",
    no_state: "none",
  },
  mqtt: {
    published: (v: {
      readonly messages: number;
      readonly bytes: number;
      readonly live: readonly string[];
      readonly accepted: number;
      readonly refused: number;
    }): string =>
      `${v.messages} messages, ${v.bytes} bytes sent; live: ${v.live.join(", ") || "no device"}; commands: ${v.accepted} taken, ${v.refused} refused`,
    cleared: (topics: number): string => `${topics} topics cleared`,
  },
  rounds: (count: number): string => `${count} rounds`,
  /** The house went back to the grid without a state file; null = nobody knows how long that could not be used. */
  back_to_grid: (seconds: number | null): string =>
    `The state file cannot be used${seconds === null ? "" : ` for ${formatDuration(seconds)}`} and the inverter was off the grid: it was switched back to the grid. ` +
    "It stays there until the file is in order; run station doctor.",
  case: {
    about: (moment: string, kB: number): string => `case about ${moment}, ${kB} kB`,
    versions: (list: string): string => `versions: ${list}`,
    configuration: (left_out: readonly string[]): string =>
      `configuration: what differs from the defaults; left out: ${left_out.length === 0 ? "nothing" : left_out.join(", ")}`,
    samples: (inverter: number, bms: number): string => `samples: ${inverter} of the inverter, ${bms} of the battery`,
    records: (decisions: number, orders: number, alerts: number): string =>
      `decisions: ${decisions}, orders: ${orders}, alerts: ${alerts}`,
    trace: (command: string, frames: number, code: number): string =>
      `trace of ${command}: ${frames} frames, ended with ${code}`,
    no_traces: "traces: none (--no-probe)",
    blanked: "blanked: passwords, serial numbers, names given in the devices' apps, ports, addresses",
    written: (path: string): string =>
      `written: ${path}. Read it before you give it away; station case run ${path} replays it`,
    not_written: "nothing is written yet: station case --output FILE.json",
    marks: { same: "same", else: "ELSE", skipped: "–" },
    empty: "there is nothing to replay in it",
    recorded: { inverter: "the recorded inverter", bms: "the recorded bms" },
    replayed: (command: string, device: string): string => `${command} on ${device}`,
    had_no_answer: "it had no answer to compare with",
    not_simulated: (dialect: string | null): string =>
      `a BMS that speaks ${dialect ?? "an unknown protocol"} is not simulated from a trace; station decode explains its frames`,
    ended: (now: number, then: number, said: string): string => `ended with ${now}, then with ${then}: ${said}`,
    differs: (path: string, is: string, was: string): string => `${path || "the answer"}: ${is}, in the case ${was}`,
    decisions: (count: number): string => `${count} decisions of the grid switch`,
  },
};

export type AnswerWords = typeof ANSWERS;

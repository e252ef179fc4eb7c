/** Orders in English: why each ended so, what may be written, who gave it. */
import type { Effect } from "../codec/effects.ts";
import type { AdviceWords, ByHandWords, OrderPhrases, ReasonMaker } from "./order-values.ts";
import { inside } from "./sentence.ts";

const TROUBLES: OrderPhrases = {
  acknowledged: "the device acknowledged it",
  refused: "the device refused it",
  could_not: "the device could not do it",
  unclear: "no clean acknowledgement came",
};

const EXCEPTIONS: OrderPhrases = {
  1: "it does not know how",
  2: "it has no such register",
  3: "it does not take the value",
  4: "it reports a failure",
  6: "it is busy",
  10: "the gateway has no way to it",
  11: "it does not answer the gateway",
};

const SOURCES: OrderPhrases = {
  hand: "by hand",
  file: "command file",
  telegram: "chat",
  mqtt: "MQTT",
  batmon: "the rules",
  lease: "end of a term",
  foreign: "somebody else",
  recovery: "note",
};

const inverterOrBms = (kind: unknown): string => (kind === "inverter" ? "inverter" : "BMS");
const times = (count: unknown): string => (count === 1 ? "once" : `${count} times`);
const permitted = (limit: unknown): string => (limit === 1 ? "one is permitted" : `${limit} are permitted`);
const tries = (count: unknown): string => (count === 1 ? "one try" : `${count} tries`);

/** Fragments that follow "refused:". `v`: the values of the reason, `w`: what it is about. */
const REASONS = {
  // The line says nothing that could be carried out.
  line_too_long: (v) => `the line is longer than ${v.most} characters`,
  not_ascii: () => "only plain Latin letters, digits and signs are taken",
  no_order_form: () => "a name, = and a value were expected",
  no_order: () => "there is no order in it",
  too_many_lines: (v) => `at most ${v.most} lines are taken at once`,
  no_such_unit: (v) => `there is no device “${v.unit}”`,
  unit_missing: (v) => `it does not say which ${inverterOrBms(v.kind)} is meant`,
  value_missing: () => "there is no value behind the sign =",
  word_twice: (v) => `“${v.word}” stands twice or contradicts another word`,
  word_unknown: (v) => `“${v.word}” is not understood behind the value`,
  bad_for: (v) => `“${v.given}” is no length of time from a minute to 30 days`,
  bad_until: (v) => `“${v.given}” is no time of day such as 07:00`,
  bad_login: (v) => `“${v.given}” is no name of an account`,
  bad_by: (v) => `“${v.given}” is no name of a program`,
  bad_id: (v) => `“${v.given}” is no usable mark`,
  bad_life: (v) => `“${v.given}” is no length of time from 10 seconds to a day`,
  names_only: (v) => `“${v.name}” is a number; the BMS goes by names`,
  no_address: (v) => `“${v.name}” is neither the number of a register nor a name`,
  address_not_writable: (v) => `register ${v.address} may not be written`,
  no_such_name: (v) => `the ${inverterOrBms(v.kind)} has no setting “${v.name}”`,
  unknown_model: (v) => `nobody has tried a machine that calls itself ${v.model} yet: it is only read`,
  not_writable: (_, w) => `${w.name} is only read, never written`,
  no_raw_word: (v) => `“${v.value}” is no whole number from 0 to 65535`,
  no_meaning: (v, w) => `${v.value} means nothing for ${w.name}${w.permitted}`,
  no_value_of: (v, w) => `“${v.value}” is no value of ${w.name}${w.permitted}`,
  // The value or the row is not for this order.
  names_no_row: () => "it names no setting",
  text_row: (_, w) => `${w.name} is a text, which no order writes`,
  two_registers: (_, w) => `${w.name} lies in two registers and cannot be written at once`,
  not_whole: (_, w) => `what was given for ${w.name} is no value of a register${w.permitted}`,
  neither_off_nor_on: (v, w) => `${v.value} is neither off nor on for ${w.name}`,
  no_label: (v, w) => `${v.value} means nothing for ${w.name}${w.permitted}`,
  several_switches: (_, w) => `${w.name} holds several switches at once`,
  not_in_class: (v, w) => `a ${v.grade} V machine has no ${w.name}`,
  no_range: (_, w) => `what may be written to ${w.name} is not known`,
  out_of_range: (_, w) => `${w.value("value")} is out of range for ${w.name}${w.permitted}`,
  locked: (_, w) => `${w.name} is locked`,
  unconfirmed: (_, w) => `${w.name} concerns the safety of the battery and was not confirmed`,
  lease_of_command: (_, w) => `${w.name} acts at once; there is nothing to put back after a time`,
  lease_not_returnable: (_, w) =>
    `${w.value("present")} is set, which could not be put back at the end of the time; nothing was sent`,
  // It gives way.
  owner_later: (v) => `your order ${v.by} for the same setting came after it`,
  superseded: (v) => `order ${v.by} for the same setting came after it`,
  superseded_sending: (v) =>
    `it was interrupted while it was sent, and order ${v.by} for the same setting came after it`,
  same_id: (v) => `it is the same as order ${v.by}`,
  by_hand: () => "by hand",
  lease_holds: (v, w) => `order ${v.by} holds ${w.name} for ${w.duration(Number(v.minutes) * 60)} more`,
  write_cap: (v, w) =>
    ({
      setting: `programs have changed ${w.name} ${times(v.count)} in 24 h; ${permitted(v.limit)}`,
      mqtt: `${w.name} was changed ${times(v.count)} over MQTT in 24 h; ${permitted(v.limit)}`,
      file: `${w.name} was changed ${times(v.count)} by the command file in 24 h; ${permitted(v.limit)}`,
    })[String(v.scope)] ?? `programs have written to the device ${times(v.count)} in 24 h; ${permitted(v.limit)}`,
  // Time.
  life_over: (v, w) => `it was ${w.duration(Number(v.minutes) * 60)} old and was never sent`,
  life_over_early: () => "its time was over before it could be sent",
  age_unknown: () => "it was given while the clock was wrong; how old it is nobody knows, and it was never sent",
  term_over: () => "the time until which it was to hold was over before it could be sent",
  // The device.
  not_told: (_, w) => `the device does not tell ${w.name}; nothing was sent`,
  not_readable: (_, w) => `${w.name} cannot be read; nothing was sent`,
  command_cut: () => "it was interrupted while it was sent; whether it acted is not known, and it is not repeated",
  command_unclear: (_, w) => `${w.trouble}; whether it acted is not known, and it is not repeated`,
  command_sent: () => "the device acknowledged it; whether it acted cannot be read back",
  verified_late: () => "found in place after an interruption",
  interrupted_late: (_, w) => `it was interrupted, and its time is over; ${w.value("holds")} is set`,
  interrupted_unsafe: (_, w) =>
    `it was interrupted, and the grid must not be left now: ${w.guard}; ${w.value("holds")} is set`,
  tries_used: (v, w) => `not in place after ${tries(v.attempts)}; ${w.value("holds")} is set`,
  life_over_trying: (v, w) =>
    `${w.trouble}, and its time was over after ${tries(v.attempts)}; ${w.value("holds")} is set`,
  arrived_anyway: (_, w) => `${w.trouble}, but the value is there`,
  stored_other: (_, w) =>
    `the device stored ${w.value("found")} in place of ${w.value("wanted")}, before ${w.value("before")}`,
  device_refused: (_, w) => w.trouble,
  kept_old: (v, w) => `${w.trouble}, and kept ${w.value("before")} through ${tries(v.attempts)}`,
  often: () => "",
  // Leases.
  nothing_to_put_back: () => "it was so already; there is nothing to put back",
  lease_longer: () => "it was so already; it holds longer now",
  lease_taken_over: (v, w) =>
    `order ${v.by} is over, but ${w.value("old")} was not put back: ` +
    `somebody changed ${w.value("leased")} to ${w.value("present")}`,
  lease_unsafe: (v, w) =>
    `order ${v.by} is over, but ${w.value("old")} was not put back: the grid could not be left safely for ` +
    `${w.duration(Number(v.minutes) * 60)} (${w.guard}); it stays as it is`,
  lease_gone: (v) => (v.by === null ? "the order whose end it was is over already" : `order ${v.by} is over already`),
  lease_waits: (v, w) => `the grid must not be left now: ${w.guard}; the end of order ${v.by} waits`,
  lease_returned: (v) => `put back by order ${v.by}`,
  lease_for_good: (v) => `order ${v.by} has set the value for good`,
  lease_never_arrived: () => "its value never arrived",
  lease_returns_failed: (v) => `it could not be put back in ${tries(v.tries)}`,
  // The state file.
  state_restored: () => "the state file was restored from a backup",
  state_begun: (v) =>
    v.backup_until === undefined
      ? "what was ordered before this is not known: the state file is new"
      : "what was ordered since the backup is not known: the state file was restored",
  // Somebody else.
  foreign_changed: (_, w) =>
    `${w.value("from")} became ${w.value("to")} at the front panel, by another program or by the device itself`,
  foreign_back: (v, w) =>
    `${w.value("from")} became ${w.value("to")} again, ` +
    `${v.seconds === null ? "some time" : w.duration(Number(v.seconds))} after order ${v.by} had set it`,
} satisfies Readonly<Record<string, ReasonMaker>>;

export type ReasonCode = keyof typeof REASONS;

/** What helps the one who types; it may name what is typed. */
const ADVICE: AdviceWords = {
  permitted: (what) => `permitted: ${what}`,
  near: (name) => `did you mean ${name}?`,
  units: (names) => `write NAME. before it: ${names}`,
  unlock: (name, effect) => `${effect === null ? "" : `${inside(effect)}: `}only by hand with --unlock ${name}`,
  confirm: () => "add the word confirm to the line, or --yes",
  list: () => "inverter-cmd list names what may be written",
  trace: (command) => `a trace of ${command} -vv --raw helps to make it known`,
  limit: (key) => `the limit is ${key}`,
  free: () => "by hand it is free",
};

const EFFECTS: Readonly<Record<Effect, string>> = {
  address_changes: "The BMS answers at another address from then on",
  balancer_maybe_deaf: "Switches the balancer; hardware 11 is known to ignore this over the serial line",
  calibration_lost: "Changes a factory calibration; a reset of the parameters does not bring it back",
  charger_reset: "Resets all charger settings",
  charger_totals_cleared: "Clears the counters of PV energy and run time",
  computed_anew: "The BMS computes it anew from the cell limit and the cell count",
  equalisation_starts: "Starts an equalisation charge at once",
  equalising_harms: "Equalising at 58.4 V or more is a hazard for an LFP battery: keep it off",
  factory_reset: "Every setting goes back to the factory's",
  firmware_awaited: "The BMS waits for new firmware",
  frequency_harms: "A wrong frequency harms loads",
  house_detached: "Off detaches the house from the grid; it then lives on PV and battery",
  inverter_totals_cleared: "Clears the inverter's energy counters",
  limit_maybe_deaf: "One owner saw it acknowledged and not changed",
  load_drops: "Off: the load drops when the grid is away or detached",
  no_charge: "Off: the battery takes no charge",
  no_discharge: "Off: the battery gives no power, an inverter without grid goes dark",
  own_voltages: "Types other than “user defined” bring their own charge voltages",
  pv_charge_stops: "Off stops charging from PV",
  restart: "Restarts the BMS",
  sells_battery: "Sells battery energy to the grid; needs the owner's and the utility's consent",
  serial_overwritten: "Overwrites the serial number",
  small_loads_starve: "On: small loads are no longer fed steadily",
  switches_replaced: "Replaces all eight switches at once",
};

const BY_HAND: ByHandWords = {
  about: (doc) => doc,
  not_known: "unknown",
  term: (length) => ` for ${length}`,
  until: (clock) => ` until ${clock}`,
  span: (from, to) => `${from} to ${to}`,
  nothing: "nothing",
  nothing_on: (grade) => `nothing on a ${grade} V machine`,
  not_queued: "not queued (dry run)",
  queued: (id, poll, life) => `order ${id} queued; ${poll} carries it out within ${life} or it expires`,
  written: (path, poll) => `written to ${path}; ${poll} takes it within a minute: inverter-cmd log tells how it went`,
  none_waits: "nothing is queued",
  none_given: "no order has been given yet",
  columns: ["Addr", "Name", "Present", "Class", "Permitted"],
  classes: { normal: "", battery_safety: "confirm", never: "locked" },
  never_read: "no settings have been read yet",
  read: (age) => `values were read ${age} ago`,
  classes_told: "confirm: needs --yes; locked: needs --unlock NAME",
  at_line: (file, line) => `${file} line ${line}`,
  ended: (what, state, why) => {
    const named = typeof what === "number" ? `order ${what}` : what;
    return why === null ? `${named} ${state}` : `${named} ${state}: ${why}`;
  },
  goes_on: "the next run goes on",
  more: (count) => `… and ${count} more, see inverter-cmd log`,
};

export const ORDERS = {
  effects: EFFECTS,
  by_hand: BY_HAND,
  reasons: REASONS as Readonly<Record<ReasonCode, ReasonMaker>>,
  advice: ADVICE,
  troubles: TROUBLES,
  exceptions: EXCEPTIONS,
  sources: SOURCES,
  quoted: (name: string) => `“${name}”`,
  /** What stands in the journal where the state file was replaced. */
  file_anew: "state file begun anew",
  file_restored: "state file restored",
  it: "it",
  on: "on",
  off: "off",
  value_unknown: "an unknown value",
  /** Of a command over MQTT. */
  other_mode: (mode: string) => `another mode was set after it: ${mode}`,
  never_taken: "no job has taken it",
  other_reason: "a newer version of this program wrote the reason",
  nobody_knows: "nothing is known of the battery",
  range: (from: string, to: string) => `; permitted: ${from} to ${to}`,
  choice: (values: readonly string[]) => `; permitted: ${values.join(", ")}`,
  changes: (count: number) => `change ${count} of this setting in 24 h`,
  /** "Max discharge current 10.0 A → 5.0 A" */
  change: (name: string, before: string | null, after: string) =>
    `${name} ${before === null ? "" : `${before} `}→ ${after}`,
  /** What a term holds; `left`: null = over. `waits`: the grid may not be left yet. */
  lease: (id: number, what: string, then: string, left: string | null, waits: boolean) =>
    `order ${id} holds ${what}${left === null ? "" : ` for ${left} more`}, then ${then}` +
    (left !== null
      ? ""
      : waits
        ? "; its time is over, it waits until the grid may be left"
        : "; goes back at the next run"),
  numbered: (id: number, who: string) => `order ${id} (${who})`,
};

import { POLLS } from "../devices/index.ts";
import type { OrderReason } from "../store/orders.ts";
import { type OrderTable, permittedText, valueText } from "./order-table.ts";

/** What an order's reason is about; its values become readable with it. */
export interface Subject {
  readonly table: OrderTable | undefined;
  readonly key: string | null;
}

type Values = Readonly<Record<string, string | number | boolean | null>>;

/** How a value is written out for people. */
interface Writer {
  /** A scaled integer with its unit. */
  raw(name: string): string;
  /** What may be written to the order's row. */
  readonly permitted: string;
}

/** Every reason for which an order ends, or does not, and its sentence. The journal holds the code and the values only. */
const SENTENCES = {
  // The line says nothing that could be carried out.
  line_too_long: (v) => `longer than ${v.most} characters`,
  not_ascii: () => "only plain ASCII letters, digits and signs are taken",
  no_order_form: () => "expected REGISTER=VALUE or NAME=VALUE",
  no_order: () => "there is no order in it",
  too_many_lines: (v) => `at most ${v.most} lines are taken at once`,
  no_such_unit: (v) => `there is no unit "${v.unit}"`,
  unit_missing: (v) => `which ${v.kind === "inverter" ? "inverter" : "BMS"}? write NAME. before it: ${v.units}`,
  value_missing: () => "no value after =",
  word_twice: (v) => `"${v.word}" stands twice or contradicts another word`,
  word_unknown: (v) => `"${v.word}" is not understood after the value`,
  bad_for: (v) => `"for ${v.given}": expected a time from 1m to 30d`,
  bad_until: (v) => `"until ${v.given}": expected a time of day such as 07:00`,
  bad_login: (v) => `"login ${v.given}": expected the name of an account`,
  bad_by: (v) => `"by ${v.given}": expected the name of a program`,
  bad_id: (v) => `"id ${v.given}": no usable id`,
  bad_life: (v) => `"life ${v.given}": expected a time from 10s to 1d`,
  names_only: (v) => `"${v.name}" is no name; the ${v.kind} takes names only`,
  no_address: (v) => `"${v.name}" is neither a register address nor a name`,
  address_not_writable: (v) =>
    `register ${v.address}${v.key ? ` (${v.key})` : ""} is not writable; inverter-cmd list names those that are`,
  no_such_name: (v) =>
    `there is no "${v.name}" in the table of the ${v.kind}${v.near ? `; did you mean ${v.near}?` : ""}`,
  unknown_model: (v) =>
    `a machine that calls itself ${v.model} has not been tried: it is read only; a trace of ${POLLS.inverter} -vv --raw helps to make it known`,
  not_writable: (v) => `${v.key} is not writable; it is read only`,
  no_raw_word: (v, w) => `"${v.value}" is no raw word from 0 to 65535; permitted: ${w.permitted}`,
  no_meaning: (v, w) => `${v.value} means nothing in ${v.key}; permitted: ${w.permitted}`,
  no_value_of: (v, w) => `"${v.value}" is no value of ${v.key}; permitted: ${w.permitted}`,
  // The value or the row is not for this order.
  names_no_row: () => "the order names no row",
  text_row: (v) => `${v.key} is text, which no order writes`,
  two_registers: (v) => `${v.key} spans two registers and cannot be written at once`,
  not_whole: (v, w) => `${v.key}: ${v.value} is no whole raw value; permitted: ${w.permitted}`,
  neither_off_nor_on: (v, w) => `${v.key}: ${v.value} is neither off nor on; permitted: ${w.permitted}`,
  no_label: (v, w) => `${v.key}: ${v.value} has no meaning; permitted: ${w.permitted}`,
  several_switches: (v) => `${v.key} holds several switches in one word; only bits of ${v.known} with --unlock`,
  not_in_class: (v) => `${v.key} does not exist on a ${v.grade} V machine`,
  no_range: (v) => `${v.key} has no range in the table`,
  out_of_range: (v, w) => `${v.key}: ${w.raw("value")} is out of range; permitted: ${w.permitted}`,
  locked: (v) => `${v.key} is locked${v.effect ? ` (${v.effect})` : ""}; only by hand with --unlock ${v.key}`,
  unconfirmed: (v) => `${v.key} concerns the safety of the battery; add the word confirm to the line (or --yes)`,
  lease_of_command: (v) => `${v.key} acts when it is written; there is no value to put back after a time`,
  lease_not_returnable: (_, w) =>
    `it holds ${w.raw("present")}, which could not be put back at the end; nothing was sent; permitted: ${w.permitted}`,
  // It gives way.
  owner_later: (v, w) => `the owner's order ${v.by} for ${w.raw("key")} came after it`,
  superseded: (v) => `order ${v.by} for the same setting came after it`,
  superseded_sending: (v) => `interrupted while it was sent; order ${v.by} for the same setting came after it`,
  same_id: (v) => `the same as order ${v.by} (id ${v.id})`,
  by_hand: () => "by hand",
  lease_holds: (v, w) => `${w.raw("key")} is held by the lease of order ${v.by} for ${v.minutes} more min`,
  write_cap: (v, w) => capText(v, w),
  // Time.
  life_over: (v) => `${v.minutes} min old, was never sent`,
  life_over_early: () => "its life was over before it could be sent",
  age_unknown: () => "written while the clock was wrong, its age is unknown; was never sent",
  term_over: () => "the time until which it was to hold was over before it could be sent",
  // The device.
  not_told: (_, w) => `the device does not tell its present ${w.raw("key")}; nothing was sent`,
  not_readable: (v, w) => `${w.raw("key")} cannot be read, nothing was sent: ${v.error}`,
  command_cut: () => "the run was interrupted while it was sent; whether it acted is unknown and it is not repeated",
  command_unclear: (v) => `${troubleText(v)}; whether it acted is unknown and it is not repeated`,
  command_sent: () => "acknowledged; a command word cannot be read back",
  verified_late: () => "verified after an interrupted run",
  interrupted_late: (_, w) => `interrupted, and its life is over; the device holds ${w.raw("holds")}`,
  interrupted_unsafe: (v, w) =>
    `interrupted, and the grid must not be left now (${v.guard}); the device holds ${w.raw("holds")}`,
  tries_used: (v, w) => `not verified after ${v.attempts} attempts; the device holds ${w.raw("holds")}`,
  life_over_trying: (v, w) =>
    `${troubleText(v)}, and its life was over after ${v.attempts} attempts; the device holds ${w.raw("holds")}`,
  arrived_anyway: (v) => `${troubleText(v)}, but the value is there`,
  stored_other: (_, w) => `the device stored ${w.raw("found")} in place of ${w.raw("wanted")} (was ${w.raw("before")})`,
  device_refused: (v) => troubleText(v),
  kept_old: (v, w) => `${troubleText(v)}, and kept ${w.raw("before")} (${v.attempts} attempts)`,
  often: () => "",
  // Leases.
  nothing_to_put_back: () => "was there already; there is nothing to put back",
  lease_longer: () => "was there already; its lease is longer now",
  lease_taken_over: (v, w) =>
    `not put back to ${w.raw("old")} at the end of order ${v.by}'s lease: ` +
    `somebody changed it from ${w.raw("leased")} to ${w.raw("present")}`,
  lease_unsafe: (v, w) =>
    `not put back to ${w.raw("old")} at the end of order ${v.by}'s lease: for ${v.minutes} min the grid could not be ` +
    `left safely (${v.text ?? v.guard}); it stays as it is`,
  lease_gone: (v) => `the lease of order ${v.by} is over already`,
  lease_waits: (v) => `the grid must not be left now (${v.text ?? v.guard}); the lease of order ${v.by} waits`,
  lease_returned: (v) => `order ${v.by}`,
  lease_for_good: (v) => `order ${v.by} set the value for good`,
  lease_never_arrived: () => "its value never arrived",
  lease_returns_failed: (v) => `${v.tries} returns failed`,
  // The state file.
  state_restored: () => "the state file was restored from a backup",
  state_begun: (v) =>
    v.backup_until === undefined
      ? "orders and values set for a time before this are not known"
      : "orders and values set for a time since the backup are not known",
  // Somebody else.
  foreign_changed: (_, w) =>
    `changed from ${w.raw("from")} to ${w.raw("to")} by the front panel, another program or the device itself`,
  foreign_back: (v, w) =>
    `went back from ${w.raw("from")} to ${w.raw("to")}, ${v.seconds === null ? "some time" : `${v.seconds} s`} after ` +
    `order ${v.by} had set it`,
} as const satisfies Readonly<Record<string, (values: Values, writer: Writer) => string>>;

export type ReasonCode = keyof typeof SENTENCES;
export type Reason = OrderReason<ReasonCode>;

/** A reason with its values. */
export function because(code: ReasonCode, values: Values = {}): Reason {
  return { ...values, code };
}

/** The sentence of a reason, for those who read it in English. A code that this program does not know is shown as it is. */
export function reasonText(reason: OrderReason | null, subject: Subject): string | null {
  if (reason === null) return null;
  const make = Object.hasOwn(SENTENCES, reason.code) ? SENTENCES[reason.code as ReasonCode] : () => reason.code;
  const text = (make as (values: Values, writer: Writer) => string)(reason, writerFor(reason, subject));
  if (typeof reason.changes !== "number") return text;
  const count = `change ${reason.changes} of this setting in 24 h`;
  return text === "" ? count : `${text}; ${count}`;
}

function writerFor(values: Values, { table, key }: Subject): Writer {
  const field = table && key !== null && Object.hasOwn(table.rows, key) ? table.rows[key] : undefined;
  return {
    raw: (name) => {
      if (name === "key") return key ?? "it";
      const value = values[name] ?? null;
      return field && (value === null || typeof value === "number") ? valueText(field, value) : String(value);
    },
    permitted: table && field ? permittedText(table, field) : "nothing",
  };
}

/** What the device or the line made of a write that was not simply acknowledged. */
const TROUBLE: Readonly<Record<string, (error: string) => string>> = {
  acknowledged: () => "the device acknowledged it",
  refused: (error) => `the device refused it: ${error}`,
  could_not: (error) => `the device could not do it: ${error}`,
  unclear: (error) => `no clean acknowledgement (${error})`,
};

function troubleText({ trouble, error }: Values): string {
  return TROUBLE[String(trouble)]?.(String(error)) ?? String(trouble);
}

function capText(v: Values, w: Writer): string {
  if (v.scope === "setting") {
    return `${v.count} automatic changes of ${w.raw("key")} in 24 h; permitted: ${v.limit} (orders.daily_writes)`;
  }
  if (v.scope === "mqtt") {
    return `${v.count} changes of ${w.raw("key")} over MQTT in 24 h; permitted: ${v.limit} (orders.daily_mqtt_writes)`;
  }
  if (v.scope === "file") {
    return `${v.count} changes of ${w.raw("key")} by lines of the command file in 24 h; permitted: ${v.limit}; by hand it is free`;
  }
  return `${v.count} automatic writes to the device in 24 h; permitted: ${v.limit} (orders.daily_device_writes)`;
}

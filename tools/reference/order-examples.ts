/** Values of every reason for which an order ends as the programs give them: for pages and tests that say them. */
import { inverterOrders } from "../../lib/orders/order-table.ts";
import { reasonText } from "../../lib/orders/reasons.ts";
import type { Speech } from "../../lib/words/index.ts";
import type { ReasonCode } from "../../lib/words/orders-en.ts";
import { capital } from "../../lib/words/sentence.ts";

type Values = Readonly<Record<string, string | number | boolean | null>>;
interface Example {
  readonly key?: string;
  readonly values?: Values;
  /** What somebody typed, which the sentence quotes. */
  readonly typed?: string;
}

const CURRENT = "max_discharge_current";
const SWITCH = "ongrid_switch";
const BUSY = { trouble: "could_not", exception: 6, error: "exception 6 (device busy)" };
const UNSAFE = { guard: "reserve", value: 24, threshold: 30, text: "" };
const typed = (word: string, name = "given"): Example => ({ values: { [name]: word }, typed: word });

/** Reasons of which one code tells several things stand there more than once, with a word behind the code. */
const EXAMPLES: Readonly<Record<ReasonCode, Example | readonly Example[]>> = {
  line_too_long: { values: { most: 200 } },
  not_ascii: {},
  no_order_form: {},
  no_order: {},
  too_many_lines: { values: { most: 2000 } },
  no_such_unit: typed("west", "unit"),
  unit_missing: [
    { values: { kind: "inverter", units: "left, right" } },
    { values: { kind: "bms", units: "north, south" } },
  ],
  value_missing: {},
  word_twice: typed("confirm", "word"),
  word_unknown: typed("please", "word"),
  bad_for: typed("30"),
  bad_until: typed("24:00"),
  bad_login: typed("a/b"),
  bad_by: typed("hand"),
  bad_id: typed("a b"),
  bad_life: typed("2d"),
  names_only: { values: { name: "171", kind: "bms" } },
  no_address: typed("2o105", "name"),
  address_not_writable: { values: { address: 25205 } },
  no_such_name: { values: { name: "ongridswitch", kind: "inverter", near: SWITCH }, typed: "ongridswitch" },
  unknown_model: { values: { model: "PH1900" }, typed: "PH1900" },
  not_writable: { key: "pv_power" },
  no_raw_word: { key: CURRENT, values: { value: "5.0" } },
  no_meaning: { key: "energy_use_mode", values: { value: "5" } },
  no_value_of: { key: "charger_source_priority", values: { value: "sun" }, typed: "sun" },
  names_no_row: {},
  text_row: { key: CURRENT },
  two_registers: { key: CURRENT },
  not_whole: { key: CURRENT, values: { value: 5.5 } },
  neither_off_nor_on: { key: SWITCH, values: { value: 2 } },
  no_label: { key: "energy_use_mode", values: { value: 9 } },
  several_switches: { key: "system_settings", values: { known: 255 } },
  not_in_class: { key: CURRENT, values: { grade: 24 } },
  no_range: { key: CURRENT },
  out_of_range: { key: CURRENT, values: { value: 900 } },
  locked: { key: "discharge_to_grid", values: { effect: null } },
  unconfirmed: { key: "float_voltage" },
  lease_of_command: { key: "clear_inverter_totals" },
  lease_not_returnable: { key: CURRENT, values: { present: 239 } },
  owner_later: { key: SWITCH, values: { by: 14 } },
  superseded: { key: SWITCH, values: { by: 14 } },
  superseded_sending: { key: SWITCH, values: { by: 14 } },
  same_id: { values: { by: 12, id: "m1" } },
  by_hand: {},
  lease_holds: { key: CURRENT, values: { by: 12, minutes: 90 } },
  write_cap: ["setting", "mqtt", "file", "device"].map((scope) => ({
    key: CURRENT,
    values: { scope, count: 12, limit: 12 },
  })),
  life_over: { key: SWITCH, values: { minutes: 480 } },
  life_over_early: {},
  age_unknown: {},
  term_over: {},
  not_told: { key: CURRENT },
  not_readable: { key: CURRENT, values: { error: "exception 2 (no such register)" } },
  command_cut: {},
  command_unclear: { values: { trouble: "unclear", error: "no reply" } },
  command_sent: {},
  verified_late: {},
  interrupted_late: { key: CURRENT, values: { holds: 217 } },
  interrupted_unsafe: { key: SWITCH, values: { ...UNSAFE, holds: 1 } },
  tries_used: { key: CURRENT, values: { attempts: 3, holds: 217 } },
  life_over_trying: { key: CURRENT, values: { ...BUSY, attempts: 1, holds: 217 } },
  arrived_anyway: { key: CURRENT, values: { trouble: "unclear", error: "no reply" } },
  stored_other: { key: CURRENT, values: { found: 60, wanted: 53, before: 217 } },
  device_refused: [1, 2, 3, 4, 6, 10, 11].map((exception) => ({
    key: CURRENT,
    values: { trouble: "refused", exception, error: "" },
  })),
  kept_old: [
    { key: CURRENT, values: { trouble: "acknowledged", error: "", before: 217, attempts: 3 } },
    { key: "charger_source_priority", values: { ...BUSY, before: 2, attempts: 3 } },
  ],
  often: { key: CURRENT, values: { changes: 4 } },
  nothing_to_put_back: {},
  lease_longer: {},
  lease_taken_over: { key: CURRENT, values: { by: 12, old: 217, leased: 50, present: 100 } },
  lease_unsafe: { key: SWITCH, values: { ...UNSAFE, by: 12, old: 0, minutes: 60 } },
  lease_gone: [{ values: { by: 12 } }, { values: { by: null } }],
  lease_waits: [{ values: { ...UNSAFE, by: 12 } }, { values: { guard: "unknown", by: 12 } }],
  lease_returned: { values: { by: 14 } },
  lease_for_good: { values: { by: 14 } },
  lease_never_arrived: {},
  lease_returns_failed: { values: { tries: 3, by: 14 } },
  state_restored: {},
  state_begun: [{}, { values: { backup_until: 1_800_000_000 } }],
  foreign_changed: { key: SWITCH, values: { from: 1, to: 0 } },
  foreign_back: [
    { key: CURRENT, values: { by: 12, from: 50, to: 217, seconds: 301 } },
    { key: CURRENT, values: { by: 12, from: 50, to: 217, seconds: null } },
  ],
};

/** Each reason as a sentence of its own. `typed`: words that somebody typed, and it quotes. */
export const ORDER_REASONS = Object.entries(EXAMPLES).flatMap(([code, examples]) =>
  [examples].flat().map(({ key, values = {}, typed: word }: Example, index) => ({
    name: `${code.replaceAll("_", " ")}${index === 0 ? "" : `, ${index + 1}`}`,
    typed: word === undefined ? [] : [word],
    tell: (speech: Speech): string => {
      const text = reasonText(speech, { ...values, code }, { table: inverterOrders(), key: key ?? null });
      return `${capital(text ?? "")}.`;
    },
  })),
);

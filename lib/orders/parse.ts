import { closest } from "../base/closest.ts";
import type { Field } from "../codec/table.ts";
import { rawFromValue } from "../codec/values.ts";
import { refusalOf } from "./may-write.ts";
import { type OrderTable, rawOfWord, rowOf } from "./order-table.ts";
import { because, type Reason } from "./reasons.ts";
import { minuteOfDay, secondsOf } from "./terms.ts";

/** Longest line that is looked at; every order fits in less than half. */
export const LONGEST_LINE = 200;

/** How long an order of a lease holds: so many seconds from its write, or to a minute of the day on the wall clock. */
export type LeaseTerm = { readonly for_s: number } | { readonly until_minute: number };

/** A line that may be carried out. */
export interface ParsedOrder {
  /** `NAME.` before the order, where several units share one file. */
  readonly device: string | null;
  readonly key: string;
  /** Scaled integer. */
  readonly raw: number;
  readonly confirmed: boolean;
  readonly lease: LeaseTerm | null;
  /** Who wrote the line: `file` unless it says `by NAME`. */
  readonly source: string;
  /** The writer's own id of the order: the same one again is not carried out twice. */
  readonly source_id: string | null;
  readonly life_s: number | null;
  /** Account of whoever gave it, where the line says `login NAME`. */
  readonly login: string | null;
}

/** A line that is refused, and why. */
export interface RefusedOrder {
  readonly device: string | null;
  readonly key: string | null;
  readonly refused: Reason;
}

export interface ParseOptions {
  readonly table: OrderTable;
  /** Table of a unit named before the dot; undefined: no such unit. */
  readonly tableOf?: (device: string) => OrderTable | undefined;
  /** By hand only: this row is unlocked. */
  readonly unlock?: string;
}

const SHORTEST_LEASE_S = 60;
const LONGEST_LEASE_S = 30 * 86400;
const SHORTEST_LIFE_S = 10;
const LONGEST_LIFE_S = 86400;
/** Names that only the program itself signs with. */
const RESERVED_SOURCES: ReadonlySet<string> = new Set(["hand", "telegram", "lease", "foreign"]);

/**
 * One line of a command file: `20105=>1`, `20113=50` (raw words), `max_discharge_current=5.0`, `ongrid_switch=off` (by name),
 * then any of `confirm`, `for 30m`, `until 07:00`, `by batmon`, `id abc`, `life 10m`, `login anna`, `# comment`. Null: nothing in it.
 */
export function parseOrder(line: string, options: ParseOptions): ParsedOrder | RefusedOrder | null {
  if (line.length > LONGEST_LINE) return refuse(because("line_too_long", { most: LONGEST_LINE }));
  const text = (line.split("#", 1)[0] as string).replace(/[ \t\r]+/g, " ").trim();
  if (text === "") return null;
  if (!/^[\x20-\x7e]+$/.test(text)) return refuse(because("not_ascii"));
  const match = /^(?:([A-Za-z0-9_]{1,32})\.)?([A-Za-z0-9_]{1,64}) ?(=>|=) ?(\S*)((?: \S+)*)$/.exec(text);
  if (!match) return refuse(because("no_order_form"));
  const [, device = null, name = "", , value = "", rest = ""] = match;
  const table = device === null ? options.table : options.tableOf?.(device.toLowerCase());
  if (!table) return refuse(because("no_such_unit", { unit: device }));
  if (value === "") return refuse(because("value_missing"), device);
  const words = readSuffix(rest.split(" ").filter(Boolean));
  if ("code" in words) return refuse(words, device);
  const target = readTarget(table, name.toLowerCase(), value);
  if ("refused" in target) return { device: device?.toLowerCase() ?? null, ...target };
  const permission = { confirmed: words.confirmed, unlocked: options.unlock === target.key };
  const isCommand = table.rows[target.key]?.role === "command";
  const refused =
    refusalOf(table, target.key, target.raw, permission) ??
    (words.lease && isCommand ? because("lease_of_command", { key: target.key }) : null);
  if (refused) return { device: device?.toLowerCase() ?? null, key: target.key, refused };
  return { device: device?.toLowerCase() ?? null, ...target, ...words };
}

function refuse(refused: Reason, device: string | null = null): RefusedOrder {
  return { device: device?.toLowerCase() ?? null, key: null, refused };
}

type Target =
  | { readonly key: string; readonly raw: number }
  | { readonly key: string | null; readonly refused: Reason };

function readTarget(table: OrderTable, name: string, value: string): Target {
  if (!/^\d/.test(name)) return readByName(table, name, value);
  if (!table.keyOfAddress) return { key: null, refused: because("names_only", { name, kind: table.kind }) };
  if (!/^\d{1,5}$/.test(name)) return { key: null, refused: because("no_address", { name }) };
  const address = Number(name);
  const key = table.keyOfAddress.get(address);
  const field = key === undefined ? undefined : table.rows[key];
  if (key === undefined || !field) return { key: null, refused: because("address_not_writable", { address }) };
  if (!field.write) return { key, refused: readOnly(table) ?? because("address_not_writable", { address, key }) };
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65535) {
    return { key, refused: because("no_raw_word", { value: value.slice(0, 40) }) };
  }
  const raw = rawOfWord(field, Number(value));
  return raw === null ? { key, refused: because("no_meaning", { key, value }) } : { key, raw };
}

/** Why nothing at all is written to this machine; null where something may be. */
function writableKeys({ rows }: OrderTable): string[] {
  return Object.keys(rows).filter((key) => rows[key]?.write);
}

function readOnly({ unknown_model }: OrderTable): Reason | null {
  return unknown_model === undefined ? null : because("unknown_model", { model: unknown_model });
}

function readByName(table: OrderTable, name: string, value: string): Target {
  const row = rowOf(table, name);
  if (!row)
    return {
      key: null,
      refused: because("no_such_name", { name, kind: table.kind, near: closest(name, writableKeys(table)) }),
    };
  const { key, field } = row;
  if (!field.write) return { key, refused: readOnly(table) ?? because("not_writable", { key }) };
  const raw = rawOfText(field, value);
  return raw === null ? { key, refused: because("no_value_of", { key, value: value.slice(0, 40) }) } : { key, raw };
}

const SWITCH_WORDS: Readonly<Record<string, number>> = { on: 1, off: 0, true: 1, false: 0, "1": 1, "0": 0 };

/** Scaled integer of what a person wrote for a row: `5.0`, `off`, `sbu`; null when it is no value of it. */
function rawOfText(field: Field, text: string): number | null {
  const word = text.toLowerCase();
  if (field.kind === "bool") return Object.hasOwn(SWITCH_WORDS, word) ? (SWITCH_WORDS[word] as number) : null;
  if (field.kind === "enum") {
    const found = Object.entries(field.labels).find(([, label]) => label === word);
    return found ? Number(found[0]) : null;
  }
  if (field.kind === "ascii" || field.kind === "version" || field.kind === "custom") return null;
  if (!/^-?\d{1,10}(\.\d{1,6})?$/.test(text)) return null;
  if (field.kind === "flags") return /^\d+$/.test(text) ? Number(text) : null;
  try {
    return rawFromValue(field, Number(text));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

type Suffix = Pick<ParsedOrder, "confirmed" | "lease" | "source" | "source_id" | "life_s" | "login">;

/** The words after the value, or why they are refused. */
function readSuffix(words: readonly string[]): Suffix | Reason {
  let found: Suffix = { confirmed: false, lease: null, source: "file", source_id: null, life_s: null, login: null };
  const seen = new Set<string>();
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] as string).toLowerCase();
    const slot = word === "until" ? "for" : word;
    if (seen.has(slot)) return because("word_twice", { word: word.slice(0, 40) });
    seen.add(slot);
    if (word === "confirm") {
      found = { ...found, confirmed: true };
      continue;
    }
    const part = readPair(word, words[++i] ?? "");
    if ("code" in part) return part as Reason;
    found = { ...found, ...part };
  }
  return found;
}

function readPair(word: string, argument: string): Partial<Suffix> | Reason {
  const given = argument.slice(0, 20);
  const lower = argument.toLowerCase();
  if (word === "for") {
    const for_s = secondsOf(lower);
    const inside = for_s !== null && for_s >= SHORTEST_LEASE_S && for_s <= LONGEST_LEASE_S;
    return inside ? { lease: { for_s } } : because("bad_for", { given });
  }
  if (word === "until") {
    const until_minute = minuteOfDay(lower);
    return until_minute === null ? because("bad_until", { given }) : { lease: { until_minute } };
  }
  if (word === "by") {
    const isName = /^[a-z][a-z0-9_-]{0,31}$/.test(lower) && !RESERVED_SOURCES.has(lower);
    return isName ? { source: lower } : because("bad_by", { given });
  }
  if (word === "login") {
    return /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,31}$/.test(argument) ? { login: argument } : because("bad_login", { given });
  }
  if (word === "id") {
    return /^[A-Za-z0-9_.:-]{1,64}$/.test(argument) ? { source_id: argument } : because("bad_id", { given });
  }
  if (word === "life") {
    const life_s = secondsOf(lower);
    const inside = life_s !== null && life_s >= SHORTEST_LIFE_S && life_s <= LONGEST_LIFE_S;
    return inside ? { life_s } : because("bad_life", { given });
  }
  return because("word_unknown", { word: word.slice(0, 40) });
}

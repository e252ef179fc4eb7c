import type { Field, WriteRule } from "../codec/table.ts";
import { valueFromRaw, wireBits } from "../codec/values.ts";
import { type OrderTable, rangeOf, rowOf } from "./order-table.ts";
import { because, type Reason } from "./reasons.ts";

/** What the one who ordered has said beside the value. */
export interface Permission {
  /** "confirm" in the line, or --yes. */
  readonly confirmed: boolean;
  /** --unlock with this very row, by hand only. */
  readonly unlocked: boolean;
}

/** Why this scaled integer must not be written; null when it may. The check of every write path. */
export function refusalOf(table: OrderTable, key: string, raw: number, permission: Permission): Reason | null {
  const field = rowOf(table, key)?.field;
  if (!field) return because("no_such_name", { name: key, kind: table.kind });
  const rule = field.write;
  if (!rule) return because("not_writable", { key });
  if (field.kind === "ascii" || field.kind === "version") return because("text_row", { key });
  if (table.kind === "inverter" && wireBits(field) > 16) return because("two_registers", { key });
  const limit = limitRefusal(table, key, field, rule, raw, permission.unlocked);
  if (limit) return limit;
  if (rule.class === "never" && !permission.unlocked) return because("locked", { key, effect: rule.effect ?? null });
  if (rule.class === "battery_safety" && !permission.confirmed && !permission.unlocked) {
    return because("unconfirmed", { key });
  }
  return null;
}

/** Why a value lies outside of what the table permits for its row, whoever writes it; null when it does not. */
function limitRefusal(
  table: OrderTable,
  key: string,
  field: Field,
  rule: WriteRule,
  value: number,
  unlocked: boolean,
): Reason | null {
  if (!Number.isInteger(value)) return because("not_whole", { key, value });
  if (field.kind === "bool") return value === 0 || value === 1 ? null : because("neither_off_nor_on", { key, value });
  if (field.kind === "enum") return Object.hasOwn(field.labels, value) ? null : because("no_label", { key, value });
  if (field.kind === "flags") {
    const known = Object.keys(field.bits).reduce((sum, bit) => sum + 2 ** Number(bit), 0);
    const inside = value >= 0 && value <= known && (known & value) === value;
    return unlocked && inside ? null : because("several_switches", { key, known });
  }
  const range = rangeOf(rule, table.grade);
  if (range === null) return because("not_in_class", { key, grade: table.grade });
  if (!range) return because("no_range", { key });
  const shown = valueFromRaw(field, value) as number;
  return shown >= range.min && shown <= range.max ? null : because("out_of_range", { key, value });
}

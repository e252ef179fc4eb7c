/** What a damaged state file still gives: rows that the backup does not have yet. */
import BetterSqlite, { type Database } from "better-sqlite3";
import { sampleKey } from "./sample-key.ts";

/** Rows are only added, by time or number: everything behind the newest that is there. */
const GROWING = {
  boots: "id",
  bms_samples: "id",
  inverter_samples: "id",
  settings_changes: "id",
  commands: "id",
  mqtt_commands: "id",
  rule_modes: "id",
  alert_events: "id",
  outbox: "id",
} as const;
/** What was known last counts: taken over as a whole, or not at all. */
const MEMORIES = [
  ...[
    "devices",
    "settings",
    "settings_read",
    "leases",
    "order_files",
    "rule_states",
    "outbox_channels",
    "daily_reports",
  ],
  ...["job_states", "publish_cursors", "publish_totals", "battery_energy", "mqtt_discovery"],
] as const;
/** Nothing claims to be of later than this, s. */
const LATEST_S = 86_400;

/** What came over. `orders`: the journal of orders is complete, so that open orders are truly open. */
export interface Salvaged {
  readonly samples: number;
  readonly orders: boolean;
}

const NOTHING: Salvaged = { samples: 0, orders: false };

/**
 * Copies what can still be read of `bad` into the open state file `good`: samples, orders and memories since its backup. A damaged page
 * ends a table from both sides. Nothing is copied when the result would not fit together.
 */
export function salvage(bad: string, good: Database, now: number): Salvaged {
  let source: Database;
  try {
    source = new BetterSqlite(bad, { readonly: true, fileMustExist: true, timeout: 1000 });
  } catch {
    return NOTHING;
  }
  try {
    good.pragma("foreign_keys = OFF");
    return good
      .transaction(() => {
        for (const table of MEMORIES) takeMemory(source, good, table);
        let samples = 0;
        let orders = false;
        for (const [table, column] of Object.entries(GROWING)) {
          const { rows, whole } = takeNewer(source, good, { table, column, now });
          if (table.endsWith("_samples")) samples += rows;
          if (table === "commands") orders = whole;
        }
        if ((good.pragma("foreign_key_check") as unknown[]).length > 0) throw new DoesNotFit("rows of no device");
        return { samples, orders };
      })
      .immediate();
  } catch (error) {
    if (error instanceof DoesNotFit || isSqlite(error)) return NOTHING;
    throw error;
  } finally {
    good.pragma("foreign_keys = ON");
    source.close();
  }
}

/** Never leaves this file. */
class DoesNotFit extends Error {}

function takeMemory(source: Database, good: Database, table: string): void {
  const insert = inserter(source, good, table, "REPLACE");
  if (insert === null) return;
  attempt(good, () => {
    for (const row of source.prepare(`SELECT * FROM ${table}`).iterate()) insert(row as Row);
  });
}

function takeNewer(
  source: Database,
  good: Database,
  { table, column, now }: { readonly table: string; readonly column: string; readonly now: number },
): { readonly rows: number; readonly whole: boolean } {
  const insert = inserter(source, good, table, "REPLACE");
  if (insert === null) return { rows: 0, whole: false };
  // An order that was open when the backup was made may have found its end since.
  const sql =
    table === "commands"
      ? "SELECT coalesce((SELECT min(id) - 1 FROM commands WHERE finished_at IS NULL), (SELECT max(id) FROM commands), -1)"
      : `SELECT coalesce(max(${column}), -1) FROM ${table}`;
  const newest = Number(good.prepare(sql).pluck().get());
  const isSamples = table.endsWith("_samples");
  const limit = isSamples ? sampleKey(now + LATEST_S, 0) : Number.MAX_SAFE_INTEGER;
  // A file of before the keys were made of both has time and device as columns.
  const isOld = isSamples && !columnsOf(source, table).includes("id");
  const from = isOld ? `(SELECT at << 10 | device AS id, * FROM ${table})` : table;
  let rows = 0;
  const sweep = (order: "ASC" | "DESC"): boolean => {
    try {
      const sql = `SELECT * FROM ${from} WHERE ${column} > ? AND ${column} <= ? ORDER BY ${column} ${order}`;
      for (const row of source.prepare(sql).iterate(newest, limit)) rows += insert(row as Row);
      return true;
    } catch (error) {
      if (!isSqlite(error)) throw error;
      return false;
    }
  };
  const whole = sweep("ASC");
  if (!whole) sweep("DESC");
  return { rows, whole };
}

type Row = Readonly<Record<string, unknown>>;

/** Inserts a row by the columns that both files have; null = one of them lacks the table. */
function inserter(source: Database, good: Database, table: string, conflict: "REPLACE" | "IGNORE") {
  const has = new Set(columnsOf(source, table));
  if (has.has("at") && table.endsWith("_samples")) has.add("id");
  const columns = columnsOf(good, table).filter((name) => has.has(name));
  if (columns.length === 0) return null;
  const names = columns.map((name) => `"${name}"`).join(", ");
  const statement = good.prepare(
    `INSERT OR ${conflict} INTO ${table} (${names}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  return (row: Row): number => statement.run(...columns.map((name) => row[name])).changes;
}

function columnsOf(db: Database, table: string): string[] {
  try {
    return db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table) as string[];
  } catch (error) {
    if (isSqlite(error)) return [];
    throw error;
  }
}

/** All of it or nothing of it. */
function attempt(good: Database, work: () => void): void {
  try {
    good.transaction(work)();
  } catch (error) {
    if (!isSqlite(error)) throw error;
  }
}

function isSqlite(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith("SQLITE_");
}

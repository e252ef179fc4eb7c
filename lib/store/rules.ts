import type { Store } from "./database.ts";
import { storedJson } from "./stored-json.ts";

/** The mode of the battery monitor, and who set it when. */
export interface ModeRow {
  readonly at: number;
  readonly mode: string;
  /** `hand`, `mqtt`, … */
  readonly source: string;
}

/** Mode changes kept. */
const MOST_MODES = 1000;

/** The mode as last set, or null: never set. */
export function latestMode(store: Store): ModeRow | null {
  const sql = "SELECT at, mode, source FROM rule_modes ORDER BY id DESC LIMIT 1";
  return (store.read(() => store.db.prepare(sql).get()) as ModeRow | undefined) ?? null;
}

/** Sets the mode; the same one again changes nothing. Call inside store.write. Returns whether it changed. */
export function setMode(store: Store, row: ModeRow): boolean {
  if (latestMode(store)?.mode === row.mode) return false;
  store.db.prepare("INSERT INTO rule_modes (at, mode, source) VALUES (?, ?, ?)").run(row.at, row.mode, row.source);
  store.db.prepare("DELETE FROM rule_modes WHERE id <= (SELECT max(id) FROM rule_modes) - ?").run(MOST_MODES);
  return true;
}

/** Memory of a rule between runs, as JSON; null = none, or damaged: the rules start afresh then. */
export function ruleState(store: Store, name: string): unknown {
  const text = store.read(() => store.db.prepare("SELECT value FROM rule_states WHERE name = ?").pluck().get(name));
  return storedJson(() => text);
}

/** When a rule last stored its memory, UTC s; null = never. */
export function ruleStateAt(store: Store, name: string): number | null {
  const at = store.read(() => store.db.prepare("SELECT at FROM rule_states WHERE name = ?").pluck().get(name));
  return typeof at === "number" ? at : null;
}

/** Call inside store.write. */
export function saveRuleState(store: Store, name: string, at: number, value: unknown): void {
  store.db
    .prepare("INSERT OR REPLACE INTO rule_states (name, at, value) VALUES (?, ?, ?)")
    .run(name, at, JSON.stringify(value));
}

/** One alert event as it was told; `details` holds its values. `dated` false: the clock was not trusted. */
export interface AlertEventRow<Severity extends string = string, Kind extends string = string> {
  readonly id: number;
  readonly at: number;
  /** Id of the alert in the table of alerts, or "summary". */
  readonly alert: string;
  /** Alert and subject: `cell_low:main`. */
  readonly key: string;
  readonly kind: Kind;
  readonly severity: Severity;
  readonly text: string;
  readonly since: number;
  readonly dated: boolean;
  readonly details: Readonly<Record<string, string | number | null | readonly (string | number)[]>>;
}

const EVENT = "SELECT id, at, alert, key, kind, severity, text, since, dated, details FROM alert_events";
/** Alert events kept. */
const MOST_EVENTS = 20_000;

/** Stores alert events. Call inside store.write. */
export function insertAlertEvents(store: Store, events: readonly Omit<AlertEventRow, "id">[]): void {
  if (events.length === 0) return;
  const statement = store.db.prepare(
    "INSERT INTO alert_events (at, alert, key, kind, severity, text, since, dated, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  for (const { at, alert, key, kind, severity, text, since, dated, details } of events) {
    statement.run(at, alert, key, kind, severity, text, since, dated ? 1 : 0, JSON.stringify(details));
  }
  store.db.prepare("DELETE FROM alert_events WHERE id <= (SELECT max(id) FROM alert_events) - ?").run(MOST_EVENTS);
}

/** Alert events behind a number, oldest first: for those who tell each once. */
export function alertEventsAfter(store: Store, id: number, limit = 500): AlertEventRow[] {
  return events(store, `${EVENT} WHERE id > ? ORDER BY id LIMIT ?`, [id, limit]);
}

/** Alert events with from <= at < to, oldest first. */
export function alertEventsBetween(store: Store, from: number, to: number): AlertEventRow[] {
  return events(store, `${EVENT} WHERE at >= ? AND at < ? ORDER BY at, id`, [from, to]);
}

/** The newest event of one alert and subject, or null. */
export function latestAlertEvent(store: Store, key: string): AlertEventRow | null {
  return events(store, `${EVENT} WHERE key = ? ORDER BY id DESC LIMIT 1`, [key])[0] ?? null;
}

function events(store: Store, sql: string, given: readonly (string | number)[]): AlertEventRow[] {
  const rows = store.read(() => store.db.prepare(sql).all(...given)) as (Omit<AlertEventRow, "dated" | "details"> & {
    dated: number;
    details: string;
  })[];
  return rows.flatMap((row) => {
    const details = storedJson<AlertEventRow["details"]>(() => row.details);
    return details === null ? [] : [{ ...row, dated: row.dated === 1, details }];
  });
}

/** A stored daily report; `day` is the local day, `at` when it was made. */
export interface ReportRow<Report = unknown> {
  readonly day: string;
  readonly at: number;
  readonly report: Report;
}

/** Reports kept: a little more than a year, one a day. */
const MOST_REPORTS = 800;

/** Stores the report of a day, in place of an earlier one. Call inside store.write. */
export function saveReport(store: Store, { day, at, report }: ReportRow): void {
  store.db
    .prepare("INSERT OR REPLACE INTO daily_reports (day, at, report) VALUES (?, ?, ?)")
    .run(day, at, JSON.stringify(report));
  store.db
    .prepare("DELETE FROM daily_reports WHERE day NOT IN (SELECT day FROM daily_reports ORDER BY day DESC LIMIT ?)")
    .run(MOST_REPORTS);
}

/** The report of the latest day, or null. */
export function latestReport<Report = unknown>(store: Store): ReportRow<Report> | null {
  return reports<Report>(store, "ORDER BY day DESC LIMIT 1", [])[0] ?? null;
}

/** Reports with from <= day < to ("YYYY-MM-DD"), oldest first. */
export function reportsBetween<Report = unknown>(store: Store, from: string, to: string): ReportRow<Report>[] {
  return reports<Report>(store, "WHERE day >= ? AND day < ? ORDER BY day", [from, to]);
}

function reports<Report>(store: Store, where: string, given: readonly string[]): ReportRow<Report>[] {
  const sql = `SELECT day, at, report FROM daily_reports ${where}`;
  const rows = store.read(() => store.db.prepare(sql).all(...given)) as { day: string; at: number; report: string }[];
  return rows.flatMap((row) => {
    const report = storedJson<Report>(() => row.report);
    return report === null ? [] : [{ ...row, report }];
  });
}

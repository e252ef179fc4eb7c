import { inflateRawSync } from "node:zlib";
import { type Changes, changesBetween, withChanges } from "../base/json-changes.ts";
import type { Store } from "./database.ts";
import { storedJson } from "./stored-json.ts";

/** One run of the rules. `record` is any JSON: the decision with everything that went into it. Times are UTC seconds. */
export interface NewDecision {
  readonly at: number;
  readonly on_grid: boolean | null;
  readonly winner: string;
  /** Value of the order that was given; null = none. */
  readonly ordered: boolean | null;
  readonly record: unknown;
  /** The parameters it was made with; equal ones are stored once. */
  readonly parameters: unknown;
}

export interface DecisionRow<Record = unknown, Parameters = unknown> extends NewDecision {
  readonly id: number;
  readonly record: Record;
  readonly parameters: Parameters;
}

interface StoredRow {
  readonly id: number;
  readonly at: number;
  readonly on_grid: number | null;
  readonly winner: string;
  readonly ordered: number | null;
  readonly parameters: string;
  readonly model: string;
  readonly packing: "changes" | "deflate";
  readonly packed: Buffer;
}

const SELECT =
  "SELECT d.id, d.at, d.on_grid, d.winner, d.ordered, p.text AS parameters, m.text AS model, m.packing, d.packed " +
  "FROM decisions d JOIN rule_parameters p ON p.id = d.parameters JOIN decision_models m ON m.id = d.model";
/** Changes that take so much of a record's own text are good; those that take more than the second are worse than a new model. */
const GOOD_SHARE = 0.1;
const POOR_SHARE = 0.2;
/** Models that are looked at, newest first: night, sun and outage each have theirs. */
const MODELS = 4;

/** Stores one run. Call inside store.write. */
export function insertDecision(store: Store, decision: NewDecision): void {
  const before = store.db.prepare("SELECT winner FROM decisions ORDER BY id DESC LIMIT 1").pluck().get();
  const keep = decision.ordered !== null || before !== decision.winner;
  const { model, packed } = pack(store, JSON.stringify(decision.record));
  store.db
    .prepare(
      "INSERT INTO decisions (at, on_grid, winner, ordered, keep, parameters, model, packed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .run(
      decision.at,
      bit(decision.on_grid),
      decision.winner,
      bit(decision.ordered),
      bit(keep),
      parametersId(store, JSON.stringify(decision.parameters)),
      model,
      packed,
    );
}

/** The newest decision, or null. */
export function latestDecision<R = unknown, P = unknown>(store: Store): DecisionRow<R, P> | null {
  const row = store.read(() => store.db.prepare(`${SELECT} ORDER BY d.id DESC LIMIT 1`).get());
  return row === undefined ? null : unpack<R, P>(row as StoredRow);
}

/** The last decision at or before a time, or null. */
export function decisionAt<R = unknown, P = unknown>(store: Store, at: number): DecisionRow<R, P> | null {
  const sql = `${SELECT} WHERE d.at <= ? ORDER BY d.at DESC, d.id DESC LIMIT 1`;
  const row = store.read(() => store.db.prepare(sql).get(at));
  return row === undefined ? null : unpack<R, P>(row as StoredRow);
}

/** Decisions with from <= at < to, oldest first; `ordersOnly`: those that gave an order for the grid switch. */
export function decisionsBetween<R = unknown, P = unknown>(
  store: Store,
  from: number,
  to: number,
  options: { readonly ordersOnly?: boolean; readonly limit?: number } = {},
): DecisionRow<R, P>[] {
  const filter = options.ordersOnly ? " AND d.ordered IS NOT NULL" : "";
  const sql = `${SELECT} WHERE d.at >= ? AND d.at < ?${filter} ORDER BY d.at, d.id LIMIT ?`;
  const rows = store.read(() => store.db.prepare(sql).all(from, to, options.limit ?? 100_000)) as StoredRow[];
  return rows.flatMap((row) => unpack<R, P>(row) ?? []);
}

/** Drops decisions before `all_before`, and those with an order or another winner before `kept_before`. Call inside store.write. */
export function pruneDecisions(store: Store, all_before: number, kept_before: number): void {
  store.db
    .prepare("DELETE FROM decisions WHERE at < ? AND (keep = 0 OR at < ?)")
    .run(all_before, Math.min(all_before, kept_before));
}

/** As changes to a model that it is like, or whole, as a new model. */
function pack(store: Store, text: string): { model: number; packed: Buffer } {
  const record: unknown = JSON.parse(text);
  const models = store.db.prepare(
    "SELECT id, text FROM decision_models WHERE packing = 'changes' ORDER BY id DESC LIMIT ?",
  );
  let best: { model: number; packed: string } | null = null;
  for (const known of models.iterate(MODELS) as Iterable<{ id: number; text: string }>) {
    const model = storedJson(() => known.text);
    if (model === null) continue;
    const packed = JSON.stringify(changesBetween(model, record));
    if (best === null || packed.length < best.packed.length) best = { model: known.id, packed };
    if (best.packed.length <= GOOD_SHARE * text.length) break;
  }
  if (best !== null && best.packed.length <= POOR_SHARE * text.length)
    return { model: best.model, packed: Buffer.from(best.packed) };
  store.db.exec("DELETE FROM decision_models WHERE id NOT IN (SELECT model FROM decisions)");
  const added = store.db.prepare("INSERT INTO decision_models (text, packing) VALUES (?, 'changes')").run(text);
  return { model: Number(added.lastInsertRowid), packed: Buffer.from("[]") };
}

function parametersId(store: Store, text: string): number {
  const found = store.db.prepare("SELECT id FROM rule_parameters WHERE text = ?").pluck().get(text);
  if (found !== undefined) return Number(found);
  return Number(store.db.prepare("INSERT INTO rule_parameters (text) VALUES (?)").run(text).lastInsertRowid);
}

function unpack<R, P>(row: StoredRow): DecisionRow<R, P> | null {
  const record = recordOf<R>(row);
  const parameters = storedJson<P>(() => row.parameters);
  if (record === null || parameters === null) return null;
  return {
    id: row.id,
    at: row.at,
    on_grid: truth(row.on_grid),
    winner: row.winner,
    ordered: truth(row.ordered),
    record,
    parameters,
  };
}

function recordOf<R>({ model, packing, packed }: StoredRow): R | null {
  // What earlier versions kept: loading deflate for one record costs more than reading it.
  if (packing === "deflate")
    return storedJson(() => inflateRawSync(packed, { dictionary: Buffer.from(model) }).toString("utf8"));
  const first = storedJson(() => model);
  const changes = storedJson<Changes>(() => packed.toString("utf8"));
  return first === null || changes === null ? null : (withChanges(first, changes) as R);
}

function bit(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}

function truth(value: number | null): boolean | null {
  return value === null ? null : value === 1;
}

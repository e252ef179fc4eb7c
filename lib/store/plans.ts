import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Store } from "./database.ts";
import { storedJson } from "./stored-json.ts";

/** A plan as it was promised; `input` is any JSON, from which it is made again. Times are UTC seconds. */
export interface PlanRow<Input = unknown> {
  readonly at: number;
  readonly input: Input;
  readonly on_grid: boolean;
  /** %. */
  readonly soc: number;
  readonly next_switch_at: number | null;
  readonly full_at: number | null;
  readonly reserve_at: number | null;
  /** kWh over the plan. */
  readonly bought: number;
}

/** Stores a plan; one of the same second replaces it. Call inside store.write. */
export function insertPlan(store: Store, row: PlanRow): void {
  store.db
    .prepare(
      "INSERT OR REPLACE INTO plans (at, input, on_grid, soc, next_switch_at, full_at, reserve_at, bought) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .run(
      row.at,
      deflateRawSync(JSON.stringify(row.input)),
      Number(row.on_grid),
      row.soc,
      row.next_switch_at,
      row.full_at,
      row.reserve_at,
      row.bought,
    );
}

/** Drops plans before a time. Call inside store.write. */
export function prunePlans(store: Store, before: number): void {
  store.db.prepare("DELETE FROM plans WHERE at < ?").run(before);
}

/** Plans with from <= at < to, oldest first. */
export function plansBetween<Input = unknown>(store: Store, from: number, to: number): PlanRow<Input>[] {
  const rows = store.read(() =>
    store.db.prepare("SELECT * FROM plans WHERE at >= ? AND at < ? ORDER BY at").all(from, to),
  );
  return (rows as (Omit<PlanRow, "input" | "on_grid"> & { input: Buffer; on_grid: number })[]).flatMap((row) => {
    const input = storedJson<Input>(() => inflateRawSync(row.input).toString("utf8"));
    return input === null ? [] : [{ ...row, on_grid: row.on_grid === 1, input }];
  });
}

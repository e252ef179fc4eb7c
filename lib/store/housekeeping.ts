import type { Store } from "./database.ts";
import { pruneDoubts } from "./doubts.ts";

const HOUR_S = 3600;
/** Runs of jobs are told by hours; two days are enough for a doctor. */
const JOB_RUNS_KEPT_S = 48 * HOUR_S;
const REJECTED_KEPT_S = 30 * 24 * HOUR_S;
/** The newest runs stay, whatever the clock says. */
const NEWEST_RUNS = 200;
/** Rows of one transaction. */
const ROWS_AT_ONCE = 5000;

/** Deletes some old job runs, rejected samples and doubts in one short transaction; how many. 0 = nothing is left to do. */
export function tidySome(store: Store, now: number): number {
  return store.write(() => {
    const runs = store.db
      .prepare(
        "DELETE FROM job_runs WHERE id IN (SELECT id FROM job_runs WHERE started_at < ? " +
          "AND id <= (SELECT max(id) FROM job_runs) - ? ORDER BY id LIMIT ?)",
      )
      .run(now - JOB_RUNS_KEPT_S, NEWEST_RUNS, ROWS_AT_ONCE).changes;
    const rejected = store.db.prepare("DELETE FROM rejected_samples WHERE at < ?").run(now - REJECTED_KEPT_S).changes;
    return runs + rejected + pruneDoubts(store, now);
  });
}

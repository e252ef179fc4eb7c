import type { Store } from "./database.ts";
import { DOUBTS_KEPT_S, pruneDoubts } from "./doubts.ts";

const HOUR_S = 3600;
const DAY_S = 86_400;
/** Runs of jobs are told by hours; two days are enough for a doctor. */
const JOB_RUNS_KEPT_S = 48 * HOUR_S;
const REJECTED_KEPT_S = 30 * 24 * HOUR_S;
/** The newest runs stay, whatever the clock says. */
const NEWEST_RUNS = 200;
/** Rows of one transaction. */
const ROWS_AT_ONCE = 5000;

/** What one run may delete: all before these times, UTC s. */
export interface TidyShare {
  readonly runs: number;
  readonly rejected: number;
  readonly doubts: number;
}

/** One run's share: of each kind at most a day goes, the oldest. A clock that leapt ahead makes everything look old. */
export function tidyShare(store: Store, now: number): TidyShare {
  const share = (oldest: string, before: number): number => {
    const at = store.read(() => store.db.prepare(oldest).pluck().get()) as number | null | undefined;
    return typeof at === "number" ? Math.min(before, at + DAY_S) : before;
  };
  return {
    runs: share("SELECT started_at FROM job_runs ORDER BY id LIMIT 1", now - JOB_RUNS_KEPT_S),
    rejected: share("SELECT min(at) FROM rejected_samples", now - REJECTED_KEPT_S),
    doubts: share("SELECT min(last_at) FROM doubts WHERE open = 0", now - DOUBTS_KEPT_S),
  };
}

/** Deletes some of the share in one short transaction; how many. 0 = nothing is left to do. */
export function tidySome(store: Store, now: number, share = tidyShare(store, now)): number {
  return store.write(() => {
    const runs = store.db
      .prepare(
        "DELETE FROM job_runs WHERE id IN (SELECT id FROM job_runs WHERE started_at < ? " +
          "AND id <= (SELECT max(id) FROM job_runs) - ? ORDER BY id LIMIT ?)",
      )
      .run(share.runs, NEWEST_RUNS, ROWS_AT_ONCE).changes;
    const rejected = store.db.prepare("DELETE FROM rejected_samples WHERE at < ?").run(share.rejected).changes;
    return runs + rejected + pruneDoubts(store, share.doubts);
  });
}

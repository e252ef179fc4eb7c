import type { Store } from "./database.ts";

/** What is remembered about a job between its runs. */
export interface JobState {
  readonly last_ok_at: number | null;
  readonly failing_since: number | null;
  readonly failing_code: number | null;
  readonly last_told_at: number | null;
}

export const NEW_JOB: JobState = { last_ok_at: null, failing_since: null, failing_code: null, last_told_at: null };

export interface JobRun {
  readonly job: string;
  readonly started_at: number;
  readonly duration_ms: number;
  readonly exit_code: number;
  readonly message: string | null;
}

/** The job's memory, or that of a job never seen. */
export function jobState(store: Store, job: string): JobState {
  const row = store.read(() =>
    store.db
      .prepare("SELECT last_ok_at, failing_since, failing_code, last_told_at FROM job_states WHERE job = ?")
      .get(job),
  );
  return (row as JobState | undefined) ?? NEW_JOB;
}

/** Records one run and the job's new memory; put it off with `store.later` to share the run's transaction. */
export function recordJobRun(store: Store, run: JobRun, state: JobState): void {
  const before = latestJobRun(store, run.job);
  const { job, started_at, duration_ms, exit_code, message } = run;
  // A row of its own for a failure, and for the run that ends one: the rest is as the memory says.
  if (exit_code !== 0 || before === null || before.exit_code !== 0) {
    store.db
      .prepare("INSERT INTO job_runs (job, started_at, duration_ms, exit_code, message) VALUES (?, ?, ?, ?, ?)")
      .run(job, started_at, duration_ms, exit_code, message);
  }
  store.db
    .prepare(
      "INSERT INTO job_states (job, last_ok_at, failing_since, failing_code, last_told_at, started_at, duration_ms, exit_code, message) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job) DO UPDATE SET last_ok_at = excluded.last_ok_at, " +
        "failing_since = excluded.failing_since, failing_code = excluded.failing_code, last_told_at = excluded.last_told_at, " +
        "started_at = excluded.started_at, duration_ms = excluded.duration_ms, exit_code = excluded.exit_code, message = excluded.message",
    )
    .run(
      ...[job, state.last_ok_at, state.failing_since, state.failing_code, state.last_told_at],
      ...[started_at, duration_ms, exit_code, message],
    );
}

/** The last run of a job, or null: it never ran. */
export function latestJobRun(store: Store, job: string): JobRun | null {
  const sql =
    "SELECT job, started_at, duration_ms, exit_code, message FROM job_states WHERE job = ? AND started_at IS NOT NULL";
  return (store.read(() => store.db.prepare(sql).get(job)) as JobRun | undefined) ?? null;
}

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
  store.db
    .prepare("INSERT INTO job_runs (job, started_at, duration_ms, exit_code, message) VALUES (?, ?, ?, ?, ?)")
    .run(run.job, run.started_at, run.duration_ms, run.exit_code, run.message);
  store.db
    .prepare(
      "INSERT OR REPLACE INTO job_states (job, last_ok_at, failing_since, failing_code, last_told_at) VALUES (?, ?, ?, ?, ?)",
    )
    .run(run.job, state.last_ok_at, state.failing_since, state.failing_code, state.last_told_at);
}

/** The latest runs of a job, newest first. */
export function latestJobRuns(store: Store, job: string, limit: number): JobRun[] {
  return store.read(() =>
    store.db
      .prepare(
        "SELECT job, started_at, duration_ms, exit_code, message FROM job_runs WHERE job = ? ORDER BY started_at DESC, id DESC LIMIT ?",
      )
      .all(job, limit),
  ) as JobRun[];
}

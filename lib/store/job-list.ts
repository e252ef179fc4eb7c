import type { Store } from "./database.ts";
import type { JobState } from "./jobs.ts";

/** Every job that has ever run, by name, with what is remembered about it. */
export function allJobStates(store: Store): (JobState & { readonly name: string })[] {
  return store.read(() =>
    store.db
      .prepare("SELECT job AS name, last_ok_at, failing_since, failing_code, last_told_at FROM job_states ORDER BY job")
      .all(),
  ) as (JobState & { name: string })[];
}

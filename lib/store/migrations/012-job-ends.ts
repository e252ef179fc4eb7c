/**
 * How a job last ended stands with its memory; runs as rows of their own are kept only around failures. A quiet run then changes one
 * page of the file instead of three. A doubt that goes on changes its row and no index. Orders that ended of late are looked
 * for every minute.
 */
export const JOB_ENDS = `
ALTER TABLE job_states ADD COLUMN started_at INTEGER;
ALTER TABLE job_states ADD COLUMN duration_ms INTEGER;
ALTER TABLE job_states ADD COLUMN exit_code INTEGER;
ALTER TABLE job_states ADD COLUMN message TEXT;
UPDATE job_states SET (started_at, duration_ms, exit_code, message) =
  (SELECT started_at, duration_ms, exit_code, message FROM job_runs r WHERE r.job = job_states.job ORDER BY r.started_at DESC, r.id DESC LIMIT 1);
DROP INDEX job_runs_by_job;
DROP INDEX doubts_by_device;
CREATE INDEX doubts_of_device ON doubts (device);
CREATE INDEX commands_by_end ON commands (finished_at);
`;

/**
 * Devices, samples, settings, job runs. The sample tables get their field columns from the field tables (schema.ts), so that a
 * new row there needs no migration. Inserts go to the right edge of the tree. A station has one inverter, so its samples are keyed
 * by time alone, as rowid: SQLite fills the pages of such a table to 97 %, and those of a key of two columns to 88 %.
 */
export const BASE = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('inverter', 'bms')),
  name TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE inverter_samples (
  at INTEGER PRIMARY KEY NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id)
) STRICT;

CREATE TABLE bms_samples (
  at INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  good_answers INTEGER NOT NULL,
  bad_answers INTEGER NOT NULL,
  PRIMARY KEY (at, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  device INTEGER NOT NULL REFERENCES devices (id),
  key TEXT NOT NULL,
  raw ANY,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (device, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings_read (
  device INTEGER PRIMARY KEY REFERENCES devices (id),
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE settings_changes (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  key TEXT NOT NULL,
  old_raw ANY,
  new_raw ANY,
  source TEXT NOT NULL
) STRICT;
CREATE INDEX settings_changes_by_device ON settings_changes (device, at);

CREATE TABLE last_frames (
  device INTEGER NOT NULL REFERENCES devices (id),
  what TEXT NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (device, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected_samples (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  reason TEXT NOT NULL,
  raw TEXT NOT NULL
) STRICT;

CREATE TABLE job_runs (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  message TEXT
) STRICT;
CREATE INDEX job_runs_by_job ON job_runs (job, started_at);

CREATE TABLE job_states (
  job TEXT PRIMARY KEY NOT NULL,
  last_ok_at INTEGER,
  failing_since INTEGER,
  failing_code INTEGER,
  last_told_at INTEGER
) STRICT, WITHOUT ROWID;
`;

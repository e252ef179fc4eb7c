/**
 * What the rules remember: the mode and who set it, their state between runs, one row a run with the whole decision, alert events,
 * daily reports, and the outbox. Decisions are packed against a model text that an earlier one gave.
 */
export const RULES = `
CREATE TABLE rule_modes (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  mode TEXT NOT NULL,
  source TEXT NOT NULL
) STRICT;

CREATE TABLE rule_states (
  name TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE decision_models (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE rule_parameters (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE decisions (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  on_grid INTEGER CHECK (on_grid IN (0, 1)),
  winner TEXT NOT NULL,
  ordered INTEGER CHECK (ordered IN (0, 1)),
  keep INTEGER NOT NULL CHECK (keep IN (0, 1)),
  parameters INTEGER NOT NULL REFERENCES rule_parameters (id),
  model INTEGER NOT NULL REFERENCES decision_models (id),
  packed BLOB NOT NULL
) STRICT;
CREATE INDEX decisions_by_time ON decisions (at);

CREATE TABLE alert_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  alert TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  text TEXT NOT NULL,
  since INTEGER NOT NULL,
  dated INTEGER NOT NULL CHECK (dated IN (0, 1)),
  details TEXT NOT NULL
) STRICT;
CREATE INDEX alert_events_by_time ON alert_events (at);
CREATE INDEX alert_events_by_key ON alert_events (key, id);

CREATE TABLE daily_reports (
  day TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  report TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  dated INTEGER NOT NULL CHECK (dated IN (0, 1)),
  text TEXT NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
  state_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  reason TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (channel, at) WHERE state IN ('pending', 'sending');

CREATE TABLE outbox_channels (
  channel TEXT PRIMARY KEY NOT NULL,
  failures INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  failing_since INTEGER,
  blocked_reason TEXT,
  dropped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * What publishing remembers: cursors by name, the discovery messages that stand at the broker, every command that came by MQTT and
 * what became of it, counters as last believed, and requests to other commands of the toolset.
 */
export const PUBLISH = `
CREATE TABLE publish_cursors (
  name TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mqtt_discovery (
  topic TEXT PRIMARY KEY NOT NULL,
  device TEXT NOT NULL,
  hash TEXT NOT NULL,
  components TEXT NOT NULL,
  sent_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mqtt_commands (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at INTEGER NOT NULL,
  device TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  given_at REAL,
  source_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  reason TEXT,
  told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
) STRICT;
CREATE INDEX mqtt_commands_by_key ON mqtt_commands (device, key, id);
CREATE INDEX mqtt_commands_untold ON mqtt_commands (id) WHERE told = 0;

CREATE TABLE publish_totals (
  device TEXT NOT NULL,
  key TEXT NOT NULL,
  raw INTEGER NOT NULL,
  at INTEGER NOT NULL,
  candidate_raw INTEGER,
  candidate_at INTEGER,
  candidate_count INTEGER,
  PRIMARY KEY (device, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE battery_energy (
  device TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  power REAL,
  charge_wh REAL NOT NULL,
  discharge_wh REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  what TEXT NOT NULL,
  value TEXT NOT NULL,
  source TEXT NOT NULL
) STRICT;
CREATE INDEX requests_by_what ON requests (what, id);
`;

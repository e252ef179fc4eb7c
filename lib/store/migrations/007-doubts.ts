/**
 * Values that were not believed: one row for each key and code of a device, from the first to the last sample of a spell. `since`, `base_raw`
 * and `streak` are of the run without a pause that goes on now (or ended last). And what happened to a device as a fact: an update, an
 * exchange, a counter that began anew.
 */
export const DOUBTS = `
CREATE TABLE doubts (
  id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES devices (id),
  key TEXT NOT NULL,
  code TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  since INTEGER NOT NULL,
  base_raw ANY,
  streak INTEGER NOT NULL,
  open INTEGER NOT NULL CHECK (open IN (0, 1)),
  raw ANY,
  low REAL,
  high REAL,
  twin TEXT,
  twin_value REAL
) STRICT;
CREATE INDEX doubts_by_device ON doubts (device, last_at);

CREATE TABLE device_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  code TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX device_events_by_device ON device_events (device, at);
`;

/**
 * Every order ever given, with exactly one final state (the trigger holds that), the leases, and how far each command file has been
 * taken over. AUTOINCREMENT: a number that people have seen never means another order.
 */
export const ORDERS = `
CREATE TABLE commands (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('inverter', 'bms')),
  device TEXT NOT NULL,
  queued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  source_id TEXT,
  line INTEGER,
  text TEXT NOT NULL,
  key TEXT,
  wanted_raw INTEGER,
  old_raw INTEGER,
  read_back_raw INTEGER,
  confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  unlocked INTEGER NOT NULL DEFAULT 0 CHECK (unlocked IN (0, 1)),
  lease_for_s INTEGER,
  lease_until INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'sending', 'done', 'unchanged', 'refused', 'failed', 'expired', 'cancelled')),
  reason TEXT,
  sent_at INTEGER,
  finished_at INTEGER,
  logged INTEGER NOT NULL DEFAULT 0 CHECK (logged IN (0, 1)),
  CHECK ((finished_at IS NULL) = (state IN ('queued', 'sending')))
) STRICT;
CREATE INDEX commands_open ON commands (device, id) WHERE state IN ('queued', 'sending');
CREATE INDEX commands_unlogged ON commands (kind, id) WHERE logged = 0;
CREATE INDEX commands_by_key ON commands (device, key, sent_at);
CREATE INDEX commands_by_source_id ON commands (source, source_id) WHERE source_id IS NOT NULL;

CREATE TRIGGER commands_stay_final BEFORE UPDATE OF state ON commands
WHEN OLD.state NOT IN ('queued', 'sending')
BEGIN
  SELECT RAISE(ABORT, 'an order has one final state');
END;

CREATE TABLE leases (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  key TEXT NOT NULL,
  order_id INTEGER NOT NULL,
  old_raw INTEGER NOT NULL,
  leased_raw INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'returned', 'dropped', 'failed')),
  return_order INTEGER,
  returns INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX leases_active ON leases (device, key) WHERE state = 'active';

CREATE TABLE order_files (
  path TEXT NOT NULL,
  file TEXT NOT NULL,
  offset INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  PRIMARY KEY (path, file)
) STRICT, WITHOUT ROWID;
`;

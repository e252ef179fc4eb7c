/**
 * Orders end as "superseded" too, say why as a code with values, and carry evidence of their age that no change of the clock
 * touches: the start of the computer and how long ago it was. A lease knows its length and its beginning. The new check needs the
 * table built again; numbers go on where they were.
 */
export const ORDERS_AGAIN = `
DROP TRIGGER commands_stay_final;
DROP INDEX commands_open;
DROP INDEX commands_unlogged;
DROP INDEX commands_by_key;
DROP INDEX commands_by_source_id;
ALTER TABLE commands RENAME TO commands_before;
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
  state TEXT NOT NULL CHECK (state IN
    ('queued', 'sending', 'done', 'unchanged', 'refused', 'failed', 'expired', 'cancelled', 'superseded')),
  reason TEXT,
  code TEXT,
  details TEXT,
  boot TEXT,
  boot_age_s INTEGER,
  sent_at INTEGER,
  finished_at INTEGER,
  logged INTEGER NOT NULL DEFAULT 0 CHECK (logged IN (0, 1)),
  CHECK ((finished_at IS NULL) = (state IN ('queued', 'sending')))
) STRICT;
INSERT INTO commands (id, kind, device, queued_at, expires_at, source, source_id, line, text, key, wanted_raw, old_raw,
    read_back_raw, confirmed, unlocked, lease_for_s, lease_until, attempts, state, reason, sent_at, finished_at, logged)
  SELECT id, kind, device, queued_at, expires_at, source, source_id, line, text, key, wanted_raw, old_raw,
    read_back_raw, confirmed, unlocked, lease_for_s, lease_until, attempts, state, reason, sent_at, finished_at, logged
  FROM commands_before ORDER BY id;
DROP TABLE commands_before;
CREATE INDEX commands_open ON commands (device, id) WHERE state IN ('queued', 'sending');
CREATE INDEX commands_unlogged ON commands (kind, id) WHERE logged = 0;
CREATE INDEX commands_by_key ON commands (device, key, sent_at);
CREATE INDEX commands_by_source_id ON commands (source, source_id) WHERE source_id IS NOT NULL;
CREATE TRIGGER commands_stay_final BEFORE UPDATE OF state ON commands
WHEN OLD.state NOT IN ('queued', 'sending')
BEGIN
  SELECT RAISE(ABORT, 'an order has one final state');
END;

ALTER TABLE leases ADD COLUMN begun_at INTEGER;
ALTER TABLE leases ADD COLUMN length_s INTEGER;
ALTER TABLE leases ADD COLUMN boot TEXT;
ALTER TABLE leases ADD COLUMN boot_age_s INTEGER;
ALTER TABLE leases ADD COLUMN held_since INTEGER;
ALTER TABLE leases ADD COLUMN code TEXT;
ALTER TABLE leases ADD COLUMN details TEXT;
UPDATE leases SET begun_at = (SELECT sent_at FROM commands WHERE commands.id = leases.order_id);
UPDATE leases SET length_s = ends_at - begun_at WHERE begun_at IS NOT NULL AND ends_at > begun_at;

CREATE TABLE order_file_looks (
  path TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  boot TEXT,
  boot_age_s INTEGER
) STRICT, WITHOUT ROWID;

ALTER TABLE mqtt_commands ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 1 CHECK (acknowledged IN (0, 1));
`;

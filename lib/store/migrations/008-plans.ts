/**
 * Plans of the grid switch: what each was made from (deflated JSON: with it the plan is made again) and what it promised, so that the
 * promise can be compared with what happened. Times are UTC seconds, null = nothing of the kind was promised.
 */
export const PLANS = `
CREATE TABLE plans (
  at INTEGER PRIMARY KEY,
  input BLOB NOT NULL,
  on_grid INTEGER NOT NULL CHECK (on_grid IN (0, 1)),
  soc REAL NOT NULL,
  next_switch_at INTEGER,
  full_at INTEGER,
  reserve_at INTEGER,
  bought REAL NOT NULL
) STRICT;
`;

import type { Raw } from "../codec/table.ts";
import type { Doubt, DoubtCode, Trial } from "../view/doubt.ts";
import type { Store } from "./database.ts";
import { type DeviceKind, deviceId } from "./device-rows.ts";

/** A doubt that lasted, or lasts: from its first to its last sample. */
export interface DoubtSpell extends Doubt {
  readonly first_at: number;
  readonly last_at: number;
  /** Samples in which the value was doubted. */
  readonly count: number;
  /** The newest sample of the device still doubts it. */
  readonly open: boolean;
}

/** A doubt that comes again within this time goes on with its old row: a sensor that fails every other minute must not fill the card. */
const SAME_SPELL_S = 6 * 3600;
export const DOUBTS_KEPT_S = 30 * 86_400;
const KEPT_ROWS = 2000;

interface Row {
  readonly id: number;
  readonly key: string;
  readonly code: DoubtCode;
  readonly first_at: number;
  readonly last_at: number;
  readonly count: number;
  readonly since: number;
  readonly base_raw: number | string | null;
  readonly streak: number;
  readonly open: 0 | 1;
  readonly raw: number | string | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly twin: string | null;
  readonly twin_value: number | null;
}

/** Records the doubts of one sample, none included: what is not among them is believed again. Call inside write or later. */
export function saveDoubts(store: Store, kind: DeviceKind, device: string, at: number, doubts: readonly Doubt[]): void {
  const id = deviceId(store, kind, device);
  const known = store.db
    .prepare("SELECT * FROM doubts WHERE device = ? AND (open = 1 OR last_at > ?) ORDER BY last_at DESC")
    .all(id, at - SAME_SPELL_S) as Row[];
  const lasting = new Set<number>();
  for (const doubt of doubts) {
    const row = known.find(({ key, code }) => key === doubt.key && code === doubt.code);
    if (row) lasting.add(row.id);
    if (row) goOn(store, row, at, doubt);
    else begin(store, id, at, doubt);
  }
  for (const row of known) {
    if (row.open === 1 && !lasting.has(row.id)) {
      store.db.prepare("UPDATE doubts SET open = 0 WHERE id = ?").run(row.id);
    }
  }
}

function begin(store: Store, device: number, at: number, doubt: Doubt): void {
  const { key, code, low = null, high = null, twin = null, twin_value = null } = doubt;
  const raw = sqlValue(doubt.raw);
  store.db
    .prepare(
      "INSERT INTO doubts (device, key, code, first_at, last_at, count, since, base_raw, streak, open, raw, low, high, twin, twin_value) " +
        "VALUES (?, ?, ?, ?, ?, 1, ?, ?, 1, 1, ?, ?, ?, ?, ?)",
    )
    .run(device, key, code, at, at, at, raw, raw, low, high, twin, twin_value);
}

function goOn(store: Store, row: Row, at: number, doubt: Doubt): void {
  const { low = null, high = null, twin = null, twin_value = null } = doubt;
  const raw = sqlValue(doubt.raw);
  // A run that was interrupted, or that comes from the future, begins anew; so does that of a counter which went back once more.
  const fellAgain = typeof doubt.raw === "number" && typeof row.raw === "number" && doubt.raw < row.raw;
  const isCounter = doubt.code === "fell" || doubt.code === "jump";
  const anew = row.open === 0 || row.since > at || (isCounter && fellAgain);
  store.db
    .prepare(
      "UPDATE doubts SET first_at = min(first_at, ?), last_at = ?, count = count + 1, open = 1, raw = ?, low = ?, high = ?, twin = ?, " +
        "twin_value = ?, since = ?, base_raw = ?, streak = ? WHERE id = ?",
    )
    .run(
      ...[at, at, raw, low, high, twin, twin_value],
      ...[anew ? at : row.since, anew ? raw : sqlValue(row.base_raw), anew ? 1 : row.streak + 1, row.id],
    );
}

/** Doubts that the newest sample still has, as the judge needs them. */
export function openTrials(store: Store, device: string): Trial[] {
  const rows = store.read(() =>
    store.db
      .prepare("SELECT t.* FROM doubts t JOIN devices d ON d.id = t.device WHERE d.name = ? AND t.open = 1")
      .all(device),
  ) as Row[];
  return rows.map(({ key, code, since, base_raw, streak, raw }) => ({ key, code, since, base_raw, streak, raw }));
}

/** Spells of doubt that touch from <= t < to, newest first. */
export function doubtSpells(store: Store, device: string, from: number, to: number): DoubtSpell[] {
  const rows = store.read(() =>
    store.db
      .prepare(
        "SELECT t.* FROM doubts t JOIN devices d ON d.id = t.device " +
          "WHERE d.name = ? AND t.last_at >= ? AND t.first_at < ? ORDER BY t.last_at DESC, t.key",
      )
      .all(device, from, to),
  ) as Row[];
  return rows.map(spellOf);
}

function spellOf(row: Row): DoubtSpell {
  const { first_at, last_at, count } = row;
  return { ...doubtOf(row), first_at, last_at, count, open: row.open === 1 };
}

function doubtOf({ key, code, raw, low, high, twin, twin_value }: Row): Doubt {
  return {
    ...{ key, code, raw },
    ...(low === null && high === null ? {} : { low, high }),
    ...(twin === null ? {} : { twin, twin_value }),
  };
}

/** The doubts of a sample at `at`, out of spells; `isMissing` tells whether the sample lacks the value. */
export function doubtsAt(spells: readonly DoubtSpell[], at: number, isMissing: (key: string) => boolean): Doubt[] {
  return spells
    .filter(({ key, first_at, last_at }) => first_at <= at && at <= last_at && isMissing(key))
    .map(({ first_at: _first, last_at: _last, count: _count, open: _open, ...doubt }) => doubt);
}

/** Deletes spells that ended before that time, and those beyond the newest of each station; how many. Call inside write or later. */
export function pruneDoubts(store: Store, before: number): number {
  const old = store.db.prepare("DELETE FROM doubts WHERE last_at < ? AND open = 0").run(before).changes;
  const many = store.db
    .prepare("DELETE FROM doubts WHERE id NOT IN (SELECT id FROM doubts ORDER BY open DESC, last_at DESC LIMIT ?)")
    .run(KEPT_ROWS).changes;
  const events = store.db
    .prepare("DELETE FROM device_events WHERE id NOT IN (SELECT id FROM device_events ORDER BY id DESC LIMIT ?)")
    .run(KEPT_ROWS).changes;
  return old + many + events;
}

/** better-sqlite3 binds numbers as REAL, and a column of any type would keep them so: whole numbers go in as integers. */
function sqlValue(raw: Raw): string | bigint | number | null {
  return typeof raw === "number" && Number.isInteger(raw) ? BigInt(raw) : raw;
}

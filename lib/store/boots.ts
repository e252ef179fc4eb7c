import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { systemClock } from "../base/clock.ts";
import type { Store } from "./database.ts";
import { EARLIEST_SANE } from "./history-fields.ts";
import { sampleKey } from "./sample-key.ts";

/** This run of the computer: its id, and how long it has been up, which no change of the clock touches. */
export interface BootInfo {
  readonly boot_id: string;
  readonly uptime_s: number;
}

/** What became of the samples of this boot when its clock was found to have jumped. */
export interface ClockJump {
  readonly jump_s: number;
  /** Samples that were moved to their true time. */
  readonly moved: number;
}

/** A jump below this is drift, or the rounding of two clocks, s. */
const JUMP_S = 120;
const DRIFT_S = 10;
/** Only a clock that was set this soon after the start had been wrong from the start; later, nobody knows which time is right. */
const SETTLED_S = 7 * 86400;

const current = new WeakMap<Store, { readonly id: number; readonly started_at: number }>();
let bootId: string | null = null;

/**
 * Row id of this boot for a sample stored now, or null when the clock is not the computer's own. Notices that the clock was set since
 * the last sample, and then moves what this boot stored to its true time. Call inside write or later.
 */
export function bootOfSample(store: Store): number | null {
  if (store.clock !== systemClock) return null;
  const info = thisBoot();
  if (info === null) return null;
  const known = current.get(store);
  const started_at = store.clock.now() - info.uptime_s;
  if (known && Math.abs(started_at - known.started_at) < DRIFT_S) return known.id;
  const { id } = noteBoot(store, info, store.clock.now());
  current.set(store, { id, started_at });
  return id;
}

/**
 * The samples whose times are only what a jump of this boot's clock made of them: those of `boot` before `until`, UTC s. The others were
 * stored when no jump moves anything any more. Without such a jump no sample is meant.
 */
export function movedByThisBoot(store: Store): { readonly boot: number; readonly until: number } {
  const sql = "SELECT id, started_at, moved_s FROM boots ORDER BY id DESC LIMIT 1";
  const row = store.read(() => store.db.prepare(sql).get()) as
    | { id: number; started_at: number; moved_s: number }
    | undefined;
  if (row === undefined || row.moved_s === 0) return { boot: -1, until: 0 };
  return { boot: row.id, until: row.started_at + SETTLED_S };
}

/**
 * Records the boot, or what its clock says now. When the clock has jumped since, the samples of this boot move along: the board
 * started without a clock, and now knows the time. Inside write.
 */
export function noteBoot(
  store: Store,
  info: BootInfo,
  now: number,
): { readonly id: number; readonly jump: ClockJump | null } {
  const started_at = now - info.uptime_s;
  const row = store.db
    .prepare("SELECT id, started_at FROM boots WHERE boot_id = ? ORDER BY id DESC LIMIT 1")
    .get(info.boot_id) as { id: number; started_at: number } | undefined;
  if (row === undefined) return { id: insertBoot(store, info, started_at, now), jump: null };
  const jump_s = started_at - row.started_at;
  if (Math.abs(jump_s) < DRIFT_S) return { id: row.id, jump: null };
  if (Math.abs(jump_s) < JUMP_S) {
    store.db.prepare("UPDATE boots SET started_at = ? WHERE id = ?").run(started_at, row.id);
    return { id: row.id, jump: null };
  }
  if (info.uptime_s > SETTLED_S) {
    return { id: insertBoot(store, info, started_at, now), jump: { jump_s, moved: 0 } };
  }
  const moved =
    moveSamples(store, "inverter_samples", row.id, jump_s) + moveSamples(store, "bms_samples", row.id, jump_s);
  store.db
    .prepare("UPDATE boots SET started_at = ?, moved_s = moved_s + ? WHERE id = ?")
    .run(started_at, jump_s, row.id);
  return { id: row.id, jump: { jump_s, moved } };
}

function insertBoot(store: Store, info: BootInfo, started_at: number, now: number): number {
  const { lastInsertRowid } = store.db
    .prepare("INSERT INTO boots (boot_id, started_at, first_at) VALUES (?, ?, ?)")
    .run(info.boot_id, started_at, now);
  return Number(lastInsertRowid);
}

/** Moves the samples of a boot; one that finds its second taken goes to the next free one. */
function moveSamples(store: Store, table: "inverter_samples" | "bms_samples", boot: number, by_s: number): number {
  const rows = store.db.prepare(`SELECT at, device FROM ${table} WHERE boot = ? ORDER BY id`).all(boot) as {
    at: number;
    device: number;
  }[];
  if (rows.length === 0) return 0;
  const taken = store.db.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).pluck();
  const move = store.db.prepare(`UPDATE ${table} SET id = ? WHERE id = ?`);
  // In the direction of the move, so that the samples do not tread on each other.
  for (const { at, device } of by_s > 0 ? rows.reverse() : rows) {
    let target = at + by_s;
    while (taken.get(sampleKey(target, device)) !== undefined) target += 1;
    move.run(sampleKey(target, device), sampleKey(at, device));
  }
  const firstOf = (device: number) => Math.min(...rows.filter((row) => row.device === device).map((row) => row.at));
  for (const device of new Set(rows.map((row) => row.device))) {
    const first = firstOf(device);
    doAnewFrom(
      store,
      device,
      [first, first + by_s].filter((at) => at >= EARLIEST_SANE),
    );
  }
  return rows.length;
}

function doAnewFrom(store: Store, device: number, moments: readonly number[]): void {
  for (const at of moments) {
    store.db
      .prepare(
        "UPDATE history_states SET dirty_from = min(coalesce(dirty_from, ?), ?) " +
          "WHERE device = ? AND through > ? AND coalesce(pruned_before, 0) <= ?",
      )
      .run(at, at, device, at, at);
  }
}

function thisBoot(): BootInfo | null {
  try {
    bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Not Linux: then nothing is known about the clock's past.
    return null;
  }
  return { boot_id: bootId, uptime_s: Math.floor(uptime()) };
}

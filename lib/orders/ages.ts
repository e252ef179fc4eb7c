import { AHEAD_S, type BootTime, type Clock, isFromFuture } from "../base/clock.ts";
import { localTime } from "../base/local-time.ts";
import { minuteOfDay, nextLocalTime } from "./terms.ts";

/**
 * How old an order, a lease or a line is, when the clock may have been wrong. Three kinds of evidence, the better first: seconds
 * counted since one start of the computer, which no clock change touches; a stored time that lies in the past; nothing.
 */
export interface Dated {
  /** Start of the computer, and how many seconds after it; null: not known. */
  readonly boot: string | null;
  readonly boot_age_s: number | null;
}

/** Seconds since something was stored, counted by the computer itself; null when it was stored before this start of it. */
export function countedSince({ boot, boot_age_s }: Dated, clock: Clock): number | null {
  const now: BootTime | null = clock.boot?.() ?? null;
  if (now === null || boot !== now.id || boot_age_s === null) return null;
  return Math.max(0, now.age_s - boot_age_s);
}

export interface Lived extends Dated {
  readonly queued_at: number;
  readonly expires_at: number;
}

/** Seconds that an order may still wait; 0 or less: its life is over; null: its age is not known, because the clock was wrong. */
export function lifeLeft(order: Lived, clock: Clock): number | null {
  const life = order.expires_at - order.queued_at;
  const counted = countedSince(order, clock);
  if (counted !== null) return life - counted;
  const now = clock.now();
  if (isFromFuture(order.queued_at, now)) return null;
  // After a start without a clock chip the time goes on where it was saved, however long the computer was off.
  if (order.boot !== null && clock.isSet?.() === false) return null;
  return Math.min(life, order.expires_at - now);
}

/** What is known of the age of lines in a file, beside the time at which it was last written to. */
export interface LineEvidence {
  /** Seconds since the file was last written to, by the computer's clock; negative: it is dated in the future. */
  readonly written_s: number;
  /** The last look at the file, when everything in it was taken. */
  readonly look: (Dated & { readonly at: number }) | null;
}

/**
 * Age of the new lines of a command file, s; null: not known. Where the file's own date is worth nothing, the lines are no older than
 * the last look, which did not find them.
 */
export function lineAge({ written_s, look }: LineEvidence, clock: Clock): number | null {
  const counted = look === null ? null : countedSince(look, clock);
  const shown = look === null ? null : clock.now() - look.at;
  const isDatedAhead = written_s < -AHEAD_S;
  if (counted !== null) {
    if (isDatedAhead) return counted;
    const jumped = shown === null || Math.abs(shown - counted) > AHEAD_S;
    return jumped ? Math.min(counted, Math.max(0, written_s)) : Math.max(0, written_s);
  }
  // New since the last look, and yet dated before it: one of the two clocks was wrong, and nobody knows which.
  if (shown !== null && shown >= 0 && written_s > shown + AHEAD_S) return null;
  if (clock.isSet?.() === false) return null;
  if (!isDatedAhead) return Math.max(0, written_s);
  return shown !== null && shown >= 0 ? shown : null;
}

export interface LeaseTerms extends Dated {
  readonly ends_at: number;
  readonly begun_at: number | null;
  readonly length_s: number | null;
}

/**
 * When a lease begins and ends by a clock that is right now, where the stored times were written by a wrong one; null: they stand.
 * A lease never holds longer than its own length from now. `time_zone`: for one that ends at a time of day.
 */
export function rightedLease(
  lease: LeaseTerms,
  clock: Clock,
  term: { readonly time_zone: string } | null,
): { readonly begun_at: number; readonly ends_at: number } | null {
  const now = clock.now();
  const { begun_at, ends_at } = lease;
  const length = lease.length_s ?? (begun_at === null ? null : ends_at - begun_at);
  if (begun_at === null || length === null) {
    // Nothing says how long it was to hold: the longest that a line can ask for is the bound.
    return ends_at > now + LONGEST_TERM_S ? { begun_at: now, ends_at: now } : null;
  }
  const counted = countedSince(lease, clock);
  const begun = counted !== null ? now - counted : isFromFuture(begun_at, now) ? now : begun_at;
  if (Math.abs(begun - begun_at) <= AHEAD_S) return null;
  const longest = begun + length;
  if (term === null) return { begun_at: begun, ends_at: longest };
  const minute = minuteOfDay(localTime(ends_at, term.time_zone).time) as number;
  return { begun_at: begun, ends_at: Math.min(longest, nextLocalTime(begun, minute, term.time_zone)) };
}

const LONGEST_TERM_S = 31 * 86400;

/** End of an order's lease that begins now: so many seconds from now, or the time of day that was meant. Null: it has none. */
export function leaseEnd(
  order: { readonly lease_for_s: number | null; readonly lease_until: number | null; readonly queued_at: number },
  now: number,
  time_zone: string,
): number | null {
  if (order.lease_until === null) return order.lease_for_s === null ? null : now + order.lease_for_s;
  const isRight = Math.abs(order.queued_at - now) <= LONGEST_WAIT_S && order.lease_until <= now + 2 * 86400;
  if (isRight) return order.lease_until;
  return nextLocalTime(now, minuteOfDay(localTime(order.lease_until, time_zone).time) as number, time_zone);
}

/** No order waits longer for its turn. */
const LONGEST_WAIT_S = 86400;

/** How old an order, a line or a lease is held to be, by clocks that were wrong, are not set yet, or count the seconds themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../lib/base/clock.ts";
import { leaseEnd, lifeLeft, lineAge, rightedLease } from "../../lib/orders/ages.ts";

const NOW = 1_800_000_000;
const DAY_S = 86_400;

/** A computer whose clock shows NOW, started so many seconds ago; `set`: whether anybody has set the clock since. */
function computer(age_s: number | null = null, set?: boolean): Clock {
  return {
    now: () => NOW,
    monotonic: () => 0,
    ...(age_s === null ? {} : { boot: () => ({ id: "this", age_s }) }),
    ...(set === undefined ? {} : { isSet: () => set }),
  };
}

const queued = (ago_s: number, boot: string | null = null, boot_age_s: number | null = null) => ({
  ...{ queued_at: NOW - ago_s, expires_at: NOW - ago_s + 600, boot, boot_age_s },
});

// biome-ignore format: a case a line
const LIVES: readonly (readonly [what: string, order: ReturnType<typeof queued>, clock: Clock, left_s: number | null])[] = [
  ["an order of this start lives by the counted seconds, whatever the clock shows", queued(9999, "this", 100), computer(160), 540],
  ["an order of an earlier start lives by the clock", queued(60, "before", 100), computer(5), 540],
  ["an order of an earlier start has no known age before the clock is set", queued(60, "before", 100), computer(5, false), null],
  ["an order of an earlier start lives by the clock once it is set", queued(60, "before", 100), computer(5, true), 540],
  ["an order from the future has no known age", queued(-3600), computer(), null],
  ["an order a little ahead lives no longer than its own life", queued(-60), computer(), 600],
];
for (const [what, order, clock, left_s] of LIVES) {
  test(what, () => assert.equal(lifeLeft(order, clock), left_s));
}

const look = (ago_s: number, boot: string | null = null, boot_age_s: number | null = null) => ({
  ...{ at: NOW - ago_s, boot, boot_age_s },
});

// biome-ignore format: a case a line
const LINES: readonly (readonly [what: string, evidence: Parameters<typeof lineAge>[0], clock: Clock, age_s: number | null])[] = [
  ["a file is as old as its date says", { written_s: 50, look: null }, computer(), 50],
  ["a date a little ahead is now", { written_s: -5, look: null }, computer(), 0],
  ["a date far ahead, never looked at: nobody knows", { written_s: -DAY_S, look: null }, computer(), null],
  ["a date far ahead: no older than the last look by the clock", { written_s: -DAY_S, look: look(60) }, computer(), 60],
  ["a date far ahead: no older than the counted seconds since the last look", { written_s: -DAY_S, look: look(60, "this", 100) }, computer(175), 75],
  ["a date far ahead and a last look from the future: nobody knows", { written_s: -DAY_S, look: look(-3600) }, computer(), null],
  ["new since a look that counted, by a clock that stood still: its date counts", { written_s: 30, look: look(60, "this", 100) }, computer(160), 30],
  ["the clock leapt on since the look: a line is no older than the look", { written_s: DAY_S, look: look(DAY_S + 60, "this", 100) }, computer(160), 60],
  ["the clock leapt back since the look: a line is no older than the look", { written_s: 20, look: look(-3600, "this", 100) }, computer(160), 20],
  ["new since the look, yet dated before it: nobody knows", { written_s: 4000, look: look(60) }, computer(), null],
  ["nobody has set the clock yet: nobody knows", { written_s: 50, look: null }, computer(5, false), null],
];
for (const [what, evidence, clock, age_s] of LINES) {
  test(what, () => assert.equal(lineAge(evidence, clock), age_s));
}

const lease = (begun_at: number | null, ends_at: number, length_s: number | null = null) => ({
  ...{ begun_at, ends_at, length_s, boot: null, boot_age_s: null },
});

test("a lease written by a right clock stands", () => {
  assert.equal(rightedLease(lease(NOW - 60, NOW + 1740, 1800), computer(), null), null);
});

test("a lease of the future begins now; its length is what it was, or what its two times say", () => {
  const righted = { begun_at: NOW, ends_at: NOW + 1800 };
  assert.deepEqual(rightedLease(lease(NOW + DAY_S, NOW + DAY_S + 1800, 1800), computer(), null), righted);
  assert.deepEqual(rightedLease(lease(NOW + DAY_S, NOW + DAY_S + 1800), computer(), null), righted);
});

test("a lease whose beginning is not known is over when it would hold longer than any line can ask for", () => {
  assert.deepEqual(rightedLease(lease(null, NOW + 32 * DAY_S), computer(), null), { begun_at: NOW, ends_at: NOW });
  assert.equal(rightedLease(lease(null, NOW + 30 * DAY_S), computer(), null), null);
});

test("a lease of the future until a time of day ends at the next such time, and never later than after its length", () => {
  // 2027-01-15 08:00 UTC, 09:00 in Berlin; it was written a year ahead, until 10:30 there.
  const ahead = NOW + 365 * DAY_S;
  const term = { time_zone: "Europe/Berlin" };
  const long = lease(ahead, ahead + 5400, 5 * 3600);
  assert.deepEqual(rightedLease(long, computer(), term), { begun_at: NOW, ends_at: NOW + 5400 });
  const short = lease(ahead, ahead + 5400, 600);
  assert.deepEqual(rightedLease(short, computer(), term), { begun_at: NOW, ends_at: NOW + 600 });
});

test("until a time of day: the day that was meant, or the next one where the order was given by a wrong clock", () => {
  const until = (queued_at: number, lease_until: number) =>
    leaseEnd({ queued_at, lease_until, lease_for_s: null }, NOW, "Europe/Berlin");
  assert.equal(until(NOW - 60, NOW + 5400), NOW + 5400);
  assert.equal(until(NOW + 365 * DAY_S, NOW + 365 * DAY_S + 5400), NOW + 5400);
  assert.equal(until(NOW - 60, NOW + 3 * DAY_S + 5400), NOW + 5400);
  assert.equal(leaseEnd({ queued_at: NOW, lease_until: null, lease_for_s: 60 }, NOW, "UTC"), NOW + 60);
  assert.equal(leaseEnd({ queued_at: NOW, lease_until: null, lease_for_s: null }, NOW, "UTC"), null);
});

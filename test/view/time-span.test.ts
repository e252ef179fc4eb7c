import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { parseDay, parseFromTo, parseMoment, parseSpan } from "../../lib/view/time-span.ts";

const utc = (text: string): number => Date.parse(text) / 1000;
const BERLIN = { now: utc("2026-11-25T12:00:00Z"), time_zone: "Europe/Berlin" };

const MOMENTS: readonly { text: string; want: string; zone?: string }[] = [
  { text: "now", want: "2026-11-25T12:00:00Z" },
  { text: "36h", want: "2026-11-24T00:00:00Z" },
  { text: "90min", want: "2026-11-25T10:30:00Z" },
  { text: "1764000000", want: "2025-11-24T16:00:00Z" },
  { text: "today", want: "2026-11-24T23:00:00Z" },
  { text: "yesterday", want: "2026-11-23T23:00:00Z" },
  { text: "2026-06-21", want: "2026-06-20T22:00:00Z" },
  { text: "2026-06-21T18:30", want: "2026-06-21T16:30:00Z" },
  { text: "2026-06-21 18:30", want: "2026-06-21T16:30:00Z" },
  { text: "yesterday 6:05", want: "2026-11-24T05:05:00Z" },
  { text: "2026-06-21T18:30:15", want: "2026-06-21T16:30:15Z" },
  { text: "2026-06-21T18:30:00Z", want: "2026-06-21T18:30:00Z" },
  { text: "2026-06-21T18:30+05:00", want: "2026-06-21T13:30:00Z" },
  { text: "12:59", want: "2026-11-25T11:59:00Z" },
  { text: "13:01", want: "2026-11-24T12:01:00Z" },
  // The clock is put forward: 2:00 becomes 3:00, and 5:00 is 3:00 UTC.
  { text: "2026-03-29T05:00", want: "2026-03-29T03:00:00Z" },
  { text: "2026-03-29T01:59", want: "2026-03-29T00:59:00Z" },
  { text: "2026-03-29T02:30", want: "2026-03-29T01:00:00Z" },
  { text: "2026-03-29T03:00", want: "2026-03-29T01:00:00Z" },
  { text: "2026-03-29T23:59", want: "2026-03-29T21:59:00Z" },
  // And back: 2:30 comes twice, the first one is meant.
  { text: "2026-10-25T02:30", want: "2026-10-25T00:30:00Z" },
  { text: "2026-10-25T03:00", want: "2026-10-25T02:00:00Z" },
  { text: "2026-10-25T05:00", want: "2026-10-25T04:00:00Z" },
  // Half an hour, at two in the morning; and a midnight that does not exist.
  { text: "2026-04-05T05:00", want: "2026-04-04T18:30:00Z", zone: "Australia/Lord_Howe" },
  { text: "2026-10-04T05:00", want: "2026-10-03T18:00:00Z", zone: "Australia/Lord_Howe" },
  { text: "2026-09-06T00:00", want: "2026-09-06T04:00:00Z", zone: "America/Santiago" },
  { text: "2026-09-06T05:00", want: "2026-09-06T08:00:00Z", zone: "America/Santiago" },
  { text: "2026-06-21T18:30", want: "2026-06-21T12:45:00Z", zone: "Asia/Kathmandu" },
  // A day that the calendar left out: its end, which is its beginning.
  { text: "2011-12-30T05:00", want: "2011-12-30T09:59:59Z", zone: "Pacific/Apia" },
];

for (const { text, want, zone } of MOMENTS) {
  test(`moment ${text} in ${zone ?? "Berlin"}`, () => {
    const here = { ...BERLIN, ...(zone === undefined ? {} : { time_zone: zone }) };
    assert.equal(new Date(parseMoment(text, here) * 1000).toISOString().replace(".000", ""), want);
  });
}

for (const text of [
  "noonish",
  "25:00",
  "2026-02-30",
  "2026-13-01T00:00",
  "2026-06-21T24:00",
  "2026-06-21T1830",
  "-5h",
  "",
  "2026-06-21T18:30:60Z",
]) {
  test(`"${text}" is no moment`, () => {
    assert.throws(
      () => parseMoment(text, BERLIN),
      (error) => error instanceof UsageError && error.message.startsWith(`"${text}" is no moment; expected now,`),
    );
  });
}

test("days by name and number", () => {
  assert.equal(parseDay("today", BERLIN), "2026-11-25");
  assert.equal(parseDay("yesterday", BERLIN), "2026-11-24");
  assert.equal(parseDay("2028-02-29", BERLIN), "2028-02-29");
  assert.throws(() => parseDay("2026-02-29", BERLIN), /"2026-02-29" is no day/);
});

test("spans: days with all of the last one, moments, one day alone; turned round is refused", () => {
  const days = parseSpan("2026-10-24..2026-10-25", BERLIN);
  assert.equal((days.to - days.from) / 3600, 49);
  assert.equal(parseSpan("2026-10-25", BERLIN).to - parseSpan("2026-10-25", BERLIN).from, 25 * 3600);
  assert.deepEqual(parseSpan("2026-11-25T01:00..2026-11-25T02:00", BERLIN), {
    from: utc("2026-11-25T00:00:00Z"),
    to: utc("2026-11-25T01:00:00Z"),
  });
  assert.throws(() => parseSpan("today..yesterday", BERLIN), /is no span/);
  assert.throws(() => parseSpan("today..today..today", BERLIN), /is no span/);
  assert.deepEqual(parseFromTo("24h", "now", BERLIN), { from: BERLIN.now - 86_400, to: BERLIN.now });
  assert.throws(() => parseFromTo("now", "24h", BERLIN), /--from now is not before --to 24h/);
});

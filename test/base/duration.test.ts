import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration, wholeNumber } from "../../lib/base/duration.ts";
import { reasonOf } from "../../lib/base/errors.ts";
import { stayOf } from "../../lib/cli/stay.ts";

test("durations as people type them", () => {
  assert.deepEqual(["90", "5s", " 30m ", "30min", "2h", "1d"].map(parseDuration), [90, 5, 1800, 1800, 7200, 86_400]);
  for (const text of ["", "h", "1.5h", "-5s", "12345678", "2 weeks"]) {
    assert.throws(() => parseDuration(text), {
      name: "UsageError",
      message: `"${text}" is no duration; expected a number with s, m, h or d, such as 50s or 30m`,
    });
  }
});

test("and as they are told", () => {
  assert.deepEqual([-3, 119, 120, 7199, 7200, 172_799, 187_300].map(formatDuration), [
    "0 s",
    "119 s",
    "2 min",
    "120 min",
    "2 h 0 min",
    "47 h 59 min",
    "2 d 4 h",
  ]);
});

test("a number of an option is whole and within its range", () => {
  const percent = wholeNumber(0, 100);
  assert.equal(percent("100"), 100);
  for (const text of ["101", "-1", "5.5", "", "x"]) {
    assert.throws(() => percent(text), { name: "UsageError", message: `"${text}" is no whole number from 0 to 100` });
  }
});

test("a run that stays ends before the next one starts", () => {
  const stay = stayOf(50);
  assert.equal(stay("50s"), 50);
  assert.throws(() => stay("1m"), {
    name: "UsageError",
    message: "--stay 1m: at most 50s, the next minute's run follows",
  });
});

test("the reason of whatever was thrown is one line", () => {
  assert.equal(reasonOf(new Error("first\nsecond")), "first");
  assert.equal(reasonOf("only words"), "only words");
});

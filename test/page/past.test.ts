import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays } from "../../lib/base/local-time.ts";
import { pastPeriods, periodOf } from "../../lib/page/periods.ts";

const names = (days: readonly string[], today: string) => pastPeriods(days, today).map(({ name }) => name);
const span = (first: string, count: number) => Array.from({ length: count }, (_, index) => addDays(first, index));

test("weeks and months of the calendar, over the turn of a year", () => {
  assert.deepEqual(periodOf("week", "2027-01-02"), {
    ...{ kind: "week", name: "2026-W53", first_day: "2026-12-28", last_day: "2027-01-03" },
  });
  assert.equal(periodOf("week", "2024-12-30").name, "2025-W01");
  assert.equal(periodOf("month", "2028-02-10").last_day, "2028-02-29");
  assert.equal(periodOf("month", "2026-12-31").last_day, "2026-12-31");
});

test("a period has a page when it is over and its data is complete", () => {
  assert.deepEqual(names([], "2026-11-24"), []);
  assert.deepEqual(names(["2026-11-22", "2026-11-23"], "2026-11-24"), ["2026-11-22", "2026-11-23"].concat("2026-W47"));
  assert.deepEqual(names(["2026-11-22", "2026-11-24"], "2026-11-24"), ["2026-11-22", "2026-W47"], "today goes on");
  assert.ok(!names(span("2026-11-02", 28), "2026-12-01").includes("2026-11"), "its last day is not rolled up yet");
  assert.ok(names([...span("2026-11-02", 20), "2026-12-02"], "2026-12-03").includes("2026-11"), "off at its end");
});

test("only so many are kept that they fit into memory", () => {
  const all = pastPeriods(span("2025-01-01", 500), "2026-06-01");
  const count = (kind: string) => all.filter((one) => one.kind === kind).length;
  assert.deepEqual([count("day"), count("week"), count("month")], [62, 26, 16]);
});

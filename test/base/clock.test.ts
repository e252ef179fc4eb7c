import assert from "node:assert/strict";
import { test } from "node:test";
import { AHEAD_S, isFromFuture, knownTime } from "../../lib/base/clock.ts";

test("a time further ahead than clocks of one station differ is none", () => {
  const now = 1_800_000_000;
  assert.deepEqual(
    [-1e9, 0, AHEAD_S, AHEAD_S + 1, 1e9].map((ahead) => isFromFuture(now + ahead, now)),
    [...[false, false, false, true, true]],
  );
  assert.deepEqual(
    [now, now + AHEAD_S + 1, null, undefined].map((at) => knownTime(at, now)),
    [now, null, null, null],
  );
});

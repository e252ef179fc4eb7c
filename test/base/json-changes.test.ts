import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween, withChanges } from "../../lib/base/json-changes.ts";
import { Chance } from "../support/campaign.ts";

const CASES: readonly (readonly [from: unknown, to: unknown, changes: unknown])[] = [
  [{ a: 1, b: { c: 2 } }, { a: 1, b: { c: 2 } }, []],
  [{ a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 4, d: 3 } }, [4, 4]],
  [{ a: 1, b: { c: 2, d: 3 }, e: 5 }, { a: 7, b: null, e: 6 }, [2, 7, 1, null, 3, 6]],
  [{ a: 1, b: { c: 3 } }, { a: 1, b: {} }, [3, {}]],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, [1, { b: 2, a: 1 }]],
  [
    [1, [2, 3], 4],
    [1, [2, 9], 4],
    [5, 9],
  ],
  [
    [[1, 2], 4],
    [[1, 2, 3], 5],
    [2, [1, 2, 3], 3, 5],
  ],
  [{ 0: 1 }, [1], [1, [1]]],
  [5, 6, [1, 6]],
  [5, 5, []],
];

for (const [from, to, changes] of CASES)
  test(`${JSON.stringify(from)} becomes ${JSON.stringify(to)} by ${JSON.stringify(changes)}`, () => {
    assert.deepEqual(changesBetween(from, to), changes);
    assert.deepEqual(withChanges(from, changesBetween(from, to)), to);
  });

test("any value comes back from its changes to any other, and neither is touched", () => {
  const chance = new Chance();
  const value = (depth: number): unknown => {
    const kind = chance.below(depth > 0 ? 7 : 5);
    if (kind < 5) return [null, true, chance.below(3), "x".repeat(chance.below(3)), -0.5][kind];
    const items = Array.from({ length: chance.below(4) }, (_, index) => [`${index}`, value(depth - 1)] as const);
    return kind === 5 ? items.map(([, item]) => item) : Object.fromEntries(items);
  };
  for (let n = 0; n < 20_000; n++) {
    const [from, to] = [value(4), value(4)];
    const before = JSON.stringify([from, to]);
    const changes = JSON.parse(JSON.stringify(changesBetween(from, to)));
    assert.deepEqual(withChanges(from, changes), to, before);
    assert.equal(JSON.stringify([from, to]), before);
  }
});

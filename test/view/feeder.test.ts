import assert from "node:assert/strict";
import { test } from "node:test";
import { feederOf } from "../../lib/view/feeder.ts";

test("the one that gave most fed the house; what is bought goes to the house first", () => {
  assert.equal(feederOf({ sun: 3000, house: 500, grid: 0 }), "sun");
  assert.equal(feederOf({ sun: 100, house: 500, grid: 0 }), "battery");
  assert.equal(feederOf({ sun: 3000, house: 500, grid: 2500 }), "grid", "sun and grid charge the battery");
  assert.equal(feederOf({ sun: 300, house: 500, grid: -200 }), "sun", "what is sold is not bought");
  assert.equal(feederOf({ sun: null, house: 500, grid: 0 }), "battery", "a charger that sleeps gives nothing");
  assert.equal(feederOf({ sun: 0, house: null, grid: 0 }), null);
  assert.equal(feederOf({ sun: 0, house: 300, grid: null }), null);
});

/** What is remembered of parts of a device that do not answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { afterRound, isAbsent, partMemory, partsToSkip } from "../../lib/view/silent-parts.ts";

const NOW = 1_795_000_000;
const round = (silent: readonly string[], answered: readonly string[] = []) => ({ silent, answered });

test("what cannot be read of the memory is forgotten, and the rest stays", () => {
  const kept = { since: 1, tried_at: 2, rounds: 3 };
  for (const stored of [null, undefined, "text", 7, []]) {
    assert.deepEqual(partMemory(stored), { answered: [], silent: {} });
  }
  assert.deepEqual(partMemory({ silent: { about: null, frame: { since: 1 }, block: kept }, answered: "all" }), {
    answered: [],
    silent: { block: kept },
  });
});

test("a part that never answered is not there after three rounds, and is asked again a day later", () => {
  let memory = partMemory(null);
  for (let index = 0; index < 3; index += 1) {
    assert.equal(isAbsent(memory, "about", "secondary"), false);
    memory = afterRound(memory, round(["about"]), NOW + index);
  }
  assert.equal(isAbsent(memory, "about", "secondary"), true);
  assert.deepEqual(partsToSkip(memory, ["about", "identity"], "secondary", NOW + 3600), ["about"]);
  assert.deepEqual(partsToSkip(memory, ["about"], "secondary", NOW + 86_500), []);
  assert.deepEqual(partsToSkip(memory, ["about"], "secondary", NOW - 3600), [], "a try of the future says nothing");
  assert.equal(isAbsent(afterRound(memory, round([], ["about"]), NOW), "about", "secondary"), false);
});

test("live values that did answer once are asked for in every round", () => {
  let memory = afterRound(partMemory(null), round([], ["status"]), NOW);
  for (let index = 0; index < 50; index += 1) memory = afterRound(memory, round(["status"]), NOW + index);
  assert.deepEqual(partsToSkip(memory, ["status"], "live", NOW + 60), []);
});

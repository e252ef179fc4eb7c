import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Mutant } from "../mutants/mutant.ts";

test("every mutant's text stands exactly once in its file, so that a moved protection is not lost from the list", async () => {
  const names = readdirSync("test/mutants").filter((name) => name !== "mutant.ts");
  const lists = await Promise.all(
    names.map((name) => import(`../mutants/${name}`) as Promise<{ MUTANTS: readonly Mutant[] }>),
  );
  const mutants = lists.flatMap(({ MUTANTS }) => MUTANTS);
  const times = ({ file, text }: Mutant) => readFileSync(file, "utf8").split(text).length - 1;
  const lost = mutants.filter((mutant) => times(mutant) !== 1).map(({ file, text }) => `${file}: ${text}`);
  assert.ok(mutants.length > 300);
  assert.deepEqual(lost, []);
});

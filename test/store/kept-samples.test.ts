import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type KeptSample, keepForLater, takeKept } from "../../lib/store/kept-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { MONDAY, newStore } from "./history-support.ts";

test("samples wait beside the state file, private to the station, and are taken over once", (t) => {
  const folder = scratchDirectory(t);
  const store = newStore(t, MONDAY);
  for (const at of [MONDAY - 60, MONDAY]) keepForLater(folder, "inverter", { at, sample: { raw: at } });
  const [name] = readdirSync(folder) as [string];
  assert.equal(statSync(join(folder, name)).mode & 0o007, 0);
  const saved: KeptSample[] = [];
  assert.equal(
    takeKept(store, [folder], "inverter", (kept) => saved.push(kept)),
    2,
  );
  assert.deepEqual(
    saved.map(({ at }) => at),
    [MONDAY - 60, MONDAY],
  );
  assert.equal(
    takeKept(store, [folder], "inverter", () => assert.fail("twice")),
    0,
  );
  assert.deepEqual(readdirSync(folder), []);
});

test("a sample of the future is not taken over, and a broken line costs only itself", (t) => {
  const folder = scratchDirectory(t);
  const store = newStore(t, MONDAY);
  keepForLater(folder, "bms", { at: MONDAY + 86_400, sample: {} });
  const [name] = readdirSync(folder) as [string];
  for (const line of ["{half", "null", '{"at":1.5,"sample":{}}', '{"at":60}', '"at"']) {
    appendFileSync(join(folder, name), `${line}\n`);
  }
  keepForLater(folder, "bms", { at: MONDAY, sample: {} });
  const taken: number[] = [];
  takeKept(store, [folder], "bms", ({ at }) => taken.push(at));
  assert.deepEqual(taken, [MONDAY]);
});

test("a day of samples is kept, then the newer half", (t) => {
  const folder = scratchDirectory(t);
  keepForLater(folder, "bms", { at: 0, sample: null });
  const path = join(folder, readdirSync(folder)[0] as string);
  appendFileSync(
    path,
    Array.from({ length: 1439 }, (_, at) => `${JSON.stringify({ at: at + 1, sample: null })}\n`).join(""),
  );
  keepForLater(folder, "bms", { at: 1440, sample: null });
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  assert.equal(lines.length, 720);
  assert.deepEqual([JSON.parse(lines[0] as string).at, JSON.parse(lines.at(-1) as string).at], [721, 1440]);
});

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { cachedConfig } from "../../lib/config/cached.ts";
import { exampleConfig } from "../../lib/config/example.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { scratchDirectory } from "../support/scratch.ts";

function station(t: TestContext, text: string) {
  const folder = scratchDirectory(t);
  const path = join(folder, "config.yaml");
  writeFileSync(path, text);
  const environment = { XDG_CACHE_HOME: join(folder, "cache") };
  const copies = join(folder, "cache", "solar-station");
  const copy = () => join(copies, readdirSync(copies).find((name) => name.endsWith(".json")) as string);
  return {
    folder,
    path,
    environment,
    copies,
    copy,
    load: (build: string | null = "b1") => cachedConfig(path, build, environment),
  };
}

/** Marks the kept copy, so that a test sees whether it was used. */
function mark(file: string): void {
  const kept = JSON.parse(readFileSync(file, "utf8"));
  kept.config.station.name = "from the copy";
  writeFileSync(file, JSON.stringify(kept));
}

test("a copy says the same as the file, for every key", async (t) => {
  for (const text of ["", exampleConfig(), "bms: [{protocol: 4e57}]\nalerts: {cell_low: {hold_s: 60}}\n"]) {
    const { path, load } = station(t, text);
    const fresh = loadConfig(path);
    assert.deepEqual(await load(), fresh);
    assert.deepEqual(await load(), fresh);
  }
});

test("the copy is used while file and program are the same, and private", async (t) => {
  const { load, copy, path } = station(t, "station: {name: first}\n");
  await load();
  assert.equal(statSync(copy()).mode & 0o777, 0o600);
  mark(copy());
  assert.equal((await load()).config.station.name, "from the copy");
  assert.equal((await load("b2")).config.station.name, "first");
  mark(copy());
  writeFileSync(path, "station: {name: other}\n");
  assert.equal((await load("b2")).config.station.name, "other");
});

test("a copy that others may touch, or that is damaged, is not believed", async (t) => {
  const { load, copy } = station(t, "station: {name: first}\n");
  await load();
  mark(copy());
  chmodSync(copy(), 0o644);
  assert.equal((await load()).config.station.name, "first");
  writeFileSync(copy(), "{ no json");
  assert.equal((await load()).config.station.name, "first");
});

test("errors are never kept, and run from source nothing is", async (t) => {
  const bad = station(t, "station: {nam: x}\n");
  await assert.rejects(bad.load(), ConfigError);
  await assert.rejects(bad.load(), ConfigError);
  assert.equal(existsSync(bad.copies), false);
  const source = station(t, "");
  await source.load(null);
  assert.equal(existsSync(source.copies), false);
  await assert.rejects(cachedConfig("/nonexistent/config.yaml", "b1", source.environment), ConfigError);
});

test("where no copy can be kept, the file is read each time", async (t) => {
  const { folder, path } = station(t, "station: {name: first}\n");
  const file = join(folder, "a file");
  mkdirSync(join(folder, "locked"));
  writeFileSync(file, "");
  for (const home of [file, "/proc/nope", join(folder, "locked", "deep", "deeper")]) {
    assert.equal((await cachedConfig(path, "b1", { XDG_CACHE_HOME: home })).config.station.name, "first");
  }
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { StateBusy, UsageError } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { run } from "../../lib/cli/run-command.ts";
import type { Command } from "../../lib/cli/spec.ts";
import { scratchDirectory } from "../support/scratch.ts";

type Given = Omit<Command, "spec"> & { readonly spec?: Partial<Command["spec"]> };

/** A command in this process, as cron starts it: its exit code and what it said on stderr. */
async function started(t: TestContext, given: Given, argv: readonly string[] = [], now = "1800000000") {
  const folder = scratchDirectory(t);
  const config = join(folder, "config.yaml");
  writeFileSync(config, `station: {state_dir: ${JSON.stringify(folder)}}\n`);
  return { folder, again: () => once(config, given, argv, now), ...(await once(config, given, argv, now)) };
}

async function once(config: string, { spec, ...command }: Given, argv: readonly string[], now: string) {
  const said: string[] = [];
  const { write } = process.stderr;
  const { SOLAR_STATION_NOW, SOLAR_CRON, SOLAR_STATION_CONFIG } = process.env;
  process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  Object.assign(process.env, { SOLAR_STATION_NOW: now, SOLAR_CRON: "1", SOLAR_STATION_CONFIG: config });
  try {
    // Without a limit of its time: it would end this process with it.
    await run({ spec: { name: "cmd", about: "", deadline_s: 0, ...spec }, ...command }, argv);
    return { code: process.exitCode, stderr: said.join("") };
  } finally {
    process.stderr.write = write;
    for (const [key, value] of Object.entries({ SOLAR_STATION_NOW, SOLAR_CRON, SOLAR_STATION_CONFIG })) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
    process.exitCode = undefined;
  }
}

const throws = (error: unknown) => async () => {
  throw error;
};

test("an expected failure is one line, a bug its stack, and each has its exit code", async (t) => {
  const wrong = await started(t, { handler: throws(new UsageError(said("no such thing"))) });
  assert.deepEqual([wrong.code, wrong.stderr], [64, "cmd: error: no such thing\n"]);
  const bug = await started(t, { handler: throws(new TypeError("x is not a function")) });
  assert.equal(bug.code, 70);
  assert.match(bug.stderr, /^cmd: error: TypeError: x is not a function\ncmd: error: +at /);
  const odd = await started(t, { handler: throws("a word") });
  assert.deepEqual([odd.code, odd.stderr], [70, "cmd: error: a word\n"]);
});

test("a drill's time that is no number of seconds is refused", async (t) => {
  const { code, stderr } = await started(t, { handler: async () => undefined }, [], "tomorrow");
  assert.equal(code, 64);
  assert.equal(stderr, 'cmd: error: SOLAR_STATION_NOW="tomorrow" is no number of UTC seconds\n');
});

/** Leaves a state file that is none, then opens it. */
const opening: Given["handler"] = async (context) => {
  const path = join(context.config.station.state_dir, "station.db");
  if (!existsSync(path)) writeFileSync(path, "no database at all".repeat(500));
  context.openStore();
  return { json: null };
};

test("a command that only looks, and a dry run, leave a damaged state file as it is; one that writes replaces it", async (t) => {
  for (const [spec, argv] of [
    [{}, []],
    [{ writes: true }, ["--dry-run"]],
  ] as const) {
    const { code, stderr, folder } = await started(t, { spec, handler: opening }, argv);
    assert.equal(code, 74);
    assert.match(stderr, /^cmd: error: .*station\.db/);
    assert.equal(statSync(join(folder, "station.db")).size, 18 * 500);
  }
  const { code, stderr, folder, again } = await started(t, { spec: { writes: true, job: true }, handler: opening });
  assert.equal(code, 74);
  assert.match(stderr, /^cmd: error: .*it is kept as .*; there is no good backup, so a fresh state file was begun/);
  const kept = readdirSync(folder).find((name) => name.startsWith("station.db.")) ?? "none";
  assert.equal(statSync(join(folder, kept)).size, 18 * 500);
  assert.equal((await again()).code, 0);
});

test("a state file that was replaced is told beside what else failed", async (t) => {
  const handler: Given["handler"] = async (context) => {
    await opening(context);
    throw new UsageError(said("and then this"));
  };
  const { code, stderr } = await started(t, { spec: { writes: true, job: true }, handler });
  assert.equal(code, 64);
  assert.match(stderr, /^cmd: error: and then this\ncmd: error: .*a fresh state file was begun/);
});

test("what fails in the work without a state file is told beside it, and a bug there is a bug", async (t) => {
  const handler: Given["handler"] = async (context) => {
    throw new StateBusy(join(context.config.station.state_dir, "station.db"), said("the state file is busy"));
  };
  const spec = { job: true } as const;
  const told = await started(t, { spec, handler, withoutState: throws(new UsageError(said("no way back"))) });
  assert.equal(told.code, 75);
  assert.match(told.stderr, /^cmd: error: no way back\ncmd: error: the state file is busy$/m);
  const bug = await started(t, { spec, handler, withoutState: throws(new TypeError("oops")) });
  assert.equal(bug.code, 70);
  assert.match(bug.stderr, /TypeError: oops/);
});

test("a wrong configuration is told in the language that it names", async (t) => {
  const config = join(scratchDirectory(t), "config.yaml");
  writeFileSync(config, "station: {lang: ru, max_age_s: 5}\n");
  const { code, stderr } = await once(config, { handler: async () => ({ json: {} }) }, [], "1800000000");
  assert.equal(code, 78);
  assert.match(stderr, /config\.yaml:1: station\.max_age_s: слишком мало: нужно число не меньше 10/);
});

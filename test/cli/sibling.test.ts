import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { hasSibling, runSibling, sameConfig } from "../../lib/cli/sibling.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** Commands beside each other, this process being "own". */
function commands(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = scratchDirectory(t);
  for (const [name, text] of Object.entries({ own: "", ...files })) writeFileSync(join(folder, `${name}.cjs`), text);
  const { argv, execArgv } = process;
  t.after(() => Object.assign(process, { argv, execArgv }));
  Object.assign(process, { argv: [argv[0], join(folder, "own.cjs")], execArgv: [] });
  return folder;
}

const TELLS = "console.log(JSON.stringify({ args: process.argv.slice(2), env: process.env }))";

test("a command beside this one reads the same configuration, and remembers nothing of a simulated day elsewhere", async (t) => {
  const folder = commands(t, { tells: TELLS });
  assert.ok(hasSibling("tells"));
  assert.ok(!hasSibling("other"));
  const told = async (...given: Parameters<typeof runSibling>) => {
    const { stdout } = await runSibling(...given);
    return JSON.parse(stdout) as { args: string[]; env: Record<string, string> };
  };
  assert.deepEqual(sameConfig({ configPath: null }), []);
  const plain = await told("tells", ["--json", ...sameConfig({ configPath: null })]);
  assert.deepEqual(plain.args, ["--json"]);
  assert.equal(plain.env.SOLAR_CRON, undefined);
  assert.equal(plain.env.XDG_CACHE_HOME, undefined);
  const config = join(folder, "config.yaml");
  const named = await told("tells", ["--json", ...sameConfig({ configPath: config })]);
  assert.deepEqual(named.args, ["--json", "--config", config]);
  assert.equal(named.env.XDG_CACHE_HOME, folder);
  const simulated = await told("tells", ["--config", config], 1_800_000_000);
  assert.deepEqual(simulated.args, [], "no word is left, so no option parser is loaded");
  const { SOLAR_STATION_CONFIG, SOLAR_STATION_NOW, SOLAR_CRON } = simulated.env;
  assert.deepEqual([SOLAR_STATION_CONFIG, SOLAR_STATION_NOW, SOLAR_CRON], [config, "1800000000", "1"]);
});

test("a command that was killed has failed", async (t) => {
  commands(t, { dies: 'console.error("going"); process.kill(process.pid, "SIGKILL")' });
  const { exitCode, stderr } = await runSibling("dies", []);
  assert.deepEqual([exitCode, stderr], [1, "going\n"]);
});

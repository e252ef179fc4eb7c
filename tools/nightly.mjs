// The whole of every campaign, every test on Node 22, every mutant: what is too slow for each change. Stops with the first red.
// The seed that is printed makes the same chance again: SOLAR_SEED=… npm run test:nightly.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const seed = process.env.SOLAR_SEED ?? String(Date.now() % 2 ** 31);
const parts = resolve(".cache/debian/usr/bin");
const env = { ...process.env, SOLAR_NIGHTLY: "1", SOLAR_SEED: seed, PATH: `${process.env.PATH}${delimiter}${parts}` };
const LIMIT_MS = 60 * 60_000;
const began = performance.now();

function step(name, args, environment = env) {
  const left = LIMIT_MS - (performance.now() - began);
  if (left <= 0) fail(name, "the hour was over before it began");
  const { status, error } = spawnSync(process.execPath, args, { stdio: "inherit", env: environment, timeout: left });
  if (status !== 0) fail(name, error ? error.message : `status ${status}`);
  console.log(`${name}: passed after ${Math.round((performance.now() - began) / 1000)} s`);
}

function fail(name, why) {
  console.error(`nightly: ${name}: ${why}; seed ${seed}`);
  process.exit(1);
}

// A campaign is a test file that asks how often it should try.
const campaigns = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("test", name))
  .filter((name) => readFileSync(name, "utf8").includes("support/campaign.ts"))
  .sort();
console.log(`seed ${seed}, Node ${process.version}, ${campaigns.length} campaigns`);
step("build", ["tools/build.mjs"]);
const reporters = ["spec", "./tools/test-results.mjs"].flatMap((name) => [
  `--test-reporter=${name}`,
  "--test-reporter-destination=stdout",
]);
for (const file of campaigns) step(file, ["--import", "tsx", "--test", ...reporters, file]);
// The shares of the day, but every file.
step("Node 22", ["tools/test-node22.mjs", "--whole"], { ...env, SOLAR_NIGHTLY: "0" });
step("mutants", ["--import", "tsx", "tools/mutants.ts"]);

// The whole of every campaign, every test on Node 22, every mutant: what is too slow for each change. Two campaigns at a time; stops with
// the first red. The seed that is printed makes the same chance again: SOLAR_SEED=… npm run test:nightly. Words choose campaigns by their
// path, and then nothing else is run.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const words = process.argv.slice(2);
const seed = process.env.SOLAR_SEED ?? String(Date.now() % 2 ** 31);
const parts = resolve(".cache/debian/usr/bin");
const env = { ...process.env, SOLAR_NIGHTLY: "1", SOLAR_SEED: seed, PATH: `${process.env.PATH}${delimiter}${parts}` };
const LIMIT_MS = 60 * 60_000;
const AT_A_TIME = 2;
const began = performance.now();
const reporters = ["spec", "./tools/test-results.mjs"].flatMap((name) => [
  `--test-reporter=${name}`,
  "--test-reporter-destination=stdout",
]);

/** Process groups. */
const running = new Set();

/** Runs a step to its end, and shows what it said then: two that speak at once are not to be read. */
function step(name, args, environment = env) {
  const left = LIMIT_MS - (performance.now() - began);
  if (left <= 0) fail(name, "the hour was over before it began");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: environment, detached: true });
  running.add(child.pid);
  const timer = setTimeout(() => fail(name, "the hour is over"), left);
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(data));
  return new Promise((done) => {
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      running.delete(child.pid);
      process.stdout.write(Buffer.concat(said));
      if (status !== 0) fail(name, signal ?? `status ${status}`);
      console.log(`${name}: passed after ${Math.round((performance.now() - began) / 1000)} s`);
      done();
    });
  });
}

function fail(name, why) {
  console.error(`nightly: ${name}: ${why}; seed ${seed}`);
  // With what they started themselves.
  for (const group of running) process.kill(-group, "SIGKILL");
  process.exit(1);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => fail("stopped", signal));

// A campaign is a test file that asks how often it should try.
const campaigns = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("test", name))
  .filter((name) => readFileSync(name, "utf8").includes("support/campaign.ts"))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();
console.log(`seed ${seed}, Node ${process.version}, ${campaigns.length} campaigns`);
await step("build", ["tools/build.mjs"]);
const waiting = [...campaigns];
const work = async () => {
  for (let file = waiting.shift(); file; file = waiting.shift())
    await step(file, ["--import", "tsx", "--test", ...reporters, file]);
};
await Promise.all(Array.from({ length: AT_A_TIME }, work));
if (words.length === 0) {
  // The shares of the day, but every file.
  await step("Node 22", ["tools/test-node22.mjs", "--whole"], { ...env, SOLAR_NIGHTLY: "0" });
  await step("mutants", ["--import", "tsx", "tools/mutants.ts"]);
}

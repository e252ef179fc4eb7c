// The whole of every campaign, and a share of the mutants: what is too slow for each change. Three campaigns at a time on two cores; what
// is red does not stop the others. The seed that is printed makes the same chance again: SOLAR_SEED=… npm run test:nightly. Words choose
// campaigns by their path, and then nothing else is run.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { REPORTERS, testEnvironment } from "./test-environment.mjs";

const words = process.argv.slice(2);
const seed = process.env.SOLAR_SEED ?? String(Date.now() % 2 ** 31);
const env = testEnvironment({ SOLAR_NIGHTLY: process.env.SOLAR_NIGHTLY ?? "1", SOLAR_SEED: seed });
const LIMIT_MS = 60 * 60_000;
/** The longest waits for lines and brokers more than it computes. */
const AT_A_TIME = availableParallelism() + 1;
/** These first, or one of them runs alone at the end: how long each takes, about. */
const LONG = [
  "faults/minutes",
  "packaging/debian-root",
  "e2e/several",
  "rules/plan-replay",
  "page/looks",
  "faults/kills",
  "faults/parsers",
];
const began = performance.now();

/** Process groups. */
const running = new Set();
/** Steps that failed, and how. */
const red = [];
/** Campaigns that cannot run on this computer. */
const notRun = [];
/** What campaigns counted, by their file. */
const figures = [];

/** Runs a step to its end, and shows what it said then: two that speak at once are not to be read. */
function step(name, args) {
  const left = LIMIT_MS - (performance.now() - began);
  if (left <= 0) fail(name, "the hour was over before it began");
  const from = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env, detached: true });
  running.add(child.pid);
  const timer = setTimeout(() => fail(name, "the hour is over"), left);
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(data));
  return new Promise((done) => {
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      running.delete(child.pid);
      const text = Buffer.concat(said).toString();
      process.stdout.write(text);
      if (status !== 0) red.push(`${name}: ${signal ?? `status ${status}`}`);
      // A test tells what it counted; the runner's own lines are a word and a number.
      const counted = [...text.matchAll(/^ℹ (?!\w+ [\d.]+$)(.*[a-z]{3}.*)$/gm)].map(([, told]) =>
        told.replace(/^seed \d+: /, ""),
      );
      if (counted.length > 0) figures.push([name, counted]);
      if (name === "mutants") figures.push([name, text.match(/^\d+ of \d+ mutants died$/gm) ?? []]);
      const skipped = status === 0 && name.endsWith(".test.ts") && /^ℹ pass 0$/m.test(text);
      if (skipped) notRun.push(name);
      const [took, after] = [from, began].map((time) => Math.round((performance.now() - time) / 1000));
      const fate = skipped ? "NOT RUN" : status === 0 ? "passed" : "RED";
      console.log(`${name}: ${fate} in ${took} s, ${after} s after the beginning`);
      done();
    });
  });
}

function fail(name, why) {
  for (const line of [...red, `${name}: ${why}`]) console.error(`nightly: ${line}; seed ${seed}`);
  // With what they started themselves.
  for (const group of running) process.kill(-group, "SIGKILL");
  process.exit(1);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => fail("stopped", signal));

const rank = (file) => LONG.findIndex((name) => file.includes(name)) >>> 0;
// A campaign is a test file that asks how often it should try.
const campaigns = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("test", name))
  .filter((name) => readFileSync(name, "utf8").includes("support/campaign.ts"))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
console.log(`seed ${seed}, Node ${process.version}, ${campaigns.length} campaigns`);
await step("build", ["tools/build.mjs"]);
const waiting = [...campaigns];
const work = async () => {
  for (let file = waiting.shift(); file; file = waiting.shift())
    await step(file, ["--import", "tsx", "--test", ...REPORTERS, file]);
};
await Promise.all(Array.from({ length: AT_A_TIME }, work));
if (words.length === 0) await step("mutants", ["--import", "tsx", "tools/mutants.ts", "--night"]);
for (const line of red) console.error(`nightly: ${line}; seed ${seed}`);
/** For docs/reference/promises.md. */
function keep(minutes) {
  const date = new Date().toISOString();
  mkdirSync(".cache/nights", { recursive: true });
  const night = {
    date,
    node: process.version,
    seed,
    campaigns: campaigns.length,
    minutes,
    red,
    not_run: notRun,
    figures,
  };
  writeFileSync(`.cache/nights/${date.replaceAll(":", "-")}.json`, JSON.stringify(night));
}
const minutes = Math.round((performance.now() - began) / 60_000);
if (words.length === 0) keep(minutes);
const but = notRun.length === 0 ? "" : `, but not run here: ${notRun.join(", ")}`;
if (red.length === 0) console.log(`nightly: all passed in ${minutes} min${but}; seed ${seed}`);
process.exitCode = red.length === 0 ? 0 : 1;

// Runs the tests: all of them, or those whose path contains one of the words given. Node 20 knows no globs here. With --again: those
// that may end otherwise on another Node.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { REPORTERS, testEnvironment } from "./test-environment.mjs";

/**
 * What may end otherwise on another Node: whatever works with files, sockets, processes and native parts, a test of each command among
 * it. Tables, decisions and long stories tell of the program and not of Node; the nightly run has every file on both.
 */
const ROOMS = "base cli config export modbus publish store";
const COMMANDS = "batmon-notify command-line export-to jkbms-dump mqtt-circle page pv1800-dump setup";
const AGAIN = [
  ...ROOMS.split(" ").map((room) => `test/${room}/`),
  ...COMMANDS.split(" ").map((name) => `test/e2e/${name}.test.ts`),
];
const isForBoth = (name) =>
  AGAIN.some((start) => name.startsWith(start)) && !readFileSync(name, "utf8").includes("support/campaign.ts");

const again = process.argv.includes("--again");
const words = process.argv.slice(2).filter((word) => word !== "--again");
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("test", name))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .filter((name) => !again || isForBoth(name))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${words.join(" ")}`);
  process.exit(1);
}
// Tests of whole commands run dist/: it is made of what is in lib/ now, or nothing is tested. Costs nothing where it is.
const built = spawnSync(process.execPath, ["tools/build.mjs"], { stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);

// One file a core and one more: a quarter of a run waits for ports, brokers and browsers.
const concurrency = `--test-concurrency=${availableParallelism() + 1}`;
const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", concurrency, ...REPORTERS, ...files], {
  stdio: "inherit",
  env: testEnvironment(),
});
process.exit(status ?? 1);

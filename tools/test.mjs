// Runs the tests: all of them, or those whose path contains one of the words given. Node 20 knows no globs here. With --again: those
// that may end otherwise on another Node.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

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

// Parts that test/install-debian-parts.sh unpacked instead of installing them.
const parts = resolve(".cache/debian/usr/bin");
// A file of extra certificates is read by every Node that starts, and a run starts some ten thousand; cron gives none either.
const { NODE_EXTRA_CA_CERTS: _certificates, ...inherited } = process.env;
const env = { ...inherited, TMPDIR: scratch(), PATH: `${process.env.PATH}${delimiter}${parts}` };
// One file a core and one more: a quarter of a run waits for ports, brokers and browsers.
const concurrency = `--test-concurrency=${availableParallelism() + 1}`;
const reporters = ["spec", "./tools/test-results.mjs"].flatMap((name) => [
  `--test-reporter=${name}`,
  "--test-reporter-destination=stdout",
]);
const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", concurrency, ...reporters, ...files], {
  stdio: "inherit",
  env,
});
process.exit(status ?? 1);

/** Scratch folders lie in memory where there is room: a run waits for its disk to sync more than for anything else. */
function scratch() {
  const memory = "/dev/shm";
  const mount = readFileSync("/proc/mounts", "utf8").match(new RegExp(`^\\S+ ${memory} \\S+ (\\S+)`, "m"));
  if (mount === null || mount[1].split(",").some((option) => option === "noexec" || option === "ro")) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 31 ? memory : tmpdir();
}

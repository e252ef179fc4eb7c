// What every run of tests has around it: parts of Debian that were unpacked instead of installed, scratch folders in memory, reporters.
import { readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, resolve } from "node:path";

/** The environment of a run, with `more`. Parts lie where test/install-debian-parts.sh unpacked them, below `root`. */
export function testEnvironment(more = {}, root = ".") {
  // A file of extra certificates is read by every Node that starts, and a run starts some ten thousand; cron gives none either.
  const { NODE_EXTRA_CA_CERTS: _certificates, ...inherited } = process.env;
  const parts = resolve(root, ".cache/debian/usr/bin");
  return { ...inherited, TMPDIR: scratch(), PATH: `${process.env.PATH}${delimiter}${parts}`, ...more };
}

/** What a person reads, and what docs/reference/promises.md is made of. */
export const REPORTERS = ["spec", "./tools/test-results.mjs"].flatMap((name) => [
  `--test-reporter=${name}`,
  "--test-reporter-destination=stdout",
]);

/** Scratch folders lie in memory where there is room: a run waits for its disk to sync more than for anything else. */
export function scratch() {
  const memory = "/dev/shm";
  const mount = readFileSync("/proc/mounts", "utf8").match(new RegExp(`^\\S+ ${memory} \\S+ (\\S+)`, "m"));
  if (mount === null || mount[1].split(",").some((option) => option === "noexec" || option === "ro")) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 31 ? memory : tmpdir();
}

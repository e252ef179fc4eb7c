import { chownSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { accountOf, STATION_USER, typedLine } from "../base/access.ts";
import { PortBusy, StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { runSibling } from "../cli/sibling.ts";
import type { Answer, Context } from "../cli/spec.ts";
import { parseConfig } from "../config/load.ts";
import { DEFAULT_CONFIG_PATH } from "../config/locate.ts";
import type { Config } from "../config/schema.ts";
import { ORIGINAL_FILES } from "../export/original/files.ts";
import { constantOf, type Originals } from "../export/original/scripts.ts";
import { appendOrder } from "../orders/append-line.ts";
import { commandFile } from "../orders/device-tables.ts";
import { speechOfStation } from "../station/voice.ts";
import { writeAtomically } from "../store/atomic-file.ts";
import type { Speech } from "../words/index.ts";
import { neededJobs } from "./schedule.ts";
import { type Act, groupOfStation, makeStateFolder, type Step, setCron, stepByStep, stepLines } from "./setup-steps.ts";
import { changeCronFile, cronFilesToChange, type StillRunning } from "./still-running.ts";
import { MQTT_SECRET, takenOverConfig } from "./taken-over.ts";

/** Where the original's scripts look for orders, unless theirs says otherwise. */
const ITS_COMMAND_FILE = "/root/inverter_cmd.lst";

/** `station adopt --switch`: ours takes over. Idempotent. @throws PortBusy while a process of the original's holds a port */
export async function switchOver(context: Context, originals: Originals, running: StillRunning): Promise<Answer> {
  const { root } = originals;
  mustBeRoot(root);
  const holder = running.ports[0] ?? running.processes[0];
  if (holder) {
    const { pid, command } = holder;
    throw new PortBusy(failure("original_runs", { pid, command }));
  }
  const words = speechOfStation(context).setup;
  const { steps, act } = stepByStep(context.dryRun, words);
  for (const file of cronFilesToChange(root, "stopped")) {
    act("stop_its_lines", [{ path: file.path }], false, () => changeCronFile(file));
  }
  makeStateFolder(context, root, act);
  takeSecret(originals, act);
  const config = takeConfig(originals, words, act);
  linkCommandFile(context, originals, act);
  for (const path of itsFiles(root)) giveTo(path, STATION_USER, root, act);
  const jobs = neededJobs(config).map(({ job }) => job);
  setCron(root, jobs, "cron_off", act);
  await setModeAuto(context, root, act);
  return answer(context, steps, words.switched);
}

/** `station adopt --back`: the original runs as before; configuration and history of ours stay. */
export async function switchBack(context: Context, root: string): Promise<Answer> {
  mustBeRoot(root);
  const words = speechOfStation(context).setup;
  const { steps, act } = stepByStep(context.dryRun, words);
  setCron(root, [], "cron_off", act);
  const link = join(root, ITS_COMMAND_FILE);
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink())
    act("unlink", [{ path: link }], false, () => rmSync(link));
  for (const path of itsFiles(root)) giveTo(path, "root", root, act);
  for (const file of cronFilesToChange(root, "started")) {
    act("start_its_lines", [{ path: file.path }], false, () => changeCronFile(file));
  }
  return answer(context, steps, words.switched_back);
}

function mustBeRoot(root: string): void {
  if (process.geteuid?.() === 0 || root !== "/") return;
  throw new StateError(failure("needs_root", { line: `sudo ${typedLine()}` }));
}

function answer(context: Context, steps: readonly Step[], last: string): Answer {
  const { dryRun } = context;
  const lines = stepLines(steps, dryRun, speechOfStation(context).setup);
  return { json: { steps, dry_run: dryRun }, text: () => [...lines, last].join("\n"), always: true };
}

/** `user password` in one line, as our own file of it may be. */
function takeSecret({ root, creds }: Originals, act: Act): void {
  if (creds === null) return;
  const path = join(root, MQTT_SECRET);
  const owner = root === "/" ? accountOf(STATION_USER) : null;
  const mine = owner === null ? {} : { uid: owner.uid, gid: owner.gid };
  act("copy_secret", [{ from: creds, path }], existsSync(path), () =>
    writeAtomically(path, readFileSync(creds, "utf8"), { mode: 0o600, ...mine }),
  );
}

/** What is configured stays; else what was taken over. */
function takeConfig(originals: Originals, words: Speech["setup"], act: Act): Config {
  const path = join(originals.root, DEFAULT_CONFIG_PATH);
  if (existsSync(path)) {
    act("config_stays_beside", [{ path }], true, () => {});
    return parseConfig(readFileSync(path, "utf8"), path);
  }
  const text = takenOverConfig(originals, words);
  const config = parseConfig(text, path);
  act("write_whole_config", [{ path, text: text.trimEnd().replace(/^/gm, "    ") }], false, () =>
    writeAtomically(path, text, { mode: 0o640, ...groupOfStation() }),
  );
  return config;
}

/** Whoever writes into the original's command file goes on: it becomes a link to ours. Waiting lines are handed over. */
function linkCommandFile(context: Context, originals: Originals, act: Act): void {
  const { root } = originals;
  const theirs = join(root, constantOf(originals, "command_file") ?? ITS_COMMAND_FILE);
  const ours = join(root, commandFile(context, "inverter"));
  const there = lstatSync(theirs, { throwIfNoEntry: false });
  act("link", [{ path: theirs, to: ours }], there?.isSymbolicLink() === true, () => {
    const isWaiting = there?.isFile() === true && there.size > 0;
    const age_s = context.clock.now() - (there?.mtimeMs ?? 0) / 1000;
    // The original carries an order out within minutes: an older file is of a station that has not run for long.
    if (isWaiting && age_s > context.config.orders.life_s) renameSync(theirs, `${theirs}.old`);
    else if (isWaiting) {
      for (const line of readFileSync(theirs, "utf8").split("\n")) if (line.trim() !== "") appendOrder(ours, line);
    }
    const aside = `${theirs}.${process.pid}`;
    symlinkSync(root === "/" ? ours : commandFile(context, "inverter"), aside);
    renameSync(aside, theirs);
  });
}

/** In a folder that everybody writes to, only a file's owner may replace it: not even root may write into another's. */
function giveTo(path: string, who: string, root: string, act: Act): void {
  const account = accountOf(who);
  if (account === null || root !== "/") return;
  act("give", [{ path, user: who }], statSync(path).uid === account.uid, () =>
    chownSync(path, account.uid, account.gid),
  );
}

function itsFiles(root: string): string[] {
  return ORIGINAL_FILES.map((name) => join(root, "tmp", name)).filter((path) => existsSync(path));
}

/** The original decided by itself: a station that only watched would leave the house off the grid with nobody to bring it back. */
async function setModeAuto(context: Context, root: string, act: Act): Promise<void> {
  act("mode_auto", [], false, () => {});
  if (context.dryRun || root !== "/") return;
  const { exitCode, stderr } = await runSibling("batmon", ["--mode", "auto"]);
  if (exitCode !== 0) throw new StateError(failure("mode_not_set", { why: stderr.trim() }));
}

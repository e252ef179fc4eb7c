import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { accountOf, STATION_USER, typedLine } from "../../base/access.ts";
import { failureOf, StateError, UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { runSibling, sameConfig } from "../../cli/sibling.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { firstConfig } from "../../config/first-config.ts";
import { DEFAULT_CONFIG_PATH } from "../../config/locate.ts";
import { neededJobs, SCHEDULE } from "../../setup/schedule.ts";
import {
  type Act,
  groupOfStation,
  makeStateFolder,
  type Step,
  setCron,
  stepByStep,
  stepLines,
} from "../../setup/setup-steps.ts";
import type { Found } from "../../setup/who-answers.ts";
import { speechOfStation } from "../../station/voice.ts";
import { writeAtomically } from "../../store/atomic-file.ts";

/**
 * `station setup`: from an installed package to a station that runs. Idempotent: what is there stays, what is missing is made. It
 * sends nothing to a device but questions, and the rules only observe until the owner says otherwise.
 */
export async function stationSetup(context: Context): Promise<Answer> {
  const root = (context.options.root as string | undefined) ?? "/";
  const account = accountOf(STATION_USER);
  if (process.geteuid?.() !== 0 && root === "/") {
    throw new StateError(failure("setup_needs_root", { line: `sudo ${typedLine()}` }));
  }
  if (account === null && root === "/") throw new StateError(failure("not_installed", { user: STATION_USER }));
  const words = speechOfStation(context).setup;
  const { steps, act } = stepByStep(context.dryRun, words);
  if (context.options.undo === true) {
    stopAll(root, act);
    return answerOf(context, steps, []);
  }
  makeStateFolder(context, root, act);
  const { text, found } = await configuration(context, root);
  if (text !== null && (await agreed(context, text))) {
    const path = join(root, DEFAULT_CONFIG_PATH);
    act("write_config", [{ path }], false, () => writeAtomically(path, text, { mode: 0o640, ...groupOfStation() }));
  } else if (context.configPath === null) act("no_config_stays", [], true, () => {});
  else act("config_stays", [{ path: context.configPath }], true, () => {});
  startAll(context, root, act);
  return answerOf(context, steps, found);
}

/** The text of a new configuration: only what differs. Null = there is one already. */
async function configuration(
  context: Context,
  root: string,
): Promise<{ text: string | null; found: readonly Found[] }> {
  const given = context.options.answers as string | undefined;
  if (existsSync(join(root, DEFAULT_CONFIG_PATH))) return { text: null, found: [] };
  const found = await findDevices(context);
  const answers = given === undefined ? null : await answersOf(given);
  return { text: answers ?? firstConfig(found, speechOfStation(context).setup), found };
}

/** The file of answers is a configuration; it is checked before anything is written. @throws ConfigError, UsageError */
async function answersOf(path: string): Promise<string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = isMissing
      ? failure("no_answers", { path })
      : failure("answers_unreadable", { path, why: failureOf(error) });
    throw new UsageError(what, { cause: error });
  }
  const { parseConfig } = await import("../../config/load.ts");
  parseConfig(text, path);
  return text;
}

/** Asked by a process of the station's own user: what it may not open, cron's runs may not either. */
async function findDevices(context: Context): Promise<readonly Found[]> {
  if (context.options.probe === false) return [];
  const ports = ((context.options.port as string[] | undefined) ?? []).flatMap((port) => ["--port", port]);
  const config = sameConfig(context);
  const { stdout, stderr } = await runSibling("station", ["find", "--json", ...ports, ...config]);
  try {
    return (JSON.parse(stdout) as { ports: Found[] }).ports;
  } catch {
    throw new StateError(failure("adapters_unreadable", { why: stderr.trim().split("\n")[0] ?? "" }));
  }
}

async function agreed(context: Context, text: string): Promise<boolean> {
  if (context.dryRun || context.options.yes === true) return true;
  if (!process.stdin.isTTY) throw new UsageError(failure("setup_asks"));
  const words = speechOfStation(context).setup;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = (await lines.question(words.agree(text))).trim().toLowerCase();
    // A keyboard may be set to English in every language.
    return [...words.yes, "y", "yes"].includes(said);
  } finally {
    lines.close();
  }
}

/** By cron, or with --timers by systemd; never by both. */
function startAll(context: Context, root: string, act: Act): void {
  const jobs = neededJobs(context.config).map(({ job }) => job);
  const isTimers = context.options.timers === true;
  setCron(root, isTimers ? [] : jobs, "cron_off_for_timers", act);
  if (isTimers) act("start_timers", [{ jobs: jobs.join(", ") }], false, () => timers("enable", jobs));
}

function stopAll(root: string, act: Act): void {
  setCron(root, [], "cron_off", act);
  if (root !== "/" || !existsSync("/run/systemd/system")) return;
  const all = SCHEDULE.map(({ job }) => job);
  act("stop_timers", [], false, () => timers("disable", all));
}

function timers(verb: "enable" | "disable", jobs: readonly string[]): void {
  execFileSync("systemctl", [verb, "--now", ...jobs.map((job) => `solar-${job}.timer`)], { stdio: "pipe" });
}

function answerOf(context: Context, steps: readonly Step[], found: readonly Found[]): Answer {
  const words = speechOfStation(context).setup;
  return {
    json: { steps, found, dry_run: context.dryRun },
    text: () =>
      [
        ...found.map(({ port, text }) => `${port}: ${text}`),
        ...stepLines(steps, context.dryRun, words),
        ...(context.options.undo === true ? [] : words.next),
      ].join("\n"),
    always: true,
  };
}

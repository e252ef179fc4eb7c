import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { accountOf, STATION_USER, typedLine } from "../../base/access.ts";
import { StateError, UsageError } from "../../base/errors.ts";
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
import { writeAtomically } from "../../store/atomic-file.ts";

/**
 * `station setup`: from an installed package to a station that runs. Idempotent: what is there stays, what is missing is made. It
 * sends nothing to a device but questions, and the rules only observe until the owner says otherwise.
 */
export async function stationSetup(context: Context): Promise<Answer> {
  const root = (context.options.root as string | undefined) ?? "/";
  const account = accountOf(STATION_USER);
  if (process.geteuid?.() !== 0 && root === "/") throw new StateError(`setup needs root; type: sudo ${typedLine()}`);
  if (account === null && root === "/") {
    throw new StateError(`there is no user ${STATION_USER}; install the package first (docs/how-to/install.md)`);
  }
  const { steps, act } = stepByStep(context.dryRun);
  if (context.options.undo === true) {
    stopAll(root, act);
    return answerOf(context, steps, []);
  }
  makeStateFolder(context, root, act);
  const { text, found } = await configuration(context, root);
  if (text !== null && (await agreed(context, text))) {
    const path = join(root, DEFAULT_CONFIG_PATH);
    act(`write ${path}`, false, () => writeAtomically(path, text, { mode: 0o640, ...groupOfStation() }));
  } else act(`${context.configPath ?? "no configuration"} stays as it is`, true, () => {});
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
  return { text: answers ?? firstConfig(found), found };
}

/** The file of answers is a configuration; it is checked before anything is written. @throws ConfigError, UsageError */
async function answersOf(path: string): Promise<string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = isMissing
      ? "no such file; it holds a configuration, as station config example prints one"
      : (error as Error).message;
    throw new UsageError(`--answers ${path}: ${what}`, { cause: error });
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
    throw new StateError(`the adapters cannot be looked through: ${stderr.trim().split("\n")[0] ?? ""}`);
  }
}

async function agreed(context: Context, text: string): Promise<boolean> {
  if (context.dryRun || context.options.yes === true) return true;
  if (!process.stdin.isTTY) throw new UsageError("setup asks before it writes: start it on a terminal, or give --yes");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await lines.question(`This would be the configuration:\n\n${text}\nWrite it? [y/N] `);
    return /^(y|yes|д|да)$/i.test(said.trim());
  } finally {
    lines.close();
  }
}

/** By cron, or with --timers by systemd; never by both. */
function startAll(context: Context, root: string, act: Act): void {
  const jobs = neededJobs(context.config).map(({ job }) => job);
  const isTimers = context.options.timers === true;
  const what = isTimers ? "every line off, timers do it" : `start ${jobs.join(", ")}`;
  setCron(root, new Set(isTimers ? [] : jobs), what, act);
  if (isTimers) act(`start the timers of ${jobs.join(", ")}`, false, () => timers("enable", jobs));
}

function stopAll(root: string, act: Act): void {
  setCron(root, new Set(), "every line off; configuration and data stay", act);
  if (root !== "/" || !existsSync("/run/systemd/system")) return;
  const all = SCHEDULE.map(({ job }) => job);
  act("stop the timers", false, () => timers("disable", all));
}

function timers(verb: "enable" | "disable", jobs: readonly string[]): void {
  execFileSync("systemctl", [verb, "--now", ...jobs.map((job) => `solar-${job}.timer`)], { stdio: "pipe" });
}

function answerOf(context: Context, steps: readonly Step[], found: readonly Found[]): Answer {
  return {
    json: { steps, found, dry_run: context.dryRun },
    text: () =>
      [
        ...found.map(({ port, text }) => `${port}: ${text}`),
        ...stepLines(steps, context.dryRun),
        ...(context.options.undo === true
          ? []
          : [
              "Who may look and give orders: sudo adduser NAME solar (then log in anew).",
              "The rules only observe until you say: batmon --mode auto. Page, Telegram, Home Assistant: the how-to guides.",
              "In two minutes: station doctor",
            ]),
      ].join("\n"),
    always: true,
  };
}

/** What sets a station up, one step after the other: `setup` and `adopt` do the same things in the same way. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf, STATION_USER } from "../base/access.ts";
import type { Context } from "../cli/spec.ts";
import { commandFile } from "../orders/device-tables.ts";
import { writeAtomically } from "../store/atomic-file.ts";
import type { Speech } from "../words/index.ts";
import { cronText } from "./schedule.ts";

type Words = Speech["setup"];
type StepCode = keyof Words["steps"];
type StepValues<C extends StepCode> = Parameters<Words["steps"][C]>;

/** One thing that would be done or was. */
export interface Step {
  readonly step: StepCode;
  /** In the reader's language. */
  readonly what: string;
  /** It was so before. */
  readonly done: boolean;
}

/** Does a piece of work unless it is done already, and notes it. */
export type Act = <C extends StepCode>(step: C, values: StepValues<C>, isDone: boolean, work: () => void) => void;

/** A dry run notes what it would do. */
export function stepByStep(isDry: boolean, words: Words): { readonly steps: readonly Step[]; readonly act: Act } {
  const steps: Step[] = [];
  const act: Act = (step, values, isDone, work) => {
    if (!isDone && !isDry) work();
    const tell = words.steps[step] as (...values: StepValues<typeof step>) => string;
    steps.push({ step, what: tell(...values), done: isDone });
  };
  return { steps, act };
}

/** Lines for people. */
export function stepLines(steps: readonly Step[], isDry: boolean, words: Words): string[] {
  const fresh = isDry ? words.would_be_done : words.done;
  return steps.map(({ what, done }) => (done ? words.was_so : fresh)(what));
}

/** Root gives a file to the station's group; who is not root cannot. */
export function groupOfStation(): { readonly gid: number | null } {
  return { gid: process.geteuid?.() === 0 ? (accountOf(STATION_USER)?.gid ?? null) : null };
}

/** The state directory and the command files, whose they must be. */
export function makeStateFolder(context: Context, root: string, act: Act): void {
  const account = accountOf(STATION_USER);
  const folder = join(root, context.config.station.state_dir);
  const own = (path: string) => account && root === "/" && chownSync(path, account.uid, account.gid);
  act("make_folder", [{ folder, user: STATION_USER }], existsSync(folder), () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o2750);
    own(folder);
  });
  for (const kind of ["inverter", "bms"] as const) {
    const path = join(root, commandFile(context, kind));
    act("make_command_file", [{ path }], existsSync(path), () => {
      writeFileSync(path, "", { flag: "wx" });
      chmodSync(path, 0o660);
      own(path);
    });
  }
  // sudo of an earlier day may have left files that cron's next run may not write.
  const isForeign = account !== null && root === "/" && existsSync(folder) && statSync(folder).uid !== account.uid;
  if (isForeign)
    act("give_folder", [{ path: folder, user: STATION_USER }], false, () =>
      execFileSync("chown", ["-R", `${account.uid}:${account.gid}`, folder]),
    );
}

/** Cron's file with these jobs on and the others off. `why_none`: where none is on. */
export function setCron(
  root: string,
  on: readonly string[],
  why_none: "cron_off" | "cron_off_for_timers",
  act: Act,
): void {
  const path = join(root, "etc/cron.d/solar-station");
  const text = cronText({ on: new Set(on), user: STATION_USER });
  const isSame = existsSync(path) && readFileSync(path, "utf8") === text;
  const write = () => writeAtomically(path, text);
  if (on.length === 0) act(why_none, [{ path }], isSame, write);
  else act("cron_starts", [{ path, jobs: on.join(", ") }], isSame, write);
}

/** What sets a station up, one step after the other: `setup` and `adopt` do the same things in the same way. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accountOf, STATION_USER } from "../base/access.ts";
import type { Context } from "../cli/spec.ts";
import { commandFile } from "../orders/device-tables.ts";
import { writeAtomically } from "../store/atomic-file.ts";
import { cronText } from "./schedule.ts";

/** One thing that would be done or was. */
export interface Step {
  readonly what: string;
  /** It was so before. */
  readonly done: boolean;
}

/** Does a piece of work unless it is done already, and notes it. */
export type Act = (what: string, isDone: boolean, work: () => void) => void;

/** A dry run notes what it would do. */
export function stepByStep(isDry: boolean): { readonly steps: readonly Step[]; readonly act: Act } {
  const steps: Step[] = [];
  const act: Act = (what, isDone, work) => {
    if (!isDone && !isDry) work();
    steps.push({ what, done: isDone });
  };
  return { steps, act };
}

/** Lines for people. */
export function stepLines(steps: readonly Step[], isDry: boolean): string[] {
  const verb = isDry ? "would be done" : "done";
  return steps.map(({ what, done }) => `${done ? "as it was" : verb}: ${what}`);
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
  act(`make ${folder} for user ${STATION_USER}, readable by its group`, existsSync(folder), () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o2750);
    own(folder);
  });
  for (const kind of ["inverter", "bms"] as const) {
    const path = join(root, commandFile(context, kind));
    act(`make ${path}, which the group may append to`, existsSync(path), () => {
      writeFileSync(path, "", { flag: "wx" });
      chmodSync(path, 0o660);
      own(path);
    });
  }
  // sudo of an earlier day may have left files that cron's next run may not write.
  const isForeign = account !== null && root === "/" && existsSync(folder) && statSync(folder).uid !== account.uid;
  if (isForeign)
    act(`give ${folder} to user ${STATION_USER}`, false, () =>
      execFileSync("chown", ["-R", `${account.uid}:${account.gid}`, folder]),
    );
}

/** Cron's file with these jobs on and the others off. */
export function setCron(root: string, on: ReadonlySet<string>, what: string, act: Act): void {
  const path = join(root, "etc/cron.d/solar-station");
  const text = cronText({ on, user: STATION_USER });
  const isSame = existsSync(path) && readFileSync(path, "utf8") === text;
  act(`${path}: ${what}`, isSame, () => writeAtomically(path, text));
}

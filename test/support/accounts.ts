import { spawn } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Finished } from "./command.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** Real user and group numbers; nothing on this computer has these. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Runs a bundled command as somebody else, without a terminal; needs root. */
export function runAs(
  person: Person,
  command: readonly string[],
  options: { readonly home: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  const { uid, gid, groups } = person;
  const home = join(options.home, `home-${uid}`);
  mkdirSync(home, { recursive: true });
  chownSync(home, uid, gid);
  const all = [gid, ...groups].join(",");
  const [name = "", ...args] = command;
  const words = ["--reuid", `${uid}`, "--regid", `${gid}`, "--groups", all, "--", process.execPath];
  const env = { PATH: process.env.PATH, HOME: home, SOLAR_CRON: "0", ...options.env };
  const child = spawn("setpriv", [...words, join(ROOT, "dist", `${name}.cjs`), ...args], {
    cwd: "/",
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return new Promise((done) => child.on("close", (code) => done({ code, stdout, stderr })));
}

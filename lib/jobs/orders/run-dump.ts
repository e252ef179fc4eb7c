import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Context } from "../../cli/spec.ts";
import { StateError } from "../../errors.ts";

/** What a command started from here said. */
export interface DumpRun {
  readonly exit_code: number;
  readonly stderr: string;
}

/** Runs the pv1800-dump that was installed beside this command, with the same configuration. @throws StateError when it cannot start */
export async function runInverterDump(context: Context): Promise<DumpRun> {
  const self = realpathSync(process.argv[1] as string);
  const dump = join(dirname(self), basename(self).replace("inverter-cmd", "pv1800-dump"));
  const args = [...process.execArgv, dump, "-v", ...(context.configPath ? ["--config", context.configPath] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr = (stderr + part).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => reject(new StateError(`${dump} cannot be started`, { cause })));
    child.on("close", (code) => resolve({ exit_code: code ?? 70, stderr }));
  });
}

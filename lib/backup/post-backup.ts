import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { StateError } from "../base/errors.ts";

/**
 * Runs the owner's command after a good backup, without a shell: every argument arrives as it is written, with {file} and {directory}
 * filled in. @throws StateError when it cannot be started, fails, or takes too long
 */
export function runPostBackup(command: readonly string[], file: string, timeout_s: number): Promise<void> {
  const fill = (word: string) => word.replaceAll("{file}", file).replaceAll("{directory}", dirname(file));
  const [program, ...args] = command.map(fill) as [string, ...string[]];
  return new Promise((done, fail) => {
    execFile(program, args, { timeout: timeout_s * 1000, maxBuffer: 1 << 20 }, (error, _stdout, stderr) => {
      if (!error) return done();
      const said = stderr.trim().split("\n").at(-1) ?? "";
      const how = error.killed ? `took more than ${timeout_s} s and was stopped` : `failed (${String(error.code)})`;
      fail(new StateError(`post_backup "${program}" ${how}${said && `: ${said}`}`, { cause: error }));
    });
  });
}

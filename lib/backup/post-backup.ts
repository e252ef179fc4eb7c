import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";

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
      const text = stderr.trim().split("\n").at(-1) ?? "";
      const what = error.killed
        ? failure("post_backup_slow", { program, seconds: timeout_s })
        : failure("post_backup_failed", { program, error: String(error.code) });
      const told = text === "" ? what : failure("program_says", { failure: what, text });
      fail(new StateError(told, { cause: error }));
    });
  });
}

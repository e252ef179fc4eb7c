import { closeSync, constants, fstatSync, fsyncSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { sync } from "../base/sync.ts";

/**
 * Appends one order to a command file, as `echo … >>` does: one write, nothing is rewritten, a link is not followed. On the disk
 * when it returns. @throws StateError naming the file
 */
export function appendOrder(path: string, line: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o640);
    try {
      const isNew = fstatSync(fd).size === 0;
      writeSync(fd, `${line}\n`);
      fsyncSync(fd);
      if (isNew) sync(dirname(path));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StateError(failure("not_appended", { path, error: String(code) }), { cause: error });
  }
}

import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { guarded } from "../store/database.ts";

export interface AtomicOptions {
  /** Default 0644: a web server or node_exporter reads it as another user. */
  readonly mode?: number;
  /** Wait until the bytes are on the disk. Not for what is written anew each minute: it would only wear the card. */
  readonly durable?: boolean;
}

/**
 * Replaces a file as a whole: whoever reads it sees the old one or the new one, never a half. Makes its directory.
 * @throws StateError naming the file
 */
export function writeAtomically(path: string, text: string, options: AtomicOptions = {}): void {
  guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    try {
      const fd = openSync(temporary, "w", 0o600);
      try {
        writeFileSync(fd, text);
        fchmodSync(fd, options.mode ?? 0o644);
        if (options.durable) fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * A file that is written piece by piece beside its place and takes it at `finish`; `discard` leaves the old one alone.
 * @throws StateError naming the file
 */
export function growingFile(path: string): { write(text: string): void; finish(): void; discard(): void } {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const fd = guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    return openSync(temporary, "w", 0o644);
  });
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return {
    write: (text) => guarded(path, () => writeFileSync(fd, text)),
    finish: () =>
      guarded(path, () => {
        fsyncSync(fd);
        close();
        renameSync(temporary, path);
      }),
    discard: () => {
      close();
      rmSync(temporary, { force: true });
    },
  };
}

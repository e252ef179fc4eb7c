import {
  appendFileSync,
  chmodSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { guarded } from "./database.ts";

/**
 * Replaces a file as a whole: whoever reads it sees the old one or the new one, never a half. Makes its directory. Both are for
 * everybody to read, whatever the umask: a web server or node_exporter is another user. A file with secrets has a mode and
 * an owner of its own.
 * @throws StateError naming the file
 */
export function writeAtomically(
  path: string,
  text: string,
  { mode = 0o644, uid = 0, gid = null as number | null } = {},
): void {
  guarded(path, () => {
    makePublicFolder(dirname(path));
    const temporary = temporaryFor(path);
    try {
      const fd = openNew(temporary);
      try {
        writeFileSync(fd, text);
        fchmodSync(fd, mode);
        if (gid !== null) fchownSync(fd, uid, gid);
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
  const temporary = temporaryFor(path);
  const fd = guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    return openNew(temporary, 0o644);
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

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** Opens a file that nobody else has made: in a folder that others write to, a link may lie in wait under its name. */
function openNew(path: string, mode = 0o600): number {
  try {
    return openSync(path, "wx", mode);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") throw error;
    // Of a killed run whose number this process has now, or of a stranger: neither is written to.
    rmSync(path);
    return openSync(path, "wx", mode);
  }
}

function makePublicFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}

/**
 * One more line, unless the file ends with this very one: the same sample is told once. A file above the limit is set aside as
 * `.old`, and the one set aside before is gone: the originals filled their RAM disk.
 */
export function addLine(path: string, text: string, limit: number): void {
  guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const fd = openSync(path, "a+", 0o644);
    let size: number;
    try {
      size = fstatSync(fd).size;
      const tail = Buffer.alloc(Math.min(size, Buffer.byteLength(text) + 1));
      readSync(fd, tail, 0, tail.length, size - tail.length);
      if (tail.toString() === `${text}\n`) return;
    } finally {
      closeSync(fd);
    }
    if (size + text.length > limit) renameSync(path, `${path}.old`);
    appendFileSync(path, `${text}\n`, { mode: 0o644 });
  });
}

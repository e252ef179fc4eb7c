import type { Store } from "./database.ts";
import { bootColumns } from "./orders.ts";

/** How far a command file has been taken over. */
export interface FilePosition {
  readonly offset: number;
  readonly lines: number;
  readonly prefix: string;
  /** When the file had last been written to; null: not known. */
  readonly written_at: number | null;
}

/** The memory of one command file's claims: what was recorded and how far, always in one transaction. */
export function fileLedger(store: Store, path: string) {
  return {
    atomically: <T>(work: () => T): T => store.write(work),
    position: (file: string): FilePosition | null => {
      const sql = "SELECT offset, lines, prefix, written_at FROM order_files WHERE path = ? AND file = ?";
      return (store.read(() => store.db.prepare(sql).get(path, file)) as FilePosition | undefined) ?? null;
    },
    advance: (file: string, { offset, lines, prefix, written_at }: FilePosition): void => {
      store.db
        .prepare(
          "INSERT OR REPLACE INTO order_files (path, file, offset, lines, prefix, written_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .run(path, file, offset, lines, prefix, written_at);
    },
    forget: (file: string): void => {
      store.db.prepare("DELETE FROM order_files WHERE path = ? AND file = ?").run(path, file);
    },
    keepOnly: (files: ReadonlySet<string>): void => {
      const known = store.read(() =>
        store.db.prepare("SELECT file FROM order_files WHERE path = ?").pluck().all(path),
      ) as string[];
      const gone = known.filter((file) => !files.has(file));
      if (gone.length === 0) return;
      store.write(() => {
        for (const file of gone) {
          store.db.prepare("DELETE FROM order_files WHERE path = ? AND file = ?").run(path, file);
        }
      });
    },
  };
}

/** When a command file was last looked into, its whole content taken: what is new in it later is younger than that. */
export interface FileLook {
  readonly at: number;
  readonly boot: string | null;
  readonly boot_age_s: number | null;
}

export function lastLook(store: Store, path: string): FileLook | null {
  const sql = "SELECT at, boot, boot_age_s FROM order_file_looks WHERE path = ?";
  return (store.read(() => store.db.prepare(sql).get(path)) as FileLook | undefined) ?? null;
}

/** Call inside write or later. */
export function noteLook(store: Store, path: string, at: number): void {
  const { boot, boot_age_s } = bootColumns(store);
  store.db
    .prepare("INSERT OR REPLACE INTO order_file_looks (path, at, boot, boot_age_s) VALUES (?, ?, ?, ?)")
    .run(path, at, boot, boot_age_s);
}

import type { Database } from "better-sqlite3";
import { StateError, StateUnusable } from "../../base/errors.ts";
import { beginLog } from "../change-log.ts";
import { MIGRATIONS } from "./index.ts";

/**
 * Brings the file to the newest schema. Each step and its `user_version` share one immediate transaction, and the version is
 * read again inside it, because two commands may start at once after an upgrade. With `check` nothing is changed.
 * @returns whether it changed anything
 * @throws StateError when the file is newer than this program, or (check) older
 */
export function migrate(db: Database, path: string, options: { check?: boolean } = {}): boolean {
  const newest = MIGRATIONS.length;
  const version = () => Number(db.pragma("user_version", { simple: true }));
  if (version() > newest) {
    throw new StateUnusable(
      path,
      `${path}: schema ${version()} is newer than this program's ${newest}; upgrade solar-station`,
    );
  }
  if (options.check) {
    if (version() < newest)
      throw new StateError(`${path}: schema ${version()} awaits migration; run a dump command once`);
    return false;
  }
  if (version() === newest) return false;
  while (version() < newest) {
    db.transaction(() => {
      const current = version();
      if (current >= newest) return;
      beginLog(db, path);
      const step = MIGRATIONS[current];
      if (typeof step === "function") step(db);
      else db.exec(step as string);
      db.pragma(`user_version = ${current + 1}`);
    }).immediate();
  }
  return true;
}

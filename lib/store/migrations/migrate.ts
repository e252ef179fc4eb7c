import type { Database } from "better-sqlite3";
import { StateError, StateUnusable } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
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
    throw new StateUnusable(path, failure("schema_to_upgrade", { path, schema: version(), newest }));
  }
  if (options.check) {
    if (version() < newest) throw new StateError(failure("schema_older", { path, schema: version() }));
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

// Preloaded into a command that runs from source: writes every statement that it prepares to the file RECORD_SQL, one JSON text a line.
import { appendFileSync } from "node:fs";
import Database from "better-sqlite3";

const { prepare } = Database.prototype;
Database.prototype.prepare = function (sql) {
  appendFileSync(process.env.RECORD_SQL, `${JSON.stringify(sql)}\n`);
  return prepare.call(this, sql);
};

// Says which whole minutes of a station have no sample. lost-minutes.mjs STATION.DB START MINUTES; ends with 1 when there are any.
import Database from "better-sqlite3";

const [path, start, minutes] = process.argv.slice(2);
const db = new Database(path, { readonly: true });
const first = Math.ceil(Number(start) / 60) + 1;
const wanted = Array.from({ length: Number(minutes) - 1 }, (_, index) => first + index);
let lost = 0;
for (const table of ["inverter_samples", "bms_samples"]) {
  const have = new Set(db.prepare(`SELECT DISTINCT at / 60 FROM ${table} WHERE at >= ?`).pluck().all(Number(start)));
  const missing = wanted.filter((minute) => !have.has(minute));
  lost += missing.length;
  const named = missing.map((minute) => new Date(minute * 60_000).toISOString().slice(11, 16)).join(" ");
  console.log(
    `${table}: ${wanted.length - missing.length} of ${wanted.length} minutes${named ? `; lost: ${named}` : ""}`,
  );
}
process.exitCode = lost > 0 ? 1 : 0;

/** What opening a state file that failed says, by what is the matter with it. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import BetterSqlite from "better-sqlite3";
import { StateDamaged, StateUnusable } from "../../lib/base/errors.ts";
import { isCutOff } from "../../lib/store/change-log.ts";
import { guarded, openStore } from "../../lib/store/database.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { DAY, every, MONDAY, newStore, storeInverter } from "./history-support.ts";

/** A database of ours in name only: it has pages, and no table is left in it. */
function withoutTables(folder: string): string {
  const path = join(folder, "station.db");
  const db = new BetterSqlite(path);
  db.exec("CREATE TABLE gone (id INTEGER); DROP TABLE gone");
  db.close();
  return path;
}

test("a file without tables is a new station, but empty where there was a state before; a reader is sent to a dump command", (t) => {
  const known = withoutTables(scratchDirectory(t));
  writeFileSync(`${known}.known`, "");
  assert.throws(
    () => openStore(known),
    (error: Error) => error instanceof StateDamaged && / is empty, as a power cut leaves a file/.test(error.message),
  );
  assert.throws(() => openStore(known, { readonly: true }), /schema 0 awaits migration; run a dump command once/);
  const fresh = openStore(withoutTables(scratchDirectory(t)));
  assert.equal(fresh.db.pragma("quick_check", { simple: true }), "ok");
  fresh.close();
});

test("an empty file beside a journal that was used to its end held a state", (t) => {
  const path = join(scratchDirectory(t), "station.db");
  writeFileSync(path, "");
  writeFileSync(`${path}-journal`, Buffer.alloc(1024));
  assert.throws(() => openStore(path), /damaged \(it is empty, as a power cut leaves a file\)/);
});

test("over which file a query stumbled is noted, and the next writer looks through all of it, even where no note can be left", (t) => {
  for (const noted of [true, false]) {
    const store = newStore(t);
    storeInverter(store, every(60, MONDAY, MONDAY + 3600), () => ({}));
    const { path } = store;
    const root = store.db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'inverter_samples'").pluck().get();
    store.closeWhole();
    // Only a query of samples comes upon this page.
    const [from, to] = [4096 * (Number(root) - 1), 4096 * Number(root)];
    writeFileSync(path, readFileSync(path).fill(0xff, from, to));
    if (!noted) mkdirSync(`${path}.suspect`);
    const reader = openStore(path, { readonly: true });
    assert.throws(
      () => reader.read(() => reader.db.prepare("SELECT sum(pv_power) FROM inverter_samples").get()),
      (error: Error) => error instanceof StateDamaged && /damaged \(it has damaged pages: /.test(error.message),
      "whether a note can be left or not",
    );
    reader.close();
    assert.throws(() => openStore(path), /damaged \(it has damaged pages/);
  }
});

test("a file of large pages, and one whose head was written by an old program, are seen to be cut off too", (t) => {
  const path = join(scratchDirectory(t), "large.db");
  const db = new BetterSqlite(path);
  db.pragma("page_size = 65536");
  db.exec("CREATE TABLE rows (text TEXT)");
  for (let row = 0; row < 4; row++) db.prepare("INSERT INTO rows VALUES (?)").run("x".repeat(60_000));
  db.close();
  assert.equal(isCutOff(path), false);
  truncateSync(path, 2 * 65_536);
  assert.equal(isCutOff(path), true);
  // Its count of pages is of an earlier change: then only a page that is torn tells.
  const bytes = readFileSync(path);
  bytes.writeUInt32BE(bytes.readUInt32BE(24) + 1, 92);
  writeFileSync(path, bytes);
  assert.equal(isCutOff(path), false);
  truncateSync(path, 65_536 + 1000);
  assert.equal(isCutOff(path), true);
});

test("a full disk, and a file that may not be opened, are told with what can be done", (t) => {
  const store = newStore(t);
  store.db.pragma(`max_page_count = ${store.db.pragma("page_count", { simple: true })}`);
  const many = () => storeInverter(store, every(60, MONDAY, MONDAY + DAY), () => ({}));
  assert.throws(
    many,
    (error: Error) => error instanceof StateUnusable && /: no space left on the disk$/.test(error.message),
  );
  const folder = scratchDirectory(t);
  // A folder in the place of the file: SQLite says the same as where nothing may be written.
  const open = () => new BetterSqlite(folder);
  assert.throws(() => guarded(folder, open, true), /copy it and the -wal beside it into a folder of your own/);
  assert.throws(() => guarded(folder, open), /may not write to it .*repair: chown \d+ /);
});

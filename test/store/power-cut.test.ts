import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import BetterSqlite from "better-sqlite3";
import { copyState } from "../../lib/store/backup.ts";
import { emptyLog, isCutOff, keepLog } from "../../lib/store/change-log.ts";
import { openStore } from "../../lib/store/database.ts";
import { migrate } from "../../lib/store/migrations/migrate.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** A writer whose small cache makes it write pages of an unfinished transaction into the file, and which then waits to be killed. */
const WRITER = `
  import { openStore } from ${JSON.stringify(new URL("../../lib/store/database.ts", import.meta.url).href)};
  const store = openStore(process.argv[1]);
  store.db.pragma("cache_size = 5");
  store.write(() => {
    const insert = store.db.prepare("INSERT INTO meta (key, value) VALUES (?, ?)");
    for (let i = 0; i < 500; i++) insert.run("half " + i, "x".repeat(2000));
    console.log("half way");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

test("a writer killed in the middle leaves its half to be undone: readers and writers see the state before it", async (t) => {
  const path = join(scratchDirectory(t), "station.db");
  const before = openStore(path);
  before.write(() => before.db.prepare("INSERT INTO meta (key, value) VALUES ('whole', 'yes')").run());
  before.close();

  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", WRITER, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");

  // The half stands in the log, where nobody takes it for true.
  assert.ok(statSync(`${path}-wal`).size > 100_000);
  const reader = openStore(path, { readonly: true });
  assert.equal(reader.db.prepare("SELECT count(*) FROM meta WHERE key LIKE 'half%'").pluck().get(), 0);
  reader.close();
  const after = openStore(path);
  assert.equal(after.db.prepare("SELECT count(*) FROM meta WHERE key LIKE 'half%'").pluck().get(), 0);
  assert.equal(after.db.prepare("SELECT value FROM meta WHERE key = 'whole'").pluck().get(), "yes");
  assert.equal(after.db.pragma("integrity_check", { simple: true }), "ok");
  after.close();
});

test("a command leaves what it wrote in the log, and the next one reads it there", (t) => {
  const path = join(scratchDirectory(t), "station.db");
  openStore(path).closeWhole();
  const size = statSync(path).size;
  for (const value of ["1", "2", "3"]) {
    const store = openStore(path);
    store.write(() => store.db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('last', ?)").run(value));
    store.close();
    assert.equal(statSync(path).size, size, "nothing has gone into the file itself");
    const reader = openStore(path, { readonly: true });
    assert.equal(reader.db.prepare("SELECT value FROM meta WHERE key = 'last'").pluck().get(), value);
    reader.close();
  }
  openStore(path).closeWhole();
  assert.deepEqual(
    readdirSync(join(path, "..")).filter((name) => /-(wal|shm|journal)$/.test(name)),
    [],
    "a file that is to be moved stands alone",
  );
});

test("the log does not grow without end", (t) => {
  const path = join(scratchDirectory(t), "station.db");
  for (let run = 0; run < 120; run++) {
    const store = openStore(path);
    store.write(() => {
      for (let row = 0; row < 4; row++) {
        store.db.prepare("INSERT INTO meta (key, value) VALUES (?, ?)").run(`${run} ${row}`, "x".repeat(3000));
      }
    });
    store.close();
  }
  assert.ok(statSync(path).size > 400_000, "it went into the file");
  assert.ok(statSync(`${path}-wal`).size < 300 * 4120, `${statSync(`${path}-wal`).size} bytes`);
});

test("a backup that is put in the place of a lost file by hand is not mixed with the log of the lost one", async (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "station.db");
  const store = openStore(path);
  const put = (value: string) =>
    store.write(() => store.db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('day', ?)").run(value));
  put("of the backup");
  await copyState(store, join(folder, "backup.db"));
  put("after it");
  store.close();

  copyFileSync(join(folder, "backup.db"), path);
  const after = openStore(path);
  assert.equal(after.db.prepare("SELECT value FROM meta WHERE key = 'day'").pluck().get(), "of the backup");
  assert.equal(after.db.pragma("integrity_check", { simple: true }), "ok");
  after.close();
});

/** A station whose log went into the file several times, and a copy of the file alone that its owner made in between. */
function withOldCopy(folder: string) {
  const path = join(folder, "station.db");
  const put = (key: string, rows = 1) => {
    const store = openStore(path);
    for (let row = 0; row < rows; row++) {
      const insert = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)";
      store.write(() => store.db.prepare(insert).run(key, String.fromCharCode(97 + row).repeat(100_000)));
    }
    store.close();
  };
  put("before", 12);
  copyFileSync(path, join(folder, "old.db"));
  put("between", 12);
  put("after");
  assert.ok(statSync(`${path}-wal`).size > 4000);
  return path;
}

const keysOf = (path: string) => {
  const store = openStore(path);
  const keys = store.db.prepare("SELECT key FROM meta WHERE key <> 'sample_columns' ORDER BY key").pluck().all();
  assert.equal(store.db.pragma("integrity_check", { simple: true }), "ok");
  store.close();
  return keys;
};

test("an old copy of the file in its own place is not mixed with the log; file and log copied together are whole", (t) => {
  const folder = scratchDirectory(t);
  const path = withOldCopy(folder);
  for (const ending of ["", "-wal"]) copyFileSync(path + ending, join(folder, `moved.db${ending}`));
  assert.deepEqual(keysOf(join(folder, "moved.db")), ["after", "before", "between"]);
  copyFileSync(join(folder, "old.db"), path);
  assert.throws(() => openStore(path, { readonly: true }), /beside it lies the log of another file; the next dump/);
  assert.deepEqual(keysOf(path), ["before"]);
  assert.ok(statSync(`${path}.foreign-wal`).size > 4000, "kept, for whoever wants to look");
});

const PAGE = 4096;

/** As a disk leaves a file when the power goes while pages come into it by their number; the last one that came may be torn. */
const half = (before: Buffer, done: Buffer, pages: number, more = 0) =>
  Buffer.concat([done.subarray(0, pages * PAGE + more), before.subarray(pages * PAGE + more)]);

const CAME = [
  [1, 0],
  [2, 512],
  [10, 0],
  [60, 1536],
] as const;

test("cut off while the log goes into the file: the log mends it, whichever pages had come", (t) => {
  const folder = scratchDirectory(t);
  const path = withOldCopy(folder);
  const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  openStore(path).closeWhole();
  const done = readFileSync(path);
  for (const [pages, more] of CAME) {
    writeFileSync(path, half(file, done, pages, more));
    writeFileSync(`${path}-wal`, log);
    assert.deepEqual(keysOf(path), ["after", "before", "between"], `${pages} pages`);
    assert.ok(!existsSync(`${path}.foreign-wal`));
  }
  // The head is not written yet, and of the new pages at the end one is there in part.
  writeFileSync(path, Buffer.concat([file, done.subarray(file.length, file.length + 700)]));
  writeFileSync(`${path}-wal`, log);
  assert.deepEqual(keysOf(path), ["after", "before", "between"]);
});

test("cut off while the first log goes into a new file: the log makes it, whichever pages had come", (t) => {
  const path = join(scratchDirectory(t), "station.db");
  const db = new BetterSqlite(path);
  keepLog(db);
  migrate(db, path);
  const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  emptyLog(db);
  const done = readFileSync(path);
  db.close();
  for (const [pages, more] of [[0, 0], [0, 512], ...CAME]) {
    for (const ending of ["-shm", ".known"]) rmSync(path + ending, { force: true });
    writeFileSync(path, half(file, done, pages as number, more));
    writeFileSync(`${path}-wal`, log);
    assert.deepEqual(keysOf(path), [], `${pages} pages`);
    assert.ok(!existsSync(`${path}.foreign-wal`), `${pages} pages: not its own`);
  }
});

test("another file in the place of a new one is not mixed with that one's first log", (t) => {
  const folder = scratchDirectory(t);
  const [path, other] = [join(folder, "station.db"), join(folder, "other.db")];
  const db = new BetterSqlite(path);
  keepLog(db);
  migrate(db, path);
  const log = readFileSync(`${path}-wal`);
  db.close();
  const store = openStore(other);
  store.write(() => store.db.prepare("INSERT INTO meta (key, value) VALUES ('other', 'yes')").run());
  store.closeWhole();
  copyFileSync(other, path);
  rmSync(`${path}-shm`, { force: true });
  writeFileSync(`${path}-wal`, log);
  assert.deepEqual(keysOf(path), ["other"]);
  assert.ok(existsSync(`${path}.foreign-wal`));
});

/** Of a file that was empty: nothing to put back but its length. Numbers of SQLite's format. */
function firstJournal(isBegun: boolean): Buffer {
  const head = Buffer.alloc(512);
  if (isBegun) head.write("d9d505f920a163d7", "hex");
  head.writeUInt32BE(512, 20);
  head.writeUInt32BE(PAGE, 24);
  return head;
}

test("cut off while a new file gets its first page: a new station, in silence", (t) => {
  const folder = scratchDirectory(t);
  const model = join(folder, "model.db");
  const db = new BetterSqlite(model);
  keepLog(db);
  const page = readFileSync(model);
  db.close();
  assert.equal(page.length, PAGE);
  for (const [size, isBegun] of [
    [0, false],
    [0, true],
    [1536, true],
    [PAGE, true],
  ] as const) {
    const path = join(folder, `${size} ${isBegun}`, "station.db");
    openStore(path).close();
    for (const name of readdirSync(join(path, ".."))) rmSync(join(path, "..", name));
    writeFileSync(path, page.subarray(0, size));
    writeFileSync(`${path}-journal`, firstJournal(isBegun));
    assert.deepEqual(keysOf(path), [], `${size} bytes`);
  }
});

test("a file that lacks pages which its log does not have either is cut off, however the log stands to it", (t) => {
  const folder = scratchDirectory(t);
  const path = withOldCopy(folder);
  const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  openStore(path).closeWhole();
  const done = readFileSync(path);
  const cutOff = (bytes: Buffer, beside: Buffer | null) => {
    writeFileSync(path, bytes);
    rmSync(`${path}-wal`, { force: true });
    if (beside !== null) writeFileSync(`${path}-wal`, beside);
    return isCutOff(path);
  };
  const middle = 20 * PAGE;
  assert.equal(cutOff(done, null), false);
  assert.equal(cutOff(done.subarray(0, -777), null), true);
  assert.equal(cutOff(file, log), false);
  assert.equal(cutOff(file.subarray(0, middle), log), true, "nothing of the log is in it yet");
  assert.equal(cutOff(half(file, done, 1).subarray(0, middle), log), true, "a part of the log is in it");
  assert.equal(cutOff(done.subarray(0, middle), log), true, "all of it is");
  assert.equal(cutOff(done.subarray(0, -777), log), false, "the last page stands in the log");
});

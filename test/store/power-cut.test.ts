import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyState } from "../../lib/store/backup.ts";
import { openStore } from "../../lib/store/database.ts";
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
  assert.deepEqual(keysOf(path), ["before"]);
  assert.ok(statSync(`${path}.foreign-wal`).size > 4000, "kept, for whoever wants to look");
});

test("cut off while the log goes into the file: the log mends it, whichever pages had come", (t) => {
  const folder = scratchDirectory(t);
  const path = withOldCopy(folder);
  const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  const whole = openStore(path);
  whole.closeWhole();
  const done = readFileSync(path);
  for (const written of [1, 2, 10, 60]) {
    // The pages go in by their number.
    const half = Buffer.concat([done.subarray(0, written * 4096), file.subarray(written * 4096)]);
    writeFileSync(path, half);
    writeFileSync(`${path}-wal`, log);
    assert.deepEqual(keysOf(path), ["after", "before", "between"], `${written} pages`);
    assert.throws(() => statSync(`${path}.foreign-wal`), /ENOENT/);
  }
});

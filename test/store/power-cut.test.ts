import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { StateError } from "../../lib/base/errors.ts";
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

test("a writer killed in the middle leaves its half to be undone: a reader says so, the next writer repairs", async (t) => {
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

  assert.throws(
    () => openStore(path, { readonly: true }),
    (error: Error) =>
      error instanceof StateError && /next dump command puts the file back in order/.test(error.message),
  );
  const after = openStore(path);
  assert.equal(after.db.prepare("SELECT count(*) FROM meta WHERE key LIKE 'half%'").pluck().get(), 0);
  assert.equal(after.db.prepare("SELECT value FROM meta WHERE key = 'whole'").pluck().get(), "yes");
  assert.equal(after.db.pragma("integrity_check", { simple: true }), "ok");
  after.close();
});

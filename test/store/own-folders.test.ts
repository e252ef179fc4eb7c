import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ownFolders } from "../../lib/store/own-folders.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** A station whose state folder is away, and the folder of the user's own that stands in for it. */
function station(t: TestContext) {
  const [runtime, state] = [scratchDirectory(t), scratchDirectory(t)];
  process.env.XDG_RUNTIME_DIR = runtime;
  t.after(() => delete process.env.XDG_RUNTIME_DIR);
  const away = { id: "test", state_dir: join(state, "none") };
  const inRuntime = (make: boolean) => ownFolders(away, make).filter((folder) => folder.startsWith(runtime));
  const [folder] = inRuntime(true) as [string];
  return { folder, present: () => inRuntime(false) };
}

test("where the state folder cannot be written, what must be remembered is in a private folder of the user's own", (t) => {
  const { folder, present } = station(t);
  assert.equal(lstatSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(present(), [folder]);
});

test("a folder that others may look into is not used, nor a link in its place", (t) => {
  const { folder, present } = station(t);
  chmodSync(folder, 0o750);
  assert.deepEqual(present(), []);
  rmSync(folder, { recursive: true });
  const other = scratchDirectory(t);
  chmodSync(other, 0o700);
  symlinkSync(other, folder);
  assert.deepEqual(present(), []);
  assert.deepEqual(readdirSync(other), []);
});

test("a folder that somebody else has made there is not used", { skip: process.getuid?.() !== 0 }, (t) => {
  const { folder, present } = station(t);
  rmSync(folder, { recursive: true });
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, 65_534, 65_534);
  assert.deepEqual(present(), []);
  assert.ok(existsSync(folder));
});

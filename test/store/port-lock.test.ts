import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PortBusy } from "../../lib/base/errors.ts";
import { fileLockHolder, holderText } from "../../lib/base/proc-locks.ts";
import { lockHolder, lockPort } from "../../lib/store/port-lock.ts";
import { requirePart } from "../support/parts.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { waitFor } from "../support/wait.ts";

const NOBODY = 65534;
const KEY = "tcp://gateway.example:8899";

const stationOf = (t: TestContext) => ({ id: "test", state_dir: scratchDirectory(t) });

test("the second owner waits, then is told who holds the port", async (t) => {
  const station = stationOf(t);
  const lock = await lockPort(station, KEY, 0);
  await assert.rejects(lockPort(station, KEY, 120), (error: Error) => {
    assert.ok(error instanceof PortBusy);
    assert.equal(error.exitCode, 75);
    assert.match(error.message, new RegExp(`is held by .*, pid ${process.pid}, waited 120 ms`));
    return true;
  });
  assert.equal(lockHolder(station, KEY)?.pid, String(process.pid));
  assert.equal(lockHolder(station, `${KEY}1`), null);
  lock.release();
  assert.equal(lockHolder(station, KEY), null);
});

test("a waiting owner gets the port as soon as it is free", async (t) => {
  const station = stationOf(t);
  const first = await lockPort(station, KEY, 0);
  const second = lockPort(station, KEY, 10_000);
  first.release();
  (await second).release();
});

test("kill -9 of the holder frees the port at once", async (t) => {
  const station = stationOf(t);
  const child = await holderProcess(t, station);
  assert.equal(lockHolder(station, KEY)?.pid, String(child.pid));
  child.kill("SIGKILL");
  await once(child, "exit");
  (await lockPort(station, KEY, 2000)).release();
});

test("a frozen holder is reported, and its lock is not broken", async (t) => {
  const station = stationOf(t);
  const child = await holderProcess(t, station);
  child.kill("SIGSTOP");
  await assert.rejects(lockPort(station, KEY, 200), /is held by .*, which is stopped, waited/);
});

test("another program that holds a file is named by its own words", { skip: requirePart("flock") }, async (t) => {
  const file = join(scratchDirectory(t), "tty");
  writeFileSync(file, "");
  const child = spawn("flock", [file, "cat"], { stdio: ["pipe", "ignore", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  const holder = await waitFor(() => fileLockHolder(file, "FLOCK"));
  assert.match(holderText(holder), /^(flock tty cat|cat), pid \d+$/);
  assert.equal(fileLockHolder(file, "POSIX"), null);
  child.stdin.end();
  await waitFor(() => fileLockHolder(file, "FLOCK") === null);
  assert.equal(fileLockHolder(join(file, "none"), "FLOCK"), null);
});

test("nothing is written, and the files are for the owner and his group", async (t) => {
  const station = stationOf(t);
  (await lockPort(station, KEY, 0)).release();
  const folder = join(station.state_dir, "locks");
  const [name, ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  const file = statSync(join(folder, name as string));
  assert.equal(file.size, 0);
  assert.equal(file.mode & 0o007, 0);
  assert.equal(statSync(folder).mode & 0o007, 0);
});

test("a name taken by somebody who may not open the state directory stops nobody", async (t) => {
  const squatter = createServer().listen(`\0solar-station/port/${KEY}`);
  await once(squatter, "listening");
  t.after(() => squatter.close());
  (await lockPort(stationOf(t), KEY, 0)).release();
});

test("another user can neither take the lock nor keep its owner from it", {
  skip: process.getuid?.() !== 0,
}, async (t) => {
  const station = stationOf(t);
  chmodSync(station.state_dir, 0o755);
  const mine = await lockPort(station, KEY, 0);
  const stranger = await holderProcess(t, station, NOBODY);
  assert.ok(stranger.pid);
  mine.release();
  (await lockPort(station, KEY, 0)).release();
});

test("a holder's words reach no terminal", async (t) => {
  const station = stationOf(t);
  const evil = join(scratchDirectory(t), "evil\u001b]0;owned\u0007\nsecond line.mjs");
  writeFileSync(evil, holderCode(station));
  const child = spawn(process.execPath, ["--import", "tsx", evil], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  assert.match(lockHolder(station, KEY)?.command ?? "", /evil\?]0;owned\?\?second line$/);
});

test("a state directory that cannot be written has its locks in a folder of the user's own", async (t) => {
  const station = stationOf(t);
  const runtime = scratchDirectory(t);
  const missing = { id: "test", state_dir: join(station.state_dir, "none") };
  process.env.XDG_RUNTIME_DIR = runtime;
  t.after(() => delete process.env.XDG_RUNTIME_DIR);
  const lock = await lockPort(missing, KEY, 0);
  await assert.rejects(lockPort(missing, KEY, 60), PortBusy);
  lock.release();
  assert.equal(readdirSync(runtime).length, 1);
});

function holderCode(station: { readonly id: string; readonly state_dir: string }): string {
  const module = new URL("../../lib/store/port-lock.ts", import.meta.url).href;
  return (
    `import { lockPort } from ${JSON.stringify(module)};` +
    `await lockPort(${JSON.stringify(station)}, ${JSON.stringify(KEY)}, 0); console.log("locked"); setInterval(() => {}, 1e6);`
  );
}

/** A process that holds the lock, if it can; it has said so when this returns. */
async function holderProcess(t: TestContext, station: Parameters<typeof holderCode>[0], user?: number) {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", holderCode(station)], {
    stdio: ["ignore", "pipe", "inherit"],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

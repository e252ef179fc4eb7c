import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { PortBusy } from "../../lib/base/errors.ts";
import { lockHolder, lockPort } from "../../lib/port/lock.ts";

test("the second owner waits, then is told who holds the port", async () => {
  const key = `test/${process.pid}/named`;
  const lock = await lockPort(key, "pv1800-dump, pid 4711", 0);
  await assert.rejects(lockPort(key, "second", 120), (error: Error) => {
    assert.ok(error instanceof PortBusy);
    assert.equal(error.exitCode, 75);
    assert.match(error.message, /is held by pv1800-dump, pid 4711, waited 120 ms/);
    return true;
  });
  assert.equal(await lockHolder(key), "pv1800-dump, pid 4711");
  await lock.release();
  assert.equal(await lockHolder(key), null);
});

test("a waiting owner gets the port as soon as it is free", async () => {
  const key = `test/${process.pid}/wait`;
  const first = await lockPort(key, "first", 0);
  const second = lockPort(key, "second", 10_000);
  await first.release();
  await (await second).release();
});

test("kill -9 of the holder frees the port at once", async () => {
  const key = `test/${process.pid}/killed`;
  const child = holderProcess(key);
  await once(child.stdout, "data");
  assert.match((await lockHolder(key)) ?? "", /child/);
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await lockPort(key, "heir", 2000)).release();
});

test("a frozen holder is reported, and its lock is not broken", async () => {
  const key = `test/${process.pid}/frozen`;
  const child = holderProcess(key);
  await once(child.stdout, "data");
  child.kill("SIGSTOP");
  await assert.rejects(lockPort(key, "second", 60), /does not answer \(stopped\?\)/);
  child.kill("SIGKILL");
  await once(child, "exit");
});

function holderProcess(key: string) {
  const code =
    `import { lockPort } from ${JSON.stringify(new URL("../../lib/port/lock.ts", import.meta.url).href)};` +
    `await lockPort(${JSON.stringify(key)}, "child", 0); console.log("locked"); setInterval(() => {}, 1e6);`;
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test("a gateway's name may be longer than a socket's", async () => {
  const key = `tcp://${"very-long-host-name.".repeat(12)}example:8899`;
  const lock = await lockPort(key, "first", 0);
  assert.equal(await lockHolder(key), "first");
  assert.equal(await lockHolder(`${key}1`), null);
  await assert.rejects(lockPort(key, "second", 60), /is held by first/);
  await lock.release();
});

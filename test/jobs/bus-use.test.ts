import assert from "node:assert/strict";
import { test } from "node:test";
import { dailyUse } from "../../lib/poll/wire-use.ts";
import { counted } from "../../lib/port/counted.ts";
import type { Wire } from "../../lib/port/wire.ts";
import { addBusUse } from "../../lib/store/bus-use.ts";
import { openStore } from "../../lib/store/database.ts";
import { recordJobRun } from "../../lib/store/jobs.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("a wire counts requests, bytes both ways, and time up to the last byte of an answer", async () => {
  let now = 0;
  const answers = [new Uint8Array(5), new Uint8Array(3), new Uint8Array(0)];
  const wire: Wire = {
    name: "w",
    write: async () => {
      now += 10;
    },
    read: async () => {
      now += 20;
      return answers.shift() ?? new Uint8Array(0);
    },
    drain: async () => new Uint8Array(0),
    close: async () => {},
  };
  const line = counted(wire, () => now);
  await line.write(new Uint8Array(8));
  for (let read = 0; read < 3; read++) await line.read(100);
  assert.deepEqual(line.take(), { requests: 1, bytes: 16, busy_ms: 50 });
  assert.deepEqual(line.take(), { requests: 0, bytes: 0, busy_ms: 0 });
});

test("a day's use is told by the last whole day, before that by what was counted, and not from a handful of rounds", (t) => {
  const store = openStore(`${scratchDirectory(t)}/station.db`);
  const use = { requests: 3, bytes: 200, busy_ms: 100.4 };
  const state = { last_ok_at: null, failing_since: null, failing_code: null, last_told_at: null };
  const round = (at: number) => {
    for (const device of ["a", "b"]) addBusUse(store, "j", device, at, use);
    store.later(() =>
      recordJobRun(store, { job: "j", started_at: at, duration_ms: 1, exit_code: 0, message: null }, state),
    );
    store.flush();
  };
  const T = 1_800_000_000;
  for (let minute = 0; minute < 10; minute++) round(T + minute * 60);
  assert.deepEqual(dailyUse(store, "j"), []);
  for (let minute = 10; minute <= 72; minute++) round(T + minute * 60);
  const day = { requests: 4380, bytes: 292_000, busy_s: 146 };
  assert.deepEqual(dailyUse(store, "j"), [
    { device: "a", ...day },
    { device: "b", ...day },
  ]);
  round(T + 86_400);
  assert.deepEqual(dailyUse(store, "j")[0], { device: "a", ...day }, "the day before, once the next has begun");
  // A clock that was set back.
  round(T - 100_000);
  assert.deepEqual(dailyUse(store, "j"), []);
  store.close();
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ChannelState, OutboxStore } from "../../lib/publish/outbox.ts";
import type { NewMessage } from "../../lib/publish/outbox-message.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { addMessages, countWaiting, dropOtherChannels, outboxIn } from "../../lib/store/outbox.ts";
import { scratchDirectory } from "../support/scratch.ts";

function stored(t: TestContext): { store: Store; outbox: OutboxStore } {
  const store = openStore(join(scratchDirectory(t), "station.db"), { clock: { now: () => 900, monotonic: () => 0 } });
  t.after(() => store.close());
  return { store, outbox: outboxIn(store) };
}

function message(change: Partial<NewMessage> = {}): NewMessage {
  return {
    ...{ channel: "telegram:1", kind: "raised", severity: "warning", key: "cell_low:bms", at: 1000, dated: true },
    ...{ text: "Низкая ячейка: 3.05 V", next_attempt_at: 1000 },
    ...change,
  } as NewMessage;
}

test("messages wait oldest event first, each channel its own, as they went in", (t) => {
  const { store, outbox } = stored(t);
  outbox.add([message({ at: 2000 }), message({ at: 1000, dated: false }), message({ channel: "kmsg" })]);
  const waiting = outbox.waiting("telegram:1");
  assert.deepEqual(
    waiting.map(({ at, id, dated }) => [at, id, dated]),
    [
      [1000, 2, false],
      [2000, 1, true],
    ],
  );
  const { id, state, state_at, attempts, reason, ...rest } = waiting[1] as (typeof waiting)[number];
  assert.deepEqual(rest, message({ at: 2000 }));
  assert.deepEqual([id, state, state_at, attempts, reason], [1, "pending", 900, 0, null]);
  assert.equal(countWaiting(store), 3);
});

test("a claim takes all or nothing, and only what has not moved since", (t) => {
  const { outbox } = stored(t);
  outbox.add([message(), message()]);
  const both = outbox.waiting("telegram:1");
  assert.equal(outbox.claim([both[0] as (typeof both)[number], { id: 2, attempts: 7 }], 1001, null), false);
  assert.deepEqual(
    outbox.waiting("telegram:1").map(({ state }) => state),
    ["pending", "pending"],
  );
  assert.equal(outbox.claim(both, 1001, null), true);
  assert.equal(outbox.claim(both, 1002, null), false, "another run was quicker");
  const [first] = outbox.waiting("telegram:1");
  assert.deepEqual([first?.state, first?.state_at, first?.attempts], ["sending", 1001, 1]);
});

test("sent and failed messages are gone, a retry waits with its reason", (t) => {
  const { outbox } = stored(t);
  outbox.add([message(), message(), message()]);
  outbox.claim(outbox.waiting("telegram:1"), 1001, null);
  outbox.markSent([1], 1002);
  outbox.markFailed([2], 1002, "HTTP 400");
  outbox.markRetry([3], 1002, 1100, "HTTP 500");
  const [left, ...none] = outbox.waiting("telegram:1");
  assert.deepEqual(none, []);
  assert.deepEqual(
    [left?.id, left?.state, left?.state_at, left?.next_attempt_at, left?.reason, left?.attempts],
    [3, "pending", 1002, 1100, "HTTP 500", 1],
  );
  assert.equal(outbox.claim([{ id: 1, attempts: 1 }], 1003, null), false, "what was sent is never sent again");
});

test("the memory of a channel comes back as it was saved", (t) => {
  const { outbox } = stored(t);
  assert.equal(outbox.channelState("telegram:1"), null);
  const state: ChannelState = { failures: 2, not_before: 1200, failing_since: 1000, blocked_reason: "403", dropped: 4 };
  outbox.saveChannelState("telegram:1", state);
  assert.deepEqual(outbox.channelState("telegram:1"), state);
  const mended = { failures: 0, not_before: 0, failing_since: null, blocked_reason: null, dropped: 0 };
  outbox.saveChannelState("telegram:1", mended);
  assert.deepEqual(outbox.channelState("telegram:1"), mended);
});

test("nothing waits for a channel that is configured no more", (t) => {
  const { store, outbox } = stored(t);
  outbox.add([message(), message({ channel: "reg_event" })]);
  store.write(() => dropOtherChannels(store, ["reg_event"]));
  assert.deepEqual([outbox.waiting("telegram:1").length, outbox.waiting("reg_event").length], [0, 1]);
  store.write(() => dropOtherChannels(store, []));
  assert.equal(countWaiting(store), 0);
});

test("the outbox does not grow for ever, and what waits is never pruned", (t) => {
  const { store, outbox } = stored(t);
  outbox.add([message({ text: "still waits" })]);
  for (let round = 0; round < 6; round++) {
    store.write(() => {
      addMessages(
        store,
        Array.from({ length: 1000 }, () => message({ channel: "kmsg" })),
      );
      dropOtherChannels(store, ["telegram:1"]);
    });
  }
  outbox.add([message({ channel: "kmsg" })]);
  const rows = Number(store.db.prepare("SELECT count(*) FROM outbox").pluck().get());
  assert.ok(rows <= 5002, `${rows} rows`);
  assert.equal(outbox.waiting("telegram:1")[0]?.text, "still waits");
});

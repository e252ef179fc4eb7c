import assert from "node:assert/strict";
import { test } from "node:test";
import { failureText, said } from "../../lib/base/failure/failure.ts";
import { deliverOutbox } from "../../lib/publish/notifiers/deliver.ts";
import { judgeStatus, scrub, waitSeconds } from "../../lib/publish/notifiers/http.ts";
import type { Notifier } from "../../lib/publish/notifiers/notifier.ts";
import type { NewMessage } from "../../lib/publish/outbox-message.ts";
import { speech } from "../../lib/words/index.ts";
import { MemoryOutbox } from "./memory-outbox.ts";

/** 2026-06-15 14:00 in Berlin. */
const NOW = 1_781_524_800;
const MANNER = { speech: speech("en"), time_zone: "Europe/Berlin" };

const note = (channel: string, changes: Partial<NewMessage> = {}): NewMessage => ({
  ...{ channel, kind: "raised", severity: "warning", key: "cell_low:main", at: NOW, dated: true, text: "Low cell." },
  next_attempt_at: NOW,
  ...changes,
});

function deliver(store: MemoryOutbox, notifiers: readonly Notifier[]) {
  const clock = { now: () => NOW, monotonic: () => performance.now() };
  return deliverOutbox({ store, notifiers, clock, manner: MANNER });
}

/** A channel that takes everything. */
function taker(name: string): Notifier & { readonly texts: string[] } {
  const texts: string[] = [];
  return {
    ...{ name, texts },
    send: async ({ text }) => {
      texts.push(text);
      return { ok: true };
    },
  };
}

test("a sender that throws something that is no error is a service that did not answer", async () => {
  const store = new MemoryOutbox();
  store.add([note("odd")]);
  const report = await deliver(store, [{ name: "odd", send: () => Promise.reject("planted words") }]);
  assert.deepEqual(report.failures, { odd: "odd: failed" });
  assert.equal(store.inState("pending").length, 1, "it is tried again");
  assert.doesNotMatch(JSON.stringify([report, store.all]), /planted/);
});

test("what another run has just begun to send is left to it", async () => {
  const store = new MemoryOutbox();
  store.add([note("push")]);
  store.claim = () => false;
  const push = taker("push");
  const report = await deliver(store, [push]);
  assert.deepEqual([push.texts, report.deliveries, report.sent], [[], 0, 0]);
});

test("what found no room is counted, and told once with the next summary", async () => {
  const store = new MemoryOutbox();
  const old = NOW - 7200;
  store.add(
    Array.from({ length: 230 }, (_, n) => note("push", { kind: "info", severity: "info", at: old + n, key: `k${n}` })),
  );
  const push = taker("push");
  const report = await deliver(store, [push]);
  const lost = store.inState("failed").length;
  assert.ok(lost > 0, "more than fit");
  assert.equal(report.failed, lost);
  assert.match(push.texts.join("\n"), new RegExp(`^${lost} older ones found no room and were dropped\\.$`, "m"));
  assert.equal(store.channelState("push")?.dropped, 0, "told");
  store.add([note("push")]);
  await deliver(store, [push]);
  assert.doesNotMatch(push.texts.at(-1) ?? "", /found no room/);
});

test("a status means what it says where the service gives no words, and no wait is longer than a quarter of an hour", () => {
  assert.deepEqual(judgeStatus(204, null, null), { ok: true });
  const judged = (status: number, retry_after: string | null, words: string) => {
    const result = judgeStatus(status, retry_after, words === "" ? null : said(words));
    return result.ok ? null : [result.permanent, failureText(result.reason), result.retry_after_s ?? null];
  };
  assert.deepEqual(judged(502, null, ""), [false, "HTTP 502", null]);
  assert.deepEqual(judged(502, null, "proxy"), [false, "HTTP 502: proxy", null]);
  assert.deepEqual(judged(429, "7", ""), [false, "HTTP 429", 7]);
  assert.deepEqual(judged(429, "86400", ""), [false, "HTTP 429", 900]);
  for (const odd of [null, "", "soon", "-5"])
    assert.deepEqual(judged(429, odd, ""), [false, "HTTP 429", 60], String(odd));
  assert.equal(waitSeconds("1.2"), 2);
});

test("words from outside are one short line without the secrets", () => {
  assert.equal(scrub("no\u001b[31m key\r\n planted/x ", ["planted/x", ""]), "no [31m key …");
  assert.equal(scrub("a%2Fb", ["a/b"]), "…");
  assert.equal(scrub("x".repeat(500), []).length, 200);
});

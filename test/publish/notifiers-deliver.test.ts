import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Clock } from "../../lib/base/clock.ts";
import { type DeliveryReport, deliverOutbox } from "../../lib/publish/notifiers/deliver.ts";
import type { Notifier } from "../../lib/publish/notifiers/notifier.ts";
import { createRegEvent } from "../../lib/publish/notifiers/reg-event.ts";
import { createTelegram } from "../../lib/publish/notifiers/telegram.ts";
import type { NewMessage } from "../../lib/publish/outbox-message.ts";
import { speech } from "../../lib/words/index.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { deadBase, type FakeService, startService, TELEGRAM_OK } from "./notifiers-support.ts";

const TOKEN = "123456:planted-TOKEN_for_tests";
const CHAT = "telegram:7";
const HOOK = "reg_event";
/** 2026-06-15 14:00 in Berlin. */
const NOW = 1_781_524_800;

/** Wall time that a test sets, monotonic time that runs. */
class TestClock implements Clock {
  constructor(public wall: number) {}
  now(): number {
    return this.wall;
  }
  monotonic(): number {
    return performance.now();
  }
}

function note(channel: string, over: Partial<NewMessage> = {}): NewMessage {
  const at = over.at ?? NOW;
  return {
    channel,
    kind: "raised",
    severity: "warning",
    key: "cell_low:main",
    at,
    dated: true,
    text: "Low cell.",
    next_attempt_at: at,
    ...over,
  };
}

function telegram(t: TestContext, api_base: string): Notifier[] {
  const token_file = join(scratchDirectory(t), "token");
  writeFileSync(token_file, TOKEN, { mode: 0o600 });
  return createTelegram({ token_file, chat_ids: ["7"], api_base });
}

const hook = (base: string): Notifier =>
  createRegEvent({ url: `${base}/reg_event.php`, method: "POST", tag: "t", host: "h", flags: 0 });

const MANNER = { speech: speech("en"), time_zone: "Europe/Berlin" };

function run(
  store: MemoryOutbox,
  notifiers: readonly Notifier[],
  now: number,
  budget_ms = 10_000,
): Promise<DeliveryReport> {
  return deliverOutbox({ store, notifiers, clock: new TestClock(now), manner: MANNER, budget_ms });
}

const textsAt = (service: FakeService): string[] => service.received.map(({ body }) => String(JSON.parse(body).text));

test("what waits is delivered, recorded as sending before it leaves and as sent after", async (t) => {
  const service = await startService(t);
  const store = new MemoryOutbox();
  store.add([note(CHAT), note(CHAT, { text: "Battery is low.", key: "soc_low:main" })]);
  const seen: string[] = [];
  const [chat] = telegram(t, service.base);
  assert.ok(chat !== undefined);
  const watching: Notifier = {
    name: chat.name,
    send: (message, timeout_ms) => {
      seen.push(store.all.map(({ state }) => state).join(" "));
      return chat.send(message, timeout_ms);
    },
  };
  const report = await run(store, [watching], NOW);
  assert.deepEqual(seen, ["sending pending", "sent sending"]);
  assert.deepEqual(textsAt(service), ["14:00 Warning: Low cell.", "14:00 Warning: Battery is low."]);
  assert.deepEqual([report.deliveries, report.sent, report.failed], [2, 2, 0]);
  assert.equal((await run(store, [chat], NOW + 60)).deliveries, 0);
  assert.equal(service.received.length, 2);
});

test("the network is down for a day: nothing is lost, runs stay short, then the open alarms and one summary arrive", async (t) => {
  const store = new MemoryOutbox();
  const down = telegram(t, await deadBase());
  let attempts = 0;
  let longest_ms = 0;
  const counted: Notifier[] = down.map((notifier) => ({
    name: notifier.name,
    send: (message, timeout_ms) => {
      attempts += 1;
      assert.ok(timeout_ms <= 10_000);
      return notifier.send(message, timeout_ms);
    },
  }));
  for (let minute = 0; minute < 1440; minute += 1) {
    const at = NOW + minute * 60;
    if (minute % 120 === 10) store.add([note(CHAT, { at, text: `Spell ${minute}.`, key: `bms_fault:main/${minute}` })]);
    if (minute % 120 === 40) {
      store.add([note(CHAT, { at, kind: "cleared", text: `Over ${minute}.`, key: `bms_fault:main/${minute - 30}` })]);
    }
    if (minute === 700) store.add([note(CHAT, { at, severity: "critical", key: "grid_lost", text: "Grid lost." })]);
    const began = performance.now();
    const report = await run(store, counted, at);
    longest_ms = Math.max(longest_ms, performance.now() - began);
    assert.equal(report.deliveries, 0);
  }
  // Critical ones are tried in every run: 740 of them. The others wait for the channel.
  assert.ok(attempts > 740 && attempts < 740 + 120, `${attempts} attempts`);
  assert.ok(longest_ms < 10_000);
  assert.equal(store.inState("pending").length, 25);

  const service = await startService(t);
  const report = await run(store, telegram(t, service.base), NOW + 86_400 + 900);
  const [alarm = "", summary = "", ...more] = textsAt(service);
  assert.match(alarm, /ALARM: Grid lost\.$/);
  assert.match(alarm, /^01:40 /);
  assert.deepEqual(more, []);
  assert.match(summary, /^Delivered late: 24 messages from 15\sJun, 14:10 to 12:40\./);
  for (let minute = 10; minute < 1440; minute += 120) {
    assert.match(summary, new RegExp(`Spell ${minute}\\.\n`));
    assert.match(summary, new RegExp(`OK: Over ${minute + 30}\\.`));
  }
  assert.equal(report.sent, 25);
  assert.equal(store.inState("sent").length, 25);
});

test("429: not asked again before the told time, delivered after it", async (t) => {
  const service = await startService(t, {
    status: 429,
    body: { ok: false, error_code: 429, parameters: { retry_after: 30 } },
  });
  const store = new MemoryOutbox();
  store.add([note(CHAT), note(CHAT, { text: "Another." })]);
  const notifiers = telegram(t, service.base);
  await run(store, notifiers, NOW);
  assert.equal(service.received.length, 1);
  service.reply = TELEGRAM_OK;
  await run(store, notifiers, NOW + 29);
  assert.equal(service.received.length, 1);
  assert.equal((await run(store, notifiers, NOW + 30)).sent, 2);
});

test("500, a cut connection and a cut answer: kept, tried again later, told apart", async (t) => {
  const service = await startService(t, { status: 500 });
  const store = new MemoryOutbox();
  store.add([note(CHAT)]);
  const notifiers = telegram(t, service.base);
  let now = NOW;
  for (const reply of [{ status: 500 }, "cut", "cut_body"] as const) {
    service.reply = reply;
    const report = await run(store, notifiers, now);
    assert.equal(report.deliveries, 0);
    assert.ok((report.failures[CHAT] ?? "").length > 0);
    assert.deepEqual(report.notices, []);
    now = store.channelState(CHAT)?.not_before ?? 0;
  }
  service.reply = TELEGRAM_OK;
  assert.equal((await run(store, notifiers, now)).sent, 1);
  assert.equal(store.channelState(CHAT)?.failures, 0);
});

test("403: told once and on the other path, kept, delivered when the bot is let in again", async (t) => {
  const blocked = {
    status: 403,
    body: { ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" },
  };
  const service = await startService(t, blocked);
  const other = await startService(t, { status: 200 });
  const store = new MemoryOutbox();
  store.add([note(CHAT), note(HOOK)]);
  const notifiers = [...telegram(t, service.base), hook(other.base)];
  const first = await run(store, notifiers, NOW);
  assert.match(first.notices.join(), /^telegram:7 takes no messages any more: .*blocked by the user$/);
  const texts = (): (string | null)[] => other.received.map(({ body }) => new URLSearchParams(body).get("event"));
  assert.equal(texts().length, 2);
  assert.match(texts().join("\n"), /Low cell\..*\n.*telegram:7 takes no messages any more/);
  const second = await run(store, notifiers, NOW + 900);
  assert.deepEqual(second.notices, []);
  assert.equal(texts().length, 2);
  service.reply = TELEGRAM_OK;
  assert.equal((await run(store, notifiers, NOW + 1800)).sent, 1);
});

for (const portal of [
  { status: 404, body: "<html>no such page</html>" },
  { status: 403, body: "<html>log in first</html>" },
  { status: 401, body: JSON.stringify({ error: "login" }) },
  { status: 410, body: "" },
  { status: 302, headers: { location: "http://192.0.2.1/login" } },
  { status: 511, body: "<html>network authentication required</html>" },
  { status: 200, body: "<html>welcome</html>" },
]) {
  test(`a captive portal answering ${portal.status} holds no message up once it is gone: ${portal.body ?? "redirect"}`, async (t) => {
    const [service, hooked] = [await startService(t, portal), await startService(t, portal)];
    const store = new MemoryOutbox();
    store.add([
      note(CHAT, { severity: "critical" }),
      note(CHAT, { text: "Less." }),
      note(HOOK, { severity: "critical" }),
    ]);
    const notifiers = [...telegram(t, service.base), hook(hooked.base)];
    const first = await run(store, notifiers, NOW);
    assert.deepEqual(first.notices, []);
    assert.equal(store.channelState(CHAT)?.blocked_reason, null);
    service.reply = TELEGRAM_OK;
    hooked.reply = { status: 200 };
    await run(store, notifiers, NOW + 60);
    assert.equal(textsAt(service).filter((text) => /ALARM/.test(text)).length, 2);
    assert.equal(store.inState("pending").filter(({ severity }) => severity === "critical").length, 0);
    await run(store, notifiers, NOW + 300);
    assert.equal(store.inState("pending").length, 0);
  });
}

test("a critical message goes to a chat that refuses at every run; others wait minutes", async (t) => {
  const refused = { status: 403, body: { ok: false, error_code: 403, description: "Forbidden: bot was kicked" } };
  const service = await startService(t, refused);
  const store = new MemoryOutbox();
  store.add([note(CHAT, { text: "Less." })]);
  const notifiers = telegram(t, service.base);
  await run(store, notifiers, NOW);
  store.add([note(CHAT, { severity: "critical", text: "Fire." })]);
  for (const minute of [1, 2, 3]) await run(store, notifiers, NOW + minute * 60);
  assert.equal(service.received.length, 4);
  service.reply = TELEGRAM_OK;
  await run(store, notifiers, NOW + 240);
  assert.equal(store.inState("sent").length, 1);
  await run(store, notifiers, NOW + 900);
  assert.equal(store.inState("sent").length, 2);
});

test("a message that nobody takes lets the others go first after some tries", async (t) => {
  const service = await startService(t, { status: 413 });
  const store = new MemoryOutbox();
  store.add([note(HOOK, { severity: "critical", text: "Too long." })]);
  const notifiers = [hook(service.base)];
  for (let minute = 0; minute < 5; minute += 1) await run(store, notifiers, NOW + minute * 60);
  store.add([note(HOOK, { severity: "critical", text: "Another.", at: NOW + 300 })]);
  service.received.length = 0;
  await run(store, notifiers, NOW + 300);
  assert.match(new URLSearchParams(service.received[0]?.body).get("event") ?? "", /Another\./);
});

test("a group that became a supergroup is followed, for this message and later ones, and told once", async (t) => {
  const moved = {
    status: 400,
    body: {
      ok: false,
      error_code: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      parameters: { migrate_to_chat_id: -1001234567890 },
    },
  };
  const service = await startService(t, TELEGRAM_OK);
  service.answer = ({ body }) => (JSON.parse(body).chat_id === "-1001234567890" ? TELEGRAM_OK : moved);
  const store = new MemoryOutbox();
  store.add([note(CHAT, { severity: "critical" }), note(CHAT, { text: "Later." })]);
  const notifiers = telegram(t, service.base);
  const first = await run(store, notifiers, NOW);
  assert.match(first.notices.join(), /^telegram:7 has moved to -1001234567890 and is followed/);
  assert.equal(store.inState("pending").length, 0);
  const chats = () => service.received.map(({ body }) => String(JSON.parse(body).chat_id));
  assert.equal(chats().filter((id) => id !== "-1001234567890").length, 1);
  assert.equal(textsAt(service).filter((text) => text.includes("has moved to")).length, 1);
  store.add([note(CHAT, { text: "Next day.", at: NOW + 86_400 })]);
  assert.deepEqual((await run(store, notifiers, NOW + 86_400)).notices, []);
  assert.equal(chats().at(-1), "-1001234567890");
});

test("no wait that a service asks for is longer than an hour", async (t) => {
  const service = await startService(t, {
    status: 429,
    body: { ok: false, error_code: 429, parameters: { retry_after: 9e9 } },
  });
  const store = new MemoryOutbox();
  store.add([note(CHAT)]);
  const notifiers = telegram(t, service.base);
  await run(store, notifiers, NOW);
  service.reply = TELEGRAM_OK;
  assert.equal((await run(store, notifiers, NOW + 3600)).sent, 1);
});

test("two paths that refuse each other's notices do not talk for ever", async (t) => {
  const service = await startService(t, {
    status: 400,
    body: { ok: false, error_code: 400, description: "Bad Request: no" },
  });
  const store = new MemoryOutbox();
  store.add([note(CHAT)]);
  const notifiers = [...telegram(t, service.base), hook(service.base)];
  for (let minute = 0; minute < 5; minute += 1) await run(store, notifiers, NOW + minute * 60);
  // The chat's own words end its message; the hook's answer may come from anything in between, so its notice is tried again.
  assert.equal(store.inState("failed").length, 1);
  assert.equal(store.all.length, 2);
});

test("silence costs one budget at most and leaves the other path its share", async (t) => {
  const silent = await startService(t, "silence");
  const other = await startService(t, { status: 200 });
  const store = new MemoryOutbox();
  store.add([note(CHAT), note(CHAT, { text: "Another." }), note(HOOK)]);
  const limits: number[] = [];
  const [chat] = telegram(t, silent.base);
  assert.ok(chat !== undefined);
  const watched: Notifier = {
    name: chat.name,
    send: (message, timeout_ms) => {
      limits.push(timeout_ms);
      return chat.send(message, timeout_ms);
    },
  };
  const report = await run(store, [watched, hook(other.base)], NOW, 1000);
  assert.equal(report.sent, 1);
  assert.equal(limits.length, 1);
  assert.ok((limits[0] ?? 0) <= 500);
  assert.equal(store.inState("pending").length, 2);
});

test("a sender that never settles or throws does not hold up the run or show its words", async () => {
  const store = new MemoryOutbox();
  store.add([note("hangs"), note("throws"), note("works")]);
  const done: string[] = [];
  const report = await run(
    store,
    [
      { name: "hangs", send: () => new Promise(() => {}) },
      { name: "throws", send: () => Promise.reject(new TypeError(`planted ${TOKEN}`)) },
      {
        name: "works",
        send: async ({ text }) => {
          done.push(text);
          return { ok: true };
        },
      },
    ],
    NOW,
    2000,
  );
  assert.deepEqual(done, ["14:00 Warning: Low cell."]);
  assert.match(report.failures.hangs ?? "", /no end in \d+ ms/);
  assert.equal(report.failures.throws, "throws: TypeError");
  assert.doesNotMatch(JSON.stringify([report, store.all]), /planted/);
});

test("killed while sending: repeated once and marked, then never again", async (t) => {
  const service = await startService(t);
  const store = new MemoryOutbox();
  store.add([note(CHAT)]);
  const notifiers = telegram(t, service.base);
  const [message] = store.waiting(CHAT);
  assert.ok(message !== undefined);
  assert.equal(store.claim([message], NOW, null), true);
  await run(store, notifiers, NOW + 60);
  assert.equal(service.received.length, 0);
  await run(store, notifiers, NOW + 180);
  assert.deepEqual(textsAt(service), ["14:00 Warning: Low cell. (may be a repeat)"]);
  assert.equal(store.inState("sent").length, 1);
});

test("killed in every run: two deliveries at most", async (t) => {
  const service = await startService(t);
  const store = new MemoryOutbox();
  store.add([note(CHAT)]);
  const [chat] = telegram(t, service.base);
  assert.ok(chat !== undefined);
  // The process dies after the service took the message: what would be recorded then never is.
  for (let run_number = 0; run_number < 5; run_number += 1) {
    const dying = new MemoryOutbox();
    dying.all = store.all;
    dying.markSent = () => {};
    dying.saveChannelState = () => {};
    const at = NOW + run_number * 300;
    const once: Notifier = { name: chat.name, send: (message, timeout_ms) => chat.send(message, timeout_ms) };
    await run(dying, [once], at);
    store.all = dying.all;
  }
  assert.equal(service.received.length, 2);
  assert.equal(store.inState("failed").length, 1);
});

test("two runs at once send a message once", async (t) => {
  const service = await startService(t);
  const store = new MemoryOutbox();
  store.add([note(CHAT)]);
  const notifiers = telegram(t, service.base);
  await Promise.all([run(store, notifiers, NOW), run(store, notifiers, NOW)]);
  assert.equal(service.received.length, 1);
});

test("the bot's token is found in no result, no stored row, no channel state and no output", async (t) => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    t.mock.method(stream, "write", (chunk: string | Uint8Array) => {
      written.push(String(chunk));
      return write(chunk);
    });
  }
  const service = await startService(t);
  const store = new MemoryOutbox();
  const notifiers = telegram(t, service.base);
  const reports: DeliveryReport[] = [];
  let now = NOW;
  const replies = [
    "cut",
    "cut_body",
    { status: 500, body: `proxy error for /bot${TOKEN}/sendMessage` },
    { status: 404, body: { ok: false, description: `no /bot${TOKEN}` } },
    { status: 302, headers: { location: `http://127.0.0.1:1/bot${TOKEN}` } },
    "silence",
  ] as const;
  for (const reply of replies) {
    service.reply = reply;
    store.add([note(CHAT, { at: now })]);
    reports.push(await run(store, notifiers, now, 1000));
    now += 7 * 3600;
  }
  assert.equal(service.received.length, replies.length);
  assert.doesNotMatch(
    JSON.stringify([reports, store.all, [...store.channels]]) + written.join(""),
    /planted|bot123456/,
  );
});

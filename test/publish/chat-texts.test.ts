import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, arm, type ChatMemory, type ChatRules, judgeMessage, NO_CHATS } from "../../lib/publish/chat/gate.ts";
import { readText, readUpdates, type Said } from "../../lib/publish/chat/message.ts";

const NOW = 1_764_000_000;

test("what is no answer of Telegram holds no updates, and a strange one among them disturbs none", () => {
  for (const result of [null, undefined, "ok", 7, { update_id: 1 }]) assert.deepEqual(readUpdates(result), []);
  const from = { id: 7, is_bot: false };
  const message = { message_id: 3, date: NOW, chat: { id: 7, type: "private" }, from, text: "/status" };
  const updates = [{ update_id: 9, message }, null, { update_id: "8", message }, { update_id: 1.5 }, { update_id: 4 }];
  assert.deepEqual(
    readUpdates(updates).map(({ update_id, message: read }) => [update_id, read?.text ?? null]),
    [
      [4, null],
      [9, "/status"],
    ],
  );
});

const question = (name: string): Said => ({ kind: "question", question: name }) as Said;
const grid = (on: boolean, term: string | null): Said => ({ kind: "order", order: { kind: "grid", on, term } });
const BAD_GRID: Said = { kind: "bad_order", name: "grid" };

/** What somebody types, and what it is taken for. */
const TYPED: readonly (readonly [text: string, said: Said])[] = [
  ["/start", question("help")],
  ["/STATUS", question("status")],
  ["/status@Our_Bot", question("status")],
  ["/status@other_bot", { kind: "talk" }],
  ["/weather", { kind: "unknown" }],
  ["/", { kind: "unknown" }],
  ["", { kind: "talk" }],
  ["good morning", { kind: "talk" }],
  [`/status ${"x".repeat(100)}`, { kind: "talk" }],
  ["1234", { kind: "code", digits: "1234" }],
  ["/1234", { kind: "code", digits: "1234" }],
  ["12345", { kind: "talk" }],
  ["/cancel", { kind: "cancel" }],
  ["/mode", { kind: "bad_order", name: "mode" }],
  ["/mode eco", { kind: "bad_order", name: "mode" }],
  ["/mode auto now", { kind: "bad_order", name: "mode" }],
  ["/mode auto", { kind: "order", order: { kind: "mode", mode: "auto" } }],
  ["/grid", BAD_GRID],
  ["/grid away", BAD_GRID],
  ["/grid off", grid(false, null)],
  ["/grid on 2h", grid(true, "for 2h")],
  ["/grid off for 90min", grid(false, "for 90min")],
  ["/grid off 07:00", grid(false, "until 07:00")],
  ["/grid off until 07:00", grid(false, "until 07:00")],
  ["/grid off for 07:00", BAD_GRID],
  ["/grid off until 2h", BAD_GRID],
  ["/grid off soon", BAD_GRID],
];

for (const [text, said] of TYPED) {
  test(`"${text.slice(0, 30)}" in a chat is ${JSON.stringify(said)}`, () => {
    assert.deepEqual(readText(text, "our_bot"), said);
  });
}

test("while our own name is not known, no command that names somebody is taken", () => {
  assert.deepEqual(readText("/status@our_bot", null), { kind: "talk" });
  assert.deepEqual(readText("/status", null), question("status"));
});

function outcomeOf(memory: ChatMemory, text: string, changes: Partial<ChatRules> = {}) {
  const rules: ChatRules = {
    ...{ now: NOW, chats: new Set(["7"]), may_order: true, order_users: [], bot: null, isCode: () => false },
    ...changes,
  };
  const message = { update_id: 5, chat: "7", is_private: true, user: "7", message_id: 3, at: NOW, text };
  return judgeMessage(memory, message, rules);
}

test("a code or /cancel without an order that waits is told so; with one, /cancel forgets it", () => {
  assert.equal(outcomeOf(NO_CHATS, "/cancel").outcome, "nothing_waits");
  assert.equal(outcomeOf(NO_CHATS, "1234").outcome, "nothing_waits");
  const order = { kind: "grid", on: false, term: null } as const;
  const waiting = arm(NO_CHATS, { chat: "7", user: "7", at: NOW - 9, said_at: NOW - 9, message: 2, seal: "s", order });
  const { outcome, memory } = outcomeOf(waiting, "/cancel");
  assert.equal(outcome, "cancelled");
  assert.deepEqual(memory.armed, []);
});

test("what is no order as it is typed is told which one it may be", () => {
  assert.equal(outcomeOf(NO_CHATS, "/grid off soon").outcome, "bad_grid");
  assert.equal(outcomeOf(NO_CHATS, "/mode eco").outcome, "bad_mode");
  assert.equal(outcomeOf(NO_CHATS, "hello").outcome, "unknown", "alone with the bot a person wants to be understood");
});

test("the number of the next update only rises", () => {
  const memory = advance(NO_CHATS, 8, NOW);
  assert.deepEqual([memory.next, memory.next_at], [9, NOW]);
  assert.equal(advance(memory, 5, NOW + 60), memory, "an update that came late changes nothing");
  assert.equal(advance(memory, 9, NOW + 60).next, 10);
});

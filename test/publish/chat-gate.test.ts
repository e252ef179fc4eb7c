import assert from "node:assert/strict";
import { test } from "node:test";
import { arm, type ChatRules, CODE_LIFE_S, judgeMessage, NO_CHATS } from "../../lib/publish/chat/gate.ts";

test("a message that comes twice is answered once, whatever number its update has", () => {
  const now = 1_764_000_000;
  const chats = new Set(["7"]);
  const rules: ChatRules = { now, chats, may_order: false, order_users: [], bot: null, isCode: () => false };
  const message = { update_id: 5, chat: "7", is_private: true, user: "7", message_id: 3, at: now, text: "/status" };
  const first = judgeMessage(NO_CHATS, message, rules);
  assert.equal(first.outcome, "answered");
  for (const update_id of [5, 6]) {
    assert.equal(judgeMessage(first.memory, { ...message, update_id }, rules).outcome, "repeated");
  }
  assert.equal(judgeMessage(first.memory, { ...message, update_id: 6, message_id: 4 }, rules).outcome, "answered");
});

test("a code is in time by our clock and by Telegram's, and a clock that goes back keeps none alive", () => {
  const armed_at = 1_764_000_000;
  const chats = new Set(["7"]);
  const armed = { chat: "7", user: "7", at: armed_at, said_at: armed_at, message: 3, seal: "seal" };
  const memory = arm(NO_CHATS, { ...armed, order: { kind: "grid", on: true, for_s: null } as never });
  const outcomeOf = (ours: number, theirs: number) => {
    const rules: ChatRules = {
      ...{ now: armed_at + ours, chats, may_order: true, order_users: [], bot: null },
      isCode: () => true,
    };
    const message = { update_id: 5, chat: "7", is_private: true, user: "7", message_id: 4, text: "1234" };
    return judgeMessage(memory, { ...message, at: armed_at + theirs }, rules).outcome;
  };
  assert.equal(outcomeOf(20, 20), "confirmed");
  assert.equal(outcomeOf(CODE_LIFE_S, CODE_LIFE_S), "confirmed");
  assert.equal(outcomeOf(CODE_LIFE_S + 1, 20), "late");
  assert.equal(outcomeOf(20, CODE_LIFE_S + 1) === "confirmed", false);
  assert.equal(outcomeOf(-1, 20), "late", "our clock went back");
  assert.equal(outcomeOf(20, -1), "late", "written before the order");
});

test("a chat that talks without end is not answered for a minute, and one that orders without end for an hour; others are", () => {
  const start = 1_764_000_000;
  const chats = new Set(["7", "8"]);
  let memory = NO_CHATS;
  let sent = 0;
  const say = (now: number, text: string, chat = "7") => {
    const rules: ChatRules = { now, chats, may_order: true, order_users: [], bot: null, isCode: () => false };
    sent += 1;
    const message = { update_id: sent, chat, is_private: true, user: chat, message_id: sent, at: now, text };
    const verdict = judgeMessage(memory, message, rules);
    memory = verdict.memory;
    return verdict.outcome;
  };
  const asked = Array.from({ length: 12 }, (_, second) => say(start + second, "/status"));
  assert.deepEqual(asked, [...Array(10).fill("answered"), "too_often", "too_often"]);
  assert.equal(say(start + 12, "/status", "8"), "answered");
  // What was not answered does not keep the chat closed.
  assert.equal(say(start + 61, "/status"), "answered");

  const orders = Array.from({ length: 13 }, (_, minute) => say(start + 3600 + 60 * minute, "/grid off 2h"));
  assert.deepEqual(orders, [...Array(12).fill("prepared"), "too_many_orders"]);
  assert.equal(say(start + 3600 + 60 * 13, "/grid off 2h", "8"), "prepared");
  assert.equal(say(start + 7201, "/grid off 2h"), "prepared", "the first of them is an hour old");
});

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

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChatRules, judgeMessage, NO_CHATS } from "../../lib/publish/chat/gate.ts";

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

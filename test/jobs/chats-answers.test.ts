import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { PortBusy } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { tellChatOrders, visitChats } from "../../lib/chat/visit.ts";
import { runBatmon } from "../../lib/jobs/batmon/batmon-run.ts";
import { telegramChannel } from "../../lib/publish/notifiers/telegram.ts";
import { MEMORY } from "../../lib/station/rule-memory.ts";
import { finishOrder, openOrders } from "../../lib/store/orders.ts";
import { outboxIn } from "../../lib/store/outbox.ts";
import { ruleState, saveRuleState } from "../../lib/store/rules.ts";
import { saveBmsSample } from "../../lib/store/samples.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import { OWNER } from "../support/bot-api.ts";
import { GROUP, outcomes, type Talk, talk } from "../support/chat-talk.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { recordedBms } from "../support/recorded-samples.ts";

const plain = (text: string | undefined): string => (text ?? "").replaceAll(/[\u00a0\u202f]/g, " ");

/** What the chat is answered to one message. */
async function answer({ say, visit, api, station }: Talk, text: string): Promise<string[]> {
  station.now += 10;
  say(text);
  await visit();
  return plain(api.texts().at(-1)).split("\n");
}

/** What waits for the chat in the outbox, oldest first. */
const kept = ({ station }: Talk): string[] =>
  (station.store.db.prepare("SELECT text FROM outbox ORDER BY id").pluck().all() as string[]).map(plain);

/** An order that is confirmed and waits for the poll of the inverter. */
async function given(owner: Talk, text = "/grid off 2h"): Promise<void> {
  owner.say(text);
  await owner.visit();
  owner.say(owner.api.code());
  await owner.visit();
}

test("/status tells of the battery and the house what is known, and of alerts only what the rules know now", async (t) => {
  const owner = await talk(t);
  const { station } = owner;
  assert.equal((await answer(owner, "/status"))[0], "Waiting for the first data.");
  station.store.write(() => savePlantSamples(station.store, station.now, { without: ["inverter"], soc: 60 }));
  const pack = await answer(owner, "/status");
  assert.ok(pack.includes("Battery 60 %, 0 W (at rest)."), pack.join("\n"));
  assert.ok(!pack.some((line) => line.startsWith("House ")), "nothing is known of the house");
  station.store.write(() => savePlantSamples(station.store, station.now, { load: 710, on_grid: true }));
  await runBatmon(station.context);
  const calm = await answer(owner, "/status");
  assert.ok(calm.includes("House 710 W, sun 0 W, grid 710 W."), calm.join("\n"));
  assert.equal(calm.at(-1), "No open alerts.");
  station.now += 60;
  station.store.write(() => savePlantSamples(station.store, station.now, { cell: 2800, soc: 5, on_grid: true }));
  await runBatmon(station.context);
  const low = await answer(owner, "/status");
  assert.ok(
    low.some((line) =>
      /^Cell nearly empty \(since \d\d:\d\d\): Cell 1 of the battery is nearly empty: 2\.80 V/.test(line),
    ),
    low.join("\n"),
  );
  station.now += 7200;
  assert.ok(!(await answer(owner, "/status")).some((line) => /alerts|Cell/.test(line)), "that is no news any more");
});

test("/status tells the charge of a pack whose current is not known without inventing a power, or that it rests", async (t) => {
  const owner = await talk(t);
  const { store, now } = owner.station;
  store.write(() => saveBmsSample(store, "bms", now, recordedBms({ soc: 47, battery_current: null, warnings: 0 })));
  const line = (await answer(owner, "/status")).find((one) => one.startsWith("Battery"));
  assert.equal(line, "Battery 47 %, –.");
});

test("/why and /plan say so where nothing was decided or planned yet", async (t) => {
  const owner = await talk(t);
  assert.deepEqual(await answer(owner, "/why"), ["The rules have not decided anything yet."]);
  assert.match((await answer(owner, "/plan")).join(), /no plan/i);
});

test("what an order would do is shown beside how the switch stands now", async (t) => {
  const owner = await talk(t);
  const { store } = owner.station;
  assert.match((await answer(owner, "/grid on"))[1] as string, /^Where it stands now is not known\./);
  for (const [raw, says] of [
    [1, "It is on the grid now."],
    [0, "It is off the grid now."],
  ] as const) {
    store.write(() =>
      saveSettings(store, "inverter", "inverter", owner.station.now, { ongrid_switch: raw }, () => "foreign"),
    );
    assert.ok((await answer(owner, "/grid on until 07:00"))[1]?.startsWith(says));
  }
});

const ENDS = [
  ["unchanged", "It was so already: house off the grid for 2 h, then back."],
  ["failed", "Not done: house off the grid for 2 h, then back. The inverter did not do it."],
  ["expired", "Not done: house off the grid for 2 h, then back. The inverter did not answer in time."],
  ["done", "Done: house off the grid for 2 h, then back."],
] as const;

for (const [state, told] of ENDS) {
  test(`the chat hears of an order that ended as ${state}`, async (t) => {
    const owner = await talk(t);
    const { store, context } = owner.station;
    await given(owner);
    assert.equal(tellChatOrders(context, store), false, "it still waits");
    const [order] = openOrders(store);
    assert.ok(order);
    store.write(() => finishOrder(store, order.id, { state, why: null }, owner.station.now));
    assert.equal(tellChatOrders(context, store), true);
    assert.deepEqual(kept(owner), [told]);
    assert.equal(tellChatOrders(context, store), false, "once");
  });
}

test("of an order whose chat is no longer in the configuration, or whose row is gone, nothing is told", async (t) => {
  const owner = await talk(t);
  const { store, context } = owner.station;
  await given(owner);
  const [followed] = ruleState(store, MEMORY.chat_orders) as [Record<string, unknown>];
  const damaged = [{ ...followed, chat: "555" }, { ...followed, ids: [9999] }, { ids: 5 }, null];
  store.write(() => {
    saveRuleState(store, MEMORY.chat_orders, owner.station.now, damaged);
    for (const { id } of openOrders(store)) finishOrder(store, id, { state: "done", why: null }, owner.station.now);
  });
  assert.equal(tellChatOrders(context, store), false);
  assert.deepEqual(kept(owner), []);
  assert.deepEqual(ruleState(store, MEMORY.chat_orders), []);
});

test("a group that became a supergroup is heard under its new number", async (t) => {
  const owner = await talk(t);
  const moved = -1009999999999;
  outboxIn(owner.station.store).saveChannelAddress(telegramChannel(String(GROUP)), String(moved));
  owner.say("/help", { chat: moved, user: OWNER, type: "supergroup" });
  await owner.visit();
  assert.deepEqual(outcomes(owner), ["answered"]);
  assert.match(owner.api.texts(moved)[0] as string, /^\/status: /);
});

test("a token that cannot be used, another run that listens, and a run that is over ask Telegram nothing", async (t) => {
  const owner = await talk(t);
  const { station, api } = owner;
  owner.say("/help");
  const busy = { ...station.context, lockPort: () => Promise.reject(new PortBusy(said("telegram is listened to"))) };
  const visit = (context = station.context) => visitChats(context, station.store, performance.now(), async () => {});
  assert.equal(await visit(busy), null);
  await assert.rejects(visit({ ...busy, lockPort: () => Promise.reject(new TypeError("a bug")) }), TypeError);
  assert.deepEqual(api.calls, []);
  await owner.visit();
  const asked = api.calls.length;
  station.time_left = 2000;
  assert.equal(await visit(), null);
  assert.equal(api.calls.length, asked, "no time is left for an answer");
  station.time_left = 55_000;
  writeFileSync(api.token_file, "");
  assert.equal(await visit(), null, "the delivery of messages tells it");
  assert.equal(api.calls.length, asked);
});

test("a bot that Telegram gives no usable name takes no command that names somebody", async (t) => {
  const owner = await talk(t);
  for (const result of [null, { username: 7 }, { username: "x".repeat(80) }]) {
    owner.station.store.write(() => saveRuleState(owner.station.store, MEMORY.chat_link, owner.station.now, {}));
    owner.api.faults.set("getMe", [{ fault: { status: 200, body: { ok: true, result } } }]);
    const before = owner.api.texts().length;
    owner.station.now += 61;
    owner.say("/help@solar_test_bot");
    owner.say("/why");
    await owner.visit();
    const answers = owner.api.texts().slice(before);
    assert.deepEqual(answers.length, 2);
    assert.match(answers[0] as string, /^I do not understand that\./);
  }
});

test("once an answer did not get through, the others of the visit wait for the delivery too, codes excepted", async (t) => {
  const owner = await talk(t);
  await owner.visit();
  owner.api.faults.set("sendMessage", [{ fault: { status: 500 } }]);
  owner.say("/help");
  owner.say("/why");
  owner.say("/why");
  owner.say("/grid off");
  await owner.visit();
  assert.equal(owner.api.texts().length, 1, "the service is not asked again and again");
  const waiting = kept(owner);
  assert.equal(waiting.length, 2, "two of the same are one");
  assert.match(waiting[0] as string, /^\/status: /);
  assert.equal(waiting[1], "The rules have not decided anything yet.");
});

test("trouble since a time that the clock has not reached counts from now", async (t) => {
  const owner = await talk(t);
  await owner.visit();
  const { store } = owner.station;
  const link = ruleState(store, MEMORY.chat_link) as Record<string, unknown>;
  store.write(() =>
    saveRuleState(store, MEMORY.chat_link, owner.station.now, { ...link, failing_since: owner.station.now + 86_400 }),
  );
  owner.api.faults.set("getUpdates", [{ fault: { status: 500 } }]);
  assert.equal(await owner.visit(), null);
  store.flush();
  owner.station.now += 1000;
  owner.api.faults.set("getUpdates", [{ fault: { status: 500 } }]);
  assert.match(String(await owner.visit()), /have not been read for 17 min: HTTP 500/);
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Answer } from "../../lib/cli/spec.ts";
import { showChats } from "../../lib/jobs/batmon/chats-shown.ts";
import { changeMode, showAlerts, testMessage } from "../../lib/jobs/batmon/hand.ts";
import { showPlan } from "../../lib/jobs/batmon/plan-shown.ts";
import { gainNow } from "../../lib/rules/plan/act.ts";
import type { Score } from "../../lib/rules/plan/score.ts";
import { storedPlan } from "../../lib/station/stored-plan.ts";
import { noteChats } from "../../lib/store/chats.ts";
import { insertDecision } from "../../lib/store/decisions.ts";
import { insertPlan } from "../../lib/store/plans.ts";
import { batmonStation } from "../support/batmon.ts";
import { BOT_TOKEN, refusal, startBotApi } from "../support/bot-api.ts";
import { orderStation } from "../support/orders.ts";
import { freePort } from "../support/simulated.ts";

test("a mode by hand: one that is none, a change, the same again, and who set it", async (t) => {
  const station = orderStation(t, { batmon: { mode: "observe" } });
  const change = async (mode: string, dryRun = false) => {
    const { text } = await changeMode({ ...station.context, options: { mode }, dryRun });
    return text?.(false);
  };
  await assert.rejects(change("automatic"), /^UsageError: "automatic" is no mode; expected .*auto/);
  assert.equal(await change("observe"), "mode observe as before by the configuration");
  assert.equal(await change("auto", true), "mode auto from the next run on; it was observe by the configuration");
  await change("auto");
  assert.equal(await change("auto"), "mode auto as before, set by hand at 2027-01-15 08:00");
  assert.equal(
    await change("on-grid"),
    "mode on-grid from the next run on; it was auto, set by hand at 2027-01-15 08:00",
  );
});

test("alerts of rules that have never run, and a score of a station without plans", async (t) => {
  const { context } = orderStation(t);
  assert.equal((await showAlerts(context)).text?.(false), "the rules have not run yet");
  await assert.rejects(showPlan(context), /there is no plan yet: batmon makes one as soon as both devices/);
  const score = await showPlan({ ...context, options: { score: true } });
  assert.equal(score.text?.(false), "No promise made three hours ahead has come due in the last days.");
});

test("of plans that the rules went by the promises are scored, of others none", async (t) => {
  const { context, store, now } = orderStation(t);
  const [made, promised] = [now - 5 * 3600, now - 2 * 3600];
  for (const [policy, flags, count] of [
    ["planner", [], 1],
    ["planner", ["no_plan"], 0],
    ["greedy", [], 0],
  ] as const) {
    store.write(() => {
      const row = { next_switch_at: null, full_at: null, reserve_at: promised, bought: 1 };
      insertPlan(store, { at: made, input: {}, on_grid: false, soc: 60, ...row });
      for (const [at, soc] of [
        [made + 1, 60],
        [promised + 600, 32],
      ] as const) {
        const decision = { mode: "auto", policy, flags, inputs: { soc } };
        const run = { at, on_grid: false, winner: "plan", ordered: null, parameters: {} };
        insertDecision(store, { ...run, record: { decision } });
      }
    });
    const { json } = await showPlan({ ...context, options: { score: true } });
    assert.equal((json as Score).promises.length, count, `${policy} ${flags}`);
    store.write(() => store.db.exec("DELETE FROM decisions; DELETE FROM plans"));
  }
});

test("a message by hand: no channel, one that takes it, one that does not, and a dry run", async (t) => {
  const none = await testMessage(orderStation(t).context);
  assert.equal(none.text?.(false), "no channel is configured (notify: in config.yaml)");
  const bot = await startBotApi(t);
  const telegram = { token_file: bot.token_file, chat_ids: [1], api_base: bot.base };
  const { context } = orderStation(t, { notify: { telegram } });
  const dry = await testMessage({ ...context, dryRun: true });
  assert.equal(dry.text?.(false), "telegram:1: would be sent");
  assert.deepEqual(bot.texts(1), []);
  const sent = await testMessage(context);
  assert.deepEqual([sent.text?.(false), sent.failure], ["telegram:1: sent", undefined]);
  assert.match(bot.texts(1)[0] ?? "", /: a test message of batmon\./);
  bot.faults.set("sendMessage", [{ fault: refusal(400, "Bad Request: chat not found"), always: true }]);
  const failed = await testMessage(context);
  assert.equal(failed.text?.(false), "telegram:1: failed");
  assert.match(failed.failure?.message ?? "", /^telegram:1: .*chat not found/);
  assert.ok(!failed.failure?.message.includes(BOT_TOKEN));
  writeFileSync(bot.token_file, "");
  await assert.rejects(testMessage(context), /SecretUnusable: .*token: is empty/);
});

test("a Russian station answers in Russian", async (t) => {
  const { context, store, now } = orderStation(t);
  const { station } = context.config;
  const russian = { ...context, config: { ...context.config, station: { ...station, lang: "ru" as const } } };
  const said = async (answer: Promise<Answer>) => (await answer).text?.(false);
  const change = () => said(changeMode({ ...russian, options: { mode: "auto" } }));
  assert.equal(await change(), "режим auto со следующего запуска; был observe (из настроек)");
  assert.equal(await change(), "режим auto, как и был (вручную, 2027-01-15 08:00)");
  assert.equal(await said(showAlerts(russian)), "правила ещё не запускались");
  assert.equal(await said(testMessage(russian)), "каналов нет (notify: в config.yaml)");
  assert.equal(await said(showChats(russian)), "боту ещё ничего не писали");
  store.write(() =>
    noteChats(store, [{ at: now, chat: "42", user: "42", said: "/off", ours: 1, outcome: "prepared" }]),
  );
  assert.match((await said(showChats(russian))) ?? "", /запрошен код +42 {2}\/off$/);
});

test("what was said to the bot: by whom in a chat of several, and what is no longer known of it", async (t) => {
  const { context, store, now } = orderStation(t);
  assert.equal((await showChats(context)).text?.(false), "nothing was said to the bot yet");
  const row = { at: now, ours: 0, outcome: "not_allowed" };
  store.write(() =>
    noteChats(store, [
      { ...row, chat: "-5", user: "42", said: "/status\u001b[31m" },
      { ...row, chat: "42", user: "42", said: null },
    ]),
  );
  const lines = (await showChats(context)).text?.(false).split("\n") ?? [];
  assert.ok(
    lines.some((line) => /not allowed +-5 \(42\) {2}\/status/.test(line)),
    lines.join("\n"),
  );
  assert.ok(
    lines.some((line) => /not allowed +42$/.test(line)),
    lines.join("\n"),
  );
  assert.ok(!lines.join("").includes("\u001b"));
});

test("an owner who lets the rules only watch hears once a day what they would have done", async (t) => {
  const bot = await startBotApi(t);
  const telegram = { token_file: bot.token_file, chat_ids: [1], api_base: bot.base, reports: false };
  const station = batmonStation(t, { batmon: { mode: "observe", report_hour: 9 }, notify: { telegram } });
  // Off the grid and nearly empty: they would have gone back.
  await station.pass(9, { on_grid: false, soc: 8, cell: 3150 }, 600);
  const observed = () => bot.texts(1).filter((text) => text.includes("Only observing"));
  assert.equal(observed().length, 1, bot.texts(1).join("\n"));
  const words = /Only observing: today the rules would have gone 08:\d\d back to the grid\. Nothing was ordered/;
  assert.match(observed()[0] ?? "", words);
  await station.pass(2, { on_grid: false, soc: 8, cell: 3150 }, 600);
  assert.equal(observed().length, 1);
});

test("in the hour in which the day's report goes to a channel, its hourly one does not go there, too", async (t) => {
  for (const reports of [true, false]) {
    const hourly_reports = { from: 8, to: 9 };
    // A port on which nobody listens: what is told stays in the outbox.
    const reg_event = { url: `http://127.0.0.1:${await freePort()}/`, hourly_reports, reports };
    const station = batmonStation(t, { batmon: { report_hour: 8 }, notify: { reg_event } });
    const told = () =>
      station.store.db
        .prepare("SELECT count(*) FROM outbox WHERE kind = 'report' AND channel = 'reg_event'")
        .pluck()
        .get();
    await station.pass(1);
    assert.equal(told(), 1, `reports: ${reports}`);
    await station.pass(1, {}, 3600);
    assert.equal(told(), 1);
    await station.pass(1);
    assert.equal(told(), 2, "the next hour has its own");
  }
});

test("what leaving the grid gains now is told of a pack in float, which takes no more sun, and not where the charge is not known", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = Date.UTC(2026, 5, 21, 12) / 1000;
  await station.pass(5, { soc: 100, cell: 3450, float: true, pv: 900, load: 500 });
  const gain = async () => {
    const shown = await showPlan({ ...station.context, options: { plan: true } });
    return (shown.json as { gain_kwh: number | null }).gain_kwh;
  };
  const plan = storedPlan(station.store);
  assert.ok(plan);
  const [float, bulk] = [true, false].map((isFloat) => gainNow(plan, station.now, 100, isFloat) as number);
  assert.equal(await gain(), float);
  assert.notEqual(float, bulk);
  station.store.db.prepare("DELETE FROM decisions").run();
  assert.equal(await gain(), null);
});

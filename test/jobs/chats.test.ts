import assert from "node:assert/strict";
import { test } from "node:test";
import { runBatmon } from "../../lib/jobs/batmon/batmon-run.ts";
import { ask } from "../../lib/store/publish.ts";
import { latestMode } from "../../lib/store/rules.ts";
import { OWNER, refusal, type Update } from "../support/bot-api.ts";
import { Chance, tries } from "../support/campaign.ts";
import { GROUP, outcomes, talk } from "../support/chat-talk.ts";
import { inverterRound } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const WIFE = 43;
const STRANGER = 666;

test("an order is shown first, is given with its code and only once, and the chat hears how it went", async (t) => {
  const owner = await talk(t);
  const { station, api, say, visit } = owner;
  const sim = await startSimulatedInverter(t);
  const word = () => sim.device.source.read(20105);
  const writes = () => sim.log.writes().length;
  say("/grid off 2h");
  await visit();
  assert.match(api.texts().at(-1) ?? "", /^House off the grid for 2\u00a0h, then back\?\n/);
  assert.deepEqual(station.orders(), [], "shown, not given");
  const code = api.code();
  const confirmation = say(code);
  await visit();
  assert.deepEqual(
    station.orders().map(({ text, source, login, state }) => [text, source, login, state]),
    [["ongrid_switch=off for 2h", "telegram", String(OWNER), "queued"]],
  );
  await inverterRound(station, sim.url);
  assert.deepEqual([word(), writes()], [0, 1]);
  // The server sends it again, the owner too.
  api.push(confirmation);
  say(code);
  await visit();
  await inverterRound(station, sim.url);
  assert.deepEqual([word(), writes(), station.orders().length], [0, 1, 1]);
  assert.equal(api.texts().at(-1), "No order waits for a code.");
  const told = station.store.db.prepare("SELECT text FROM outbox WHERE channel = 'telegram:42'").pluck().all();
  assert.deepEqual(told, ["Done: house off the grid for 2\u00a0h, then back."]);
  // The lease ends as one by hand does.
  assert.equal(station.store.db.prepare("SELECT count(*) FROM leases").pluck().get(), 1);
  assert.deepEqual(
    outcomes(owner),
    ["prepared", "confirmed", "repeated", "nothing_waits"].filter((one) => one !== "repeated"),
  );
});

const ATTEMPTS = tries(300, 1000);

test("attempts with another chat, another person, wrong, late, repeated and borrowed codes: no register changes", async (t) => {
  const owner = await talk(t);
  const { station, api, say, visit } = owner;
  const sim = await startSimulatedInverter(t);
  const before = sim.device.source.read(20105);
  const chance = new Chance();
  const old: Update[] = [];
  let attempts = 0;
  while (attempts < ATTEMPTS) {
    // The limits of an hour are over, so that it is not only they that refuse.
    station.now += 3600 + chance.below(7200);
    const in_group = chance.below(2) === 0;
    const place = in_group ? { chat: GROUP, user: OWNER, type: "supergroup" as const } : { chat: OWNER };
    const order = say(
      chance.pick(["/grid off", "/grid off 2h", "/grid off until 07:00", "/grid on", "/grid on 30m"]),
      place,
    );
    await visit();
    const code = api.code(place.chat);
    assert.match(code, /^\d{4}$/);
    const wrong = () => String((Number(code) + 1 + chance.below(9998)) % 10_000).padStart(4, "0");
    let wrong_ones = 0;
    const burnt = () => wrong_ones >= 3;
    const kinds: (() => void)[] = [
      () => void say(code, { chat: STRANGER }),
      () => void say(code, { chat: -STRANGER, user: OWNER, type: "group" }),
      () => void say(code, { chat: GROUP, user: WIFE, type: "supergroup" }),
      () => void say(code, in_group ? { chat: OWNER } : { chat: GROUP, user: OWNER, type: "supergroup" }),
      () => void say(code, { ...place, more: { forward_origin: { type: "user" } } }),
      () => void say(code, { ...place, more: { via_bot: { id: 1 } } }),
      () => void say(code, { ...place, more: { sender_chat: { id: GROUP } } }),
      () => void say(code, { ...place, at: station.now - 301 - chance.below(86_400) }),
      () => void say(code, { ...place, at: station.now + 121 + chance.below(86_400) }),
      () =>
        void say(
          chance.pick([`${code}0`, code.slice(1), `x${code}`, `/grid ${code}`, `-${code}`, `${code} ${code}`]),
          place,
        ),
      () => void api.push({ ...order, message: { ...order.message, text: code } }),
      () => void api.push(old.length > 0 ? chance.pick(old) : order),
      () => {
        wrong_ones++;
        say(wrong(), place);
      },
    ];
    const batch = 12 + chance.below(8);
    for (let n = 0; n < batch; n++) chance.pick(kinds)();
    attempts += batch;
    await visit();
    if (station.now % 2 === 0) await visit();
    // The right code, but too late, or after three wrong ones, or after it was taken back.
    if (burnt()) old.push(say(code, place));
    else if (chance.below(2) === 0) {
      say(`/cancel`, place);
      old.push(say(code, place));
    } else {
      station.now += 301 + chance.below(600);
      old.push(say(code, place));
    }
    attempts++;
    await visit();
    assert.deepEqual(station.orders(), [], `after ${attempts} attempts`);
  }
  await inverterRound(station, sim.url);
  assert.deepEqual([sim.device.source.read(20105), sim.log.writes().length], [before, 0]);
  const seen = new Set(outcomes(owner));
  for (const outcome of ["stranger", "nobody", "old", "ahead", "late", "wrong_code", "wrong_last", "nothing_waits"]) {
    assert.ok(seen.has(outcome), outcome);
  }
  assert.equal(api.texts(STRANGER).length + api.texts(-STRANGER).length, 0, "strangers hear nothing");
  station.now += 7200;
  await visit();
  say("/grid off");
  await visit();
  say(api.code());
  await visit();
  await inverterRound(station, sim.url);
  assert.deepEqual([sim.device.source.read(20105), sim.log.writes().length], [0, 1], "the right one is carried out");
});

test("a group: nobody orders who is not named, people talk undisturbed, and a code is for him who ordered", async (t) => {
  const family = await talk(t);
  const { api, say, visit, station } = family;
  const group = (user: number) => ({ chat: GROUP, user, type: "supergroup" as const });
  say("4711 is the number of the taxi", group(WIFE));
  say("4711", group(WIFE));
  say("/status@other_bot", group(WIFE));
  await visit();
  assert.deepEqual([api.texts(GROUP), outcomes(family)], [[], []], "talk leaves no trace");
  say("/grid off", group(WIFE));
  say("/status@solar_test_bot", group(WIFE));
  await visit();
  assert.equal(api.texts(GROUP)[0], "Your orders do not count here.");
  assert.match(api.texts(GROUP)[1] ?? "", /Waiting for the first data/);
  say("/grid off", group(OWNER));
  await visit();
  assert.match(api.texts(GROUP).at(-1) ?? "", /reply to this message with \d{4} within 5 min/);
  say(api.code(GROUP), group(WIFE));
  await visit();
  assert.deepEqual(station.orders(), []);
  say(`/${api.code(GROUP)}`, group(OWNER));
  await visit();
  assert.equal(station.orders().length, 1);
  assert.equal(station.orders()[0]?.login, `${GROUP}/${OWNER}`);
});

test("without a named user only the person of a private chat orders; questions alone take no orders", async (t) => {
  const open = await talk(t, { order_users: [] });
  open.say("/grid off", { chat: GROUP, user: OWNER, type: "group" });
  open.say("/grid off");
  await open.visit();
  assert.deepEqual(outcomes(open), ["not_allowed", "prepared"]);
  const asking = await talk(t, { commands: "questions" });
  asking.say("/grid off");
  asking.say("/mode auto");
  asking.say("/help");
  await asking.visit();
  assert.deepEqual(outcomes(asking), ["no_orders", "no_orders", "answered"]);
  assert.doesNotMatch(asking.api.texts().at(-1) ?? "", /\/grid/);
  const none = await talk(t, { commands: "none" });
  none.say("/status");
  await none.visit();
  assert.equal(none.api.calls.length, 0, "off means that nobody is asked");
});

test("six wrong codes in an hour close a chat for the hour; twelve orders too; ten questions a minute are answered", async (t) => {
  const owner = await talk(t);
  const { station, api, say, visit } = owner;
  for (let round = 0; round < 2; round++) {
    say("/grid off");
    await visit();
    const wrong = String((Number(api.code()) + 1) % 10_000).padStart(4, "0");
    for (let n = 0; n < 3; n++) say(wrong);
    await visit();
    station.now += 61;
  }
  assert.match(api.texts().at(-1) ?? "", /^Wrong code for the third time/);
  say("/grid off");
  await visit();
  assert.match(api.texts().at(-1) ?? "", /no orders from here for an hour/);
  station.now += 3600;
  for (let n = 0; n < 13; n++) {
    say("/grid off");
    await visit();
    station.now += 10;
  }
  assert.equal(api.texts().at(-1), "Too many orders within an hour; wait a while.");
  station.now += 3600;
  for (let n = 0; n < 15; n++) say("/help");
  await visit();
  await visit();
  assert.equal(outcomes(owner).filter((outcome) => outcome === "too_often").length, 5);
  assert.deepEqual(station.orders(), []);
});

test("the same checks as by hand; /mode counts from the next run on; what the rules think of it is shown", async (t) => {
  const { station, api, say, visit } = await talk(t);
  station.store.write(() => savePlantSamples(station.store, station.now, { soc: 12 }));
  say("/grid off 31d");
  await visit();
  assert.match(
    api.texts().at(-1) ?? "",
    /^That cannot be ordered: “31d” is no length of time from a minute to 30 days\.$/,
  );
  say("/grid sideways");
  say("/grid off 2h confirm by batmon");
  say("/mode later");
  say("/mode observe; rm");
  await visit();
  assert.deepEqual(new Set(api.texts().slice(1)).size, 2, "how it is said");
  say("/grid off");
  await visit();
  assert.match(api.texts().at(-1) ?? "", /The rules would not leave the grid now: /);
  say("/mode observe");
  await visit();
  assert.match(api.texts().at(-1) ?? "", /^Mode “only observing”\?\nTo carry it out, send \d{4}/);
  say(api.code());
  await visit();
  assert.deepEqual(latestMode(station.store), { at: station.now, mode: "observe", source: "telegram" });
  assert.deepEqual(station.orders(), []);
});

test("a clock that is set back keeps no code alive, and a code that was seen in the state file opens nothing", async (t) => {
  const { station, api, say, visit } = await talk(t);
  say("/grid off");
  await visit();
  const code = api.code();
  const stored = String(station.store.db.prepare("SELECT value FROM rule_states WHERE name = 'chats'").pluck().get());
  // As a value of its own: four digits stand in times and hashes by chance.
  assert.doesNotMatch(stored, new RegExp(`\\b${code}\\b`));
  const began = station.now;
  station.now = began - 60;
  say(code, { at: began - 60 });
  await visit();
  assert.match(api.texts().at(-1) ?? "", /no longer good/);
  assert.deepEqual(station.orders(), []);
});

test("429 is waited for, 409 and silence end the visit, an answer that fails is told later and the order counts once", async (t) => {
  const { station, api, say, visit } = await talk(t);
  await visit();
  const asked = () => api.calls.filter(({ method }) => method === "getUpdates").length;
  api.faults.set("getUpdates", [{ fault: refusal(429, "Too Many Requests", { retry_after: 30 }) }]);
  say("/status");
  const first = asked();
  assert.equal(await visit(), null);
  station.store.flush();
  station.now += 20;
  await visit();
  assert.equal(asked(), first + 1, "asked for patience");
  station.now += 20;
  api.faults.set("getUpdates", [{ fault: refusal(409, "Conflict: terminated by other getUpdates request") }]);
  assert.equal(await visit(), null, "trouble that may pass");
  station.store.flush();
  station.now += 901;
  api.faults.set("getUpdates", [{ fault: refusal(409, "Conflict") }]);
  assert.match(String(await visit()), /not been read for 1[56] min: another program reads this bot's messages/);
  station.now -= 901;
  say("/grid off");
  await visit();
  const code = api.code();
  api.faults.set("sendMessage", [{ fault: "cut", always: true }]);
  say(code);
  await visit();
  api.faults.clear();
  await visit();
  assert.equal(station.orders().length, 1);
  const kept = station.store.db.prepare("SELECT text FROM outbox").pluck().all().join("\n");
  assert.match(kept, /^Ordered: house off the grid until somebody changes it/);
});

test("/chart sends a picture with the headline below it; the daily report has one too, and is told once without it", async (t) => {
  const { station, api, say, visit } = await talk(t, { chat_ids: [OWNER] });
  station.store.write(() => savePlantSamples(station.store, station.now - 30));
  say("/chart");
  await visit();
  const photos = () =>
    api.calls.filter(({ method }) => method === "sendPhoto").map(({ body }) => body.multipart as Buffer);
  assert.match(
    photos()[0]?.toString("latin1") ?? "",
    /name="caption"\r\n\r\nHouse on the grid\..*image\/png\r\n\r\n.PNG/s,
  );
  station.store.write(() => ask(station.store, { at: station.now, what: "report", value: "", source: "test" }));
  api.faults.set("sendPhoto", [{ fault: { status: 500 } }]);
  await runBatmon(station.context);
  station.store.flush();
  station.now += 600;
  await runBatmon(station.context);
  assert.equal(api.texts().filter((text) => text.startsWith("Solar station, ")).length, 1);
  assert.equal(photos().length, 2);
  assert.ok(photos().every((photo) => photo.length < 40_000));
});

test("a code is never kept for later; damaged memory, strange updates and long ones disturb nobody", async (t) => {
  const owner = await talk(t);
  const { station, api, say, visit } = owner;
  api.faults.set("sendMessage", [{ fault: { status: 500 } }]);
  say("/grid off");
  await visit();
  assert.equal(station.store.db.prepare("SELECT count(*) FROM outbox").pluck().get(), 0);
  const strange = [{}, { chat: null }, { chat: { id: "42" }, date: "x" }, { chat: { id: 42 }, date: 1, message_id: 1 }];
  for (const [n, message] of strange.entries()) api.push({ update_id: 2000 + n, message });
  api.push({ update_id: 2010 } as unknown as Update);
  for (let n = 0; n < 9; n++) say("ы".repeat(4096), { chat: STRANGER });
  await visit();
  await visit();
  for (const damage of ['{"armed":[{"chat":"42"}],"next":"x"}', "[]", "{", '{"seen":5,"armed":{}}']) {
    station.store.db.prepare("UPDATE rule_states SET value = ? WHERE name = 'chats'").run(damage);
    station.now += 61;
    say("/help");
    await visit();
    assert.match(api.texts().at(-1) ?? "", /^\/status: /);
  }
});

test("Telegram that hangs holds up neither the rules nor their orders", async (t) => {
  const { station, api } = await talk(t, {});
  api.faults.set("getMe", [{ fault: "silence", always: true }]);
  station.store.write(() => savePlantSamples(station.store, station.now, { on_grid: true }));
  let judged_after: number | null = null;
  const began = performance.now();
  const running = runBatmon(station.context);
  while (judged_after === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const stored = station.store.db
      .prepare("SELECT count(*) FROM rule_states WHERE name = 'grid_switch'")
      .pluck()
      .get();
    if (stored === 1) judged_after = performance.now() - began;
  }
  assert.ok(api.calls.every(({ method }) => method === "getMe"));
  assert.ok(judged_after < 2000, `${judged_after} ms`);
  await running;
  assert.ok(performance.now() - began < 6000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { BOT_TOKEN, OWNER, startBotApi } from "../support/bot-api.ts";
import { testStation } from "../support/command.ts";
import { startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

test("the commands themselves: a question and an armed order from the chat, within seconds with --stay", async (t) => {
  const api = await startBotApi(t);
  const sim = await startSimulatedInverter(t);
  const telegram = `{token_file: ${api.token_file}, api_base: "${api.base}", chat_ids: [${OWNER}], commands: orders}`;
  const inverter = `inverter: {port: "${sim.url}", gap_ms: 5, timeout_ms: 150, retries: 1}`;
  const station = testStation(t, `${inverter}\nbms: []\nnotify: {telegram: ${telegram}}`);
  const now = () => Math.floor(Date.now() / 1000);
  assert.equal((await station.run("pv1800-dump")).code, 0);
  api.say({ text: "/status", at: now() });
  api.say({ text: "/grid off 2h", at: now() });
  api.say({ text: "/grid off\u001b[2J", chat: 666, at: now() });
  const first = await station.run("batmon");
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  // In the evening the day's report and what the rules would have done come first.
  assert.ok(
    api.texts().some((text) => /House \d/.test(text)),
    api.texts().join("\n"),
  );
  assert.equal(sim.log.writes().length, 0);
  // The second run listens; what is said meanwhile is heard at once.
  const staying = station.start("batmon", ["--stay", "20s"]);
  await waitFor(() => api.calls.filter(({ method }) => method === "getUpdates").length > 2, "the run listens", 60_000);
  api.say({ text: api.code(), at: now() });
  await waitFor(() => api.texts().some((text) => text.startsWith("Ordered: ")), "the answer", 60_000);
  assert.equal((await station.run("pv1800-dump")).code, 0);
  assert.equal(sim.device.source.read(20105), 0);
  assert.equal((await staying.finished).code, 0);
  if (!api.texts().some((text) => text.includes("Done: "))) await station.run("batmon");
  assert.match(api.texts().at(-1) ?? "", /Done: house off the grid for 2\u00a0h, then back\.$/);
  assert.equal(sim.log.writes().length, 1);
  const shown = await station.run("batmon", ["--chats"]);
  assert.match(shown.stdout, /asked for a code +42 {2}\/grid off 2h\n.*stranger +666\n.*confirmed +42 {2}\d{4}\n$/);
  const log = await station.run("inverter-cmd", ["log"]);
  assert.match(log.stdout, /\(chat, 42\)/);
  const everything = JSON.stringify([
    first,
    shown,
    log,
    station.look((store) => store.db.serialize().toString("latin1")),
  ]);
  assert.ok(!everything.includes(BOT_TOKEN.split(":")[1] as string), "the token is nowhere");
});

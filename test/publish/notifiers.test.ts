import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { failure, failureText } from "../../lib/base/failure/failure.ts";
import { createDeadMan } from "../../lib/publish/notifiers/dead-man.ts";
import { createKmsg } from "../../lib/publish/notifiers/kmsg.ts";
import type { Notifier, Outgoing } from "../../lib/publish/notifiers/notifier.ts";
import { createRegEvent } from "../../lib/publish/notifiers/reg-event.ts";
import { readSecretFile } from "../../lib/publish/notifiers/secret-file.ts";
import { createTelegram } from "../../lib/publish/notifiers/telegram.ts";
import type { SendResult } from "../../lib/publish/outbox.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { deadBase, type Reply, startService, TELEGRAM_OK } from "./notifiers-support.ts";

const TOKEN = "123456:planted-TOKEN_for_tests";
const MESSAGE: Outgoing = { text: "Grid lost.", severity: "critical", at: 1_781_524_800 };

function tokenFile(t: TestContext, content = `${TOKEN}\n`): string {
  const path = join(scratchDirectory(t), "token");
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function telegram(t: TestContext, api_base: string): Notifier {
  const [notifier] = createTelegram({ token_file: tokenFile(t), chat_ids: ["-42"], api_base });
  assert.ok(notifier !== undefined);
  return notifier;
}

test("telegram: sends text to the chat, quietly for information only", async (t) => {
  const service = await startService(t);
  const notifier = telegram(t, `${service.base}/`);
  assert.equal(notifier.name, "telegram:-42");
  assert.deepEqual(await notifier.send(MESSAGE, 5000), { ok: true });
  await notifier.send({ ...MESSAGE, severity: "info" }, 5000);
  const [first, second] = service.received;
  assert.equal(first?.method, "POST");
  assert.equal(first?.url, `/bot${TOKEN}/sendMessage`);
  const body: unknown = JSON.parse(first?.body ?? "");
  assert.deepEqual(body, {
    chat_id: "-42",
    text: "Grid lost.",
    disable_notification: false,
    link_preview_options: { is_disabled: true },
  });
  assert.equal(JSON.parse(second?.body ?? "").disable_notification, true);
});

test("telegram: each chat is a channel of its own", (t) => {
  const chats = createTelegram({ token_file: tokenFile(t), chat_ids: ["1", "@house"], api_base: "http://localhost" });
  assert.deepEqual(
    chats.map(({ name }) => name),
    ["telegram:1", "telegram:@house"],
  );
});

const refusal = (status: number, description: string, more: object = {}): Reply => ({
  status,
  body: { ok: false, error_code: status, description, ...more },
});
const FAILURES: readonly { name: string; reply: Reply; want: Partial<SendResult>; says: RegExp }[] = [
  {
    name: "429 with its wait",
    reply: refusal(429, "Too Many Requests: retry after 17", { parameters: { retry_after: 17 } }),
    want: { permanent: false, retry_after_s: 17 },
    says: /Too Many Requests: retry after 17 \(429\)/,
  },
  {
    name: "429 of a proxy, wait in the header",
    reply: { status: 429, body: "slow down", headers: { "retry-after": "9" } },
    want: { permanent: false, retry_after_s: 9 },
    says: /429/,
  },
  { name: "429 without a wait", reply: { status: 429 }, want: { permanent: false, retry_after_s: 60 }, says: /429/ },
  {
    name: "429 of Telegram's own without a wait",
    reply: refusal(429, "Too Many Requests"),
    want: { permanent: false, retry_after_s: 60 },
    says: /Telegram Too Many Requests \(429\)/,
  },
  {
    name: "500 of Telegram's own",
    reply: refusal(500, "Internal Server Error"),
    want: { permanent: false },
    says: /^HTTP 500: Telegram Internal Server Error$/,
  },
  { name: "403 of a proxy", reply: { status: 403, body: "<html>" }, want: { permanent: false }, says: /HTTP 403/ },
  { name: "500", reply: { status: 500, body: "<html>" }, want: { permanent: false }, says: /HTTP 500/ },
  {
    name: "403, bot blocked",
    reply: refusal(403, "Forbidden: bot was blocked by the user"),
    want: { permanent: true, scope: "channel" },
    says: /bot was blocked by the user/,
  },
  {
    name: "401, token revoked",
    reply: refusal(401, "Unauthorized"),
    want: { permanent: true, scope: "channel" },
    says: /HTTP 401: Telegram Unauthorized/,
  },
  {
    name: "400, chat not found",
    reply: refusal(400, "Bad Request: chat not found"),
    want: { permanent: true, scope: "channel" },
    says: /chat not found/,
  },
  {
    name: "400, this text",
    reply: refusal(400, "Bad Request: message text is empty"),
    want: { permanent: true, scope: "message" },
    says: /text is empty/,
  },
  {
    name: "a redirect is not followed",
    reply: { status: 302, headers: { location: "http://127.0.0.1:1/" } },
    want: { permanent: false },
    says: /HTTP 302/,
  },
  {
    name: "a captive portal",
    reply: { status: 200, body: "<html>log in" },
    want: { permanent: false },
    says: /without its confirmation/,
  },
  {
    name: "connection cut",
    reply: "cut",
    want: { permanent: false },
    says: /^Telegram at 127\.0\.0\.1:\d+: ECONNRESET$/,
  },
  {
    name: "connection cut in the answer",
    reply: "cut_body",
    want: { permanent: false },
    says: /^Telegram at 127\.0\.0\.1:\d+: /,
  },
  { name: "silence", reply: "silence", want: { permanent: false }, says: /no answer in (200|19\d) ms/ },
  {
    name: "an endless answer",
    reply: { status: 200, body: "x".repeat(200_000) },
    want: { permanent: false },
    says: /Telegram at/,
  },
  {
    name: "an answer that quotes the token",
    reply: refusal(404, `no method for ${TOKEN} \u001b[31m\n${encodeURIComponent(TOKEN)}`),
    want: { permanent: true, scope: "channel" },
    says: /no method for … \[31m …/,
  },
];

for (const { name, reply, want, says } of FAILURES) {
  test(`telegram: ${name}`, async (t) => {
    const service = await startService(t, reply);
    const result = await telegram(t, service.base).send(MESSAGE, reply === "silence" ? 200 : 5000);
    assert.equal(result.ok, false);
    assert.ok(!result.ok);
    for (const [key, value] of Object.entries(want)) assert.equal(result[key as keyof typeof result], value, key);
    assert.match(failureText(result.reason), says);
    assert.doesNotMatch(JSON.stringify(result), /planted/);
  });
}

test("telegram: nobody listens, no such host, no URL at all", async (t) => {
  for (const base of [await deadBase(), "http://no-such-host.invalid", "no url"]) {
    const result = await telegram(t, base).send(MESSAGE, 5000);
    assert.ok(!result.ok && !result.permanent);
    assert.match(failureText(result.reason), /^Telegram at /);
    assert.doesNotMatch(JSON.stringify(result), /planted|bot123456/);
  }
});

test("a secret file that others can read is refused with the command that mends it", (t) => {
  const path = tokenFile(t);
  assert.equal(readSecretFile(path), TOKEN);
  for (const mode of [0o644, 0o640, 0o604, 0o620]) {
    chmodSync(path, mode);
    assert.throws(
      () => createTelegram({ token_file: path, chat_ids: ["1"], api_base: "http://localhost" }),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.message.endsWith(`run: chmod 600 ${path}`) &&
        error.message.includes(mode.toString(8)) &&
        !error.message.includes("planted"),
    );
  }
});

test("a secret file that is missing, empty, a folder, or holds something else is named without its content", (t) => {
  const folder = scratchDirectory(t);
  assert.throws(() => readSecretFile(join(folder, "none")), /none: cannot be read \(ENOENT\)/);
  assert.throws(() => readSecretFile(folder), /is not a file with a secret/);
  assert.throws(() => readSecretFile(tokenFile(t, "\n")), /is empty/);
  const wrong = tokenFile(t, "planted but no token\n");
  assert.throws(
    () => createTelegram({ token_file: wrong, chat_ids: ["1"], api_base: "http://localhost" }),
    (error: unknown) => error instanceof ConfigError && !error.message.includes("planted"),
  );
});

test("reg_event: the original's query with the text as a form field, or all of it in the query", async (t) => {
  const service = await startService(t, { status: 200, body: "OK" });
  const settings = { url: `${service.base}/reg_event.php`, tag: "SOLAR", host: "roof & barn", flags: 3 };
  assert.deepEqual(await createRegEvent({ ...settings, method: "POST" }).send({ ...MESSAGE, text: "a=b&c ü" }, 5000), {
    ok: true,
  });
  assert.deepEqual(await createRegEvent({ ...settings, method: "GET" }).send(MESSAGE, 5000), { ok: true });
  const [post, get] = service.received;
  assert.equal(post?.url, "/reg_event.php?tag=SOLAR&host=roof+%26+barn&value=2&flags=3");
  assert.equal(new URLSearchParams(post?.body).get("event"), "a=b&c ü");
  assert.equal(get?.method, "GET");
  assert.equal(new URL(get?.url ?? "", service.base).searchParams.get("event"), "Grid lost.");
});

test("reg_event: without a tag of the owner's it is the original's, by severity", async (t) => {
  const service = await startService(t, { status: 200, body: "OK" });
  const settings = { url: `${service.base}/reg_event.php`, tag: null, host: "roof", flags: 0, method: "POST" } as const;
  for (const severity of ["critical", "warning", "info"] as const) {
    await createRegEvent(settings).send({ ...MESSAGE, severity }, 5000);
  }
  const tags = service.received.map(({ url }) => new URL(url ?? "", service.base).searchParams.get("tag"));
  assert.deepEqual(tags, ["ALERT", "WARN", "REPORT"]);
});

test("reg_event: failures", async (t) => {
  const service = await startService(t, { status: 503, headers: { "retry-after": "5" } });
  const notifier = createRegEvent({
    url: `${service.base}/reg_event.php`,
    method: "POST",
    tag: "",
    host: "",
    flags: 0,
  });
  const result = await notifier.send(MESSAGE, 5000);
  assert.ok(!result.ok && !result.permanent);
  service.reply = { status: 404 };
  assert.deepEqual(await notifier.send(MESSAGE, 5000), {
    ok: false,
    permanent: false,
    scope: "channel",
    reason: failure("http_status_says", { status: 404, words: failure("hook") }),
  });
  service.reply = "cut";
  const cut = await notifier.send(MESSAGE, 5000);
  assert.ok(!cut.ok && !cut.permanent);
  assert.match(failureText(cut.reason), /^reg_event at 127\.0\.0\.1:\d+: ECONNRESET$/);
});

test("dead man's switch: one GET, and its secret path is never quoted", async (t) => {
  const service = await startService(t, TELEGRAM_OK);
  assert.deepEqual(await createDeadMan(`${service.base}/ping/planted-uuid`).send(MESSAGE, 5000), { ok: true });
  assert.deepEqual(
    service.received.map(({ method, url }) => `${method} ${url}`),
    ["GET /ping/planted-uuid"],
  );
  service.reply = "cut";
  const result = await createDeadMan(`${service.base}/ping/planted-uuid`).send(MESSAGE, 5000);
  assert.ok(!result.ok);
  assert.match(failureText(result.reason), /ECONNRESET/);
  assert.doesNotMatch(JSON.stringify(result), /planted/);
});

test("kmsg: one line with its priority, cut to a record, nothing created", async (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "kmsg");
  writeFileSync(path, "");
  const notifier = createKmsg(path);
  assert.deepEqual(await notifier.send({ ...MESSAGE, text: "Grid\nlost.\u0007" }, 1000), { ok: true });
  await notifier.send({ ...MESSAGE, severity: "info", text: "ü".repeat(2000) }, 1000);
  const lines = readFileSync(path, "utf8").split("\n");
  assert.equal(lines[0], "<2>solar-station: Grid lost. ");
  assert.equal(lines[1], `<6>solar-station: ${"ü".repeat(450)}`);
  const missing = await createKmsg(join(folder, "none")).send(MESSAGE, 1000);
  assert.ok(!missing.ok && missing.permanent);
  assert.match(failureText(missing.reason), /none: ENOENT$/);
  // A name that is too long is not the owner's refusal: it may be another time.
  const odd = await createKmsg(join(folder, "x".repeat(300))).send(MESSAGE, 1000);
  assert.ok(!odd.ok && !odd.permanent);
  assert.match(failureText(odd.reason), /: ENAMETOOLONG$/);
});

/** A local server that plays Telegram's Bot API: updates with their numbers, long polling, and its ways to refuse. */

import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratchDirectory } from "./scratch.ts";

export const BOT_TOKEN = "987654321:AAF-secret_token_of_the_bot";

/** What a person says; the rest is as Telegram would have it. */
export interface Words {
  readonly chat?: number;
  readonly user?: number;
  readonly text: string;
  readonly at: number;
  readonly type?: "private" | "group" | "supergroup";
  /** Further fields of the message. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** How the next call of a method is answered instead. */
export type BotFault = "silence" | "cut" | { readonly status: number; readonly body?: unknown };

export interface BotApi {
  readonly base: string;
  readonly token_file: string;
  /** `method` and body of every call. */
  readonly calls: { readonly method: string; readonly body: Readonly<Record<string, unknown>> }[];
  /** Texts that a chat got, oldest first. */
  texts(chat?: number): string[];
  /** The last code that a chat was shown. */
  code(chat?: number): string;
  /** Somebody says something; returns the update. */
  say(words: Words): Update;
  /** Puts an update into the queue, also one that was there before. */
  push(update: Update): void;
  /** Faults by method, used up one by one; "always" stays. */
  readonly faults: Map<string, { readonly fault: BotFault; always?: boolean }[]>;
}

export interface Update {
  readonly update_id: number;
  readonly message: Readonly<Record<string, unknown>>;
}

export const OWNER = 42;

export const refusal = (error_code: number, description: string, parameters = {}): BotFault => ({
  status: error_code,
  body: { ok: false, error_code, description, parameters },
});

/** Listens on a free local port until the test ends. */
export async function startBotApi(t: TestContext): Promise<BotApi> {
  const token_file = join(scratchDirectory(t), "token");
  writeFileSync(token_file, `${BOT_TOKEN}\n`, { mode: 0o600 });
  let queue: Update[] = [];
  let next_update = 1000;
  let next_message = 1;
  let news: () => void = () => {};
  const calls: BotApi["calls"] = [];
  const faults: BotApi["faults"] = new Map();

  const updates = async ({ offset, limit, timeout }: Readonly<Record<string, unknown>>): Promise<Update[]> => {
    if (typeof offset === "number") queue = queue.filter(({ update_id }) => update_id >= offset);
    if (queue.length === 0 && Number(timeout) > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Number(timeout) * 1000);
        timer.unref();
        news = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return queue.slice(0, Number(limit));
  };

  const server = createServer(async (request, response) => {
    const [, token, method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? "") ?? [];
    const sent = await bodyOf(request);
    const body = (request.headers["content-type"] ?? "").startsWith("application/json")
      ? (JSON.parse(sent.toString("utf8")) as Record<string, unknown>)
      : { multipart: sent };
    calls.push({ method, body });
    const waiting = faults.get(method) ?? [];
    const planned = waiting[0]?.always ? waiting[0] : waiting.shift();
    if (planned?.fault === "silence") return;
    if (planned?.fault === "cut") return void request.socket.destroy();
    const answer = (status: number, given: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(given));
    };
    if (planned) return answer(planned.fault.status, planned.fault.body ?? {});
    if (token !== BOT_TOKEN) return answer(401, { ok: false, error_code: 401, description: "Unauthorized" });
    const result =
      method === "getUpdates"
        ? await updates(body)
        : method === "getMe"
          ? { id: 987654321, is_bot: true, username: "solar_test_bot" }
          : { message_id: next_message++ };
    answer(200, { ok: true, result });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const texts = (chat = OWNER): string[] =>
    calls.flatMap(({ method, body }) =>
      method === "sendMessage" && body.chat_id === String(chat) ? [String(body.text)] : [],
    );
  const push = (update: Update): void => {
    queue.push(update);
    news();
  };
  return {
    ...{ base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token_file, calls, faults, texts, push },
    code: (chat) => /(?:send|reply to this message with) (\d{4})/.exec(texts(chat).at(-1) ?? "")?.[1] ?? "none",
    say: ({ chat = OWNER, user = chat, text, at, type = "private", more = {} }) => {
      const message = {
        ...{ message_id: next_message++, date: at, chat: { id: chat, type } },
        ...{ from: { id: user, is_bot: false, first_name: "x" }, text, ...more },
      };
      const update = { update_id: next_update++, message };
      push(update);
      return update;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
  } catch {
    // The client gave up while sending.
  }
  return Buffer.concat(chunks);
}

import { isFromFuture, knownTime } from "../base/clock.ts";
import { PortBusy, ServiceDown, StationError } from "../base/errors.ts";
import { failure, failureText } from "../base/failure/failure.ts";
import { printable } from "../base/printable.ts";
import type { Context } from "../cli/spec.ts";
import { isSealOf, newCode, sealOf } from "../publish/chat/code.ts";
import {
  type Armed,
  advance,
  arm,
  type ChatMemory,
  type ChatRules,
  judgeMessage,
  type Outcome,
  restoreChats,
  SILENT,
  tidied,
} from "../publish/chat/gate.ts";
import { type ChatMessage, QUESTIONS, type Question, readUpdates, type Update } from "../publish/chat/message.ts";
import type { Refusal } from "../publish/notifiers/notifier.ts";
import { type Bot, messageBody, openBot, photoBody, telegramChannel } from "../publish/notifiers/telegram.ts";
import { MEMORY } from "../station/rule-memory.ts";
import { speechOfStation } from "../station/voice.ts";
import { type ChatRow, noteChats } from "../store/chats.ts";
import type { Store } from "../store/database.ts";
import { addMessages, outboxIn } from "../store/outbox.ts";
import { ruleState, saveRuleState } from "../store/rules.ts";
import { answerTo } from "./answers.ts";
import { giveFromChat, isFollowing, previewOf, refusalOfChat, tellEnded } from "./chat-orders.ts";
import { chatsAreOpen } from "./open.ts";

/** Updates of one answer: few, because each may be long. */
const MOST_UPDATES = 10;
/** Answers of one run that are full; strangers may write as much as they like. */
const MOST_FULL = 10;
/** How long Telegram is asked to wait for news, s; shorter while a chat waits to hear how its order went. */
const LISTEN_S = 5;
const LISTEN_FOLLOWING_S = 2;
/** Telegram's own time on top of it, ms. */
const ANSWER_MS = 4000;
/** What is left of the run's time for its own end, ms. */
const CLOSING_MS = 3000;
/** Trouble that lasts so long is a failure of the run, s. */
const PATIENCE_S = 900;
/** The longest wait that Telegram itself is granted, s. */
const LONGEST_WAIT_S = 3600;

/** What is remembered of the way to Telegram. */
interface Link {
  /** The bot's number, and its name for `/status@name`. */
  readonly id: string | null;
  readonly name: string | null;
  readonly not_before: number;
  readonly failing_since: number | null;
}

/** Puts into the outbox how orders from chats went. */
export function tellChatOrders(context: Context, store: Store): boolean {
  return chatsAreOpen(context) && tellEnded(context, store, (chat) => chatsOf(context, store).get(chat) ?? null);
}

/** Chats by the number that they have now, with the number of the configuration. */
function chatsOf({ config }: Context, store: Store): ReadonlyMap<string, string> {
  const outbox = outboxIn(store);
  return new Map(
    config.notify.telegram.chat_ids.flatMap((id) => {
      const moved = outbox.channelAddress(telegramChannel(id));
      return moved === null ? [[id, id]] : [[id, id] as const, [moved, id] as const];
    }),
  );
}

/**
 * Takes what was said to the bot, and answers. The last thing that a run does: what the rules decided is stored and ordered before.
 * `until`: how long it listens, by the monotonic clock. Returns trouble that has lasted. @throws StateError
 */
export async function visitChats(
  context: Context,
  store: Store,
  until: number,
  deliver: () => Promise<unknown>,
): Promise<StationError | null> {
  if (!chatsAreOpen(context)) return null;
  const link = readLink(store);
  const now = context.clock.now();
  if (link.not_before > now && link.not_before - now <= LONGEST_WAIT_S) return null;
  const bot = botOf(context);
  if (bot === null) return null;
  let lock: { release(): void };
  try {
    lock = await context.lockPort(`telegram:${bot.id}`, 0);
  } catch (error) {
    // A run that stays is still listening.
    if (error instanceof PortBusy) return null;
    throw error;
  }
  try {
    const refusal = await new Visit(context, store, bot, link.id === bot.id ? link.name : null).go(until, deliver);
    return noteLink(context, store, readLink(store), refusal);
  } finally {
    lock.release();
  }
}

/** Null: the token cannot be used, which the delivery has told. */
function botOf({ config }: Context): Bot | null {
  const { token_file, api_base } = config.notify.telegram;
  try {
    return token_file === null ? null : openBot({ token_file, api_base });
  } catch (error) {
    if (error instanceof StationError) return null;
    throw error;
  }
}

interface Reply {
  readonly chat: string;
  /** Made when it is its turn. */
  readonly text: () => string;
  /** Told later when it cannot be told now; a code is not. */
  readonly keep: boolean;
  /** The words stand below a picture of the day. */
  readonly chart?: boolean;
}

class Visit {
  constructor(
    private readonly context: Context,
    private readonly store: Store,
    private readonly bot: Bot,
    private name: string | null,
  ) {}

  /** Null: Telegram answered to the end. */
  async go(until: number, deliver: () => Promise<unknown>): Promise<Refusal | null> {
    const { context, store } = this;
    if (this.name === null) {
      const refusal = await this.#introduce();
      if (refusal) return refusal;
    }
    for (let full = 0; ; ) {
      const left_ms = Math.min(until - context.clock.monotonic(), context.timeLeft() - CLOSING_MS - ANSWER_MS);
      const listen_s = Math.max(
        0,
        Math.min(isFollowing(store) ? LISTEN_FOLLOWING_S : LISTEN_S, Math.floor(left_ms / 1000)),
      );
      if (context.timeLeft() < CLOSING_MS) return null;
      const next = this.#next();
      const began = context.clock.monotonic();
      const asked = { limit: MOST_UPDATES, timeout: listen_s, allowed_updates: ["message"] };
      const answer = await this.#call(
        "getUpdates",
        next === null ? asked : { offset: next, ...asked },
        listen_s * 1000,
      );
      if (!answer.ok) return answer;
      const waited_ms = context.clock.monotonic() - began;
      const updates = readUpdates(answer.result);
      const refusal = await this.#reply(this.#take(updates));
      if (refusal) return refusal;
      if (tellChatOrders(context, store)) await deliver();
      if (updates.length === MOST_UPDATES && ++full < MOST_FULL) continue;
      // A server that does not wait, or tells the same again, must not be asked without end.
      const is_idle = updates.length === 0 ? waited_ms < listen_s * 500 : this.#next() === next;
      if (is_idle || until - context.clock.monotonic() < 1000) return null;
    }
  }

  #next(): number | null {
    return tidied(restoreChats(ruleState(this.store, MEMORY.chats)), this.context.clock.now()).next;
  }

  #call(method: string, body: Readonly<Record<string, unknown>> | FormData, listen_ms = 0) {
    const limit_ms = Math.min(listen_ms + ANSWER_MS, Math.max(1, this.context.timeLeft() - CLOSING_MS));
    return this.bot.call(method, body, limit_ms);
  }

  /** Asks once for our own name, and tells what "/" is to offer. */
  async #introduce(): Promise<Refusal | null> {
    const answer = await this.#call("getMe", {});
    if (!answer.ok) return answer;
    const { username } = (answer.result ?? {}) as { username?: unknown };
    this.name = typeof username === "string" && /^\w{3,64}$/.test(username) ? username : "";
    const { commands } = speechOfStation(this.context).chat;
    const list = QUESTIONS.map((command) => ({ command, description: commands[command] }));
    await this.#call("setMyCommands", { commands: list });
    const link: Link = { ...readLink(this.store), id: this.bot.id, name: this.name };
    this.store.write(() => saveRuleState(this.store, MEMORY.chat_link, this.context.clock.now(), link));
    return null;
  }

  /** Judges the updates and carries out what counts, all in one transaction with their numbers: none counts twice. */
  #take(updates: readonly Update[]): Reply[] {
    if (updates.length === 0) return [];
    const { context, store } = this;
    const now = context.clock.now();
    const chats = chatsOf(context, store);
    const { commands, order_users } = context.config.notify.telegram;
    const rules: ChatRules = {
      ...{ now, chats: new Set(chats.keys()), may_order: commands === "orders", order_users, bot: this.name },
      isCode: (armed, digits) => isSealOf(armed.seal, digits, nameOf(armed), this.bot.secret),
    };
    return store.write(() => {
      const replies: Reply[] = [];
      const rows: ChatRow[] = [];
      let memory = restoreChats(ruleState(store, MEMORY.chats));
      for (const { update_id, message } of updates) {
        if (message !== null) {
          const done = this.#judge(memory, message, rules);
          memory = done.memory;
          if (done.reply !== null) replies.push(done.reply);
          if (done.outcome !== null) rows.push(rowOf(message, done.outcome, now));
        }
        memory = advance(memory, update_id, now);
      }
      saveRuleState(store, MEMORY.chats, now, memory);
      noteChats(store, rows);
      return replies;
    });
  }

  #judge(
    before: ChatMemory,
    message: ChatMessage,
    rules: ChatRules,
  ): { memory: ChatMemory; outcome: Outcome | null; reply: Reply | null } {
    const { context, store } = this;
    const { chat: words } = speechOfStation(context);
    const verdict = judgeMessage(before, message, rules);
    const { memory, outcome, order, question } = verdict;
    const { chat, user } = message;
    const say = (text: string | (() => string), told: Outcome = outcome as Outcome, keep = true, after = memory) => ({
      ...{ memory: after, outcome: told },
      reply: { chat, text: typeof text === "string" ? () => text : text, keep },
    });
    if (outcome === null || SILENT.has(outcome)) return { memory, outcome, reply: null };
    if (outcome === "answered") {
      const told = say(() => answerTo(context, store, question as Question));
      return { ...told, reply: { ...told.reply, chart: question === "chart" } };
    }
    if (outcome === "prepared" && order && user !== null) {
      const why = refusalOfChat(context, store, order);
      if (why !== null) return say(words.refused(why), "refused");
      const code = newCode();
      const armed = { chat, user, at: rules.now, said_at: message.at, message: message.message_id, order };
      const seal = sealOf(code, nameOf(armed), this.bot.secret);
      const text = previewOf(context, store, order, code, message.is_private);
      return say(text, "prepared", false, arm(memory, { ...armed, seal }));
    }
    if (outcome === "confirmed" && order && user !== null) {
      const given = before.armed.find((one) => one.chat === chat && one.user === user)?.message ?? message.message_id;
      context.log.info("took an order from a chat", { chat });
      return say(giveFromChat(context, store, order, { ...message, user }, given));
    }
    if (outcome === "old") return say(words.old(5));
    if (outcome === "wrong_code") return say(words.wrong_code(verdict.tries_left ?? 0));
    return say(words[outcome as keyof typeof words & PlainOutcome]);
  }

  /** Sends the answers; one that does not get through is left to the outbox. */
  async #reply(replies: readonly Reply[]): Promise<Refusal | null> {
    let trouble: Refusal | null = null;
    const told = new Set<string>();
    for (const { chat, text, keep, chart = false } of replies) {
      const words = text();
      // Ten old messages are one piece of news.
      const same = `${chat} ${chart} ${words}`;
      if (told.has(same)) continue;
      told.add(same);
      const answer: Refusal | { readonly ok: true } =
        trouble ??
        (chart ? await this.#show(chat, words) : await this.#call("sendMessage", messageBody(chat, words, false)));
      if (answer.ok || !keep) {
        if (!answer.ok) trouble = answer;
        continue;
      }
      trouble = answer.scope === "channel" ? answer : trouble;
      this.#keep(chat, words);
    }
    return trouble;
  }

  async #show(chat: string, words: string) {
    const { stationPicture } = await import("./picture.ts");
    return this.#call("sendPhoto", photoBody(chat, stationPicture(this.context, this.store), words));
  }

  #keep(chat: string, text: string): void {
    const id = chatsOf(this.context, this.store).get(chat);
    if (id === undefined) return;
    const at = this.context.clock.now();
    const row = { channel: telegramChannel(id), kind: "notice", severity: "info", key: "", dated: true, text } as const;
    this.store.write(() => addMessages(this.store, [{ ...row, at, next_attempt_at: at }]));
  }
}

type PlainOutcome = Exclude<Outcome, "old" | "wrong_code" | "prepared" | "confirmed" | "answered" | "refused">;

/** What tells an order from every other one. */
function nameOf({ chat, user, message, at }: Pick<Armed, "chat" | "user" | "message" | "at">): string {
  return [chat, user, message, at].join(":");
}

function rowOf({ chat, user, text }: ChatMessage, outcome: Outcome, at: number): ChatRow {
  const ours = outcome === "stranger" ? 0 : 1;
  return { at, chat, user, ours, said: ours === 1 ? printable(text, 100) : null, outcome };
}

function readLink(store: Store): Link {
  const { id, name, not_before, failing_since } = (ruleState(store, MEMORY.chat_link) ?? {}) as Partial<Link>;
  return {
    id: typeof id === "string" ? id : null,
    name: typeof name === "string" ? name : null,
    not_before: typeof not_before === "number" ? not_before : 0,
    failing_since: typeof failing_since === "number" ? failing_since : null,
  };
}

/** Remembers how the visit ended; trouble that has lasted is worth an exit code. */
function noteLink(context: Context, store: Store, before: Link, refusal: Refusal | null): StationError | null {
  const now = context.clock.now();
  const known = knownTime(before.failing_since, now);
  const failing_since = refusal === null ? null : (known ?? now);
  const not_before = refusal?.retry_after_s === undefined ? 0 : now + Math.min(LONGEST_WAIT_S, refusal.retry_after_s);
  if (failing_since !== before.failing_since || not_before !== before.not_before) {
    store.later(() => saveRuleState(store, MEMORY.chat_link, now, { ...before, failing_since, not_before }));
  }
  if (refusal === null || failing_since === null) return null;
  context.log.info("chats cannot be read", { reason: failureText(refusal.reason) });
  const lasted = isFromFuture(failing_since, now) ? 0 : now - failing_since;
  return lasted < PATIENCE_S
    ? null
    : new ServiceDown(failure("chats_not_read", { minutes: Math.round(lasted / 60), reason: refusal.reason }));
}

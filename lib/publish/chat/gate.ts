/** Who may say what to the bot, and what becomes of it. Pure: time, codes and what is remembered are arguments. */
import { AHEAD_S } from "../../base/clock.ts";
import { type ChatMessage, type ChatOrder, type Question, readText } from "./message.ts";

/** Older messages ask for something that the house may have left behind, s. */
const MAX_AGE_S = 300;
/** A code lives so long, and stands so many wrong ones. */
export const CODE_LIFE_S = 300;
const TRIES = 3;
const HOUR_S = 3600;
/** So many wrong codes in an hour, and the chat orders nothing until the hour is over. */
const MOST_WRONG = 6;
/** Orders that a chat may prepare in an hour. */
const MOST_ARMED = 12;
/** What a chat may ask in a minute. */
const MOST_ASKED = 10;
/** Messages remembered by their number, so that none counts twice. */
const MOST_SEEN = 500;
/** Without updates for a week Telegram numbers them anew: a number is believed a little less long, s. */
const OFFSET_LIFE_S = 6 * 86400;

/** An order that waits for its code. */
export interface Armed {
  readonly chat: string;
  readonly user: string;
  /** By our clock, and by Telegram's: an order must be in time by both. */
  readonly at: number;
  readonly said_at: number;
  /** Number of the message that gave it. */
  readonly message: number;
  readonly order: ChatOrder;
  /** See sealOf. */
  readonly seal: string;
  /** Wrong codes that it still stands. */
  readonly tries: number;
}

interface Stamp {
  readonly chat: string;
  readonly at: number;
}

/** What is remembered of chats between runs. */
export interface ChatMemory {
  /** Number of the next update, and when it was learned. */
  readonly next: number | null;
  readonly next_at: number;
  readonly seen: readonly (Stamp & { readonly message: number })[];
  readonly armed: readonly Armed[];
  readonly wrong: readonly Stamp[];
  readonly orders: readonly Stamp[];
  readonly asked: readonly Stamp[];
}

export const NO_CHATS: ChatMemory = { next: null, next_at: 0, seen: [], armed: [], wrong: [], orders: [], asked: [] };

export interface ChatRules {
  readonly now: number;
  /** Chats of the configuration. */
  readonly chats: ReadonlySet<string>;
  readonly may_order: boolean;
  readonly order_users: readonly string[];
  /** Our name at Telegram. */
  readonly bot: string | null;
  readonly isCode: (armed: Armed, digits: string) => boolean;
}

/** What became of a message; the journal's word for it. Those of SILENT get no answer. */
export type Outcome =
  | ("stranger" | "nobody" | "repeated" | "old" | "ahead" | "too_often" | "answered" | "unknown" | "no_orders")
  | ("not_allowed" | "locked" | "too_many_orders" | "bad_grid" | "bad_mode" | "prepared" | "nothing_waits" | "late")
  | ("wrong_code" | "wrong_last" | "confirmed" | "cancelled" | "refused");

/** Whoever has no business here learns nothing; what comes twice or too often has been answered. */
export const SILENT: ReadonlySet<Outcome> = new Set(["stranger", "nobody", "repeated", "too_often"]);

export interface Verdict {
  readonly memory: ChatMemory;
  /** Null: people talking, which is nobody's business and leaves no trace. */
  readonly outcome: Outcome | null;
  readonly question?: Question;
  /** With "prepared": to be checked, shown and armed. With "confirmed": to be carried out now. */
  readonly order?: ChatOrder;
  /** With "wrong_code". */
  readonly tries_left?: number;
}

/** Judges one message. Of a refused one nothing but its number is remembered. */
export function judgeMessage(before: ChatMemory, message: ChatMessage, rules: ChatRules): Verdict {
  const { now, chats } = rules;
  const { chat, user, message_id } = message;
  const memory = tidied(before, now);
  const is_repeated =
    (memory.next !== null && message.update_id < memory.next) ||
    memory.seen.some((one) => one.chat === chat && one.message === message_id);
  if (is_repeated) return { memory, outcome: "repeated" };
  if (!chats.has(chat)) return { memory, outcome: "stranger" };
  const said = readText(message.text, rules.bot);
  // Talk among people is not for us; a person alone with the bot wants to be understood.
  if (said.kind === "talk" && !message.is_private) return { memory: passed(memory, message, now), outcome: null };
  const waits = user === null ? undefined : memory.armed.find((one) => one.chat === chat && one.user === user);
  if (said.kind === "code" && !message.is_private && waits === undefined) {
    return { memory: passed(memory, message, now), outcome: null };
  }
  const met = { ...passed(memory, message, now), asked: [...memory.asked, { chat, at: now }] };
  const end = (outcome: Outcome, more: Partial<Verdict> = {}): Verdict => ({ memory: met, outcome, ...more });
  if (count(memory.asked, chat, now - 60) >= MOST_ASKED)
    return end("too_often", { memory: passed(memory, message, now) });
  if (user === null) return end("nobody");
  if (now - message.at > MAX_AGE_S) return end("old");
  if (message.at > now + AHEAD_S) return end("ahead");
  if (said.kind === "talk" || said.kind === "unknown") return end("unknown");
  if (said.kind === "question") return end("answered", { question: said.question });
  if (!rules.may_order) return end("no_orders");
  if (!mayOrder(message, user, rules)) return end("not_allowed");
  const disarmed = { ...met, armed: met.armed.filter((one) => one !== waits) };
  if (said.kind === "cancel") {
    return waits ? { memory: disarmed, outcome: "cancelled" } : end("nothing_waits");
  }
  if (count(memory.wrong, chat, now - HOUR_S) >= MOST_WRONG) return { memory: disarmed, outcome: "locked" };
  if (said.kind === "bad_order") return end(said.name === "grid" ? "bad_grid" : "bad_mode");
  if (said.kind === "order") {
    if (count(memory.orders, chat, now - HOUR_S) >= MOST_ARMED) return end("too_many_orders");
    const orders = [...memory.orders, { chat, at: now }];
    // A new order takes the place of one that waits: nobody confirms what he no longer sees.
    return { memory: { ...disarmed, orders }, outcome: "prepared", order: said.order };
  }
  if (waits === undefined) return end("nothing_waits");
  if (!isInTime(waits, message, now)) return { memory: disarmed, outcome: "late" };
  if (rules.isCode(waits, said.digits)) return { memory: disarmed, outcome: "confirmed", order: waits.order };
  const wrong = [...memory.wrong, { chat, at: now }];
  const tries_left = waits.tries - 1;
  if (tries_left <= 0) return { memory: { ...disarmed, wrong }, outcome: "wrong_last" };
  const armed = [...disarmed.armed, { ...waits, tries: tries_left }];
  return { memory: { ...disarmed, armed, wrong }, outcome: "wrong_code", tries_left };
}

/** A chat with one person is his; in a group somebody must be named, and once anybody is named only they count. */
function mayOrder({ chat, is_private }: ChatMessage, user: string, { order_users }: ChatRules): boolean {
  return order_users.includes(user) || (is_private && chat === user && order_users.length === 0);
}

/** A clock that was set back does not make a code live longer. */
function isInTime(armed: Armed, { at }: ChatMessage, now: number): boolean {
  return now >= armed.at && now - armed.at <= CODE_LIFE_S && at >= armed.said_at && at - armed.said_at <= CODE_LIFE_S;
}

/** The memory with this order waiting for its code. */
export function arm(memory: ChatMemory, armed: Omit<Armed, "tries">): ChatMemory {
  return { ...memory, armed: [...memory.armed, { ...armed, tries: TRIES }] };
}

/** The number of an update is done with, whatever was in it. */
export function advance(memory: ChatMemory, update_id: number, now: number): ChatMemory {
  return update_id < (memory.next ?? 0) ? memory : { ...memory, next: update_id + 1, next_at: now };
}

function passed(memory: ChatMemory, { chat, message_id }: ChatMessage, now: number): ChatMemory {
  return { ...memory, seen: [...memory.seen, { chat, message: message_id, at: now }].slice(-MOST_SEEN) };
}

function count(stamps: readonly Stamp[], chat: string, since: number): number {
  return stamps.filter((one) => one.chat === chat && one.at > since).length;
}

/** Without what is over. A time ahead of the clock was written under another one: of limits it counts from now, of codes it is over. */
export function tidied(memory: ChatMemory, now: number): ChatMemory {
  const recent = <S extends Stamp>(stamps: readonly S[]): readonly S[] =>
    stamps.filter(({ at }) => now - at < HOUR_S).map((one) => (one.at > now ? { ...one, at: now } : one));
  const [seen, wrong, orders, asked] = [
    recent(memory.seen),
    recent(memory.wrong),
    recent(memory.orders),
    recent(memory.asked),
  ];
  const is_believed = memory.next !== null && memory.next_at <= now + AHEAD_S && now - memory.next_at < OFFSET_LIFE_S;
  return { ...memory, next: is_believed ? memory.next : null, seen, wrong, orders, asked };
}

/** The memory as stored; what is damaged starts afresh, and no order waits then. */
export function restoreChats(stored: unknown): ChatMemory {
  const given = stored as Partial<ChatMemory> | null;
  if (typeof given !== "object" || given === null) return NO_CHATS;
  const stamps = <S extends Stamp>(list: unknown): readonly S[] =>
    Array.isArray(list) ? list.filter((one) => typeof one?.chat === "string" && Number.isSafeInteger(one.at)) : [];
  const whole = ({ user, seal, order, tries, message, said_at }: Armed): boolean =>
    [user, seal].every((text) => typeof text === "string") &&
    [tries, message, said_at].every(Number.isSafeInteger) &&
    (order?.kind === "grid" || order?.kind === "mode");
  const next = Number.isSafeInteger(given.next) && Number.isSafeInteger(given.next_at) ? (given.next as number) : null;
  return {
    ...{ next, next_at: next === null ? 0 : (given.next_at as number) },
    ...{
      seen: stamps(given.seen),
      wrong: stamps(given.wrong),
      orders: stamps(given.orders),
      asked: stamps(given.asked),
    },
    armed: stamps<Armed>(given.armed).filter(whole),
  };
}

import type { Context } from "../cli/spec.ts";
import { inverterNames } from "../config/units.ts";
import { noteOrder, type OrderRequest, requestedOrder } from "../orders/intake.ts";
import { orderReason } from "../orders/order-reason.ts";
import { secondsOf } from "../orders/terms.ts";
import { modeName } from "../page/judgement.ts";
import { CODE_LIFE_S } from "../publish/chat/gate.ts";
import type { ChatMessage, ChatOrder } from "../publish/chat/message.ts";
import { telegramChannel } from "../publish/notifiers/telegram.ts";
import { leaveRefusalNow } from "../station/may-leave.ts";
import { MEMORY } from "../station/rule-memory.ts";
import { headlineText, stationHeadline } from "../station/station-headline.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { type OrderRow, orderById } from "../store/orders.ts";
import { addMessages } from "../store/outbox.ts";
import { ruleState, saveRuleState, setMode } from "../store/rules.ts";
import { latestSettings } from "../store/setting-rows.ts";
import { all, capital } from "../words/sentence.ts";

/** An order from a chat in words: "house off the grid for 2 h, then back". */
function orderWords(context: Context, order: ChatOrder): string {
  const speech = speechOfStation(context);
  const { chat: words, format: f } = speech;
  if (order.kind === "mode") return words.set_mode(modeName(order.mode, speech));
  const [word, value = ""] = order.term?.split(" ") ?? [];
  const term =
    word === undefined
      ? words.for_good
      : word === "for"
        ? words.term_for(f.duration(secondsOf(value)))
        : words.term_until(value);
  return order.on ? words.grid_on(term) : words.grid_off(term);
}

/** The way of an order by hand, for every inverter. `given`: the message that is its beginning. */
function requests(
  context: Context,
  order: ChatOrder,
  given: { readonly chat: string; readonly user: string; readonly message: number },
): OrderRequest[] {
  if (order.kind !== "grid") return [];
  const line = `ongrid_switch=${order.on ? "on" : "off"}${order.term === null ? "" : ` ${order.term}`}`;
  return inverterNames(context.config).map((device) => ({
    ...{ kind: "inverter", device, line, source: "telegram" },
    ...{ source_id: `${given.chat}:${given.message}:${device}` },
    login: given.chat === given.user ? given.chat : `${given.chat}/${given.user}`,
  }));
}

/** Why the order cannot be given, by the same checks as by hand; null: it can. */
export function refusalOfChat(context: Context, store: Store, order: ChatOrder): string | null {
  const given = { chat: "", user: "", message: 0 };
  for (const request of requests(context, order, given)) {
    const planned = requestedOrder(context, store, request);
    if (planned.state === "refused") return orderReason(context, store, planned) ?? planned.text;
  }
  return null;
}

/** What the order would do, how things stand, what speaks against it, and the code that makes it real. */
export function previewOf(context: Context, store: Store, order: ChatOrder, code: string, is_private: boolean): string {
  const speech = speechOfStation(context);
  const { chat: words, guards } = speech;
  const lines = [`${capital(orderWords(context, order))}?`];
  if (order.kind === "grid") {
    const [name] = inverterNames(context.config);
    const present = name === undefined ? undefined : latestSettings(store, name)?.raw.ongrid_switch;
    const position = present === 1 ? words.is_on : present === 0 ? words.is_off : words.not_known;
    const block = order.on ? null : leaveRefusalNow(context, store);
    const make = block !== null && Object.hasOwn(guards, block.code) ? guards[block.code as keyof typeof guards] : null;
    const against = block && make ? words.against(make(seen(block.value), seen(block.threshold))) : null;
    lines.push(all(position, against), headlineText(context, stationHeadline(context, store)));
  }
  return [...lines, words.send_code(code, CODE_LIFE_S / 60, !is_private)].join("\n");
}

function seen(value: unknown): number | string | null {
  return typeof value === "number" || typeof value === "string" ? value : null;
}

/** An order whose end the chat is to hear. */
interface Followed {
  readonly at: number;
  readonly chat: string;
  readonly order: ChatOrder;
  readonly ids: readonly number[];
}

/** Gives a confirmed order, with the run's own writes: call inside store.write. Returns the answer. `channel`: where its end is told. */
export function giveFromChat(
  context: Context,
  store: Store,
  order: ChatOrder,
  message: ChatMessage & { readonly user: string },
  given: number,
): string {
  const { chat: words } = speechOfStation(context);
  const now = context.clock.now();
  const what = orderWords(context, order);
  if (order.kind === "mode") {
    setMode(store, { at: now, mode: order.mode, source: "telegram" });
    return words.mode_set(what);
  }
  const { chat, user } = message;
  const ids = requests(context, order, { chat, user, message: given }).map((request) =>
    noteOrder(context, store, request),
  );
  const followed: Followed = { at: now, chat, order, ids };
  saveRuleState(store, MEMORY.chat_orders, now, [...followedOrders(store), followed]);
  return words.given(what);
}

function followedOrders(store: Store): readonly Followed[] {
  const list = ruleState(store, MEMORY.chat_orders);
  return Array.isArray(list) ? list.filter((one) => Array.isArray(one?.ids) && one.order?.kind === "grid") : [];
}

/** Whether a chat waits to hear how its order went. */
export function isFollowing(store: Store): boolean {
  return followedOrders(store).length > 0;
}

/** Puts the ends of orders from chats into the outbox; `channelOf`: which channel a chat is. Returns whether there was any. */
export function tellEnded(context: Context, store: Store, channelOf: (chat: string) => string | null): boolean {
  const followed = followedOrders(store);
  const ends = followed.map((one) => ({ one, rows: one.ids.flatMap((id) => orderById(store, id) ?? []) }));
  const over = ends.filter(({ rows }) => rows.every(({ finished_at }) => finished_at !== null));
  if (over.length === 0) return false;
  const now = context.clock.now();
  const messages = over.flatMap(({ one, rows }) => {
    const id = channelOf(one.chat);
    if (id === null || rows.length === 0) return [];
    const base = { channel: telegramChannel(id), kind: "notice", severity: "info", key: "", dated: true } as const;
    return [{ ...base, at: now, next_attempt_at: now, text: endWords(context, store, one.order, rows) }];
  });
  store.write(() => {
    const left = followed.filter((one) => !over.some((ended) => ended.one === one));
    saveRuleState(store, MEMORY.chat_orders, now, left);
    addMessages(store, messages);
  });
  return messages.length > 0;
}

/** Of several machines the one that did not do it speaks. */
function endWords(context: Context, store: Store, order: ChatOrder, rows: readonly OrderRow[]): string {
  const { ended } = speechOfStation(context).chat;
  const what = orderWords(context, order);
  const bad = rows.find(({ state }) => Object.hasOwn(ended.state, state));
  if (bad !== undefined) {
    const why = orderReason(context, store, bad);
    const end = ended.state[bad.state as keyof typeof ended.state];
    return ended.not_done(what, all(end, why && `${capital(why)}.`));
  }
  return rows.some(({ state }) => state === "done") ? ended.done(what) : ended.unchanged(what);
}

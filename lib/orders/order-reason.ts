import { areSeveral } from "../config/units.ts";
import type { Store } from "../store/database.ts";
import { type NewOrder, type OrderRow, whyOf } from "../store/orders.ts";
import { type Speech, speech } from "../words/index.ts";
import type { OrderContext } from "./context.ts";
import { orderTable } from "./device-tables.ts";
import type { OrderTable } from "./order-table.ts";
import { reasonForTypist, reasonText, settingName, settingValue } from "./reasons.ts";

/** An order of the journal, or one that is planned. */
type Told = OrderRow | NewOrder;

interface Telling {
  /** For the one who typed it: with what is to be typed instead. */
  readonly typed?: boolean;
  /** When the caller knows the device better. */
  readonly table?: OrderTable | undefined;
}

/** Why an order is in its state, in the station's language; null: there is nothing to say. */
export function orderReason(
  context: OrderContext,
  store: Store,
  order: Told,
  { typed = false, table = orderTable(context, store, order.device) }: Telling = {},
): string | null {
  const why = "id" in order ? whyOf(order) : (order.why ?? null);
  const make = typed ? reasonForTypist : reasonText;
  const text = make(wordsOf(context), why, { table, key: order.key });
  // A row of the first edition holds a sentence.
  return text ?? ("id" in order ? order.reason : null);
}

/** What an order is about, in words: "Max discharge current 21.7 A → 5.0 A"; one that was not understood as it came. */
export function orderWhat(context: OrderContext, store: Store, order: OrderRow): string {
  const words = wordsOf(context);
  const { key, wanted_raw, old_raw } = order;
  if (order.code === "state_begun") {
    return whyOf(order)?.backup_until === undefined ? words.orders.file_anew : words.orders.file_restored;
  }
  const field = key === null ? undefined : orderTable(context, store, order.device)?.rows[key];
  if (key === null || wanted_raw === null || field === undefined) return words.orders.quoted(order.text);
  const text = (raw: number) => settingValue(words, field, raw);
  const before = old_raw === null ? null : text(old_raw);
  return words.orders.change(settingName(words, key, field), before, text(wanted_raw));
}

/** Who gave an order: "by hand, bob". */
export function orderGiver(context: OrderContext, { source, login }: Pick<OrderRow, "source" | "login">): string {
  const known = wordsOf(context).orders.sources[source] ?? source;
  return login === null ? known : `${known}, ${login}`;
}

/** One order as a line for people: "order 12 (command file): Max discharge current 10.0 A → 5.0 A: done". */
export function orderLine(context: OrderContext, store: Store, order: OrderRow): string {
  const { orders, page } = wordsOf(context);
  const unit = areSeveral(context.config, order.kind) ? `${order.device}, ` : "";
  const why = orderReason(context, store, order);
  const end = `${page[`order_${order.state}`]}${why === null ? "" : ` (${why})`}`;
  return `${orders.numbered(order.id, orderGiver(context, order))}: ${unit}${orderWhat(context, store, order)}: ${end}`;
}

/** The station's language. */
export function wordsOf({ config }: OrderContext): Speech {
  return speech(config.station.lang);
}

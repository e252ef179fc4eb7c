import type { Raw, Table } from "../codec/table.ts";
import type { Store } from "../store/database.ts";
import { insertOrder, type OrderRow, orderById, ordersSince } from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import { orderTable } from "./device-tables.ts";
import { orderText } from "./order-table.ts";
import { because, type Reason } from "./reasons.ts";

/** A setting that is no longer what it was at the last reading. */
export interface ChangedSetting {
  readonly key: string;
  readonly old_raw: Raw;
  readonly new_raw: Raw;
}

/** What must be known of an order to recognise its traces. */
export interface KnownOrder {
  readonly id: number;
  readonly key: string | null;
  readonly wanted_raw: number | null;
  readonly old_raw: number | null;
  readonly read_back_raw: number | null;
  readonly state: string;
  readonly sent_at: number | null;
}

/** A change that no order of ours made, with what can be said about it. */
export interface ForeignChange {
  readonly key: string;
  readonly old_raw: number | null;
  readonly new_raw: number;
  readonly why: Reason;
}

/** Rows that follow an ordered one are seen to have moved at the next reading of the settings. */
const FOLLOW_S = 900;

/**
 * The changes that somebody else made: front panel, Wi-Fi dongle, app, or the device itself. Rows that nobody may write follow
 * others and are left out, and so are changes that an order explains. `orders`: those of the last day.
 */
export function foreignChanges(
  changes: readonly ChangedSetting[],
  orders: readonly KnownOrder[],
  rows: Table,
  now: number,
): ForeignChange[] {
  const found: ForeignChange[] = [];
  for (const { key, old_raw, new_raw } of changes) {
    const field = rows[key];
    if (!field?.write || typeof new_raw !== "number" || typeof old_raw === "string") continue;
    const own = orders.filter((order) => order.key === key).at(-1);
    // An interrupted order is verified after this reading: its value is no stranger's.
    if (own?.state === "sending" && own.wanted_raw === new_raw) continue;
    // A row that only the device writes moves with the one that was ordered (grid charging follows the charger's source).
    if (
      !own &&
      field.write.class === "never" &&
      orders.some((order) => Math.abs(now - (order.sent_at ?? 0)) < FOLLOW_S)
    )
      continue;
    const moved = { from: old_raw, to: new_raw };
    const isBack = own?.state === "done" && own.old_raw === new_raw && own.read_back_raw === old_raw;
    const seconds = own?.sent_at ? Math.max(0, now - own.sent_at) : null;
    const why = isBack ? because("foreign_back", { ...moved, by: own.id, seconds }) : because("foreign_changed", moved);
    found.push({ key, old_raw, new_raw, why });
  }
  return found;
}

/** Orders of the last day can be the reason of a change, or be undone by one. */
const LOOK_BACK_S = 86400;

/**
 * Journals the setting changes (of saveSettings) that no order made: front panel, Wi-Fi dongle, app, or a device that went back
 * to its old value. Call inside store.write, right after saveSettings. Returns what was journaled.
 */
export function journalForeignChanges(
  context: OrderContext,
  store: Store,
  device: string,
  changes: readonly ChangedSetting[],
): OrderRow[] {
  const table = orderTable(context, store, device);
  if (!table || changes.length === 0) return [];
  const now = context.clock.now();
  const orders = ordersSince(store, device, now - LOOK_BACK_S);
  return foreignChanges(changes, orders, table.rows, now).map((change) => {
    const id = insertOrder(store, {
      ...{ kind: table.kind, device, queued_at: now, expires_at: now, source: "foreign" },
      ...{ text: orderText(table, change.key, change.new_raw), key: change.key, wanted_raw: change.new_raw },
      ...{ old_raw: change.old_raw, read_back_raw: change.new_raw, state: "done", why: change.why },
      finished_at: now,
    });
    return orderById(store, id) as OrderRow;
  });
}

import type { Context } from "../../cli/spec.ts";
import { type ChangedSetting, foreignChanges } from "../../queue/foreign.ts";
import { orderText } from "../../queue/target.ts";
import type { Store } from "../../store/database.ts";
import { insertOrder, type OrderRow, orderById, ordersSince } from "../../store/orders.ts";
import { orderTable } from "./tables.ts";

/** Orders of the last day can be the reason of a change, or be undone by one. */
const LOOK_BACK_S = 86400;

/**
 * Journals the setting changes (of saveSettings) that no order made: front panel, Wi-Fi dongle, app, or a device that went back
 * to its old value. Call inside store.write, right after saveSettings. Returns what was journaled.
 */
export function journalForeignChanges(
  context: Context,
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
      ...{ old_raw: change.old_raw, read_back_raw: change.new_raw, state: "done", reason: change.reason },
      finished_at: now,
    });
    return orderById(store, id) as OrderRow;
  });
}

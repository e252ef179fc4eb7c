import type { Raw, Table } from "../codec/table.ts";
import { valueText } from "./target.ts";

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
  readonly reason: string;
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
    if (!own && field.write.class === "never" && orders.some((order) => now - (order.sent_at ?? 0) < FOLLOW_S))
      continue;
    const from = `from ${valueText(field, old_raw)} to ${valueText(field, new_raw)}`;
    const who = "by the front panel, another program or the device itself";
    const isBack = own?.state === "done" && own.old_raw === new_raw && own.read_back_raw === old_raw;
    const since = own?.sent_at ? `${Math.max(0, now - own.sent_at)} s` : "some time";
    const reason = isBack ? `went back ${from}, ${since} after order ${own.id} had set it` : `changed ${from} ${who}`;
    found.push({ key, old_raw, new_raw, reason });
  }
  return found;
}

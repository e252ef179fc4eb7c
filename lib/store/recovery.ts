/** What became of a state file that failed: as it is remembered and told. */
import { basename } from "node:path";
import type { StateDamage } from "../base/errors.ts";
import { damageText } from "./damage.ts";
import type { Store } from "./database.ts";
import { ruleState } from "./rules.ts";

/** What was done. Times UTC s. */
export interface Recovery {
  readonly damage: StateDamage;
  readonly at: number;
  /** Where the bad file is kept; null = there was none, or it could be used after all. */
  readonly aside: string | null;
  /** The backup that was taken; null = a fresh file, or the bad one could be used after all. */
  readonly backup: string | null;
  /** Time of the newest sample of the backup. */
  readonly backup_until: number | null;
  /** Samples that the bad file still gave. */
  readonly salvaged: number;
  /** The journal of orders came over as a whole: nothing is unknown about orders and leases. */
  readonly orders_known: boolean;
  readonly cancelled_orders: number;
  readonly active_leases: number;
}

/** Name of the memory that batmon tells once. */
export const RECOVERY_MEMORY = "recovery";
/** The last recovery and whether it was told; null = there was none. */
export function lastRecovery(store: Store): (Recovery & { readonly told: boolean }) | null {
  return ruleState(store, RECOVERY_MEMORY) as (Recovery & { readonly told: boolean }) | null;
}

/** The same for a sentence of the catalogue. */
export function recoveryValues(path: string, recovery: Recovery, time_zone: string) {
  const { damage, aside, backup, backup_until, salvaged, orders_known, cancelled_orders, active_leases } = recovery;
  return {
    ...{ path, damage, time_zone, backup_until, salvaged, orders_known, cancelled_orders, active_leases },
    aside: aside === null ? null : basename(aside),
    backup: backup === null ? null : basename(backup),
  };
}

/** What happened, for the log and for messages. */
export function recoveryText(path: string, recovery: Recovery): string {
  const { damage, aside, backup, backup_until, salvaged, orders_known, cancelled_orders, active_leases } = recovery;
  const parts = [damageText(path, damage)];
  if (aside === null && backup === null && damage === "no_access") return `${parts[0]}; its rights were put right`;
  if (aside !== null) parts.push(`it is kept as ${basename(aside)}`);
  if (backup === null) parts.push("there is no good backup, so a fresh state file was begun");
  else {
    const until = backup_until === null ? "" : ` with samples until ${isoMinute(backup_until)}`;
    parts.push(`the backup ${basename(backup)}${until} is in its place`);
  }
  if (salvaged > 0) parts.push(`${salvaged} later samples could be read from the damaged file`);
  if (active_leases > 0) parts.push(`${active_leases} values set for a time are still known and go back at their end`);
  if (cancelled_orders > 0) parts.push(`${cancelled_orders} orders that were open then are cancelled`);
  if (!orders_known) parts.push("orders and values set for a time since then are not known");
  return parts.join("; ");
}

function isoMinute(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

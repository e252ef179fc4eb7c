/** What became of a state file that failed: as it is remembered. */
import { basename } from "node:path";
import type { StateDamage } from "../base/errors.ts";
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

/** What happened, as a sentence of the catalogue is told it. */
export function recoveryValues(path: string, recovery: Recovery, time_zone: string) {
  const { damage, aside, backup, backup_until, salvaged, orders_known, cancelled_orders, active_leases } = recovery;
  return {
    ...{ path, damage, time_zone, backup_until, salvaged, orders_known, cancelled_orders, active_leases },
    aside: aside === null ? null : basename(aside),
    backup: backup === null ? null : basename(backup),
  };
}

import type { Context } from "../cli/spec.ts";
import type { ModbusStats } from "../modbus/master.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";

/** Somebody else was heard on a device's line. */
export interface SecondMaster {
  /** UTC s, last heard. */
  readonly at: number;
  /** Unasked frames or bytes of that run. */
  readonly signs: number;
}

/** Remembers that another master was heard on an inverter's line, if one was. */
export function noteSecondMaster(context: Context, store: Store, device: string, stats: ModbusStats): void {
  const { second_master_signs: signs } = stats;
  if (context.dryRun || signs === 0) return;
  const second_master: SecondMaster = { at: context.clock.now(), signs };
  rememberFacts(store, "inverter", device, { second_master });
}

/** When another master was last heard on a device's line, or null: never. */
export function lastSecondMaster(store: Store, device: string): SecondMaster | null {
  const seen = deviceFacts(store, device).second_master as Partial<SecondMaster> | undefined;
  return typeof seen?.at === "number" && typeof seen.signs === "number" ? { at: seen.at, signs: seen.signs } : null;
}

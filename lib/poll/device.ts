/** One device in this run: what its round needs, whatever it is. */
import { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import type { DeviceKind } from "../store/device-rows.ts";
import { isAsked } from "../store/publish.ts";
import { saveRejected } from "../store/samples.ts";
import { latestSettings } from "../store/setting-rows.ts";
import type { Evidence } from "../view/doubt.ts";
import type { Refused } from "../view/refusal.ts";
import { DeviceParts } from "./device-parts.ts";

export interface Device {
  readonly context: Context;
  readonly store: Store;
  readonly kind: DeviceKind;
  readonly name: string;
  /** What failed in its round while the rest went on. */
  readonly failures: Failures;
  readonly parts: DeviceParts;
}

/** The device of this name, with nothing failed yet. */
export function deviceIn(context: Context, kind: DeviceKind, name: string): Device {
  const store = context.openStore();
  const failures = new Failures();
  return { context, store, kind, name, failures, parts: new DeviceParts(context, store, kind, name, failures) };
}

/** What Home Assistant asks for settings by. */
export const SETTINGS_ASKED = { inverter: "poll_inverter_settings", bms: "poll_bms_settings" } as const;

/**
 * The parts of the settings that need not be asked now; null = none are due. They are by their age, when the device is not quite the one
 * of before, when a part was missed, or when somebody asks, who hears of every part.
 */
export function settingsDue(
  { context, store, kind, name, parts }: Device,
  all: readonly string[],
  { at, every_s, isChanged }: { readonly at: number; readonly every_s: number; readonly isChanged: boolean },
): { readonly skip: readonly string[]; readonly asked: boolean } | null {
  const known = latestSettings(store, name);
  const age = known === null ? Number.POSITIVE_INFINITY : at - known.read_at;
  const asked = context.options.settings === true || isAsked(store, SETTINGS_ASKED[kind]);
  if (asked) return { skip: [], asked };
  const isDue = isChanged || age < 0 || age >= every_s || parts.misses(all, "secondary");
  return isDue ? { skip: parts.toSkip(all, "secondary"), asked } : null;
}

interface Reset {
  readonly key: string;
  readonly from_raw: Evidence["raw"];
  readonly to_raw: Evidence["raw"];
}

/** Tells of counters that began anew. Call inside write or later. */
export function noteResets({ store, kind, name }: Device, at: number, resets: readonly Reset[]): void {
  if (resets.length === 0) return;
  const evidence = resets.map(({ key, from_raw, to_raw }) => ({ key, raw: to_raw, expected: from_raw }));
  saveDeviceEvent(store, kind, name, { at, code: "counter_reset", evidence });
}

/** Keeps for diagnosis what was refused as a whole. */
export function keepRefused(
  { context, store, kind, name }: Device,
  at: number,
  { refusal }: Refused,
  answer: unknown,
): void {
  if (!context.dryRun) store.write(() => saveRejected(store, kind, name, at, refusal, answer));
}

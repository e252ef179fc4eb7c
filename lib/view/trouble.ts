/** What is wrong with a device, worst first: one answer for page, terminal, doctor and MQTT. Pure. */
import { ageOf } from "./age.ts";
import type { Doubt } from "./doubt.ts";

export type Trouble =
  /** Nothing was ever stored. */
  | { readonly code: "never" }
  /** No sample younger than the limit; `age_s` null: the newest is dated in the future. */
  | { readonly code: "silent"; readonly age_s: number | null }
  /** Samples come, but the job that fetches them ends with a failure. */
  | { readonly code: "failing"; readonly since: number }
  /** Some values of the newest sample are not believed. */
  | { readonly code: "doubted"; readonly doubts: readonly Doubt[] };

/** Everything that is wrong with a device now; empty = well. */
export function deviceTroubles(device: {
  readonly now: number;
  readonly max_age_s: number;
  /** Newest sample of any age, UTC s. */
  readonly last_at: number | null;
  /** Since when its dump command fails; null = it does not. */
  readonly failing_since: number | null;
  /** Of the newest sample. */
  readonly doubts: readonly Doubt[];
}): Trouble[] {
  const { now, max_age_s, last_at, failing_since, doubts } = device;
  const age = ageOf(last_at, now, max_age_s);
  const found: Trouble[] = [];
  if (age.state === "never") found.push({ code: "never" });
  else if (age.state !== "fresh") found.push({ code: "silent", age_s: age.age_s });
  if (failing_since !== null && failing_since <= now) found.push({ code: "failing", since: failing_since });
  // The doubts of an old sample are as old as its values.
  if (age.state === "fresh" && doubts.length > 0) found.push({ code: "doubted", doubts });
  return found;
}

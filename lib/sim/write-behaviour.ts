import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";

/** What an inverter does with a write. `address`: only there; default everywhere. The first that fits counts. */
export type WriteBehaviour = { readonly address?: number } & (
  | { readonly kind: "normal" }
  /** Acknowledged, not stored. */
  | { readonly kind: "keeps_old_value" }
  /** Stored as the nearest multiple of `step` (raw words). */
  | { readonly kind: "rounds"; readonly step: number }
  /** Stored, and the old word is back after so many seconds. */
  | { readonly kind: "reverts_after"; readonly seconds: number }
  | { readonly kind: "exception"; readonly code: number }
  /** Stored, but the acknowledgement is lost. */
  | { readonly kind: "silent_after_write" }
  /** FC06 gets exception 01; FC16 works (has no address). */
  | { readonly kind: "fc06_unsupported" }
);

const VALUES: Readonly<Record<WriteBehaviour["kind"], string | null>> = {
  normal: null,
  keeps_old_value: null,
  rounds: "step",
  reverts_after: "seconds",
  exception: "code",
  silent_after_write: null,
  fc06_unsupported: null,
};

/** All kinds, for help texts. */
export const WRITE_KINDS = Object.keys(VALUES) as readonly WriteBehaviour["kind"][];

/** Behaviour from `KIND[=VALUE][/ADDRESS]`: `keeps_old_value/20105`, `rounds=10`, `exception=3`. @throws UsageError */
export function parseWriteBehaviour(text: string): WriteBehaviour {
  const match = /^([a-z0-6_]+)(?:=(\d+))?(?:\/(\d+))?$/.exec(text.trim());
  const kind = match?.[1] as WriteBehaviour["kind"] | undefined;
  if (!match || !kind || !(kind in VALUES)) {
    throw new UsageError(failure("write_behaviour_unknown", { text, kinds: WRITE_KINDS.join(" ") }));
  }
  const value = VALUES[kind];
  if ((value === null) !== (match[2] === undefined)) {
    throw new UsageError(
      value === null
        ? failure("write_behaviour_takes_no_value", { text, kind })
        : failure("write_behaviour_needs_value", { text, kind, value }),
    );
  }
  return {
    kind,
    ...(value === null ? {} : { [value]: Number(match[2]) }),
    ...(match[3] === undefined ? {} : { address: Number(match[3]) }),
  } as WriteBehaviour;
}

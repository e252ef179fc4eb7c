/** Who answers: compared with what is remembered of this device. Pure. */
import type { Evidence } from "./doubt.ts";

/** What two identities say of each other. */
export interface IdentityVerdict {
  /** `first`: nothing was remembered. `changed`: the same machine with other firmware or calibration. */
  readonly code: "first" | "same" | "changed" | "other_machine";
  readonly evidence: readonly Evidence[];
}

/** Rows that belong to one machine for life. */
const FOR_LIFE: readonly string[] = [
  ...["machine_type", "machine_number", "serial_number", "charger_serial_number"],
  ...["model", "manufacturing_date"],
];
/** "No serial number", as many machines answer. */
const NO_NUMBER: readonly unknown[] = [0, 65_535, 4_294_967_295, "", "0000", "000000"];

/** `known` undefined or null = nothing is remembered. Only rows that both tell are compared. */
export function judgeIdentity(
  known: Readonly<Record<string, unknown>> | null | undefined,
  now: Readonly<Record<string, unknown>>,
): IdentityVerdict {
  if (known === null || known === undefined) return { code: "first", evidence: [] };
  const evidence = Object.keys(now).flatMap((key) => {
    const [before, after] = [known[key] ?? null, now[key] ?? null];
    if (before === after || before === null || after === null) return [];
    return [{ key, raw: plain(after), expected: plain(before) }];
  });
  if (evidence.length === 0) return { code: "same", evidence };
  const life = evidence.filter(
    ({ key, raw, expected }) => FOR_LIFE.includes(key) && !NO_NUMBER.includes(raw) && !NO_NUMBER.includes(expected),
  );
  return life.length > 0 ? { code: "other_machine", evidence: life } : { code: "changed", evidence };
}

function plain(value: unknown): number | string {
  return typeof value === "number" ? value : String(value);
}

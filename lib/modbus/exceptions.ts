const MEANING: Readonly<Record<number, string>> = {
  1: "function not known",
  2: "no such register",
  3: "value or count refused",
  4: "device failure",
  5: "accepted, not done yet",
  6: "device busy",
  8: "memory parity error",
  10: "gateway has no path",
  11: "device behind the gateway does not answer",
};

/** Text of a Modbus exception code: "exception 2 (no such register)". */
export function exceptionText(code: number): string {
  return `exception ${code} (${MEANING[code] ?? "unknown code"})`;
}

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

/** The device has understood and done nothing: it wants to be asked again later. */
export const DEVICE_BUSY = 6;
/** A gateway heard nothing from the device behind it. */
export const GATEWAY_SILENCE = 11;
/** A busy device is let alone for `pause_ms` before each of at most `tries` more requests; they use up no other limit. */
export const BUSY = { pause_ms: 400, tries: 4 } as const;

/** Text of a Modbus exception code: "exception 2 (no such register)". */
export function exceptionText(code: number): string {
  return `exception ${code} (${MEANING[code] ?? "unknown code"})`;
}

/** What fails on wires and in devices, in English. */
export const WIRE_FAILURES = {
  no_reply: "no reply from {place} in {ms} ms ({tries|try|tries})",
} as const;

import type { BmsPlug } from "../kind.ts";
import { JbdBms } from "./jbd-bms.ts";
import { TIMING_JBD } from "./jbd-client.ts";

export const JBD_PLUG: BmsPlug = {
  client: async (wire, { first_byte_ms, tries, clock, trace }) =>
    new JbdBms(wire, {
      first_byte_ms: Math.max(first_byte_ms, TIMING_JBD.first_byte_ms),
      tries,
      clock,
      ...(trace ? { trace } : {}),
    }),
};

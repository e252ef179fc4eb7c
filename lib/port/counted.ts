import type { WireUse } from "../base/wire-use.ts";
import type { Wire } from "./wire.ts";

/** A wire that counts; `take` says what was used since it was last asked. */
export interface CountedWire extends Wire {
  take(): WireUse;
}

export function counted(wire: Wire, milliseconds: () => number): CountedWire {
  let use = { requests: 0, bytes: 0, busy_ms: 0 };
  let began = 0;
  let counted_ms = 0;
  const busy = () => {
    const whole = milliseconds() - began;
    use.busy_ms += whole - counted_ms;
    counted_ms = whole;
  };
  return {
    name: wire.name,
    write: async (bytes) => {
      use.requests += 1;
      use.bytes += bytes.length;
      began = milliseconds();
      counted_ms = 0;
      await wire.write(bytes);
    },
    read: async (timeoutMs) => {
      const bytes = await wire.read(timeoutMs);
      use.bytes += bytes.length;
      if (bytes.length > 0) busy();
      return bytes;
    },
    drain: (quietMs, limitMs) => wire.drain(quietMs, limitMs),
    close: () => wire.close(),
    take: () => {
      const taken = use;
      use = { requests: 0, bytes: 0, busy_ms: 0 };
      return taken;
    },
  };
}

import type { BmsPlug } from "../kind.ts";
import { openBms } from "./client.ts";
import { BmsModbusClient, pbRangeGuard } from "./client-modbus.ts";

/** How a JK board is reached that speaks this protocol, or either of the two. */
export function plugOf(protocol: "auto" | "4e57" | "modbus"): BmsPlug {
  return {
    client: (wire, { facts, ...options }) => {
      const { protocol_version } = facts;
      return openBms(wire, {
        ...options,
        protocol,
        known: typeof protocol_version === "number" ? { protocol_version } : {},
      });
    },
    gateway: { guard: pbRangeGuard, client: (master, options) => new BmsModbusClient(null, master, options) },
  };
}

import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { openSerial } from "./serial.ts";
import { openTcp } from "./tcp.ts";
import type { LockPort, Trace, Wire } from "./wire.ts";

export interface OpenOptions {
  /** `/dev/…` or `tcp://host:port`. */
  readonly port: string;
  readonly baud: number;
  /** Absent: whoever opens answers for being the only one. */
  readonly lock?: LockPort;
  /** How long to wait for a foreign program that holds a tty; default 5000. */
  readonly lockWaitMs?: number;
  readonly connectTimeoutMs?: number;
  readonly trace?: Trace;
}

export type PortAddress = { kind: "tty"; path: string } | { kind: "tcp" | "modbus-tcp"; host: string; port: number };

/** Splits a port's name. @throws UsageError when it is neither a path nor `tcp://host:port` or `modbus-tcp://host:port` */
export function parsePort(name: string): PortAddress {
  if (name.startsWith("/")) return { kind: "tty", path: name };
  const match = /^(tcp|modbus-tcp):\/\/(\[[0-9a-fA-F:]+\]|[^:/\s]+):(\d{1,5})$/.exec(name);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65535) {
    throw new UsageError(failure("bad_port", { name }));
  }
  return { kind: match[1] as "tcp" | "modbus-tcp", host: (match[2] as string).replace(/^\[|\]$/g, ""), port };
}

/** Opens and locks a line for raw bytes, tty or TCP alike. @throws PortGone, PortBusy, UsageError */
export async function openWire(options: OpenOptions): Promise<Wire> {
  const address = parsePort(options.port);
  const common = {
    lock: options.lock ?? (async () => ({ release: () => {} })),
    ...(options.trace ? { trace: options.trace } : {}),
  };
  if (address.kind === "tty") {
    return openSerial({ path: address.path, baud: options.baud, lockWaitMs: options.lockWaitMs ?? 5000, ...common });
  }
  return openTcp({
    host: address.host,
    port: address.port,
    connectTimeoutMs: options.connectTimeoutMs ?? 3000,
    ...common,
  });
}

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Bms4e57Options, SimulatedBms4e57 } from "../../lib/devices/jkbms/sim-4e57.ts";
import type { SimulatedBmsPb } from "../../lib/devices/jkbms/sim-pb.ts";
import type { InverterOptions, SimulatedInverter } from "../../lib/devices/pv1800/sim-inverter.ts";
import { makeBms4e57, makeBmsPb, makeInverter } from "../../lib/devices/simulators.ts";
import type { BmsSource } from "../../lib/sim/bms-state.ts";
import type { SimulatedDevice } from "../../lib/sim/device.ts";
import type { InverterSource } from "../../lib/sim/inverter-source.ts";
import { openPty, type SimulatedPty } from "../../lib/sim/pty.ts";
import { type LineOptions, listenTcp, type SimulatedLine } from "../../lib/sim/tcp.ts";
import { scratchDirectory } from "./scratch.ts";

/** A simulated device on its TCP line; everything closes with the test. */
export interface Simulated<D extends SimulatedDevice> extends SimulatedLine {
  readonly device: D;
}

/** The recorded 48 V inverter (or another source) on TCP, without pacing unless `baud` is given. */
export function startSimulatedInverter(
  t: TestContext,
  options: LineOptions & InverterOptions & { readonly source?: InverterSource } = {},
): Promise<Simulated<SimulatedInverter>> {
  return startLine(t, makeInverter(options), options);
}

/** The recorded 16-cell 4E57 BMS (or another frame or live pack) on TCP, without pacing unless `baud` is given. */
export function startSimulatedBms(
  t: TestContext,
  options: LineOptions & Bms4e57Options & { readonly frame?: Uint8Array; readonly source?: BmsSource } = {},
): Promise<Simulated<SimulatedBms4e57>> {
  return startLine(t, makeBms4e57(options), options);
}

/** Recorded 8-cell PB BMS at the addresses given (default 1) on TCP, without pacing unless `baud` is given. */
export function startSimulatedPb(
  t: TestContext,
  options: LineOptions & NonNullable<Parameters<typeof makeBmsPb>[0]> = {},
): Promise<Simulated<SimulatedBmsPb>> {
  return startLine(t, makeBmsPb(options), options);
}

/** Any device on TCP; closes with the test. */
export async function startLine<D extends SimulatedDevice>(
  t: TestContext,
  device: D,
  options: LineOptions = {},
): Promise<Simulated<D>> {
  const line = await listenTcp(device, options);
  t.after(() => line.close());
  return { ...line, device };
}

/** A pty in front of a running line, in a scratch folder (or at `path`); goes away with the test. Needs socat. */
export async function startPty(t: TestContext, line: SimulatedLine, path?: string): Promise<SimulatedPty> {
  const pty = await openPty(path ?? join(scratchDirectory(t), "tty"), line);
  t.after(() => pty.unplug());
  return pty;
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

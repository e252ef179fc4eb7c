import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { PortGone } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { SimulatedDevice } from "./device.ts";
import type { Fault } from "./fault.ts";
import { Line, type Sink } from "./line.ts";
import { WireLog } from "./wire-log.ts";

/** How a simulated line is offered; every key has a default. */
export interface LineOptions {
  /** Port on 127.0.0.1; 0 (default) takes a free one. */
  readonly port?: number;
  /** Bits a second; null (default): no pacing. */
  readonly baud?: number | null;
  readonly turnaroundMs?: number;
  readonly sliceMs?: number;
  readonly faults?: readonly Fault[];
  /** Of the noise. */
  readonly seed?: number;
  /** A second client is turned away, as cheap gateways do. */
  readonly oneClient?: boolean;
  readonly log?: WireLog;
}

/** A running simulated line. */
export interface SimulatedLine {
  readonly port: number;
  /** `tcp://127.0.0.1:PORT`, for a port setting. */
  readonly url: string;
  readonly log: WireLog;
  /** Replaces all faults; request counting for scopes starts anew. */
  setFaults(faults: readonly Fault[]): void;
  /** Connected clients right now. */
  clients(): number;
  /** Connections accepted so far. */
  connections(): number;
  /** Cuts all connections, as a gateway that restarts; new ones are welcome. */
  dropClients(): void;
  close(): Promise<void>;
}

/** Offers a device on 127.0.0.1 as raw serial bytes. @throws PortGone when the port is taken */
export async function listenTcp(device: SimulatedDevice, options: LineOptions = {}): Promise<SimulatedLine> {
  const log = options.log ?? new WireLog();
  const pacing = {
    baud: options.baud ?? null,
    turnaroundMs: options.turnaroundMs ?? 1,
    sliceMs: options.sliceMs ?? 3,
  };
  const line = new Line(device, pacing, log, options.faults ?? [], options.seed ?? 1);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    if (options.oneClient && sockets.size > 0) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    connections += 1;
    socket.setNoDelay(true);
    const gone = new AbortController();
    const sink: Sink = {
      send: (bytes) => {
        socket.write(bytes);
      },
      drop: () => socket.destroySoon(),
      gone: gone.signal,
    };
    const take = line.connect(sink);
    socket.on("data", take);
    socket.on("error", () => gone.abort());
    socket.on("close", () => {
      sockets.delete(socket);
      gone.abort();
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening").catch((error: unknown) => {
    throw new PortGone(failure("cannot_listen", { address: `127.0.0.1:${options.port ?? 0}` }), { cause: error });
  });
  const { port } = server.address() as AddressInfo;
  const dropClients = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    url: `tcp://127.0.0.1:${port}`,
    log,
    setFaults: (faults) => line.setFaults(faults),
    clients: () => sockets.size,
    connections: () => connections,
    dropClients,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dropClients();
      }),
  };
}

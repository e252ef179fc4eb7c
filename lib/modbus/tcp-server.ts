import { once } from "node:events";
import { failureOf, PortGone } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";

/** Where a server gets and puts its registers. Throw an error with `modbusErrorCode` (see refuse()) to answer an exception. */
export interface RegisterStore {
  get(addr: number, slave: number): number;
  set(addr: number, word: number, slave: number): void;
}

/** A running Modbus/TCP server. */
export interface ModbusTcpServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** An error that makes the server answer this Modbus exception. */
export function refuse(code: number): Error {
  return Object.assign(new Error(`exception ${code}`), { modbusErrorCode: code });
}

/** Serves holding registers over Modbus/TCP (MBAP); other slaves than `slave` stay silent. @throws PortGone when the port is taken */
export async function serveModbusTcp(
  store: RegisterStore,
  options: { host?: string; port: number; slave?: number },
): Promise<ModbusTcpServer> {
  const host = options.host ?? "127.0.0.1";
  const modbus = await import("modbus-serial");
  // In a bundle a CommonJS package has its default export only.
  const ServerTCP = modbus.ServerTCP ?? (modbus.default as unknown as typeof modbus).ServerTCP;
  const server = new ServerTCP(
    {
      getHoldingRegister: (addr: number, slave: number) => store.get(addr, slave),
      setRegister: (addr: number, word: number, slave: number) => store.set(addr, word, slave),
    },
    { host, port: options.port, unitID: options.slave ?? 255 },
  );
  // A client that vanishes must not take the server down.
  server.on("socketError", () => undefined);
  server.on("error", () => undefined);
  await Promise.race([
    once(server, "initialized"),
    once(server, "serverError").then(([cause]) => {
      const address = `${host}:${options.port}`;
      throw new PortGone(failure("cannot_serve", { address, why: failureOf(cause) }), { cause });
    }),
  ]);
  return {
    host,
    port: options.port,
    close: async () => {
      for (const socket of server.socks.keys()) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

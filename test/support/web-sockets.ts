import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import type { Certificates } from "./broker.ts";

/** What is used of a package that mqtt needs too, and that brings no types. */
interface WebSockets {
  readonly WebSocketServer: new (
    options: object,
  ) => { on(event: "connection", take: (socket: object) => void): void; close(): void };
  createWebSocketStream(socket: object): Duplex;
}
const require = createRequire(import.meta.url);

/** A web server that hands WebSockets on to a TCP port of this machine, as a broker's own or a proxy does; its address. */
export async function webSocketsBefore(t: TestContext, port: number, tls: Certificates | null): Promise<string> {
  const { WebSocketServer, createWebSocketStream } = require("ws") as WebSockets;
  const server = tls ? createHttps({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }) : createHttp();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "mqtt" });
  sockets.on("connection", (socket) => {
    const stream = createWebSocketStream(socket);
    const broker = connect(port, "127.0.0.1");
    for (const one of [stream, broker]) one.on("error", () => {});
    stream.pipe(broker).pipe(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    sockets.close();
    server.closeAllConnections();
    server.close();
  });
  return `${tls ? "wss" : "ws"}://localhost:${(server.address() as AddressInfo).port}`;
}

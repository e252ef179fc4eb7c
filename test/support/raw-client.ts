import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { waitFor } from "./wait.ts";

/** A bare TCP client that sends what it is told and keeps what comes. */
export interface RawClient {
  readonly socket: Socket;
  send(bytes: Uint8Array): void;
  /** All bytes so far. */
  received(): Uint8Array;
  /** Sizes of the chunks as they came. */
  readonly chunks: number[];
  /** Waits for so many bytes in all. */
  atLeast(count: number): Promise<Uint8Array>;
  isClosed(): boolean;
}

/** Connects to 127.0.0.1; closes with the test. */
export async function rawClient(t: TestContext, port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  const parts: Buffer[] = [];
  const chunks: number[] = [];
  let closed = false;
  socket.setNoDelay(true);
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    chunks.push(part.length);
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
  });
  await once(socket, "connect");
  t.after(() => socket.destroy());
  const received = () => Uint8Array.from(Buffer.concat(parts));
  return {
    socket,
    chunks,
    received,
    send: (bytes) => {
      socket.write(bytes);
    },
    atLeast: async (count) => {
      await waitFor(() => received().length >= count, `${count} bytes`);
      return received();
    },
    isClosed: () => closed,
  };
}

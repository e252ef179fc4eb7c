import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { MqttSession, readRetained, type SessionOptions } from "../../lib/publish/mqtt-session.ts";
import { waitFor } from "../support/wait.ts";

/** Packets of MQTT 5 by their names; the first four bits of each say which it is. */
const KIND = { connect: 1, publish: 3, subscribe: 8, unsubscribe: 10, ping: 12 } as const;
type Kind = keyof typeof KIND;

const CONNACK = Buffer.from("2003000000", "hex");
const SHUTTING_DOWN = Buffer.from("e0028b00", "hex");
/** A message of QoS 0 on topic "a/b". */
const message = (text: string) =>
  Buffer.concat([Buffer.from([0x30, 6 + text.length, 0, 3]), Buffer.from(`a/b\0${text}`)]);
/** An acknowledgement of the packet that this is, with a reason; `kind`: its first byte. */
const acknowledged = (kind: number, packet: Buffer, reason: number) => {
  const id = packet.subarray(2, 4);
  return Buffer.from([kind, 4, id[0] ?? 0, id[1] ?? 0, 0, reason]);
};

/** A broker that plays what a real one does seldom: what it answers to each kind of packet; nothing to the others. */
async function broker(t: TestContext, answers: Partial<Record<Kind, (packet: Buffer, socket: Socket) => void>>) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let left = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      left = Buffer.concat([left, chunk]);
      // Every packet of these tests is shorter than 128 bytes, but for the first.
      for (;;) {
        const [first = 0, low = 0, high = 0] = left;
        const long = low >= 128;
        const length = long ? 3 + (low - 128) + 128 * high : 2 + low;
        if (left.length < 2 || left.length < length) return;
        const packet = left.subarray(0, length);
        left = left.subarray(length);
        const kind = (Object.keys(KIND) as Kind[]).find((name) => KIND[name] === first >> 4);
        if (kind) answers[kind]?.(packet, socket);
      }
    });
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const connack = (_: Buffer, socket: Socket) => void socket.write(CONNACK);

function options(url: string, onMessage: SessionOptions["onMessage"] = () => {}): SessionOptions {
  return {
    ...{ url, client_id: "test", keepalive_s: 60, timeout_ms: 2000, session_expiry_s: 60, onMessage },
    will: { topic: "home/will", payload: "offline", delay_s: 10 },
  };
}

async function session(t: TestContext, url: string, onMessage?: SessionOptions["onMessage"]): Promise<MqttSession> {
  const opened = await MqttSession.open(options(url, onMessage));
  t.after(() => opened.close("for_good"));
  return opened;
}

test("a broker that says goodbye is told with its reason, before the session stands and after", async (t) => {
  const leaves = await broker(t, { connect: (_, socket) => void socket.write(SHUTTING_DOWN) });
  await assert.rejects(MqttSession.open(options(leaves)), /the broker said goodbye: the server is shutting down|cut/);
  const later = await broker(t, {
    connect: connack,
    publish: (_, socket) => void socket.write(SHUTTING_DOWN),
  });
  const opened = await session(t, later);
  opened.publish("a/b", "1");
  await assert.rejects(opened.settle(), /the broker said goodbye: the server is shutting down$/);
  assert.match(String(opened.failure), /shutting down/);
  opened.publish("a/b", "2");
  await assert.rejects(opened.settle(), /shutting down/, "the first reason stays");
});

test("a reason without words of ours is told by its number", async (t) => {
  const url = await broker(t, {
    connect: connack,
    publish: (_, socket) => void socket.write(Buffer.from("e0029900", "hex")),
  });
  const opened = await session(t, url);
  opened.publish("a/b", "1");
  await assert.rejects(opened.settle(), /the broker said goodbye: reason 153$/);
});

test("whoever waits for room is let go when the connection fails, and nothing more is sent", async (t) => {
  let published = 0;
  const url = await broker(t, {
    // The broker takes one message at a time: receive maximum 1.
    connect: (_, socket) => void socket.write(Buffer.from("200600000321" + "0001", "hex")),
    publish: (_, socket) => {
      published += 1;
      socket.destroy();
    },
  });
  const opened = await session(t, url);
  for (const payload of ["1", "2", "3"]) opened.publish("a/b", payload);
  await assert.rejects(opened.settle(), /the connection was cut|ECONNRESET/);
  assert.equal(published, 1);
});

test("a refused subscription is a failure of the session", async (t) => {
  const url = await broker(t, {
    connect: connack,
    subscribe: (packet, socket) => void socket.write(acknowledged(0x90, packet, 0x87)),
  });
  const opened = await session(t, url);
  opened.subscribe(["home/+/+/set"]);
  await assert.rejects(opened.settle(), /127\.0\.0\.1:\d+: /);
});

test("messages without acknowledgement arrive; one that cannot be kept ends the session with its error", async (t) => {
  const url = await broker(t, {
    connect: (_, socket) => void socket.write(Buffer.concat([CONNACK, message("ok"), message("bad")])),
  });
  const texts: string[] = [];
  const opened = await session(t, url, ({ topic, payload, retain }) => {
    texts.push(`${topic} ${payload} ${retain}`);
    if (String(payload) === "bad") throw new Error("the disk is full");
  });
  await waitFor(() => opened.failure !== null);
  assert.deepEqual(texts, ["a/b ok false", "a/b bad false"]);
  assert.match(String(opened.failure), /the disk is full$/);
});

test("a broker that does not answer is told with the time that was given to it", async (t) => {
  const url = await broker(t, { connect: connack });
  const opened = await MqttSession.open({ ...options(url), timeout_ms: 200 });
  t.after(() => opened.close("for_good"));
  opened.publish("a/b", "1");
  await assert.rejects(opened.settle(), /did not acknowledge everything within 200 ms$/);
  const silent = await broker(t, {});
  await assert.rejects(
    MqttSession.open({ ...options(silent), timeout_ms: 200 }),
    /no answer from mqtt:\/\/127\.0\.0\.1:\d+ in 200 ms$/,
  );
});

test("what a topic holds is read, and nothing, and why not", async (t) => {
  const subscribed = (packet: Buffer, socket: Socket, more: Buffer) =>
    void socket.write(Buffer.concat([acknowledged(0x90, packet, 0), more]));
  const unsubscribe = (packet: Buffer, socket: Socket) => void socket.write(acknowledged(0xb0, packet, 0));
  const holds = await broker(t, {
    ...{ connect: connack, unsubscribe },
    subscribe: (packet, socket) => subscribed(packet, socket, message("kept")),
  });
  assert.equal(await readRetained(options(holds), "a/b"), "kept");
  const empty = await broker(t, {
    ...{ connect: connack, unsubscribe },
    subscribe: (packet, socket) => subscribed(packet, socket, Buffer.alloc(0)),
  });
  assert.equal(await readRetained(options(empty), "a/b"), null);
  const leaves = await broker(t, {
    connect: connack,
    subscribe: (_, socket) => void socket.write(SHUTTING_DOWN),
  });
  await assert.rejects(readRetained(options(leaves), "a/b"), /the server is shutting down$/);
  const mute = await broker(t, { connect: connack });
  await assert.rejects(
    readRetained({ ...options(mute), timeout_ms: 200 }, "a/b"),
    /did not tell its retained a\/b within 200 ms$/,
  );
  const refuses = await broker(t, {
    connect: connack,
    subscribe: (packet, socket) => void socket.write(acknowledged(0x90, packet, 0x87)),
  });
  await assert.rejects(readRetained(options(refuses), "a/b"), /127\.0\.0\.1:\d+: /);
});

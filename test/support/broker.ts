import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import mqtt from "mqtt";
import { scratchDirectory } from "./scratch.ts";
import { freePort } from "./simulated.ts";
import { waitFor } from "./wait.ts";

export interface BrokerOptions {
  /** `[user, password]` of those who may come; without it everybody may. */
  readonly users?: readonly (readonly [string, string])[];
  readonly tls?: Certificates;
  /** Only clients with a certificate of that authority may come. */
  readonly clientCertificates?: boolean;
  /** Keep sessions and retained messages over a restart. */
  readonly persistence?: boolean;
  /** Lines of an ACL file. */
  readonly acl?: readonly string[];
}

/** A real mosquitto on a loopback port; ends with the test. */
export interface Broker {
  readonly port: number;
  readonly url: string;
  /** Stops it as `systemctl stop` does, with its memory written when it is to be kept. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Writes its memory to the disk now, as it does by itself every half hour. */
  save(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

/** Starts mosquitto with its files in a scratch directory. */
export async function startBroker(t: TestContext, options: BrokerOptions = {}): Promise<Broker> {
  const folder = scratchDirectory(t);
  const port = await freePort();
  const path = join(folder, "mosquitto.conf");
  const passwords = join(folder, "passwords");
  const lines = [`listener ${port} 127.0.0.1`, `allow_anonymous ${options.users ? "false" : "true"}`];
  if (process.getuid?.() === 0) lines.push("user root");
  if (options.users) {
    writeFileSync(passwords, "", { mode: 0o600 });
    for (const user of options.users) execFileSync("mosquitto_passwd", ["-b", passwords, ...user]);
    lines.push(`password_file ${passwords}`);
  }
  if (options.acl) {
    writeFileSync(join(folder, "acl"), `${options.acl.join("\n")}\n`);
    lines.push(`acl_file ${join(folder, "acl")}`);
  }
  if (options.persistence) lines.push("persistence true", `persistence_location ${folder}/`);
  if (options.tls) lines.push(`certfile ${options.tls.cert}`, `keyfile ${options.tls.key}`);
  if (options.tls && options.clientCertificates) lines.push(`cafile ${options.tls.ca}`, "require_certificate true");
  writeFileSync(path, `${lines.join("\n")}\n`);
  const program = existsSync("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";
  let child: ChildProcess | null = null;
  const start = async () => {
    child = spawn(program, ["-c", path], { stdio: "ignore" });
    await waitFor(() => answers(port), `mosquitto on port ${port}`);
  };
  const end = async (signal: NodeJS.Signals) => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill(signal);
    await ended;
  };
  const save = async () => {
    const file = join(folder, "mosquitto.db");
    rmSync(file, { force: true });
    child?.kill("SIGUSR1");
    await waitFor(() => existsSync(file), "the broker's memory on the disk");
  };
  await start();
  t.after(() => end("SIGTERM"));
  const url = `${options.tls ? "mqtts" : "mqtt"}://localhost:${port}`;
  return { port, url, start, stop: () => end("SIGTERM"), save, kill: () => end("SIGKILL") };
}

/** Home Assistant's place: an observer that sees everything, and publishes. Not through the code under test. */
export interface Observer {
  /** Last payload of each topic; an empty one is kept as "". */
  readonly last: ReadonlyMap<string, string>;
  readonly messages: readonly { readonly topic: string; readonly payload: string; readonly retain: boolean }[];
  publish(topic: string, payload: string | Buffer, options?: { retain?: boolean; qos?: 0 | 1 }): Promise<void>;
  close(): Promise<void>;
}

/** Connects and subscribes to everything. */
export async function observe(
  t: TestContext,
  broker: Broker,
  options: { readonly credentials?: readonly [string, string]; readonly ca?: Buffer } = {},
): Promise<Observer> {
  const client = await mqtt.connectAsync(broker.url, {
    protocolVersion: 5,
    ...(options.credentials ? { username: options.credentials[0], password: options.credentials[1] } : {}),
    ...(options.ca ? { ca: options.ca } : {}),
  });
  const last = new Map<string, string>();
  const messages: { topic: string; payload: string; retain: boolean }[] = [];
  client.on("error", () => {});
  client.on("message", (topic, payload, packet) => {
    last.set(topic, payload.toString());
    messages.push({ topic, payload: payload.toString(), retain: packet.retain });
  });
  await client.subscribeAsync("#", { qos: 1 });
  t.after(() => client.endAsync(true));
  return {
    last,
    messages,
    publish: async (topic, payload, { retain = false, qos = 1 } = {}) => {
      await client.publishAsync(topic, payload, { retain, qos });
    },
    close: () => client.endAsync(true),
  };
}

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority and a certificate for localhost, made by openssl. */
export function makeCertificates(t: TestContext): Certificates {
  const folder = scratchDirectory(t);
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const subject = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...subject, "-subj", "/CN=test authority", "-keyout", at("ca.key"), "-out", at("ca.pem"));
  openssl("req", ...subject.slice(0, 3), "-subj", "/CN=localhost", "-keyout", at("key.pem"), "-out", at("request.pem"));
  writeFileSync(at("names"), "subjectAltName=DNS:localhost\n");
  const signing = [
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("names"),
  ];
  openssl("x509", "-req", "-in", at("request.pem"), ...signing, "-out", at("cert.pem"));
  return { ca: at("ca.pem"), cert: at("cert.pem"), key: at("key.pem") };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

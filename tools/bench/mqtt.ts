import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
import { listenTcp } from "../../lib/sim/tcp.ts";
import { spreadOf } from "./measure.ts";
import { limited, notMeasured, type Row } from "./row.ts";

const run = promisify(execFile);
const DIST = resolve(import.meta.dirname, "../../dist");
const LIMIT_MS = 300;
const ROUNDS = 9;

/** One visit of mqtt-push to a local mosquitto as a whole process, and the bytes it sends; the first one brings discovery. */
export async function benchMqtt(): Promise<Row[]> {
  const program = mosquitto();
  if (program === null) return [notMeasured("a visit of mqtt-push", "mosquitto is not installed")];
  const folder = mkdtempSync(join(tmpdir(), "solar-station-bench-"));
  const port = await freePort();
  const broker = await startBroker(program, folder, port);
  const inverter = await listenTcp(makeInverter());
  const bms = await listenTcp(makeBms4e57());
  const config = join(folder, "config.yaml");
  const devices = `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{port: "${bms.url}", polls: 1}]`;
  const mqtt = `mqtt: {enabled: true, url: "mqtt://127.0.0.1:${port}"}`;
  writeFileSync(config, `station: {state_dir: "${folder}"}\n${devices}\n${mqtt}\n`);
  const command = (name: string, ...args: string[]) =>
    run(process.execPath, [join(DIST, `${name}.cjs`), "--config", config, ...args]);
  const visit = async () => {
    await command("pv1800-dump");
    await command("jkbms-dump");
    const began = performance.now();
    const { stdout } = await command("mqtt-push", "--json");
    return { ms: performance.now() - began, ...(JSON.parse(stdout) as { bytes_sent: number; messages_sent: number }) };
  };
  try {
    const first = await visit();
    const later = [];
    for (let round = 0; round < ROUNDS; round++) later.push(await visit());
    const bytes = spreadOf(later.map(({ bytes_sent }) => bytes_sent)).median;
    const said = `${bytes} bytes in ${later[0]?.messages_sent} messages; with discovery ${first.bytes_sent} bytes`;
    return [
      limited(
        `a visit of mqtt-push, from start to end (${said})`,
        spreadOf(later.map(({ ms }) => ms)).median,
        "ms",
        LIMIT_MS,
      ),
    ];
  } finally {
    broker.kill();
    await inverter.close();
    await bms.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The broker's program, or null. */
export function mosquitto(): string | null {
  return ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"].find((path) => existsSync(path)) ?? null;
}

/** Starts a broker on 127.0.0.1 and waits until it answers. */
export async function startBroker(program: string, folder: string, port: number): Promise<ChildProcess> {
  const path = join(folder, "mosquitto.conf");
  const user = process.getuid?.() === 0 ? "user root\n" : "";
  writeFileSync(path, `listener ${port} 127.0.0.1\nallow_anonymous true\n${user}`);
  const broker = spawn(program, ["-c", path], { stdio: "ignore" });
  while (!(await answers(port))) await sleep(10);
  return broker;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

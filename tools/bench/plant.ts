import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeBms4e57, makeBmsPb, makeInverter } from "../../lib/devices/simulators.ts";
import { onOneBus } from "../../lib/sim/one-bus.ts";
import { openPty, type SimulatedPty } from "../../lib/sim/pty.ts";
import { listenTcp, type SimulatedLine } from "../../lib/sim/tcp.ts";
import { openStore } from "../../lib/store/database.ts";
import { rollUp } from "../../lib/store/history-rollup.ts";
import { fillMinutes } from "./fill.ts";
import { freePort, mosquitto, startBroker } from "./mqtt.ts";
import { hasProgram, Processes } from "./process.ts";

const DIST = resolve(import.meta.dirname, "../../dist");
const DAY_S = 86400;
const ZONE = "Europe/Berlin";
const QUARTER_S = 900;
const SLAVE = 4;

/** A station with history, devices and broker as cron meets them, in a folder of its own. */
export interface Plant {
  /** Folder that stands for the SD card: state file, command files, home of the user. */
  readonly card: string;
  /** UTC s at which the history ends. */
  readonly now: number;
  readonly processes: Processes;
  /** What the devices hang on: paths of ptys, or addresses where socat is not installed. */
  readonly ports: { readonly inverter: string; readonly bms: string };
  readonly broker: boolean;
  command(name: string, ...words: string[]): string[];
  close(): Promise<void>;
}

/** What a plant has beside a month of minutes of one inverter and one 4E57 pack. */
interface More {
  /** Years of quarter hours before the minutes. */
  readonly years?: number;
  /** Machines on one bus. */
  readonly inverters?: number;
  /** PB packs on one bus, instead of the 4E57 one. */
  readonly packs?: number;
}

/** `days` of minutes up to `now`; simulated devices at their real speed, on ptys where socat is installed. */
export async function openPlant(days: number, now: number, more: More = {}): Promise<Plant> {
  const { years = 0, inverters: machines = 1, packs = 0 } = more;
  const named = (name: string, count: number) => [
    name,
    ...Array.from({ length: Math.max(0, count - 1) }, (_, i) => `${name}_${i + 2}`),
  ];
  const names = { inverters: named("inverter", machines), packs: named("bms", packs) };
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "solar-station-bench-")));
  const card = join(folder, "card");
  mkdirSync(card);
  mkdirSync(join(folder, "tmpfs"));
  const store = openStore(join(card, "station.db"), { clock: { now: () => now, monotonic: () => performance.now() } });
  const begun = now - days * DAY_S;
  if (years > 0) fillMinutes(store, { from: begun - years * 365 * DAY_S, to: begun, step_s: QUARTER_S, ...names });
  fillMinutes(store, { from: begun, to: now, ...names });
  rollUp(store, { now, time_zone: ZONE });
  store.close();

  const inverter = await listenTcp(onOneBus(names.inverters.map((_, at) => makeInverter({ slave: SLAVE + at }))), {
    baud: 19200,
  });
  const pb = () => makeBmsPb({ addresses: names.packs.map((_, at) => at + 1) });
  const bms = await listenTcp(packs > 0 ? pb() : makeBms4e57(), { baud: 115200 });
  const ptys: SimulatedPty[] = [];
  const portOf = async (name: string, line: SimulatedLine) => {
    if (!hasProgram("socat")) return line.url;
    const pty = await openPty(join(folder, name), line);
    ptys.push(pty);
    return pty.path;
  };
  const ports = { inverter: await portOf("tty-inverter", inverter), bms: await portOf("tty-bms", bms) };
  const lines = [
    `station: {state_dir: "${card}", time_zone: ${ZONE}}`,
    "devices:",
    ...names.inverters.map(
      (name, at) => `- {name: ${name}, kind: pv1800, port: "${ports.inverter}", address: ${SLAVE + at}}`,
    ),
    ...names.packs.map((name, at) =>
      packs > 0
        ? `- {name: ${name}, kind: jk-pb, port: "${ports.bms}", address: ${at + 1}}`
        : `- {name: ${name}, kind: jk-4e57, port: "${ports.bms}"}`,
    ),
    `page: {file: "${join(folder, "tmpfs", "index.html")}"}`,
  ];
  let broker: ChildProcess | null = null;
  const program = mosquitto();
  if (program !== null) {
    const port = await freePort();
    broker = await startBroker(program, folder, port);
    lines.push(`mqtt: {enabled: true, url: "mqtt://127.0.0.1:${port}"}`);
  }
  const config = join(folder, "config.yaml");
  writeFileSync(config, `${lines.join("\n")}\n`, { mode: 0o600 });
  return {
    card,
    now,
    processes: new Processes(folder, { SOLAR_STATION_CONFIG: config, XDG_CACHE_HOME: join(card, "cache") }),
    ports,
    broker: broker !== null,
    command: (name, ...words) => [process.execPath, join(DIST, `${name}.cjs`), ...words],
    close: async () => {
      broker?.kill();
      for (const pty of ptys) await pty.unplug();
      await inverter.close();
      await bms.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

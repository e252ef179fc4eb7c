import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
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

/** A station with history, devices and broker as cron meets them, in a folder of its own. */
export interface Plant {
  /** Folder that stands for the SD card: state file, command files, home of the user. */
  readonly card: string;
  /** UTC s at which the history ends. */
  readonly now: number;
  readonly processes: Processes;
  /** The first line of the table says what the devices hang on. */
  readonly wires: string;
  readonly broker: boolean;
  command(name: string, ...words: string[]): string[];
  close(): Promise<void>;
}

/** `days` of minutes up to `now`; simulated devices at their real speed, on ptys where socat is installed. */
export async function openPlant(days: number, now: number): Promise<Plant> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "solar-station-bench-")));
  const card = join(folder, "card");
  mkdirSync(card);
  mkdirSync(join(folder, "tmpfs"));
  const store = openStore(join(card, "station.db"), { clock: { now: () => now, monotonic: () => performance.now() } });
  fillMinutes(store, { from: now - days * DAY_S, to: now });
  rollUp(store, { now, time_zone: ZONE });
  store.close();

  const inverter = await listenTcp(makeInverter(), { baud: 19200 });
  const bms = await listenTcp(makeBms4e57(), { baud: 115200 });
  const ptys: SimulatedPty[] = [];
  const portOf = async (name: string, line: SimulatedLine) => {
    if (!hasProgram("socat")) return line.url;
    const pty = await openPty(join(folder, name), line);
    ptys.push(pty);
    return pty.path;
  };
  const lines = [
    `station: {state_dir: "${card}", time_zone: ${ZONE}}`,
    `inverter: {port: "${await portOf("tty-inverter", inverter)}"}`,
    `bms: [{port: "${await portOf("tty-bms", bms)}"}]`,
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
    wires: ptys.length > 0 ? "serial ports (pty)" : "TCP: socat is not installed",
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

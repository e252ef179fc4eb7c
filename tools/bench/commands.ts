import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { measure } from "./measure.ts";
import { limited, type Row } from "./row.ts";

const run = promisify(execFile);
const DIST = resolve(import.meta.dirname, "../../dist");
const LIMIT_MS = 500;

/** Bundled commands that read a full state file in `folder`, as whole processes at the time `now`. */
export async function benchReaders(folder: string, now: number): Promise<Row[]> {
  const config = join(folder, "config.yaml");
  writeFileSync(config, `station: {state_dir: ${JSON.stringify(folder)}, time_zone: Europe/Berlin}\n`);
  const env = { ...process.env, SOLAR_STATION_NOW: String(now), XDG_CACHE_HOME: folder };
  const day = new Date((now - 86400) * 1000).toISOString().slice(0, 10);
  const year = new Date((now - 365 * 86400) * 1000).toISOString().slice(0, 10);
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["status-page"],
    ["station", "status", "--text"],
    ["station", "history", "--text"],
    ["station", "history", "--from", year, "--text"],
    ["station", "export", "--format", "csv", "--device", "inverter", "--from", day],
  ];
  const rows: Row[] = [];
  for (const [name, ...args] of cases) {
    const command = [join(DIST, `${name}.cjs`), ...args, "--config", config];
    const spread = await measure(5, () => run(process.execPath, command, { env, maxBuffer: 2 ** 28 }));
    const words = args.filter((arg) => arg !== "--text").join(" ");
    rows.push(limited(`${name} ${words}, from start to end with a year of minutes`, spread.median, "ms", LIMIT_MS));
  }
  return rows;
}

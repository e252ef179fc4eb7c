import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
import { listenTcp } from "../../lib/sim/tcp.ts";
import { measure } from "./measure.ts";

const run = promisify(execFile);
const DIST = resolve(import.meta.dirname, "../../dist");

/** Wall time of whole processes: Node alone, help, and one run against simulators that answer at once. */
export async function benchStartUp(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "solar-station-bench-"));
  const inverter = await listenTcp(makeInverter());
  const bms = await listenTcp(makeBms4e57());
  const config = join(folder, "config.yaml");
  const devices = `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{port: "${bms.url}", polls: 1}]\n`;
  writeFileSync(config, `station: {state_dir: "${folder}"}\n${devices}`);
  const command = (name: string, ...args: string[]) => [join(DIST, `${name}.cjs`), ...args];
  const cases: readonly [string, string[]][] = [
    ["node, nothing else", ["-e", "0"]],
    ["pv1800-dump --help", command("pv1800-dump", "--help")],
    ["pv1800-dump, one poll without gaps", command("pv1800-dump", "--config", config)],
    ["jkbms-dump, one answer", command("jkbms-dump", "--config", config)],
  ];
  const lines: string[] = [];
  for (const [name, args] of cases) {
    const { median, min, max } = await measure(9, () => run(process.execPath, args));
    lines.push(`${name.padEnd(46)} median ${median.toFixed(0)} ms (${min.toFixed(0)}-${max.toFixed(0)})`);
  }
  await inverter.close();
  await bms.close();
  rmSync(folder, { recursive: true, force: true });
  return lines;
}

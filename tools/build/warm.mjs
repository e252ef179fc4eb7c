// Makes V8's code cache of each command, by running it for real on a station of its own with simulated devices. Called by the build
// and by an installer, as the owner of the files; a command started by cron only reads.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** In the order of the data. What each command does to warm up; the other ones say what they can. */
const ARGUMENTS = {
  "pv1800-dump": [],
  "jkbms-dump": [],
  batmon: [],
  "status-page": [],
  // Finds nobody there; the client is compiled all the same.
  "mqtt-push": [],
  station: ["status", "--text"],
  "inverter-cmd": ["list", "--text"],
};
const LIMIT_MS = 20_000;

/** `parts`: folder of the build. A command that cannot be warmed starts a little slower and works the same. */
export async function warmAll(parts, commands) {
  const isCold = (name) =>
    !existsSync(join(parts, `${name}.${name}.pack.cjs.${process.version}-${process.arch}.cache`));
  if (!commands.some(isCold)) return;
  const folder = mkdtempSync(join(tmpdir(), "solar-station-warm-"));
  const config = join(folder, "config.yaml");
  const env = { PATH: process.env.PATH, HOME: folder, SOLAR_STATION_CONFIG: config };
  const node = (name, how, words) => [
    "-e",
    `require(${JSON.stringify(resolve(parts, "loader.cjs"))}).${how}("${name}")`,
    "--",
    name,
    ...words,
  ];
  const run = (name, how, words) =>
    spawnSync(process.execPath, node(name, how, words), { stdio: "ignore", timeout: LIMIT_MS, env });
  writeFileSync(config, "{}\n", { mode: 0o600 });
  const plant = spawn(process.execPath, node("station-sim", "start", ["plant", "--fast"]), {
    stdio: ["ignore", "pipe", "ignore"],
    env,
  });
  try {
    const ports = await portsOf(plant);
    mkdirSync(join(folder, "page"));
    writeFileSync(config, configuration(folder, ports));
    for (const [name, words] of Object.entries(ARGUMENTS)) {
      // The first run checks the configuration and makes the state file, as no run of cron's does; the last one knows words.
      run(name, "start", words);
      run(name, "warm", words);
      if (words.length === 0) run(name, "warm", ["--text"]);
    }
    // Two devices that are no serial ports: opening them brings the driver.
    writeFileSync(config, configuration(folder, ["/dev/null", "/dev/zero"]));
    for (const name of ["pv1800-dump", "jkbms-dump"]) for (const how of ["start", "warm"]) run(name, how, []);
    for (const name of commands) if (!(name in ARGUMENTS)) run(name, "warm", ["--help"]);
  } finally {
    plant.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** TCP ports of inverter and BMS, as the plant prints them; [] when it does not come up. */
async function portsOf(plant) {
  const urls = [];
  const timer = setTimeout(() => plant.kill(), LIMIT_MS);
  for await (const text of plant.stdout.setEncoding("utf8")) {
    urls.push(...(text.match(/tcp:\/\/[\w.:]+/g) ?? []));
    if (urls.length >= 2) break;
  }
  clearTimeout(timer);
  return urls;
}

function configuration(folder, [inverter, bms]) {
  return `station: { state_dir: ${folder} }
inverter: { port: "${inverter ?? `${folder}/no-inverter`}", gap_ms: 5 }
bms: [{ name: bms, port: "${bms ?? `${folder}/no-bms`}" }]
page: { file: ${join(folder, "page", "index.html")} }
mqtt: { enabled: true, url: "mqtt://127.0.0.1:1" }
`;
}

// Makes V8's code cache of each command, by running it once for real against an empty state of its own. Called by the build and by
// an installer, as the owner of the files; a command started by cron only reads.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What each command does to warm up; the dump commands find nobody at the port and end there. */
const ARGUMENTS = {
  "station-sim": ["--help"],
  station: ["status", "--text"],
  "inverter-cmd": ["list", "--text"],
  "backup-stats": ["--help"],
};

/** `parts`: folder of the build. A command that cannot be warmed starts a little slower and works the same. */
export function warmAll(parts, commands) {
  const cold = commands.filter((name) => !existsSync(join(parts, `${name}.${process.version}-${process.arch}.cache`)));
  if (cold.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), "solar-station-warm-"));
  try {
    const config = join(folder, "config.yaml");
    const nowhere = join(folder, "nowhere");
    writeFileSync(
      config,
      `station: { state_dir: ${folder} }\ninverter: { port: ${nowhere} }\nbms: [{ name: bms, port: ${nowhere} }]\n` +
        `page: { file: ${join(folder, "index.html")} }\n`,
      { mode: 0o600 },
    );
    for (const name of cold) {
      const script = `require(${JSON.stringify(resolve(parts, "loader.cjs"))}).warm(${JSON.stringify(name)})`;
      // Twice: the second run finds a state file and the checked configuration, as cron's runs do.
      for (let round = 0; round < 2; round++) {
        spawnSync(process.execPath, ["-e", script, "--", name, ...(ARGUMENTS[name] ?? ["--config", config])], {
          stdio: "ignore",
          timeout: 20_000,
          env: { PATH: process.env.PATH, HOME: folder, SOLAR_STATION_CONFIG: config },
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

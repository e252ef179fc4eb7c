// Runs the tests (all, or those whose path holds a word) and says which lines and branches of lib they ran, in the tests' own processes
// and in the commands that these started. Commands that a test kills tell nothing. Fails below what CONTRIBUTING.md promises.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { sourceDigest } from "./build/digest.mjs";
import { figures } from "./coverage/figures.mjs";

const LEAST = { lines: 98, branches: 95 };
const words = process.argv.slice(2);
const folder = resolve(".cache/coverage");
const commands = join(folder, "commands");
const raw = join(folder, "raw");
rmSync(folder, { recursive: true, force: true });
mkdirSync(raw, { recursive: true });
// Commands that tests run as other users tell too, instead of complaining on stderr that they may not.
chmodSync(raw, 0o1777);

// One file a command, its map beside it: named in the file, every process would copy the map into its record.
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
await build({
  entryPoints: readdirSync("bin").map((name) => `bin/${name}`),
  outdir: commands,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  packages: "external",
  sourcemap: "external",
  define: {
    __SOLAR_STATION_VERSION__: JSON.stringify(version),
    __SOLAR_STATION_BUILD__: JSON.stringify(sourceDigest(".")),
    "import.meta.url": "undefined",
  },
});

const env = { ...process.env, NODE_V8_COVERAGE: raw, SOLAR_COVERED_COMMANDS: commands };
const { status } = spawnSync(process.execPath, ["tools/test.mjs", ...words], { stdio: "inherit", env });
if (status !== 0) console.error("coverage: some tests are red; what they ran counts all the same");

const files = figures(raw, commands);
const percent = ([run, all]) => (all === 0 ? 100 : Math.round((1000 * run) / all) / 10);
const total = (key) => percent(files.reduce(([run, all], file) => [run + file[key][0], all + file[key][1]], [0, 0]));
const rows = files.map(
  (file) => `${percent(file.lines)} % ${percent(file.branches)} % ${file.file} not run: ${file.idle.join(" ")}`,
);
writeFileSync(join(folder, "report.txt"), `${rows.join("\n")}\n`);
console.log(`lib: lines ${total("lines")} %, branches ${total("branches")} %; by file in .cache/coverage/report.txt`);
const low = Object.entries(LEAST).filter(([key, least]) => total(key) < least);
for (const [key, least] of low) console.error(`coverage: ${key} ${total(key)} %, promised ${least} %`);
process.exit(status || (words.length === 0 && low.length > 0 ? 1 : 0));

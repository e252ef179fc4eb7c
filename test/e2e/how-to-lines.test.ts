import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { bundled } from "../support/bundle.ts";
import { tries } from "../support/campaign.ts";
import { testStation } from "../support/command.ts";
import { feed } from "../support/plant-samples.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const COMMANDS = readdirSync(join(ROOT, "bin")).map((file) => file.replace(/\.ts$/, ""));
const PAGES = readdirSync(join(ROOT, "docs/how-to"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => join("docs/how-to", name));

/** Lines that this test does not run, and the tests that do: they need devices (there simulators), other servers, or days of history. */
const ELSEWHERE: readonly (readonly [line: RegExp, tests: readonly string[]])[] = [
  [/^jkbms-dump( |$)/, ["e2e/jkbms-dump", "e2e/mqtt-click"]],
  [/^pv1800-dump( |$)/, ["e2e/pv1800-dump", "e2e/mqtt-click"]],
  [/^inverter-cmd set .*--now/, ["e2e/orders"]],
  [/^station setup/, ["e2e/setup"]],
  [/^station adopt --(switch|back)/, ["e2e/adopt"]],
  [/^station doctor/, ["station/doctor-devices"]],
  [/^station export .*--to /, ["e2e/real-readers", "e2e/export-to"]],
  [/^backup-stats (verify FILE|restore )/, ["e2e/backup"]],
  [/^batmon --(plan|backtest)/, ["e2e/batmon", "jobs/batmon-plan"]],
  [/^batmon --test-message/, ["e2e/batmon-notify"]],
  [/^inverter-cmd cancel 12/, ["e2e/orders"]],
];

/** What only a station's own computer has: whoever runs the tests as root must not get one. */
const OF_THIS_COMPUTER = ["/etc/solar-station", "/etc/cron.d/solar-station", "/etc/crontab", "/var/lib/solar-station"];
const madeOf = () => OF_THIS_COMPUTER.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null);

interface Line {
  readonly page: string;
  readonly text: string;
}

/** Lines in a page's blocks that start one of our commands, as a shell runs them; of a crontab's line the command. */
function linesOf(page: string): Line[] {
  const blocks = readFileSync(join(ROOT, page), "utf8").match(/^ *```[^\n]*\n[\s\S]*?^ *```/gm) ?? [];
  return blocks
    .flatMap((block) => block.split("\n"))
    .map((line) => line.trim().replace(/^(\S+ +){5}(?=[a-z])/, (fields) => (/^[\d*/, -]+$/.test(fields) ? "" : fields)))
    .map((line) =>
      line
        .replace(/^\$ /, "")
        .replace(/^sudo (-u \w+ )?/, "")
        .replace(/ +# .*$/, "")
        .replace(/ &&$/, ""),
    )
    .filter((line) => COMMANDS.includes(line.split(" ")[0] ?? ""))
    .map((text) => ({ page, text }));
}

const LINES = [
  ...new Map([...PAGES, "README.md", "README-ru.md"].flatMap(linesOf).map((line) => [line.text, line])).values(),
];

test("a third of the command lines of the pages (at night all) runs as it is written, or is tried elsewhere", (t) => {
  assert.ok(LINES.length > 40, `${LINES.length} lines`);
  const station = testStation(t, "batmon: {enabled: true}");
  const [bin, place] = [join(station.folder, "bin"), join(station.folder, "place")];
  for (const folder of [bin, place]) mkdirSync(folder);
  for (const name of COMMANDS) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${bundled(name)}" "$@"\n`);
    chmodSync(path, 0o755);
  }
  writeFileSync(join(place, "trace.txt"), "< 0104020000b930\n");
  const now = Math.floor(Date.now() / 60_000) * 60;
  feed(station, now - 1800, now, { soc: 61, pv: 900 });
  const env = {
    ...{ PATH: `${bin}:${process.env.PATH}`, HOME: place, XDG_CACHE_HOME: join(ROOT, ".cache", "test") },
    ...{ SOLAR_STATION_CONFIG: station.configPath, batch: join(place, "solar.lp") },
  };
  // What a page puts into /tmp may lie there already.
  const run = (line: string) =>
    spawnSync("sh", ["-c", line.replaceAll("/tmp/", `${place}/`)], { cwd: place, env, encoding: "utf8" });
  // What a page takes for granted.
  const before = ["batmon", "backup-stats", `station export --format influx --cursor home --output "$batch"`];
  for (const line of before) assert.equal(run(line).status, 0, run(line).stderr);
  const untouched = madeOf();
  const own = LINES.filter(({ text }) => !ELSEWHERE.some(([pattern]) => pattern.test(text)));
  for (const { page, text } of own.filter((_line, index) => index % tries(3, 1) === 0)) {
    const { status, stderr } = run(text);
    assert.equal(status, 0, `${page}: ${text}\n${stderr}`);
    assert.deepEqual(madeOf(), untouched, `${page}: ${text} changes this computer`);
  }
});

test("nothing is excused that no page says, or that no test runs", () => {
  for (const name of ELSEWHERE.flatMap(([, tests]) => tests)) {
    assert.ok(existsSync(join(ROOT, "test", `${name}.test.ts`)), name);
  }
  const idle = ELSEWHERE.filter(([pattern]) => !LINES.some(({ text }) => pattern.test(text)));
  assert.deepEqual(
    idle.map(([pattern]) => String(pattern)),
    [],
  );
});

test("crontab lines of the pages have one style: five fields, two spaces, the command; no user", () => {
  for (const page of PAGES) {
    for (const line of readFileSync(join(ROOT, page), "utf8").split("\n")) {
      if (!/^ *([\d*/,-]+ +){5}\S/.test(line)) continue;
      const [command = ""] = line.trim().split(/\s+/).slice(5);
      assert.match(line, /^ *([\d*/,-]+ ){4}[\d*/,-]+ {2}\S/, `${page}: ${line}`);
      assert.ok([...COMMANDS, "find", "flock", "sleep"].includes(command), `${page}: ${line}`);
    }
  }
});

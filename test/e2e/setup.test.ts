import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { DEFAULT_CONFIG_PATH } from "../../lib/config/locate.ts";
import { serialPorts } from "../../lib/setup/adapters.ts";
import { runCommand, testStation } from "../support/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

test("setup finds who answers where, writes what differs and starts the jobs; again it changes nothing; undo stops them", async (t) => {
  const root = scratchDirectory(t);
  const station = testStation(t, "");
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  // The other way round than the defaults have it.
  const setup = (...words: string[]) =>
    station.run("station", ["setup", "--root", root, "--port", bms.url, "--port", inverter.url, ...words], {
      env: { LANG: "ru_RU.UTF-8", TZ: "Europe/Berlin" },
    });
  const dry = await setup("--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  assert.ok(!existsSync(join(root, "etc")), "a dry run writes nothing");
  const first = await setup("--yes");
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /JK BMS, 16 cells, speaks 4e57/);
  const config = parse(readFileSync(join(root, "etc/solar-station/config.yaml"), "utf8"));
  assert.deepEqual(config, {
    station: { time_zone: "Europe/Berlin", lang: "ru" },
    inverter: { port: inverter.url },
    bms: [{ name: "bms", port: bms.url, protocol: "4e57" }],
  });
  const cron = join(root, "etc/cron.d/solar-station");
  const text = readFileSync(cron, "utf8");
  assert.match(
    text,
    /^\* \* \* \* \* {3}solar {2}command -v pv1800-dump >\/dev\/null \|\| exit 0; pv1800-dump --repeat 5s --for 50s$/m,
  );
  assert.match(text, /^#off .*mqtt-push/m, "nobody configured a broker");
  writeFileSync(join(root, "etc/solar-station/config.yaml"), "# mine\n");
  const second = await setup("--yes");
  assert.equal(second.code, 0, second.stderr);
  assert.equal(readFileSync(join(root, "etc/solar-station/config.yaml"), "utf8"), "# mine\n");
  assert.equal(readFileSync(cron, "utf8"), text);
  assert.doesNotMatch(second.stdout, /^done: /m);
  assert.equal((await setup("--undo")).code, 0);
  assert.doesNotMatch(readFileSync(cron, "utf8"), /^[^#\n]*\*/m);
});

test("before there is a configuration, setup speaks as this computer does", async (t) => {
  // The commands find that file by themselves, and no option or variable says "none".
  if (existsSync(DEFAULT_CONFIG_PATH)) return t.skip("this computer has a station of its own");
  const words = ["setup", "--root", scratchDirectory(t), "--no-probe"];
  const LANG = "ru_RU.UTF-8";
  const dry = await runCommand("station", [...words, "--dry-run"], { env: { LANG } });
  assert.match(dry.stdout, /^будет сделано: записать .*config\.yaml$/m);
  const unasked = await runCommand("station", words, { env: { LANG } });
  assert.equal(unasked.code, 64);
  assert.match(unasked.stderr, /error: перед записью нужен ваш ответ: запустите в терминале или добавьте --yes/);
});

test("setup asks before it writes, and says what to type where nobody can be asked", async (t) => {
  const station = testStation(t, "");
  const root = scratchDirectory(t);
  const run = await station.run("station", ["setup", "--root", root, "--no-probe"]);
  assert.equal(run.code, 64);
  assert.match(run.stderr, /start it on a terminal, or give --yes/);
  assert.ok(!existsSync(join(root, "etc/solar-station/config.yaml")));
});

test("answers from a file are a configuration, checked before anything is written", async (t) => {
  const station = testStation(t, "");
  const root = scratchDirectory(t);
  const answers = join(root, "answers.yaml");
  writeFileSync(answers, "inverter: {prot: /dev/ttyUSB0}\n");
  const words = ["setup", "--root", root, "--no-probe", "--yes", "--answers", answers];
  const wrong = await station.run("station", words);
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /inverter\.prot: unknown key; did you mean port\?/);
  assert.ok(!existsSync(join(root, "etc/solar-station/config.yaml")));
  writeFileSync(answers, "inverter: {port: /dev/ttyUSB7}\n");
  assert.equal((await station.run("station", words)).code, 0);
  assert.equal(readFileSync(join(root, "etc/solar-station/config.yaml"), "utf8"), "inverter: {port: /dev/ttyUSB7}\n");
});

test("find names swapped plugs", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const station = testStation(t, `inverter: {port: "${bms.url}"}\nbms: [{port: "${inverter.url}"}]`);
  const run = await station.run("station", ["find", "--port", bms.url, "--port", inverter.url]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(
    run.stdout,
    /! the inverter answers at .*, where the configuration has the BMS bms\n! a BMS answers at .*\n! the two plugs are swapped/,
  );
});

test("adapters by names that last: by-id, by-path for twins that share one name, else the number", (t) => {
  const dev = scratchDirectory(t);
  for (const name of ["ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyS0"]) writeFileSync(join(dev, name), "");
  mkdirSync(join(dev, "serial/by-id"), { recursive: true });
  mkdirSync(join(dev, "serial/by-path"));
  symlinkSync("../../ttyUSB1", join(dev, "serial/by-id/usb-1a86-if00"));
  symlinkSync("../../ttyUSB0", join(dev, "serial/by-path/usb-0:1.1"));
  assert.deepEqual(serialPorts(dev), [
    join(dev, "serial/by-path/usb-0:1.1"),
    join(dev, "serial/by-id/usb-1a86-if00"),
    join(dev, "ttyUSB2"),
  ]);
});

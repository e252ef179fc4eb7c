import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findOriginals } from "../../lib/export/original/scripts.ts";
import { stationSetup } from "../../lib/jobs/station/setup.ts";
import { switchBack, switchOver } from "../../lib/setup/switch-over.ts";
import { orderStation } from "../support/orders.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { assertForPeople } from "../words/support.ts";

const NOTHING = { cron: [], processes: [], ports: [] };

/** The root of another computer, or of the image of a card. */
function otherRoot(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = scratchDirectory(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const setup = async (
  t: TestContext,
  root: string,
  options: Readonly<Record<string, unknown>>,
  dryRun = false,
  lang = "en",
) => {
  const { context } = orderStation(t, { station: { state_dir: scratchDirectory(t), lang } });
  const answer = await stationSetup({ ...context, dryRun, options: { root, yes: true, ...options } });
  return answer.text?.(false) ?? "";
};

test("while a process of the original's holds a port nothing is switched, and it is said how to end it", async (t) => {
  const root = otherRoot(t, { "etc/crontab": "* * * * * root batmon.php\n" });
  const { context } = orderStation(t);
  const ports = [{ port: "/dev/ttyINV0", pid: 4711, command: "python3 pv1800_ctrl.py" }];
  await assert.rejects(switchOver(context, findOriginals(root), { ...NOTHING, ports }), {
    name: "PortBusy",
    message: /^process 4711 of the original still runs \(python3 pv1800_ctrl\.py\); .*sudo kill 4711/,
  });
  assert.equal(readFileSync(join(root, "etc/crontab"), "utf8"), "* * * * * root batmon.php\n");
});

test("orders that have waited for long are set aside, not carried out; what stands in its folder stays its own elsewhere", async (t) => {
  const root = otherRoot(t, { "root/inverter_cmd.lst": "20105=>0\n", "tmp/inverter_last.json": "{}" });
  const station = orderStation(t);
  const theirs = join(root, "root/inverter_cmd.lst");
  const old = new Date((station.now - 3 * 86_400) * 1000);
  utimesSync(theirs, old, old);
  const answer = await switchOver(station.context, findOriginals(root), NOTHING);
  assert.match(answer.text?.(false) ?? "", /^In two minutes: station doctor\. To go back: sudo station adopt --back$/m);
  assert.equal(readFileSync(`${theirs}.old`, "utf8"), "20105=>0\n");
  const ours = readlinkSync(theirs);
  assert.equal(readFileSync(join(root, ours), "utf8"), "");
  assert.equal(readFileSync(join(root, "tmp/inverter_last.json"), "utf8"), "{}");
  await switchBack(station.context, root);
  assert.ok(!existsSync(theirs));
});

test("nothing waits in a command file that is not there", async (t) => {
  const root = otherRoot(t, { "root/.profile": "" });
  const station = orderStation(t);
  await switchOver(station.context, findOriginals(root), NOTHING);
  const link = join(root, "root/inverter_cmd.lst");
  assert.equal(readFileSync(join(root, readlinkSync(link)), "utf8"), "");
  assert.ok(!existsSync(`${link}.old`));
});

test("setup with timers leaves cron's lines off; a configuration that is there stays", async (t) => {
  const fresh = await setup(t, otherRoot(t), { probe: false, timers: true }, true);
  assert.match(fresh, /^would be done: .*solar-station: every line off, timers do it$/m);
  assert.match(fresh, /^would be done: start the timers of jkbms-dump, pv1800-dump, batmon/m);
  const russian = await setup(t, otherRoot(t), { probe: false, timers: true }, true, "ru");
  assert.match(russian, /^будет сделано: .*solar-station: все строки выключены, работают таймеры$/m);
  const typed = /\/\S+|[\w-]+(-dump|-push|-page|-stats)\b|--\w+|sudo adduser|solar|auto|Home Assistant/g;
  for (const line of russian.split("\n")) assertForPeople(line.replaceAll(typed, "1"), "ru", line);
  const text = "# mine\n";
  const root = otherRoot(t, { "etc/solar-station/config.yaml": text });
  assert.match(await setup(t, root, {}), /^as it was: no configuration stays as it is$/m);
  assert.equal(readFileSync(join(root, "etc/solar-station/config.yaml"), "utf8"), text);
});

test("answers that cannot be read, and adapters that cannot be looked through, are told before anything is written", async (t) => {
  const root = otherRoot(t);
  await assert.rejects(setup(t, root, { probe: false, answers: root }), {
    name: "UsageError",
    message: /^--answers .*: EISDIR/,
  });
  await assert.rejects(
    setup(t, root, { probe: false, answers: join(root, "none") }),
    /no such file; it holds a configuration/,
  );
  const installed = otherRoot(t, { "setup.cjs": "", "station.cjs": 'console.error("no tty may be opened\\nmore")' });
  const { argv, execArgv } = process;
  t.after(() => Object.assign(process, { argv, execArgv }));
  Object.assign(process, { argv: [argv[0], join(installed, "setup.cjs")], execArgv: [] });
  await assert.rejects(setup(t, root, {}), {
    name: "StateError",
    message: "the adapters cannot be looked through: no tty may be opened",
  });
  assert.ok(!existsSync(join(root, "etc/solar-station")));
});

import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { INVERTER_LAST } from "../../lib/export/original/inverter-files.ts";
import { pythonJson } from "../../lib/export/original/python-json.ts";
import { readOriginalLine } from "../../lib/export/original/read-line.ts";
import { fill } from "../../lib/export/original/shape.ts";
import { testStation } from "../support/command.ts";
import {
  DAYS,
  END,
  layOut,
  originalFortnight,
  PLANTED,
  START,
  STEP_S,
  stamp,
  ZONE,
} from "../support/original-fortnight.ts";
import { recordedOriginal } from "../support/original-keys.ts";
import { scratchDirectory } from "../support/scratch.ts";

interface Adopted {
  readonly files: readonly {
    path: string;
    lines: number;
    taken: number;
    not_taken: Record<string, number>;
    examples: unknown[];
  }[];
  readonly shadow: {
    readonly apart: readonly { from: number; to: number; ours: string; because: string | null }[];
    readonly alarms: readonly { at: number; id: string; told_at: number | null; values: Record<string, unknown> }[];
  };
}

test("what the original wrote is read back to the registers that it was made of", () => {
  const line = readOriginalLine(recordedOriginal("inverter_last.json"));
  assert.ok(typeof line === "object" && line.kind === "inverter");
  const again = fill(INVERTER_LAST, { raw: line.answer, ts: line.ts, mended: false });
  const { serial, hw_ver, sw_ver, comm_proto_ver, ...was } = JSON.parse(recordedOriginal("inverter_last.json"));
  const { serial: _s, hw_ver: _h, sw_ver: _w, comm_proto_ver: _c, ...is } = JSON.parse(pythonJson(again));
  assert.ok(serial && hw_ver && sw_ver && comm_proto_ver);
  assert.deepEqual(is, was);
  // A power that read 0 and was estimated: Python prints the estimate with a fraction.
  const estimated = recordedOriginal("inverter_last.json").replace('"grid": -112', '"grid": 112.0');
  const zero = readOriginalLine(estimated);
  assert.equal(typeof zero === "object" && zero.kind === "inverter" && zero.answer.grid_power, 0);
  for (const [text, why] of [
    ["{", "no_json"],
    ["[]", "no_device"],
    ['{"cells": {}}', "no_time"],
  ] as const) {
    assert.equal(readOriginalLine(text), why);
  }
});

test("a fortnight of the original's lines is taken whole, and the planted differences are named", async (t) => {
  const root = scratchDirectory(t);
  const fortnight = originalFortnight();
  layOut(root, fortnight);
  const station = testStation(t, "");
  writeFileSync(station.configPath, `station: {state_dir: "${station.folder}", time_zone: "${ZONE}"}\n`);
  const adopt = async (...words: string[]) => {
    const run = await station.run("station", ["adopt", "--root", root, ...words], { now: END + 600 });
    assert.equal(run.code, 0, run.stderr);
    return run.stdout;
  };
  const { files, shadow } = JSON.parse(await adopt("--json", "--from", "20d")) as Adopted;
  // Every line is accounted for: taken once, or named.
  const count = (sum: (file: Adopted["files"][number]) => number) => files.reduce((all, file) => all + sum(file), 0);
  const sampled = fortnight.bms.length + fortnight.inverter.length;
  assert.equal(fortnight.inverter.length, (DAYS * 86_400) / STEP_S);
  assert.equal(
    count(({ taken }) => taken),
    sampled,
    JSON.stringify(files.map(({ path, not_taken }) => [path, not_taken])),
  );
  for (const { lines, taken, not_taken } of files) {
    assert.equal(lines, taken + Object.values(not_taken).reduce((all, one) => all + one, 0));
  }
  const stats = files.find(({ path }) => path.endsWith("tmp/inverter_stats.json"));
  assert.equal(stats?.not_taken.no_json, 2);
  assert.deepEqual(stats?.examples.length, 2);
  assert.equal(
    station.look((store) => store.db.prepare("SELECT count(*) FROM bms_samples").pluck().get()),
    fortnight.bms.length,
  );
  // The hour that autumn has twice is two hours.
  const twice = Date.UTC(2026, 9, 25, 0) / 1000;
  assert.equal(stamp(twice), stamp(twice + 3600));
  assert.equal(
    station.look((store) =>
      store.db
        .prepare("SELECT count(*) FROM inverter_samples WHERE at >= ? AND at < ?")
        .pluck()
        .get(twice, twice + 7200),
    ),
    7200 / STEP_S,
  );
  const hour = (hours: number) => START + hours * 3600;
  const alarm = (id: RegExp, hours: number) =>
    shadow.alarms.find((one) => id.test(one.id) && Math.abs(one.at - hour(hours)) < 3 * 3600);
  assert.deepEqual({ ...alarm(/cell_high/, PLANTED.one_cell_high) }.told_at, null);
  assert.equal(alarm(/cell_high/, PLANTED.one_cell_high)?.values.cell, 7);
  assert.equal(alarm(/data_stale/, PLANTED.short_silence)?.told_at, null);
  const both = alarm(/over_current/, PLANTED.current);
  assert.equal(both, undefined, "60 A or 0.6 of 280 Ah: ours is not told below 168 A");
  const late = alarm(/data_stale/, PLANTED.long_silence);
  assert.ok(late?.told_at && late.told_at - late.at > 1800, JSON.stringify(late));
  const blind = shadow.apart.find(
    ({ from, to }) => from < hour(PLANTED.long_silence + 3) && to > hour(PLANTED.long_silence + 1),
  );
  assert.equal(blind?.ours, "on", JSON.stringify(shadow.apart));
  const text = await adopt("--from", "3d");
  assert.match(text, /0 of \d+ lines taken, \d+ stored already/);
  assert.match(text, /inverter_stats\.json:\d+: no whole JSON object/);
  // Of the last three days only the long silence is left, of which it told late.
  assert.match(text, /alarms that it did not tell: \d/);
});

test("its settings by pattern, its cron and processes; --switch takes over and --back returns, each once", async (t) => {
  const root = scratchDirectory(t);
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };
  put(
    "usr/sbin/batmon.php",
    [
      "<?php",
      "  // if ($v_min < 2.2)",
      "  $offgrid_start = 3.34;",
      "  if ($elps > 5) die();",
      "  if ($v_min < 3.05) send_event('ALERT', 'low');",
      "  if ($v_min > 3.55) send_event('ALERT', 'high');",
      "  if (abs($obj->battery_current) > 50) {",
      "  $pow_min = 640;",
      "  if (0 == $cfg->ongrid_switch && $v_min <= 3.21) {",
      "  if ($v_min >= $offgrid_start && $chg_pow >= $pow_min || $v_min >= 3.5) {",
    ].join("\n"),
  );
  put("root/mqtt-client.php", "<?php\n  $server   = 'ha.home.example';\n  $port     = 1884;\n");
  put(
    "usr/sbin/pv1800_ctrl.py",
    "SLAVE_ID = 0x05\nDEVICE = \"/dev/ttyINV0\"\nBAUDRATE = 19200\nCMD_FILE = '/root/inverter_cmd.lst'\n",
  );
  put("usr/sbin/jkbms_ctrl.py", "port = '/dev/ttyBMS0'\nspeed = 115200\n");
  put("etc/MQTT_creds", "ha s3cret\n", 0o600);
  put("etc/telebot", "http://bot.home.example:8080\n");
  const crontab =
    "MAILTO=me\n*/5 * * * * /usr/sbin/pool_devices.sh\n*/5 * * * * /usr/sbin/batmon.php 3.30\n0 5 * * * /usr/bin/certbot renew\n";
  put("var/spool/cron/crontabs/root", crontab, 0o600);
  put("root/inverter_cmd.lst", "20113=>50\n");
  const state = "/var/lib/solar-station";
  const station = testStation(t, "");
  writeFileSync(station.configPath, "");
  const adopt = (...words: string[]) =>
    station.run("station", ["adopt", "--root", root, ...words], { env: { TZ: ZONE } });
  const dry = await adopt("--dry-run");
  assert.equal(dry.code, 0, dry.stderr);
  for (const line of [
    /batmon\.php:5: lowest cell below, V 3\.05 -> alerts\.cell_emergency\.raise_below: 3\.05\n/,
    /batmon\.php:6: high cell above.* 3\.55 -> alerts\.cell_high\.raise_above: 3\.55/,
    /batmon\.php:3: off the grid from the lowest cell, V 3\.34 not taken over: .*the owner's own/,
    /mqtt-client\.php:2: broker ha\.home\.example -> mqtt\.url/,
    /! .*jkbms_ctrl\.py: its baud rate was not recognised/,
    /! .*crontabs\/root:2: .*pool_devices\.sh/,
  ])
    assert.match(dry.stdout, line);
  assert.doesNotMatch(dry.stdout, /s3cret|2\.2/);
  const first = await adopt("--switch");
  assert.equal(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stdout, /s3cret/);
  const config = parse(readFileSync(join(root, "etc/solar-station/config.yaml"), "utf8"));
  assert.deepEqual(config.inverter, { port: "/dev/ttyINV0", slave: 5 });
  assert.deepEqual(config.alerts, {
    data_stale: { older_than: 300 },
    cell_emergency: { raise_below: 3.05 },
    cell_high: { raise_above: 3.55 },
    over_current: { raise_above: 50, capacity_share: 0.1 },
  });
  assert.deepEqual(config.mqtt, {
    enabled: true,
    url: "mqtt://ha.home.example:1884",
    password_file: "/etc/solar-station/mqtt-password",
    original_topics: true,
  });
  assert.equal(config.notify.reg_event.url, "http://bot.home.example:8080/reg_event.php");
  assert.equal(statSync(join(root, "etc/solar-station/mqtt-password")).mode & 0o777, 0o600);
  const stopped = readFileSync(join(root, "var/spool/cron/crontabs/root"), "utf8");
  assert.match(stopped, /^#stopped by station adopt: \*\/5 .*pool_devices/m);
  assert.match(stopped, /^0 5 .*certbot/m);
  assert.equal(statSync(join(root, "var/spool/cron/crontabs/root")).mode & 0o777, 0o600);
  const ours = readFileSync(join(root, "etc/cron.d/solar-station"), "utf8");
  assert.match(ours, /^\* .* {2}command -v station >\/dev\/null \|\| exit 0; station export --format original$/m);
  // Who writes into the original's file still gives orders; what waited there was handed over.
  const link = join(root, "root/inverter_cmd.lst");
  assert.equal(readlinkSync(link), `${state}/inverter_cmd.lst`);
  assert.equal(readFileSync(join(root, state, "inverter_cmd.lst"), "utf8"), "20113=>50\n");
  const again = await adopt("--switch");
  assert.equal(again.code, 0, again.stderr);
  assert.equal(again.stdout.match(/^done: /gm)?.length, 1, again.stdout);
  assert.equal(readFileSync(join(root, state, "inverter_cmd.lst"), "utf8"), "20113=>50\n");
  const back = await adopt("--back");
  assert.equal(back.code, 0, back.stderr);
  assert.equal(readFileSync(join(root, "var/spool/cron/crontabs/root"), "utf8"), crontab);
  assert.ok(!lstatSync(link, { throwIfNoEntry: false }));
  assert.ok(existsSync(join(root, "etc/solar-station/config.yaml")));
  assert.doesNotMatch(readFileSync(join(root, "etc/cron.d/solar-station"), "utf8"), /^[^#\n]*\*/m);
});

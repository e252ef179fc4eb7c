import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { parseConfig } from "../../lib/config/load.ts";
import type { ConstantName, Originals } from "../../lib/export/original/scripts.ts";
import { adoptText } from "../../lib/setup/adopt-text.ts";
import { cronText } from "../../lib/setup/schedule.ts";
import { cronFilesToChange, stillRunning } from "../../lib/setup/still-running.ts";
import { takenOver, takenOverConfig } from "../../lib/setup/taken-over.ts";
import { SETUP } from "../../lib/words/setup-en.ts";
import { orderStation } from "../support/orders.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { waitFor } from "../support/wait.ts";
import { assertForPeople } from "../words/support.ts";

/** What was found in the original's scripts: these constants, and the way each is called with us. */
function originals(values: Partial<Record<ConstantName, string>>, more: Partial<Originals> = {}): Originals {
  const ours: Partial<Record<ConstantName, string>> = {
    ...{ cell_low: "alerts.cell_emergency.raise_below", cell_high: "alerts.cell_high.raise_above" },
    ...{ current: "alerts.over_current.raise_above", stale: "alerts.data_stale.older_than" },
  };
  const constants = Object.entries(values).map(([name, value]) => ({
    ...{ name: name as ConstantName, value, where: `/x/${name}:1`, isUsual: true },
    ours: ours[name as ConstantName] ?? null,
  }));
  const nothing = {
    root: "/",
    scripts: { "batmon.php": "/x/batmon.php" },
    unrecognised: [],
    creds: null,
    telebot: null,
  };
  return { ...nothing, constants, ...more };
}

test("a threshold of the original is taken over where it warns earlier than ours, and only there", () => {
  for (const [name, value, ours, note] of [
    ["cell_low", "3.05", "alerts.cell_emergency.raise_below: 3.05", null],
    ["cell_low", "2.7", null, "ours warns at 3 V in two records, at 2.9 V at once"],
    ["cell_low", "3.2", null, "ours warns at 3 V in two records, at 2.9 V at once"],
    ["cell_high", "3.55", "alerts.cell_high.raise_above: 3.55", null],
    ["cell_high", "3.65", null, "ours warns at 3.6 V, and of the highest cell"],
    [
      "current",
      "50",
      "alerts.over_current.raise_above: 50",
      "with alerts.over_current.capacity_share: 0.1, so that it counts",
    ],
    ["current", "90", null, "ours warns earlier: 60 A"],
    ["stale", "5", "alerts.data_stale.older_than: 300", null],
    ["stale", "15", null, "ours warns as early, 10 min, and counts minutes as minutes"],
  ] as const) {
    const [found] = takenOver(originals({ [name]: value }));
    const told = found?.note ? SETUP.adopt.notes[found.note.code](found.note.limit) : null;
    assert.deepEqual([found?.ours, told], [ours, note], `${name} ${value}`);
  }
});

test("of a station without a broker, alarms of its own or speeds of its own nothing is written about them", () => {
  const usual = originals({
    bms_port: "/dev/ttyBMS0",
    inverter_port: "/dev/ttyINV0",
    inverter_baud: "19200",
    stale: "15",
  });
  const { station: _station, ...config } = parse(takenOverConfig(usual, SETUP));
  assert.deepEqual(config, {
    inverter: { port: "/dev/ttyINV0" },
    bms: [{ name: "bms", port: "/dev/ttyBMS0" }],
    export: { original_dir: "/tmp" },
  });
  const text = takenOverConfig(originals({ mqtt_host: "ha.example", inverter_slave: "0x05" }), SETUP);
  assert.match(text, /^# inverter: .*not found yet/m);
  assert.deepEqual(parse(text).mqtt, { enabled: true, url: "mqtt://ha.example:1883", original_topics: true });
  const own = originals({
    bms_port: "/dev/ttyBMS0",
    bms_baud: "9600",
    inverter_port: "/dev/ttyINV0",
    inverter_baud: "9600",
  });
  const { bms, inverter } = parseConfig(takenOverConfig(own, SETUP), "config.yaml");
  assert.deepEqual([bms[0]?.baud, inverter.baud], [9600, 9600]);
});

test("adopt tells what is here and what not: secrets, unreadable files, and days on which both would have acted otherwise", (t) => {
  const { context } = orderStation(t);
  const russian = orderStation(t, { station: { state_dir: scratchDirectory(t), lang: "ru" } }).context;
  const report = { path: "/tmp/x.json", lines: 0, taken: 0, not_taken: {}, examples: [], from: null, to: null };
  const shadow = {
    ...{ from: 1_800_000_000, to: 1_800_086_400, alarms: [] },
    ...{ real: { switches: 2, off_grid_hours: 7 }, ours: { switches: 1, off_grid_hours: 8.25 } },
    apart: [
      { from: 1_800_003_600, to: 1_800_009_000, ours: "off", because: null },
      { from: 1_800_010_800, to: 1_800_012_600, ours: "on", because: "battery at 20 %" },
    ],
  };
  const told = (found: Originals, more: object = {}) =>
    adoptText({
      ...{ context, config: context.config, originals: found, taken: takenOver(found), reports: [] },
      ...{ running: { cron: [], processes: [], ports: [] }, shadow: null, ...more },
    });
  const bare = told(originals({}));
  assert.match(bare, /^Its lines: no file is here/m);
  assert.match(bare, /^Nothing of the original runs here\.$/m);
  assert.match(bare, /^Ours beside it: nothing to compare yet/m);
  assert.doesNotMatch(bare, /password_file|reg_event/);
  const secrets = { creds: "/etc/MQTT_creds", telebot: { path: "/etc/telebot", url: "http://bot.example" } };
  const full = told(originals({ stale: "5" }, secrets), {
    reports: [{ ...report, trouble: "EACCES: permission denied" }],
    running: { cron: [], processes: [], ports: [{ port: "/dev/ttyINV0", pid: 77, command: "minicom" }] },
    shadow,
  });
  for (const line of [
    "  /etc/MQTT_creds -> mqtt.password_file, a copy that only the station reads",
    "  /etc/telebot -> notify.reg_event.url",
    "!   /tmp/x.json: EACCES: permission denied",
    "! /dev/ttyINV0 is held by process 77: minicom",
    "  it switched 2 times and was off the grid for 7.0 h; our rules: once, 8.3 h",
    "  2027-01-15 09:00, 1.5 h: ours off the grid; the original moved, ours saw no reason",
    "  2027-01-15 11:00, 0.5 h: ours on the grid; battery at 20 %",
  ]) {
    assert.ok(full.split("\n").includes(line), `${line}\n${full}`);
  }
  assert.match(told({ ...originals({}), scripts: {} }), /^none of the original's scripts is here/);
  const everything = told(originals({ cell_low: "2.7", current: "40", off_grid: "3.34" }, secrets), {
    ...{ context: russian, config: russian.config, shadow },
    reports: [{ ...report, lines: 3, taken: 1, not_taken: { future: 2 }, examples: [{ line: 2, why: "future" }] }],
    running: { cron: [], processes: [], ports: [{ port: "/dev/ttyINV0", pid: 77, command: "minicom" }] },
  });
  assert.match(
    everything,
    /^ {2}исходные скрипты переключали 2 раза и были без сети 7,0 ч; наши правила: 1 раз, 8,3 ч$/m,
  );
  const typed = /\/\S+|\b[a-z]+[._]\S+|`[^`]*`|--\w+|minicom|adopt|cron|battery at|->/g;
  for (const line of everything.split("\n"))
    assertForPeople(line.replace(/^[! ]+/, "").replaceAll(typed, "1"), "ru", line);
});

test("a program of somebody else's that has the device open is named", async (t) => {
  const folder = scratchDirectory(t);
  const port = join(folder, "ttyINV0");
  writeFileSync(port, "");
  const held = openSync(port, "r");
  const child = spawn("sleep", ["60"], { stdio: [held, "ignore", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  closeSync(held);
  const { ports } = await waitFor(() => {
    const found = stillRunning("/", [port, join(folder, "ttyGone")]);
    return found.ports.some(({ command }) => command === "sleep 60") ? found : null;
  });
  assert.deepEqual(ports, [{ port, pid: child.pid, command: "sleep 60" }]);
});

test("a folder where a crontab is expected has no lines; comments and other people's lines stay", (t) => {
  const root = scratchDirectory(t);
  mkdirSync(join(root, "etc/cron.d/folder"), { recursive: true });
  writeFileSync(join(root, "etc/crontab"), "# batmon.php\n5 * * * * root certbot\n");
  assert.deepEqual(stillRunning(root, []), { cron: [], processes: [], ports: [] });
  assert.deepEqual(cronFilesToChange(root, "stopped"), []);
  writeFileSync(join(root, "etc/crontab"), "* * * * * root batmon.php 3.3\n");
  assert.deepEqual(cronFilesToChange(root, "stopped"), [
    { path: join(root, "etc/crontab"), text: "#stopped by station adopt: * * * * * root batmon.php 3.3\n" },
  ]);
});

test("a crontab of a user has no column for the user", () => {
  const on = new Set(["batmon"]);
  assert.match(cronText({ on, user: null }), /^\* \* \* \* \* {3}command -v batmon >\/dev\/null \|\| exit 0; batmon$/m);
  assert.match(cronText({ on, user: "solar" }), /^\* \* \* \* \* {3}solar {2}command -v batmon /m);
});

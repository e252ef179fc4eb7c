import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { udevRule } from "../../lib/support/port-checks.ts";
import { type TestStation, testStation } from "../support/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { freePort, startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";
import { storeSunnyDays } from "../support/sunny-days.ts";
import { waitFor } from "../support/wait.ts";

/** 2026-06-21 10:00 UTC. */
const NOW = Date.UTC(2026, 5, 21, 10) / 1000;

function sunnyStation(t: TestContext, days: number, sections = ""): TestStation {
  const station = testStation(t, sections);
  const store = openStore(join(station.folder, "station.db"));
  storeSunnyDays(store, NOW - days * 86_400, NOW - 29);
  store.close();
  return station;
}

test("status: one screen, JSON, one value", async (t) => {
  const station = sunnyStation(t, 1);
  const { stdout, code } = await station.run("station", ["status"], { now: NOW });
  assert.equal(code, 0);
  assert.match(stdout, /Sun +2,592 W/);
  assert.match(stdout, /Cells .* 3\.243 V \(12\) … 3\.259 V \(5\), spread 16 mV/);
  assert.ok(!stdout.includes("\u001b"), "no colours where there is no terminal");
  const json = JSON.parse((await station.run("station", ["status", "--json"], { now: NOW })).stdout);
  assert.equal(json.inverter.work_state, "off_grid");
  assert.equal(json.bms.cell_max_number, 5);
  assert.equal((await station.run("station", ["status", "bms.soc"], { now: NOW })).stdout, "60\n");
  assert.equal((await station.run("station", ["status", "energy.today.load_energy"], { now: NOW })).stdout, "4.9\n");
});

test("status: a value that is too old is not told", async (t) => {
  const station = sunnyStation(t, 1);
  const late = await station.run("station", ["status", "bms.soc"], { now: NOW + 3600 });
  assert.equal(late.code, 69);
  assert.equal(late.stdout, "");
  assert.match(late.stderr, /bms: no sample younger than 180 s \(the last is 3\d\d\d s old\)/);
  const wrong = await station.run("station", ["status", "bms.nope"], { now: NOW });
  assert.equal(wrong.code, 64);
  assert.match(wrong.stderr, /there is no bms\.nope; bms has: .*soc/);
});

test("status --watch draws again until it is stopped", async (t) => {
  const station = sunnyStation(t, 1);
  const { child, finished } = station.start("station", ["status", "--watch", "1s"], { now: NOW });
  let text = "";
  child.stdout.on("data", (part) => (text += part));
  await waitFor(() => (text.match(/Sun +2,592 W/g)?.length ?? 0) >= 2, "two screens");
  child.kill("SIGINT");
  await finished;
});

test("history: lines with their limits, states by share, CSV, JSON, days", async (t) => {
  const station = sunnyStation(t, 3);
  const run = (...args: string[]) => station.run("station", ["history", ...args], { now: NOW });
  assert.match((await run("--columns", "pv_power,work_state")).stdout, /PV power .*max 3000 W[\s\S]*off_grid 100 %/);
  const csv = (await run("--csv", "--from", "2h", "--every", "30m", "--columns", "bms.soc,cell_05")).stdout.trimEnd();
  assert.deepEqual(csv.split("\n").slice(0, 2), ["time,bms.soc,cell_05", "2026-06-21T08:00:00Z,60,3.259"]);
  const days = JSON.parse(
    (await run("--from", "2026-06-19", "--every", "1d", "--columns", "load_power", "--json")).stdout,
  );
  assert.deepEqual(
    days.rows.map(([, load]: [number, number]) => load),
    [500, 500, 500],
  );
  assert.match((await run("--chart", "--columns", "pv_power")).stdout, /3000|2\d\d\d ┤/);
});

test("history: what cannot be answered is refused by name", async (t) => {
  const station = sunnyStation(t, 1);
  const run = (...args: string[]) => station.run("station", ["history", ...args], { now: NOW });
  for (const [args, message] of [
    [["--columns", "battery_current"], /ambiguous: inverter\.battery_current or bms\.battery_current/],
    [["--columns", "volts"], /no device has a column "volts"/],
    [["--from", "noonish"], /"noonish" is no moment/],
    [["--from", "now", "--to", "2h"], /--from now is not before --to 2h/],
    [["--from", "9000d", "--every", "1s"], /more than 200000 steps/],
  ] as const) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 64, args.join(" "));
    assert.match(stderr, message);
  }
});

test("report: day, month and year add up; days without samples are counted, not zero", async (t) => {
  const station = sunnyStation(t, 3);
  const run = async (...args: string[]) =>
    JSON.parse((await station.run("station", ["report", ...args, "--json"], { now: NOW })).stdout);
  const day = await run("day", "2026-06-20");
  assert.ok(Math.abs(day.total.load_energy - 12) < 0.15, `${day.total.load_energy}: counters step by 0.1 kWh`);
  assert.ok(Math.abs(day.total.pv_energy - 22.9) < 0.15, `${day.total.pv_energy}`);
  const month = await run("month");
  assert.equal(month.rows.length, 21);
  assert.equal(month.rows[0].pv_energy, null);
  assert.equal(month.total.days, 4);
  const sum = month.rows.reduce(
    (total: number, row: { load_energy: number | null }) => total + (row.load_energy ?? 0),
    0,
  );
  assert.ok(Math.abs(sum - month.total.load_energy) < 1e-6);
  const year = await run("year");
  assert.deepEqual(
    year.rows.map((row: { period: string }) => row.period),
    ["2026-06"],
  );
  assert.equal((await station.run("station", ["report", "month", "2026-13"], { now: NOW })).code, 64);
});

test("export: cursors lose nothing and repeat what was not committed", async (t) => {
  const station = sunnyStation(t, 1, "export: {batch_rows: 500}");
  const run = (...args: string[]) => station.run("station", ["export", ...args], { now: NOW });
  const times = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => Number(line.split(" ").at(-1)));
  const first = (await run("-f", "influx", "--cursor", "home")).stdout;
  assert.equal(first.trimEnd().split("\n").length, 500);
  assert.equal((await run("-f", "influx", "--cursor", "home")).stdout, first, "not committed: the same again");
  assert.equal((await run("--commit", "home")).code, 0);
  const seen = new Set(times(first));
  let lines = 500;
  for (;;) {
    const { stdout } = await run("-f", "influx", "--cursor", "home");
    if (stdout === "") break;
    assert.ok(!seen.has(times(stdout)[0] as number), "goes on behind what was committed");
    for (const at of times(stdout)) seen.add(at);
    lines += stdout.trimEnd().split("\n").length;
    await run("--commit", "home");
  }
  assert.equal(lines, 2 * 1440, "every sample of both devices, once");
});

test("export: files appear whole; formats need what they need", async (t) => {
  const station = sunnyStation(t, 1);
  const run = (...args: string[]) => station.run("station", ["export", ...args], { now: NOW });
  const prom = join(station.folder, "out", "station.prom");
  assert.equal((await run("-f", "prometheus", "-o", prom)).stdout, "", "silent under cron");
  assert.match(readFileSync(prom, "utf8"), /solar_station_bms_soc_percent\{device="bms"\} 60/);
  assert.equal((await run("-f", "original")).code, 0);
  const files = ["inverter_accum.json", "inverter_last.json", "jkbms_last.json"];
  // The statistics of the original grow by a line beside them.
  const names = [...files, "inverter_stats.json", "jkbms_stats.json"].sort();
  assert.deepEqual(readdirSync(join(station.folder, "export")).sort(), names);
  const csv = await run("-f", "csv", "--device", "bms", "--from", "5m");
  assert.ok(csv.stdout.split("\n")[0]?.split(",").includes("cell_16"));
  assert.equal((await run("-f", "csv")).code, 64);
  assert.match(
    (await run("-f", "jsonl", "--device", "nobody")).stderr,
    /no device is called "nobody"; there are: inverter, bms/,
  );
});

test("decode, config and their exit codes", async (t) => {
  const station = testStation(t, "");
  const good = await station.run("station", ["decode", "04036271004f4bc8"]);
  assert.equal(good.code, 0);
  assert.match(good.stdout, /25201 work_state/);
  assert.equal((await station.run("station", ["decode", "0403627100ff4bc8"])).code, 76);
  assert.equal((await station.run("station", ["decode", "xyz"])).code, 64);
  assert.match((await station.run("station", ["config", "check"])).stdout, /config\.yaml: valid/);
  assert.match((await station.run("station", ["config", "show"])).stdout, new RegExp(`state_dir: ${station.folder}`));
  writeFileSync(station.configPath, "page: {refesh_s: 5}\ninverter: {baud: fast}\n");
  const bad = await station.run("station", ["config", "check"]);
  assert.equal(bad.code, 78);
  assert.match(bad.stderr, /config\.yaml:1: page\.refesh_s: unknown key; did you mean refresh_s\?/);
  assert.match(bad.stderr, /config\.yaml:2: inverter\.baud/);
});

test("the example is a valid configuration", async (t) => {
  const station = testStation(t, "");
  const { stdout } = await station.run("station", ["config", "example"]);
  writeFileSync(station.configPath, stdout);
  assert.equal((await station.run("station", ["config", "check"])).code, 0);
});

test("doctor: a healthy station, then what goes wrong is named with what to do", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const station = testStation(
    t,
    `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{port: "${bms.url}", poll_gap_ms: 20}]`,
    // Doctor wants the state on a disk.
    "/var/tmp",
  );
  await station.run("pv1800-dump");
  await station.run("jkbms-dump");
  type Check = { name: string; level: string; text: string; hint: string | null };
  const look = async () => {
    const { stdout, code } = await station.run("station", ["doctor", "--json"]);
    const checks = new Map((JSON.parse(stdout).checks as Check[]).map((check) => [check.name, check]));
    for (const check of checks.values()) {
      assert.equal(
        check.hint !== null,
        check.level === "warn" || check.level === "fail",
        `${check.name} says what to do`,
      );
    }
    return { checks, code };
  };
  const well = await look();
  for (const name of ["inverter", "inverter identity", "bms", "bms dialect", "state file", "job pv1800-dump"]) {
    assert.equal(well.checks.get(name)?.level, "ok", `${name}: ${well.checks.get(name)?.text}`);
  }
  assert.match(well.checks.get("bms")?.text ?? "", /5 good and 0 bad answers, 16 cells/);
  assert.equal(well.checks.get("job batmon")?.level, "warn");
  assert.equal(well.code, 0, JSON.stringify([...well.checks.values()].filter(({ level }) => level === "fail")));
  assert.deepEqual(inverter.log.forbidden(), []);

  const secret = join(station.folder, "mqtt.secret");
  writeFileSync(secret, "hunter2\n");
  chmodSync(secret, 0o644);
  const nobody = await freePort();
  writeFileSync(
    station.configPath,
    `station: {state_dir: "${station.folder}"}\ninverter: {port: "tcp://127.0.0.1:${nobody}"}\nbms: []\n` +
      `mqtt: {enabled: true, url: "mqtt://127.0.0.1:${nobody}", username: me, password_file: "${secret}"}\n`,
  );
  const ill = await look();
  assert.equal(ill.code, 69);
  assert.equal(ill.checks.get("mqtt.password_file")?.level, "fail");
  assert.match(ill.checks.get("mqtt.password_file")?.hint ?? "", /chmod 600/);
  assert.equal(ill.checks.get("broker")?.level, "fail");
  assert.notEqual(ill.checks.get("inverter")?.level, "ok");
  assert.doesNotMatch(JSON.stringify([...ill.checks.values()]), /hunter2/);
});

test("doctor: a broker that listens, a Telegram token that is wrong, and no token is ever shown", async (t) => {
  const broker = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  t.after(() => broker.close());
  const bot = createServer((socket) => {
    socket.once("data", () =>
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"),
    );
  }).listen(0, "127.0.0.1");
  t.after(() => bot.close());
  await waitFor(() => broker.listening && bot.listening);
  const portOf = (server: typeof broker) => (server.address() as { port: number }).port;
  const token = join(scratchDirectory(t), "token");
  writeFileSync(token, "123456:SECRET-TOKEN\n", { mode: 0o600 });
  const station = testStation(
    t,
    `mqtt: {enabled: true, url: "mqtt://127.0.0.1:${portOf(broker)}"}\n` +
      `notify: {telegram: {token_file: "${token}", chat_ids: [1], api_base: "http://127.0.0.1:${portOf(bot)}"}}`,
  );
  const { stdout, stderr } = await station.run("station", ["doctor", "--no-probe"]);
  assert.match(stdout, /ok +broker +127\.0\.0\.1:\d+ answers/);
  assert.match(stdout, /FAIL +telegram +the server answered 401\n +→ ask @BotFather/);
  assert.doesNotMatch(stdout + stderr, /SECRET-TOKEN/);
});

test("doctor: the owner of a Russian station reads Russian; programs find the names of before", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const station = testStation(t, "");
  const sections = `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{port: "${station.folder}/ttyGone"}]`;
  writeFileSync(station.configPath, `station: {state_dir: "${station.folder}", lang: ru}\n${sections}\n`);
  await station.run("pv1800-dump");
  const { stdout, stderr, code } = await station.run("station", ["doctor"]);
  assert.equal(code, 69);
  assert.match(stderr, /^station doctor: error: сбой в \d+ из \d+ проверок$/m);
  assert.match(stdout, /^ок +файл состояния +0,\d.МиБ, 1 замер, повреждений нет$/m);
  assert.match(stdout, /^ок +модель инвертора +PV1800, прошивка [\d.]+, протокол [\d.]+$/m);
  assert.match(stdout, /^важно +задание batmon +ещё не запускалось\n +→ его включит sudo station setup; /m);
  assert.match(stdout, /^СБОЙ +порт BMS +\S+ttyGone: такого порта нет\n +→ \S/m);
  type Check = { name: string; level: string; code: string; text: string };
  const told = JSON.parse((await station.run("station", ["doctor", "--no-probe", "--json"])).stdout);
  const of = (name: string) => (told.checks as Check[]).find((check) => check.name === name);
  assert.deepEqual(Object.keys(told.checks[0]), ["name", "level", "code", "text", "hint"]);
  assert.deepEqual(
    [of("job batmon")?.level, of("job batmon")?.code, of("job batmon")?.text],
    ["warn", "job_never", "ещё не запускалось"],
  );
  assert.equal(of("port bms")?.code, "port_missing");
});

test("doctor: the udev rule names an adapter by its serial number, or by its socket when it has none", (t) => {
  const root = scratchDirectory(t);
  const usb = join(root, "devices", "1-1.2");
  mkdirSync(join(usb, "1-1.2:1.0", "ttyUSB0"), { recursive: true });
  mkdirSync(join(root, "tty", "ttyUSB0"), { recursive: true });
  symlinkSync(join(usb, "1-1.2:1.0", "ttyUSB0"), join(root, "tty", "ttyUSB0", "device"));
  writeFileSync(join(usb, "idVendor"), "1a86\n");
  writeFileSync(join(usb, "idProduct"), "7523\n");
  const common = 'SUBSYSTEM=="tty", ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523"';
  assert.equal(
    udevRule("/dev/ttyUSB0", "inverter", join(root, "tty")),
    `${common}, KERNELS=="1-1.2", SYMLINK+="solar-inverter"`,
  );
  writeFileSync(join(usb, "serial"), 'A10"0KLM\n');
  assert.equal(
    udevRule("/dev/ttyUSB0", "bms", join(root, "tty")),
    `${common}, ATTRS{serial}=="A100KLM", SYMLINK+="solar-bms"`,
  );
  assert.equal(udevRule("/dev/ttyUSB9", "bms", join(root, "tty")), null);
  assert.equal(existsSync(join(root, "tty", "ttyUSB9")), false);
});

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { latestJobRun } from "../../lib/store/jobs.ts";
import { countWaiting } from "../../lib/store/outbox.ts";
import { deadBase, type FakeService, startService, TELEGRAM_OK } from "../publish/notifiers-support.ts";
import { batmonStation } from "../support/batmon.ts";
import { type CommandOptions, type TestStation, testStation } from "../support/command.ts";
import { feed, savePlantSamples } from "../support/plant-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;
const TOKEN = "123456789:AAF-secret_token_of_the_test";

function tokenFile(t: TestContext, mode = 0o600): string {
  const path = join(scratchDirectory(t), "token");
  writeFileSync(path, `${TOKEN}\n`);
  chmodSync(path, mode);
  return path;
}

function telegram(t: TestContext, api_base: string, mode?: number): string {
  return `notify: {telegram: {token_file: ${tokenFile(t, mode)}, chat_ids: [42], api_base: "${api_base}"}}`;
}

/** A minute with trouble that is told at once: samples of the inverter only. */
async function trouble(station: TestStation, at: number, options: CommandOptions = {}) {
  feed(station, at, at + 1, { without: ["bms"] });
  return station.run("batmon", [], { now: at + 5, ...options });
}

/** What was said; the report's picture is sent beside its words and is not among them. */
function texts(service: FakeService): string[] {
  const said = service.received.filter(({ url }) => !url.endsWith("/sendPhoto"));
  return said.map(({ body }) => JSON.parse(body).text as string);
}

for (const form of ["bundled", "source"] as const) {
  test(`an alert reaches Telegram with the time of its event (${form})`, async (t) => {
    const service = await startService(t);
    const station = testStation(t, telegram(t, service.base));
    feed(station, NOON - 1200, NOON - 900, {});
    const { code, stderr } = await trouble(station, NOON, { form });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(texts(service), [
      "12:00 Warning: No fresh data of the BMS: the newest is 16\u00a0min old. It was on the grid when last seen.",
    ]);
    assert.equal(service.received[0]?.url, `/bot${TOKEN}/sendMessage`);
    assert.equal((await trouble(station, NOON + 60, { form })).code, 0);
    assert.equal(service.received.length, 1, "told once");
  });
}

test("a wrong token: clear words once, the token nowhere, the rules untouched", async (t) => {
  const service = await startService(t, {
    status: 401,
    body: { ok: false, error_code: 401, description: "Unauthorized" },
  });
  const station = testStation(t, `${telegram(t, service.base)}\nbatmon: {mode: on-grid}`);
  const off = { on_grid: false, soc: 70 } as const;
  feed(station, NOON - 1200, NOON - 900, off);
  feed(station, NOON, NOON + 1, { ...off, without: ["bms"] });
  const first = await station.run("batmon", ["-vv"], { now: NOON + 5 });
  assert.equal(first.code, 69);
  assert.match(first.stderr, /telegram:42 takes no messages any more: .*Unauthorized/);
  assert.match(first.stderr, /error: telegram:42 takes no messages: .*Unauthorized/);
  assert.match(readFileSync(join(station.folder, "inverter_cmd.lst"), "utf8"), /^20105=1 by batmon/);
  const second = await station.run("batmon", [], { now: NOON + 65 });
  assert.deepEqual([second.code, second.stderr], [69, ""], "cron has heard it");
  const stored = readFileSync(join(station.folder, "station.db")).toString("latin1");
  for (const place of [first.stderr, first.stdout, second.stdout, stored]) assert.ok(!place.includes(TOKEN));
  assert.ok(!place(station).includes("AAF-secret"));
  // Once it is mended, nothing was lost.
  service.reply = TELEGRAM_OK;
  const later = await station.run("batmon", [], { now: NOON + 7 * 3600 });
  assert.equal(later.code, 0);
  assert.match(later.stderr, /^batmon: recovered: /);
  assert.match(texts(service).join("\n"), /No fresh data of the BMS/);
});

/** What the runs left in the state file about themselves. */
function place(station: TestStation): string {
  return JSON.stringify(station.look((store) => latestJobRun(store, "batmon")));
}

test("a token file that others can read is 78, after the rules have acted", async (t) => {
  const service = await startService(t);
  const station = testStation(t, `${telegram(t, service.base, 0o644)}\nbatmon: {mode: on-grid}`);
  feed(station, NOON - 600, NOON, { on_grid: false });
  const { code, stderr } = await station.run("batmon", [], { now: NOON });
  assert.equal(code, 78);
  assert.match(stderr, /mode 644 lets others read the secret; run: chmod 600/);
  assert.match(readFileSync(join(station.folder, "inverter_cmd.lst"), "utf8"), /^20105=1 by batmon/);
  assert.equal(service.received.length, 0);
});

test("--test-message goes through every channel and says what failed", async (t) => {
  const service = await startService(t);
  const kmsg = join(scratchDirectory(t), "kmsg");
  writeFileSync(kmsg, "");
  const station = testStation(
    t,
    telegram(t, service.base).replace(
      /}}$/,
      `}, reg_event: {url: "${service.base}/reg_event.php"}, kmsg: {enabled: true, path: ${kmsg}}}`,
    ),
  );
  const good = await station.run("batmon", ["--test-message"]);
  assert.deepEqual([good.code, good.stdout], [0, "telegram:42: sent\nreg_event: sent\nkmsg: sent\n"]);
  const asked = new URL(service.received[1]?.url ?? "", service.base).searchParams;
  assert.deepEqual(
    [...asked],
    [
      ["tag", "REPORT"],
      ["host", hostname()],
      ["value", "0"],
      ["flags", "0"],
    ],
  );
  assert.match(readFileSync(kmsg, "utf8"), /^<6>solar-station: Solar station: a test message of batmon\.$/m);
  service.reply = { status: 500 };
  const bad = await station.run("batmon", ["--test-message", "--json"]);
  assert.equal(bad.code, 69);
  assert.deepEqual(
    JSON.parse(bad.stdout).channels.map(({ ok }: { ok: boolean }) => ok),
    [false, false, true],
  );
  assert.ok(!bad.stderr.includes(TOKEN) && !bad.stdout.includes(TOKEN));
});

test("the dead man's switch is pinged after good runs only, and not each minute", async (t) => {
  const service = await startService(t, { status: 200 });
  const secret = join(scratchDirectory(t), "ping");
  writeFileSync(secret, `${service.base}/ping/secret-id\n`, { mode: 0o600 });
  const station = testStation(t, `notify: {dead_man: {url_file: ${secret}, every_s: 120}}`);
  feed(station, NOON - 600, NOON, {});
  for (const at of [NOON, NOON + 60, NOON + 125]) {
    assert.equal((await station.run("batmon", [], { now: at })).code, 0);
  }
  assert.deepEqual(
    service.received.map(({ method, url }) => `${method} ${url}`),
    ["GET /ping/secret-id", "GET /ping/secret-id"],
  );
  await station.run("batmon", ["--dry-run"], { now: NOON + 600 });
  await station.run("batmon", ["--why"], { now: NOON + 600 });
  assert.equal(service.received.length, 2);
  service.reply = { status: 500 };
  const unreached = await station.run("batmon", [], { now: NOON + 900 });
  assert.deepEqual([unreached.code, unreached.stderr], [0, ""], "the watch service's own trouble is no failure");
});

test("with the network down for a day nothing is lost, and one summary and the open alarm arrive", async (t) => {
  const base = await deadBase();
  const service = await startService(t);
  const notify = (api_base: string) => ({
    telegram: { token_file: tokenFile(t), chat_ids: [42], api_base },
  });
  const station = batmonStation(t, { notify: notify(base), batmon: { report_hour: 20 } });
  station.now = NOON;
  await station.pass(5);
  // The day has its troubles: BMS away for an hour, back, later away for good.
  await station.pass(24, { without: ["bms"] }, 300);
  await station.pass(120, {}, 300);
  const before = await station.pass(144, { without: ["bms"] }, 300);
  assert.match(String(before?.failure?.message), /^telegram:42 has not answered for \d+ min; messages are kept$/);
  const waiting = countWaiting(station.store);
  assert.ok(waiting >= 4, `${waiting} messages wait`);
  const { config } = station.context;
  Object.assign(config.notify.telegram, { api_base: service.base });
  await station.pass(20, { without: ["bms"] });
  assert.equal(countWaiting(station.store), 0, "nothing is left");
  const all = texts(service);
  assert.equal(all.filter((text) => /^Delivered late: \d+ messages from 21\sJun, 12:\d\d to /.test(text)).length, 1);
  assert.equal(all.filter((text) => /^Solar station, 2[12]\sJun/.test(text)).length, 1, "the report of the day");
  const open = all.filter((text) => /^(21\sJun, )?\d\d:\d\d Warning: No fresh data of the BMS/.test(text));
  assert.equal(open.length, 1, "the alarm that is open, with its own time");
  assert.ok(all.length <= 4, all.join("\n---\n"));
});

test("while the network is down, tries get rarer and the rules run on", async (t) => {
  const service = await startService(t, "cut");
  const station = batmonStation(t, {
    notify: { telegram: { token_file: tokenFile(t), chat_ids: [42], api_base: service.base } },
  });
  station.now = NOON;
  await station.pass(5);
  await station.pass(120, { without: ["bms"] });
  // The first at once, then 1, 2, 4, 8, 15, 15 … min later.
  assert.ok(service.received.length >= 6 && service.received.length <= 16, `${service.received.length} tries in 2 h`);
});

test("the daily report is sent once, at its hour or as soon as somebody runs again", async (t) => {
  const service = await startService(t);
  const station = batmonStation(t, {
    notify: { telegram: { token_file: tokenFile(t), chat_ids: [42], api_base: service.base } },
    batmon: { report_hour: 14 },
  });
  station.now = NOON;
  await station.pass(30, {}, 300);
  const reports = () => texts(service).filter((text) => text.startsWith("Solar station, "));
  assert.equal(reports().length, 1);
  assert.match(reports()[0] ?? "", /^Solar station, 21\sJun, until 14:00/);
  // Asleep over the next day's hour: told with the first run after it.
  station.now = NOON + 86400 + 5 * 3600;
  station.store.write(() => savePlantSamples(station.store, station.now - 60));
  await station.pass(3);
  assert.equal(reports().length, 2);
  assert.match(reports()[1] ?? "", /^Solar station, 22\sJun, until 17:00/);
});

test("a state file that fails is told past the outbox, once, and without it nothing else is", async (t) => {
  const service = await startService(t);
  const temporary = scratchDirectory(t);
  const station = testStation(t, telegram(t, service.base));
  writeFileSync(join(station.folder, "station.db"), "this is no database, however long it may be".repeat(50));
  // Damage alone is put right; this place takes no other file.
  mkdirSync(join(station.folder, "station.db.lock"));
  const options = { now: NOON, env: { TMPDIR: temporary } };
  const first = await station.run("batmon", [], options);
  assert.equal(first.code, 74);
  assert.match(first.stderr, /is no database, and cannot be put right/);
  assert.match(
    texts(service)[0] ?? "",
    /^Solar station: ALARM: The state file cannot be written: .*cannot be put right/,
  );
  assert.equal((await station.run("batmon", [], options)).code, 74);
  assert.equal(service.received.length, 1);
});

test("reg_event: the evening's hourly reports, and the original's tag", async (t) => {
  const service = await startService(t, { status: 200, body: {} });
  const hook = `url: "${service.base}/reg_event.php", hourly_reports: {from: 12, to: 13}`;
  const station = testStation(t, `notify: {reg_event: {${hook}}}\nbatmon: {report_hour: 23}`);
  feed(station, NOON - 1200, NOON + 7200, {});
  for (const minutes of [-5, 1, 2, 61, 121]) {
    const { code, stderr } = await station.run("batmon", [], { now: NOON + minutes * 60 + 5 });
    assert.deepEqual([code, stderr], [0, ""]);
  }
  const told = service.received.filter(({ url }) => url?.includes("tag=REPORT"));
  assert.equal(told.length, 2, "at 12 and at 13");
  assert.match(decodeURIComponent(told[0]?.body ?? ""), /^event=Solar\+station/);
});

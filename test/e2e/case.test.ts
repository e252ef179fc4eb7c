import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { publicTrace } from "../../lib/devices/trace.ts";
import { withCrc } from "../../lib/modbus/frame.ts";
import { publicConfig } from "../../lib/support/redact.ts";
import { runCommand, testStation } from "../support/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const FOLDER = "test/captures/stations";
const NOON = Date.UTC(2026, 5, 27, 10) / 1000;

for (const file of readdirSync(FOLDER)) {
  test(`${file}: what its owner saw, we see`, async (t) => {
    const config = join(scratchDirectory(t), "config.yaml");
    writeFileSync(config, "");
    const run = await runCommand("station", ["case", "run", join(FOLDER, file), "--config", config]);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /^same/m);
  });
}

test("a case is listed before it is written, holds no secret, and a changed one comes out otherwise", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const station = testStation(
    t,
    `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{name: bms, port: "${bms.url}", polls: 2, poll_gap_ms: 20}]\nmqtt: {url: "mqtt://home.example:1883"}`,
  );
  for (const name of ["jkbms-dump", "pv1800-dump", "batmon"]) {
    assert.equal((await station.run(name, [], { now: NOON })).code, 0);
  }
  const listed = await station.run("station", ["case"], { now: NOON + 30 });
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /decisions: 1, .*\n {2}trace of pv1800-dump: \d+ frames/);
  assert.match(listed.stdout, /nothing is written yet/);
  const path = join(station.folder, "case.json");
  const made = await station.run("station", ["case", "--output", path], { now: NOON + 30 });
  assert.equal(made.code, 0, made.stderr);
  assert.equal(statSync(path).mode & 0o077, 0);
  const text = readFileSync(path, "utf8");
  assert.doesNotMatch(text, /127\.0\.0\.1|home\.example/);
  const again = await station.run("station", ["case", "--output", path], { now: NOON + 30 });
  assert.equal(again.code, 64, "what is there is not replaced");
  const given = JSON.parse(text);
  given.decisions[0].record.decision.winner = "nobody";
  given.traces[0].answer.sample.battery_voltage = 40;
  writeFileSync(path, JSON.stringify(given));
  const run = await station.run("station", ["case", "run", path]);
  assert.equal(run.code, 65);
  assert.match(run.stdout, /^ELSE {2}pv1800-dump.*\n +sample\.battery_voltage: [\d.]+, in the case 40$/m);
  assert.match(run.stdout, /winner: "\w+", in the case "nobody"/);
  writeFileSync(path, "{}");
  assert.match((await station.run("station", ["case", "run", path])).stderr, /is no case; expected a file/);
  assert.ok(existsSync(path));
});

test("traces are blanked and still decode; of a configuration only what tells nothing of the owner", () => {
  const chunks = toHex(RECORDED_BMS_16S).match(/.{1,40}/g) ?? [];
  const [request, answer, asked, serial] = publicTrace([
    "> 4e5700130000000006030000000000006800000129",
    ...chunks.map((chunk) => `< ${chunk}`),
    `> ${toHex(withCrc([4, 3, 0x4e, 0x22, 0, 2]))}`,
    `< ${toHex(withCrc([4, 3, 4, 0x12, 0x34, 0x56, 0x78]))}`,
  ]) as [string, string, string, string];
  assert.ok(request.startsWith("> 4e57") && asked.startsWith("> 04034e22"));
  assert.equal(serial, `< ${toHex(withCrc([4, 3, 4, 0xff, 0xff, 0xff, 0xff]))}`);
  const bytes = fromHex(answer.slice(2));
  assert.equal(bytes.length, RECORDED_BMS_16S.length);
  assert.match(Buffer.from(bytes).toString("latin1"), /xxxxxxxx/);
  const yaml =
    'station: {name: Smith, latitude: 52.5, lang: ru}\ninverter: {port: "tcp://10.0.0.7:8899", slave: 5}\nbms: [{name: a, port: "tcp://10.0.0.8:1"}, {name: b, port: "tcp://10.0.0.9:1"}]\nnotify: {telegram: {token_file: /etc/t, chat_ids: [42]}}\n';
  const { config, left_out } = publicConfig(parseConfig(yaml, "config.yaml"));
  assert.doesNotMatch(JSON.stringify(config), /Smith|52\.5|10\.0|42|etc/);
  assert.deepEqual(config.station, { lang: "ru" });
  assert.equal((config.inverter as { slave: number }).slave, 5);
  assert.ok(left_out.includes("inverter.port") && left_out.includes("station.name"));
});

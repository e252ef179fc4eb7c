import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { startCommand, testStation } from "../support/command.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

/** What somebody typed wrong, and what each message must hold: what it was, where, and what to do or the nearest right word. */
// biome-ignore format: a mistake a line
const IN_THE_FILE: readonly (readonly [yaml: string, ...says: RegExp[]])[] = [
  ["inverter: {prot: /dev/ttyUSB0}", /^c\.yaml:1: inverter\.prot: unknown key; did you mean port\?$/],
  ["mqt: {enabled: true}", /^c\.yaml:1: mqt: unknown key; did you mean mqtt\?$/],
  ["alerts: {cell_hihg: {raise_above: 3.5}}", /alerts\.cell_hihg: unknown key; did you mean cell_high\?/],
  ["notify: {whatsapp: {}}", /notify\.whatsapp: unknown key; here are: telegram, /],
  ["inverter: {baud: fast}", /inverter\.baud: expected number, received string \("fast"\)/],
  ["bms: {port: /dev/ttyUSB1}", /bms: expected array, received object; begin each entry with "- "/],
  ["\n\nstation: {time_zone: Europe/Berlim}", /^c\.yaml:3: station\.time_zone: "Europe\/Berlim".*; did you mean Europe\/Berlin\?/],
  ["station: {lang: de}", /station\.lang: "de" is none of en, ru/],
  ["batmon: {preset: gredy}", /batmon\.preset: "gredy" is none of .*; did you mean greedy\?/],
  ["batmon: {mode: atuo}", /batmon\.mode: "atuo" is none of .*; did you mean auto\?/],
  ["mqtt: {enabled: yes}", /mqtt\.enabled: expected boolean.* \("yes"\); write true/],
  ["mqtt: {enabled: true, url: \"http://x\"}", /mqtt\.url: expected mqtt:\/\/host:port .* \("http:\/\/x"\)/],
  ["notify: {telegram: {token_file: /etc/t}}", /notify\.telegram\.chat_ids: a token_file needs chat_ids/],
  ["alerts: {cell_high: {raise_above: 9}}", /alerts\.cell_high\.raise_above: Too big: expected number to be <=3\.8 \(9\)/],
  ["station: {state_dir: relative}", /station\.state_dir: must start with "\/" \("relative"\)/],
  ["inverter: {port: ttyUSB0}", /inverter\.port: expected a path like \/dev\/ttyUSB0, or tcp:\/\/host:port \("ttyUSB0"\)/],
  ["inverter: {port: port}", /inverter\.port: expected a port from 1 to 65535 after the host \("port"\)$/m],
  ["bms: [{port: /dev/ttyUSB1, protocol: modbos}]", /bms\.0\.protocol: "modbos" is none of .*; did you mean modbus\?/],
  ["\tinverter: 1", /^c\.yaml:1: Tabs are not allowed/],
  ["devices: [{kind: pv1080, port: /dev/x}]", /devices\.0\.kind: "pv1080" is no kind of device; there are: pv1800/],
];

for (const [yaml, ...says] of IN_THE_FILE) {
  test(`in the configuration: ${JSON.stringify(yaml)}`, () => {
    assert.throws(
      () => parseConfig(yaml, "c.yaml"),
      (error) => {
        assert.ok(error instanceof ConfigError);
        for (const pattern of says) assert.match(error.message, pattern);
        return true;
      },
    );
  });
}

test("on the command line, with files, rights and wires", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const ports = (first: string, second: string) =>
    `inverter: {port: "${first}", timeout_ms: 150, retries: 1}\nbms: [{port: "${second}", timeout_ms: 150}]`;
  const station = testStation(t, ports(inverter.url, bms.url));
  const put = (name: string, text: string, mode = 0o644) => {
    writeFileSync(join(station.folder, name), text, { mode });
    chmodSync(join(station.folder, name), mode);
    return join(station.folder, name);
  };
  const none = join(station.folder, "none");
  const swapped = put("swapped.yaml", `station: {state_dir: ${station.folder}}\n${ports(bms.url, inverter.url)}\n`);
  const gone = put(
    "gone.yaml",
    `station: {state_dir: ${station.folder}}\n${ports("/dev/ttyUSB97", "/dev/ttyUSB98")}\n`,
  );
  const open = put(
    "open.yaml",
    `station: {state_dir: ${station.folder}}\nmqtt: {enabled: true, password_file: ${put("secret", "x y\n")}}\n`,
  );
  mkdirSync(join(station.folder, "r"));
  symlinkSync("/etc/passwd", join(station.folder, "link.lst"));
  const linked = put(
    "linked.yaml",
    `station: {state_dir: ${station.folder}}\n${ports(inverter.url, bms.url)}\norders: {inverter_file: ${station.folder}/link.lst}\n`,
  );
  // biome-ignore format: a mistake a line
  const table: readonly (readonly [line: string, code: number, ...says: RegExp[]])[] = [
    ["station statsu", 64, /no command "statsu"; did you mean station status\?/],
    ["station config chek", 64, /no command "chek"; did you mean station config check\?/],
    ["station case rum", 64, /no command "rum"; did you mean station case run\?/],
    ["station history --form 1h", 64, /unknown option '--form'.*--from/],
    ["station history --from yesteday", 64, /"yesteday" is no moment; did you mean yesterday\?/],
    ["station history --columns pv_powr", 64, /no device has a column "pv_powr"; did you mean pv_power\?/],
    ["station report dya", 64, /"dya" is no period; expected day, month or year; did you mean day\?/],
    ["station export --format influxx", 64, /'influxx' is invalid.*; did you mean influx\?/],
    ["station decode 04zz", 64, /"04zz" is no hex; expected bytes such as 04 03/],
    [`station case run ${none}`, 64, /none: no such file; expected a file that station case has written/],
    [`station setup --answers ${none} --root ${station.folder}/r --no-probe`, 64, /--answers .*none: no such file; .*station config example/],
    [`station status --config ${none}`, 78, /none: no such file; station config example prints one/],
    ["batmon --mode atuo", 64, /'atuo' is invalid.*; did you mean auto\?/],
    ["pv1800-dump --for 5s", 64, /--for says how long --repeat goes on; give --repeat too/],
    ["pv1800-dump --inverter two", 64, /no inverter is called "two"; there are: inverter/],
    ["inverter-cmd set ongrid_swich off", 65, /the inverter has no setting “ongrid_swich”; did you mean ongrid_switch\?/],
    ["inverter-cmd set ongrid_switch of", 65, /“of” is no value of “On-grid switch”; permitted: off \(0\), on \(1\)/],
    ["inverter-cmd set 10010 1", 65, /register 10010 may not be written; inverter-cmd list names/],
    ["inverter-cmd set max_discharge_current 5000", 65, /5,000\.0 A is out of range for “Max discharge current”; permitted: 1\.0 to/],
    ["inverter-cmd cancel 99", 65, /there is no order 99; inverter-cmd queue/],
    ["station-sim inverter --fault silnt", 64, /fault silnt; did you mean silent\?/],
    [`pv1800-dump --config ${gone}`, 69, /\/dev\/ttyUSB97: no such device; is the adapter plugged in\?/],
    [`pv1800-dump --config ${swapped}`, 69, /no (valid )?reply|no answer|wrong/],
    [`station find --port ${inverter.url} --port ${bms.url} --config ${swapped}`, 0, /the two plugs are swapped: exchange the two ports/],
    [`station config check --config ${open}`, 78, /secret: mode 644 lets others read the secret; .*chmod 600/],
    [`pv1800-dump --config ${linked}`, 65, /link\.lst is a symbolic link and was not taken; repair: rm /],
  ];
  assert.ok(table.length + IN_THE_FILE.length >= 40);
  const wrong: string[] = [];
  for (const [line, code, ...says] of table) {
    const [name = "", ...words] = line.split(" ");
    const own = words.includes("--config") ? [] : ["--config", station.configPath];
    const extra = name === "station-sim" ? [] : own;
    // As somebody over SSH, who always gets an answer.
    const { finished } = startCommand(name, [...words, ...extra].filter(Boolean), {
      env: { SOLAR_CRON: "", SSH_CONNECTION: "x" },
    });
    const run = await finished;
    const said = run.stdout + run.stderr;
    if (run.code !== code) wrong.push(`${line}: ended with ${run.code}, not ${code}: ${said}`);
    for (const pattern of says) if (!pattern.test(said)) wrong.push(`${line}: ${pattern} not in: ${said}`);
  }
  assert.deepEqual(wrong, []);
});

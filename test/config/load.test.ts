import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { exampleConfig } from "../../lib/config/example.ts";
import { loadConfig, parseConfig } from "../../lib/config/load.ts";
import { configSchema } from "../../lib/config/schema.ts";

function problems(text: string): string[] {
  try {
    parseConfig(text, "config.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.exitCode, 78);
    return error.message.split("\n");
  }
  return [];
}

test("an empty file gives the defaults", () => {
  assert.deepEqual(parseConfig("", "config.yaml"), configSchema.parse({}));
  assert.deepEqual(parseConfig("# nothing\n", "config.yaml"), configSchema.parse({}));
});

test("the generated example is valid and says the defaults", () => {
  assert.deepEqual(parseConfig(exampleConfig(), "example"), configSchema.parse({}));
});

test("all errors come at once, in order, with their lines", () => {
  const text = "inverter:\n  bauds: 1\n  slave: 900\nbms:\n  - name: A b\n  - polls: x\nfoo: 1\n";
  const found = problems(text);
  assert.equal(found.length, 5);
  assert.match(found[0] as string, /^config\.yaml:2: inverter\.bauds: unknown key; did you mean baud\?$/);
  assert.match(found[1] as string, /^config\.yaml:3: inverter\.slave: .*<=247$/);
  assert.match(found[2] as string, /^config\.yaml:5: bms\.0\.name: expected 1-32/);
  assert.match(found[3] as string, /^config\.yaml:6: bms\.1\.polls: expected number, received string$/);
  assert.match(found[4] as string, /^config\.yaml:7: foo: unknown key$/);
});

test("a key given twice is named with its line", () => {
  const [problem] = problems("inverter:\n  slave: 4\n  slave: 5\n");
  assert.match(problem as string, /^config\.yaml:3: /);
});

test("two devices on one port are refused unless Modbus addresses tell them apart", () => {
  const two = (extra: string) =>
    `bms:\n  - {name: a, port: /dev/ttyS1${extra}}\n  - {name: b, port: /dev/ttyS1${extra}, slave: 2}\n`;
  assert.match(problems(two("")).join(), /config\.yaml:3: bms\.1\.port: .*only protocol: modbus can share a port/);
  assert.deepEqual(problems(two(", protocol: modbus")), []);
  assert.match(problems("inverter: {port: /dev/ttyUSB1}\n").join(), /the inverter's port too/);
});

test("a named file that is missing is an error; no file at all is not", () => {
  assert.throws(() => loadConfig("/nonexistent/config.yaml"), ConfigError);
  assert.throws(() => loadConfig(undefined, { SOLAR_STATION_CONFIG: "/nonexistent/config.yaml" }), ConfigError);
  assert.equal(loadConfig(undefined, {}).config.inverter.slave, 4);
});

test("the station's time zone must exist", () => {
  assert.match(problems("station: {time_zone: Mars/Olympus}\n").join(), /expected an IANA time zone/);
});

test("protocol: 4e57 may be written without quotes", () => {
  assert.equal(parseConfig("bms: [{protocol: 4e57}]", "config.yaml").bms[0]?.protocol, "4e57");
  assert.match(problems("bms: [{protocol: 4e58}]").join(), /expected one of "auto"\|"4e57"\|"modbus"/);
});

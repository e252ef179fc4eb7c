import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { exampleConfig } from "../../lib/config/example.ts";
import { loadConfig, parseConfig } from "../../lib/config/load.ts";
import { configSchema } from "../../lib/config/schema.ts";
import { scratchDirectory } from "../support/scratch.ts";

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
  assert.match(found[1] as string, /^config\.yaml:3: inverter\.slave: .*<=247 \(900\)$/);
  assert.match(found[2] as string, /^config\.yaml:5: bms\.0\.name: expected 1-32/);
  assert.match(found[3] as string, /^config\.yaml:6: bms\.1\.polls: expected number, received string \("x"\)$/);
  assert.match(found[4] as string, /^config\.yaml:7: foo: unknown key; here are: station, /);
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

test("a file in a place that cannot hold one is refused with the system's own reason", (t) => {
  const file = join(scratchDirectory(t), "file");
  writeFileSync(file, "");
  assert.throws(
    () => loadConfig(join(file, "config.yaml")),
    (error) => error instanceof ConfigError && /file\/config\.yaml: ENOTDIR/.test(error.message),
  );
});

test("the station's time zone must exist", () => {
  assert.match(problems("station: {time_zone: Mars/Olympus}\n").join(), /expected an IANA time zone/);
});

test("protocol: 4e57 may be written without quotes", () => {
  assert.equal(parseConfig("bms: [{protocol: 4e57}]", "config.yaml").bms[0]?.protocol, "4e57");
  assert.match(problems("bms: [{protocol: 4e58}]").join(), /is none of auto, 4e57, modbus/);
});

test("a file that is none, or no configuration by its size, is refused before it is read", (t) => {
  const folder = scratchDirectory(t);
  const refused = (path: string) => {
    try {
      loadConfig(path, {});
    } catch (error) {
      assert.ok(error instanceof ConfigError, String(error));
      return error.message.replaceAll(folder, "");
    }
    return null;
  };
  const pipe = join(folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  assert.equal(refused(pipe), "/pipe.yaml: is a pipe; name a plain file");
  assert.equal(refused(folder), ": is a directory; name a plain file");
  assert.match(refused("/dev/zero") ?? "", /is a device or socket; name a plain file/);
  const long = join(folder, "long.yaml");
  writeFileSync(long, "#".repeat(300_000));
  assert.match(refused(long) ?? "", /300000 bytes; a configuration has at most 262144/);
});

test("aliases that multiply, and more keys than anybody writes, are refused at once", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let n = 1; n < 9; n++)
    bomb.push(
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(", ")}]`,
    );
  assert.match(problems(bomb.join("\n"))[0] ?? "", /^config\.yaml: Excessive alias count .*; write the values out$/);
  assert.match(
    problems(Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join("\n"))[0] ?? "",
    /about 20000 keys; a configuration has at most 5000/,
  );
  const some = problems(Array.from({ length: 100 }, (_, n) => `k${n}: 1`).join("\n"));
  assert.equal(some.length, 21);
  assert.equal(some.at(-1), "config.yaml: and 80 more");
});

test("a gateway's port is one that exists", () => {
  for (const port of ["tcp://h:0", "tcp://h:65536", "modbus-tcp://h:99999"]) {
    assert.match(problems(`inverter:\n  port: ${port}\n`)[0] ?? "", /inverter\.port: expected a port from 1 to 65535/);
  }
  assert.deepEqual(problems("inverter:\n  port: tcp://h:65535\n"), []);
});

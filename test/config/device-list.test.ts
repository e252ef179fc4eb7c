import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { exampleConfig } from "../../lib/config/example.ts";
import { parseConfig } from "../../lib/config/load.ts";

const parse = (text: string) => parseConfig(text, "config.yaml");
const problemsOf = (text: string) => {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
};

const OLD_AND_NEW: Readonly<Record<string, readonly [string, string]>> = {
  "an inverter and a 4E57 pack": [
    "inverter: {name: must, port: /dev/a, slave: 5}\nbms: [{name: pack, port: /dev/b, protocol: 4e57, terminal: 7}]",
    "devices:\n- {name: must, kind: pv1800, port: /dev/a, address: 5}\n- {name: pack, kind: jk-4e57, port: /dev/b, address: 7}",
  ],
  "two PB packs on one port": [
    "inverter: {port: /dev/a}\nbms: [{name: x, port: /dev/b, protocol: modbus}, {name: y, port: /dev/b, protocol: modbus, slave: 2, polls: 3}]",
    "devices:\n- {name: inverter, kind: pv1800, port: /dev/a}\n- {name: x, kind: jk-pb, port: /dev/b}\n- {name: y, kind: jk-pb, port: /dev/b, address: 2, polls: 3}",
  ],
  "a pack whose protocol is looked for": [
    "inverter: {port: /dev/a}\nbms: [{name: x, port: /dev/b}]",
    "devices:\n- {name: inverter, kind: pv1800, port: /dev/a}\n- {name: x, kind: jk, port: /dev/b}",
  ],
  "inverters of both ways": [
    "inverter: {port: /dev/a}\nmore_inverters: [{name: x, port: /dev/b}, {name: y, port: /dev/c, slave: 5}]\nbms: []",
    "inverter: {port: /dev/a}\nmore_inverters: [{name: x, port: /dev/b}]\ndevices: [{name: y, kind: pv1800, port: /dev/c, address: 5}]\nbms:",
  ],
  "one of the old keys beside the list": [
    "inverter: {port: /dev/a}\nbms: [{name: x, port: /dev/b}, {name: y, port: /dev/c, protocol: jbd, baud: 9600}]",
    "inverter: {port: /dev/a}\nbms: [{name: x, port: /dev/b}]\ndevices: [{name: y, kind: jbd, port: /dev/c}]",
  ],
};

for (const [name, [old, list]] of Object.entries(OLD_AND_NEW)) {
  test(`the list says the same as the keys of before: ${name}`, () => assert.deepEqual(parse(list), parse(old)));
}

test("configurations without a list are read as ever", () => {
  assert.equal(problemsOf(exampleConfig()).length, 0);
  assert.equal(parse("").bms[0]?.name, "bms");
  assert.deepEqual(parse("bms: []").bms, []);
  assert.equal(parse("inverter: {enabled: false}").inverter.enabled, false);
});

// biome-ignore format: a case a line
const WRONG: Readonly<Record<string, readonly [string, string]>> = {
  "double names, across both ways": ["bms: [{name: x, port: /dev/b}]\ndevices:\n- {name: x, kind: jbd, port: /dev/c}", 'config.yaml:3: devices.0.name: "x" is taken by bms.0.name'],
  "the inverter's name": ["devices:\n- {name: x, kind: pv1800, port: /dev/a}\n- {name: x, kind: jbd, port: /dev/c}", 'config.yaml:3: devices.1.name: "x" is the inverter\'s name too (inverter.name)'],
  "an unknown kind": ["devices:\n- {name: x, kind: daly, port: /dev/a}", 'config.yaml:2: devices.0.kind: "daly" is no kind of device; there are: pv1800, jk, jk-4e57, jk-pb, jbd'],
  "an unknown key": ["devices:\n- {name: x, kind: jbd, port: /dev/a, pols: 3}", "config.yaml:2: devices.0.pols: unknown key; did you mean polls?"],
  "an address out of range": ["devices:\n- {name: x, kind: jk-pb, port: /dev/a, address: 900}", "config.yaml:2: devices.0.address: Too big: expected number to be <=247 (900)"],
  "an address that there is not": ["devices:\n- {name: x, kind: jbd, port: /dev/a, address: 1}", "config.yaml:2: devices.0.address: devices of this kind have no address on the wire"],
  "no port": ["devices:\n- {name: x, kind: jbd}", "config.yaml:2: devices.0: port is missing"],
  "no kind": ["devices:\n- {name: x, port: /dev/a}", "config.yaml:2: devices.0: null is no kind of device; there are: pv1800, jk, jk-4e57, jk-pb, jbd"],
  "no entry": ["devices:\n- jk", 'config.yaml:2: devices.0: "jk" is no kind of device; there are: pv1800, jk, jk-4e57, jk-pb, jbd'],
  "the address of an inverter": ["devices:\n- {name: x, kind: jbd, port: /dev/c}\n- {name: y, kind: pv1800, port: /dev/a, address: 900}", "config.yaml:3: devices.1.address: Too big: expected number to be <=247 (900)"],
  "a key beside the list": ["devices: []\nstation: {nam: x}", "config.yaml:2: station.nam: unknown key; did you mean name?"],
  "a pack under the old key that is no list": ["devices: [{name: x, kind: jbd, port: /dev/a}]\nbms: {name: y, port: /dev/b}", 'config.yaml:2: bms: expected array, received object; begin each entry with "- "'],
  "an inverter under the old key that is no list": ["inverter: {port: /dev/a}\ndevices: [{name: x, kind: pv1800, port: /dev/b}]\nmore_inverters: {name: y, port: /dev/c}", 'config.yaml:3: more_inverters: expected array, received object; begin each entry with "- "'],
  "no list": ["devices: pv1800", "config.yaml:1: devices: expected a list, an entry a device"],
};

for (const [name, [text, message]] of Object.entries(WRONG)) {
  test(`refused with place and reason: ${name}`, () =>
    assert.ok(problemsOf(text).includes(message), problemsOf(text).join("\n")));
}

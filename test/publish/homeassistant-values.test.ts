import assert from "node:assert/strict";
import { test } from "node:test";
import { type EnergyMemory, integrate } from "../../lib/publish/homeassistant/battery-energy.ts";
import { type CommandRules, readCommand } from "../../lib/publish/homeassistant/command.ts";
import { guardTotal, type TotalMemory } from "../../lib/publish/homeassistant/totals.ts";
import { speech } from "../../lib/words/index.ts";
import { messageRefusal } from "../../lib/words/message-values.ts";

/** Published values of readings one minute apart. */
function published(readings: readonly (number | null)[], start: TotalMemory | null = null): (number | null)[] {
  let memory = start;
  return readings.map((raw, index) => {
    const verdict = guardTotal(memory, raw, 1000 + index * 60);
    memory = verdict.memory;
    return verdict.raw;
  });
}

test("a counter that rises is published as it is", () => {
  assert.deepEqual(published([18563, 18563, 18564]), [18563, 18563, 18564]);
});

test("a misread high word is unknown and leaves no trace", () => {
  assert.deepEqual(published([12043, 2043, 12043, 12044]), [12043, null, 12043, 12044]);
  assert.deepEqual(published([12043, 22043, 12043, 12044]), [12043, null, 12043, 12044]);
});

test("a counter that reads 0 at night does not bounce, however long the night is", () => {
  const night = Array.from({ length: 600 }, () => 0);
  assert.deepEqual(published([18563, ...night, 18563]), [18563, ...night.map(() => null), 18563]);
});

test("a cleared counter is believed at the second reading of its first steps", () => {
  assert.deepEqual(published([18563, 0, 0, 1, 1, 2]), [18563, null, null, null, 1, 2]);
});

test("a new machine's counter is believed after ten samples that agree", () => {
  const later = Array.from({ length: 11 }, (_, i) => 500 + i);
  assert.deepEqual(published([18563, ...later]), [18563, ...Array.from({ length: 9 }, () => null), 509, 510]);
});

test("the same sample offered twenty times is one sample", () => {
  let memory: TotalMemory | null = { raw: 18563, at: 1000, candidate: null };
  for (let i = 0; i < 20; i++) {
    const verdict = guardTotal(memory, 500, 1060);
    memory = verdict.memory;
    assert.equal(verdict.raw, null);
  }
});

test("an unknown counter stays unknown", () => {
  assert.deepEqual(published([null, 5, null, 6]), [null, 5, null, 6]);
});

const at = (seconds: number, watts: number | null) => ({
  at: seconds,
  sample: { pack_voltage: 50_000, battery_current: watts === null ? null : watts * 20 },
});
const near = (value: number | undefined, want: number) => assert.ok(Math.abs((value ?? -1) - want) < 1e-9, `${value}`);

test("battery energy is integrated, each direction on its own", () => {
  const charged = integrate(null, [at(0, 600), at(60, 600), at(120, 600)]);
  near(charged?.charge_wh, 20);
  near(charged?.discharge_wh, 0);
  const crossed = integrate(charged, [at(180, -600)]);
  near(crossed?.charge_wh, 22.5);
  near(crossed?.discharge_wh, 2.5);
});

test("a gap, an unknown current and a sample from before count as nothing", () => {
  const start: EnergyMemory = { at: 0, power: 600, charge_wh: 7, discharge_wh: 0 };
  near(integrate(start, [at(331, 600)])?.charge_wh, 7);
  near(integrate(start, [at(60, null), at(120, 600)])?.charge_wh, 7);
  assert.equal(integrate(start, [at(0, 9000), at(-60, 9000)])?.charge_wh, 7);
  near(integrate(start, [at(330, 600)])?.charge_wh, 62);
  const seldom = [-1200, -600, 0, 600].map((time) => at(time, 600));
  near(integrate(start, seldom)?.charge_wh, 107); // polled every 10 min: that is no gap
  near(integrate(start, [at(-120, 600), at(-60, 600), at(0, 600), at(600, 600)])?.charge_wh, 7);
});

const RULES: CommandRules = {
  topics: { station: "home", base: "home", prefix: "homeassistant" },
  controls: new Map([["inverter", new Set(["ongrid_switch"])]]),
  now: 1_700_000_000,
  max_age_s: 120,
  undated_refused: false,
};
const read = (payload: string | Uint8Array, topic = "home/inverter/ongrid_switch/set", retain = false) =>
  readCommand({ topic, payload: typeof payload === "string" ? Buffer.from(payload) : payload, retain }, RULES);
const refusal = (...args: Parameters<typeof read>) => {
  const result = read(...args);
  return result && "refused" in result ? messageRefusal(speech("en").message_refused, result.refused) : result;
};

test("a command is read as plain text and as JSON with its time", () => {
  const want = { device: "inverter", key: "ongrid_switch", value: "off" };
  assert.deepEqual(read("OFF"), { ...want, given_at: null });
  assert.deepEqual(read(" off\n"), { ...want, given_at: null });
  assert.deepEqual(read('{"value": "OFF", "ts": 1699999990}'), { ...want, given_at: 1_699_999_990 });
  assert.deepEqual(read('{"value": 5.5}'), { ...want, value: "5.5", given_at: null });
});

test("an empty payload clears a retained command and is nothing", () => {
  assert.equal(read(""), null);
  assert.equal(read("", "home/inverter/ongrid_switch/set", true), null);
});

test("retained, old and future commands are refused", () => {
  assert.match(String(refusal("OFF", "home/inverter/ongrid_switch/set", true)), /retained/);
  assert.match(String(refusal('{"value":"OFF","ts":1699999000}')), /1000 s old/);
  assert.match(String(refusal('{"value":"OFF","ts":1700009000}')), /clocks differ/);
});

test("hostile payloads are refused, whatever they are", () => {
  const nested = `${"[".repeat(100)}${"]".repeat(100)}`;
  const payloads: (string | Uint8Array)[] = [
    ...["\0", "OFF\0", "ON; rm -rf /", "$(reboot)", "`id`", "{{ 1 }}", "a\nb", "a=b", "x".repeat(65)],
    ...[`{"value": ${nested}}`, '{"value":{"a":1}}', '{"__proto__":{"value":"ON"}}', '{"value":"ON","__proto__":1}'],
    ...[
      '{"value":"ON","ts":"now"}',
      '{"value":"ON","ts":1e400}',
      '{"value":"ON","ts":-1}',
      '{"value":null}',
      "{",
      "{}",
    ],
    ...[
      new Uint8Array([0xff, 0xfe]),
      new Uint8Array([0xc3, 0x28]),
      Buffer.alloc(10_000_000, 0x31),
      "ä",
      "é".repeat(10),
    ],
    Buffer.from(`{"value":"${"x".repeat(250)}"}`),
  ];
  for (const payload of payloads) {
    assert.equal(typeof refusal(payload), "string", Buffer.from(payload).subarray(0, 40).toString("latin1"));
  }
  assert.equal(({} as { value?: unknown }).value, undefined);
});

test("a refusal never repeats the payload", () => {
  assert.ok(!String(refusal("secret$thing")).includes("secret"));
});

test("topics that are no control of ours are refused without a name", () => {
  const topics = [
    ...["home/nobody/ongrid_switch/set", "home/inverter/ongrid_switch/set/set", "home/inverter/ON grid/set"],
    ...["home/../../etc/passwd/set", "home/inverter/$x/set", "home/__proto__/x/set", "other/inverter/x/set"],
    `home/${"x".repeat(60_000)}/y/set`,
  ];
  for (const topic of topics) {
    assert.deepEqual(read("OFF", topic), { refused: { code: "no_control" }, device: null, key: null });
  }
});

test("a key that is not offered is refused by its name, with what is offered", () => {
  for (const key of ["output_frequency", "constructor", "nonsense"]) {
    const refused = { code: "not_offered", device: "inverter", keys: ["ongrid_switch"], more: false };
    assert.deepEqual(read("OFF", `home/inverter/${key}/set`), { refused, device: "inverter", key });
  }
});

test("when the broker has forgotten, a command without a time is refused, one with its time is taken", () => {
  const rules = { ...RULES, undated_refused: true };
  const topic = "home/inverter/ongrid_switch/set";
  const ask = (payload: string) => readCommand({ topic, payload: Buffer.from(payload), retain: false }, rules);
  assert.deepEqual(ask("OFF"), { refused: { code: "undated" }, device: "inverter", key: "ongrid_switch" });
  assert.ok("value" in (ask(`{"value": "OFF", "ts": ${rules.now}}`) ?? {}));
});

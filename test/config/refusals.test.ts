/** Every contradiction that a configuration may hold: named at its line, with both keys; the list of devices has its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { speech } from "../../lib/words/index.ts";
import { tellFailure } from "../../lib/words/tell-failure.ts";

const REFUSALS: readonly (readonly [text: string, says: string | RegExp])[] = [
  ["- a", "1: the file: expected object, received array"],
  ["station: 5", "1: station: expected object, received number (5)"],
  ["station: {time_zone: Europe/Berln}", /^1: station\.time_zone: "Europe\/Berln": .*; did you mean Europe\/Berlin\?$/],
  ["inverter: {name: station}", `1: inverter.name: "station" is the station's own name in topics`],
  ["bms: [{name: station}]", `1: bms.0.name: "station" is the station's own name in topics`],
  ["bms: [{name: inverter}]", `1: bms.0.name: "inverter" is the inverter's name too (inverter.name)`],
  [
    "inverter: {port: /dev/a}\nbms: [{name: b, port: /dev/a}]",
    "2: bms.0.port: /dev/a is the inverter's port too (inverter.port)",
  ],
  ["bms: [{name: b}]\nbatmon:\n  bms: c", `3: batmon.bms: no BMS is called "c" (bms.*.name: b)`],
  ["bms:\n- {name: b, port: /dev/a}\n- {name: b, port: /dev/c}", `3: bms.1.name: "b" is taken by bms.0.name`],
  [
    "bms: [{name: a, protocol: modbus}, {name: b, protocol: modbus}]",
    "1: bms.1.slave: slave 1 on /dev/ttyUSB1 is taken by bms.0.slave",
  ],
  [
    "inverter: {port: /dev/a}\nmore_inverters: [{port: /dev/b}]",
    `2: more_inverters.0.name: "inverter" is taken by inverter.name`,
  ],
  [
    "inverter: {port: /dev/a}\nmore_inverters: [{name: b, port: /dev/a}]",
    "2: more_inverters.0.slave: slave 4 on /dev/a is taken by inverter.slave",
  ],
  [
    "inverter: {port: /dev/a}\nmore_inverters: [{name: b, port: /dev/a, slave: 5, baud: 9600}]",
    "2: more_inverters.0.baud: /dev/a is inverter.port too, which has 19200 bit/s (9600)",
  ],
  ["bms: {name: b}", '1: bms: expected array, received object; begin each entry with "- "'],
  ["mqtt: {enabled: on}", '1: mqtt.enabled: expected boolean, received string ("on"); write true'],
  ["mqtt: {cert_file: /a}", "1: mqtt.key_file: cert_file and key_file need each other"],
  ["mqtt: {key_file: /a}", '1: mqtt.key_file: cert_file and key_file need each other ("/a")'],
  ["mqtt: {username: solar}", '1: mqtt.username: a user needs password_file ("solar")'],
  [
    "mqtt: {session_expiry_s: 10, will_delay_s: 100}",
    "1: mqtt.session_expiry_s: 10 must not be less than will_delay_s (100)",
  ],
  [
    "notify: {telegram: {token_file: /a}}",
    "1: notify.telegram.chat_ids: a token_file needs chat_ids: who gets the messages?",
  ],
  ["notify: {telegram: {chat_ids: [1]}}", "1: notify.telegram.token_file: chat_ids need a token_file"],
  [
    "notify: {dead_man: {url: 'https://a.example', url_file: /a}}",
    '1: notify.dead_man.url_file: either url or url_file ("/a")',
  ],
  [
    "alerts: {cell_emergency: {raise_below: 3.1, clear_above: 3.0}}",
    /^1: alerts\.cell_emergency\.raise_below: 3\.1 must be below clear_above \(3\)/,
  ],
  [
    "alerts: {daylight_from_hour: 20, daylight_to_hour: 8}",
    /^1: alerts\.daylight_from_hour: 20 must be below daylight_to_hour \(8\)/,
  ],
  ["batmon: {rules: {reserve: 70, margin: 30}}", /^1: batmon\.rules\.[a-z_]+: .*\([a-z_]+ is \d+, [a-z_]+ is \d+\)/],
];

for (const [text, says] of REFUSALS) {
  test(`refused: ${text.replaceAll("\n", " ⏎ ")}`, () => {
    assert.throws(
      () => parseConfig(text, "c"),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        const [first = ""] = error.message.split("\n");
        if (typeof says === "string") assert.equal(first, `c:${says}`);
        else assert.match(first.replace(/^c:/, ""), says);
        return true;
      },
    );
  });
}

/** What the same refusal is in Russian: keys, values and what is to be typed stay as they are. */
const IN_RUSSIAN: readonly (readonly [text: string, says: string])[] = [
  ["- a", "1: весь файл: нужно: группа ключей, получено: список"],
  ["inverter: {baud: fast}", '1: inverter.baud: нужно: число, получено: строка (указано "fast")'],
  ["inverter: {prot: /dev/a}", "1: inverter.prot: неизвестный ключ; может быть, port?"],
  ["bms: {name: b}", "1: bms: нужно: список, получено: группа ключей; начинайте каждую запись с «- »"],
  ["mqtt: {enabled: on}", '1: mqtt.enabled: нужно: true или false, получено: строка (указано "on"); напишите true'],
  ["station: {max_age_s: 5}", "1: station.max_age_s: слишком мало: нужно число не меньше 10 (указано 5)"],
  ["station: {name: ''}", '1: station.name: слишком коротко: символов нужно не меньше 1 (указано "")'],
  ["station: {state_dir: here}", '1: station.state_dir: должно начинаться с «/» (указано "here")'],
  [
    "station: {time_zone: Europe/Berln}",
    "1: station.time_zone: «Europe/Berln»: нужен часовой пояс IANA, например Europe/Berlin; может быть, Europe/Berlin?",
  ],
  [
    "batmon: {mode: atuo}",
    "1: batmon.mode: «atuo» не годится; возможно: auto, on-grid, off-grid, observe; может быть, auto?",
  ],
  ["mqtt: {username: solar}", '1: mqtt.username: к имени нужен password_file (указано "solar")'],
  ["devices: [{kind: pv1800, name: a}]", "1: devices.0: нет ключа port"],
  [
    "batmon: {rules: {reserve: 70, margin: 30}}",
    "1: batmon.rules.reserve: reserve + margin — не больше 95 (reserve = 70, margin = 30)",
  ],
];

for (const [text, says] of IN_RUSSIAN) {
  test(`refused in Russian: ${text}`, () => {
    assert.throws(
      () => parseConfig(text, "c"),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(tellFailure(error.failure, speech("ru")).split("\n")[0], `c:${says}`);
        return true;
      },
    );
  });
}

test("a wrong configuration tells its language, wherever it can be made out", () => {
  const langOf = (text: string) => {
    try {
      parseConfig(text, "c");
    } catch (error) {
      if (error instanceof ConfigError) return error.lang;
    }
    return undefined;
  };
  assert.equal(langOf("station: {lang: ru}\nx: 1"), "ru");
  assert.equal(langOf("station: {lang: ru}\nx: 1\nx: 2"), "ru");
  assert.equal(langOf("station: {lang: de}"), null);
  for (const text of ["station: ru", "- station", "x: 1", "station: [lang]", "station: *lang"])
    assert.equal(langOf(text), null);
});

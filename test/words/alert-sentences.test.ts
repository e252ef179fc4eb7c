import assert from "node:assert/strict";
import { test } from "node:test";
import { alertText } from "../../lib/publish/alert-text.ts";
import { NO_COURSE, type Values } from "../../lib/rules/alerts/types.ts";
import type { AlertName } from "../../lib/words/alert-values.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { alertExample } from "../../tools/reference/alert-examples.ts";

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

/** An alert, what is other than in the example of it, and what the owner reads. */
type Told = readonly [id: AlertName, values: Values, en: string, ru: string];

const changed = (key: string, found: string, expected: string): Values => ({
  ...{ keys: [key], found: [found], expected: [expected] },
});

const RAISED: readonly Told[] = [
  [
    "grid_lost",
    { grid_voltage: 46, run_time_s: null },
    "No grid: only 46 V. Battery 61 %.",
    "Сети нет: только 46 В. Заряд 61 %.",
  ],
  [
    "device_silent",
    { failure: "wrong" },
    "The BMS answers wrongly. Look at cable, adapter and power; station doctor tells more.",
    "BMS отвечает неверно. Проверьте кабель, адаптер и питание; подробнее: station doctor.",
  ],
  [
    "data_stale",
    { dated: "none", position: "on" },
    "There is no data of the inverter yet. It was on the grid when last seen.",
    "Данных инвертора ещё нет. По последним данным дом был на сети.",
  ],
  [
    "data_stale",
    { dated: "future", position: null },
    "The data of the inverter is dated in the future.",
    "Данные инвертора датированы будущим.",
  ],
  [
    "data_stale",
    { dated: "repeated", position: null },
    "The data of the inverter stands still: one and the same answer for 12 min.",
    "Данные инвертора не меняются: один и тот же ответ уже 12 мин.",
  ],
  [
    "job_failed",
    { exit: 74 },
    "mqtt-push fails: a file or the state file fails it. station doctor tells more.",
    "mqtt-push не работает: подводит файл. Подробнее: station doctor.",
  ],
  [
    "job_failed",
    { exit: 75 },
    "mqtt-push fails: it runs out of time. station doctor tells more.",
    "mqtt-push не работает: не хватает времени. Подробнее: station doctor.",
  ],
  [
    "job_failed",
    { exit: 78 },
    "mqtt-push fails: the configuration is invalid. station doctor tells more.",
    "mqtt-push не работает: ошибка в настройках. Подробнее: station doctor.",
  ],
  [
    "job_failed",
    { exit: 70 },
    "mqtt-push fails: exit code 70. station doctor tells more.",
    "mqtt-push не работает: код выхода 70. Подробнее: station doctor.",
  ],
  [
    "foreign_write",
    { name: "output_voltage", old_value: "220 V", new_value: "240 V" },
    '"Output voltage" was changed, not by an order of this station: 220 V → 240 V.',
    "Изменена настройка «Напряжение выхода», и не командой этой станции: 220 V → 240 V.",
  ],
  [
    "foreign_write",
    { name: "newer_setting", old_value: null },
    '"Newer setting" was changed, not by an order of this station.',
    "Изменена настройка «newer setting», и не командой этой станции.",
  ],
  [
    "device_event",
    { code: "firmware_changed", ...changed("software_version", "11.17", "10.07") },
    "The BMS has other firmware than before: Software version 11.17, before 10.07. It is read as before.",
    "Прошивка BMS сменилась: версия прошивки 11.17, раньше 10.07. Читаем как прежде.",
  ],
  [
    "device_event",
    { code: "cell_count_changed", ...changed("cell_count", "15", "16") },
    "The BMS reports another number of cells: Cell count 15, before 16. If no cell was added or removed, look at its wires.",
    "Число ячеек по данным BMS другое: число ячеек 15, раньше 16. Если ячеек не добавляли и не убирали, проверьте провода.",
  ],
  [
    "device_event",
    { code: "dialect_changed", ...changed("dialect", "modbus", "4e57") },
    "The BMS speaks another protocol than before: Dialect modbus, before 4e57. It is read with that from now on.",
    "Протокол BMS сменился: протокол modbus, раньше 4e57. Теперь читаем по нему.",
  ],
  [
    "device_event",
    { code: "part_silent", keys: ["device_info"], found: ["–"], expected: ["–"] },
    "The BMS answers, but not when asked for: Device info. What it would tell is unknown; it is asked again from time to time.",
    "BMS отвечает не на все вопросы: сведения об устройстве. Этих значений нет; время от времени спрашиваем снова.",
  ],
  [
    "device_event",
    { kind: "inverter", code: "part_silent", keys: ["20201"] },
    "The inverter answers, but not when asked for: registers from 20201. What it would tell is unknown; it is asked again from time to time.",
    "Инвертор отвечает не на все вопросы: регистры с 20201. Этих значений нет; время от времени спрашиваем снова.",
  ],
  ["device_event", { code: "of_a_newer_version" }, "Something about the BMS has changed.", "Что-то изменилось: BMS."],
  [
    "order_stopped",
    { code: "write_cap" },
    'Too many orders for "On-grid switch": a limit of writes has stopped the rest. Look for the program that gives them; orders by hand still go through.',
    "Настройка «Вход сети»: команд слишком много, остальные остановлены. Найдите программу, которая их шлёт; вручную команды проходят.",
  ],
  [
    "switch_not_executed",
    { wanted: "off", attempts: 1, fate: "failed" },
    "The inverter did not leave the grid after 1 try. The last try failed. The house stays on the grid.",
    "Инвертор не ушёл с сети после 1 попытки. Последняя попытка не удалась. Дом остаётся на сети.",
  ],
  [
    "switch_not_executed",
    { fate: "expired" },
    "The inverter did not go back to the grid after 3 tries. The last order expired before it was sent. Switch it at the inverter's panel.",
    "Инвертор не вернулся на сеть после 3 попыток. Последняя команда истекла, не дождавшись отправки. Переключите на панели инвертора.",
  ],
  [
    "switch_not_executed",
    { fate: "relay", attempts: null },
    "The inverter did not go back to the grid. Its setting took the order, the relay did not follow. Switch it at the inverter's panel.",
    "Инвертор не вернулся на сеть. Настройка принята, но реле не сработало. Переключите на панели инвертора.",
  ],
  [
    "blind",
    { next: "later" },
    "The house is off-grid and too little is known to stay so: data of the BMS 12 min old, of the inverter 1 min old. If that lasts, it goes back to the grid.",
    "Дом автономно, а известно слишком мало: данным BMS 12 мин, инвертора 1 мин. Если это продлится, дом вернётся на сеть.",
  ],
  [
    "blind",
    { next: "by_hand", bms_age_s: null },
    "The house is off-grid and too little is known to stay so: no data of the BMS, of the inverter 1 min old. Nothing is switched in this mode: put it on the grid by hand.",
    "Дом автономно, а известно слишком мало: данных BMS нет, инвертора 1 мин. В этом режиме ничего не переключается: верните дом на сеть вручную.",
  ],
  [
    "clock_jump",
    { jump_s: 5400 },
    "The clock was set 1 h 30 min ahead. What was being timed starts anew.",
    "Часы переведены на 1 ч 30 мин вперёд. Все выдержки начаты заново.",
  ],
];

const CLEARED: readonly Told[] = [
  [
    "switch_not_executed",
    { position: "on" },
    "The inverter is on the grid, as wanted now.",
    "Инвертор на сети, как и нужно.",
  ],
  [
    "switch_not_executed",
    { position: "off" },
    "The inverter is off the grid, as wanted now.",
    "Инвертор автономно, как и нужно.",
  ],
  [
    "switch_not_executed",
    { position: null },
    "The order to switch the grid is no longer wanted.",
    "Переключать сеть больше не нужно.",
  ],
];

for (const [kind, table] of Object.entries({ raised: RAISED, cleared: CLEARED } as const)) {
  for (const [id, values, en, ru] of table) {
    test(`what the owner reads of ${id}, ${kind}, with ${JSON.stringify(values)}`, () => {
      const event = { id, kind: kind as "raised", values: { ...alertExample(id), ...values }, course: NO_COURSE };
      for (const [language, text] of [
        ["en", en],
        ["ru", ru],
      ] as const) {
        assert.equal(plain(alertText(event, { speech: speech(language), packs: 1 })), text);
      }
    });
  }
}

test("an alert on a value that counts nothing tells the bare numbers", () => {
  for (const language of LANGUAGE_CODES) {
    const { watched } = speech(language);
    const words = watched({ key: "cycle_count", beyond: "above", unit: null, digits: 0 });
    const text = words.raised({ device: null, value: 6100, limit: 6000 } as never);
    assert.match(plain(text), /: 6[, ]100, (limit|предел) 6[, ]000\.$/, language);
  }
});

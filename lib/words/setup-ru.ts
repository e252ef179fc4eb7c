/** What `station setup`, `find` and `adopt` say, in Russian. */
import type { Format } from "./format.ts";
import type { SETUP } from "./setup-en.ts";

export const setupRu = (f: Format): typeof SETUP => {
  const counted = (count: number, one: string, few: string, many: string): string =>
    `${count} ${f.plural(count, { one, few, many, other: few })}`;
  const times = (count: number): string => counted(count, "раз", "раза", "раз");
  const rules =
    "наши правила смотрят на заряд, солнце и напряжение без нагрузки; `batmon: {preset: original-2026}` сохраняет обычные пороги исходных скриптов в пределах наших защит";
  return {
    seen: {
      inverter: (v) => `${v.maker} ${v.model || "инвертор неизвестной модели"}, адрес ${v.slave}`,
      bms: (v) => `BMS ${v.maker}, ${counted(v.cells, "ячейка", "ячейки", "ячеек")}, протокол ${v.dialect}`,
      no_bms: () => "BMS в настройках нет",
      nobody: () =>
        "никто не отвечает; проверьте питание, провода A и B, общий провод и протокол, выбранный в приложении BMS",
    },
    no_adapter: "USB-адаптеров не видно: проверьте разъём и последние строки sudo dmesg",
    misplaced: {
      inverter: (v) => `на ${v.port} отвечает инвертор, а по настройкам там BMS ${v.bms}`,
      bms: (v) => `на ${v.port} отвечает BMS, а по настройкам там инвертор`,
      swapped: () => "разъёмы перепутаны: поменяйте порты в настройках местами",
    },
    steps: {
      write_config: (v) => `записать ${v.path}`,
      write_whole_config: (v) => `записать ${v.path}:\n${v.text}`,
      no_config_stays: () => "настроек нет, так и остаётся",
      config_stays: (v) => `${v.path} остаётся как есть`,
      config_stays_beside: (v) => `${v.path} остаётся как есть; сравнить: station adopt`,
      make_folder: (v) => `создать ${v.folder} для пользователя ${v.user}, его группа может читать`,
      make_command_file: (v) => `создать ${v.path}, группа может дописывать`,
      give: (v) => `передать ${v.path} пользователю ${v.user}`,
      give_folder: (v) => `передать ${v.path} пользователю ${v.user}`,
      cron_starts: (v) => `${v.path}: запускать ${v.jobs}`,
      cron_off_for_timers: (v) => `${v.path}: все строки выключены, работают таймеры`,
      cron_off: (v) => `${v.path}: все строки выключены; настройки и данные остаются`,
      start_timers: (v) => `включить таймеры ${v.jobs}`,
      stop_timers: () => "выключить таймеры",
      stop_its_lines: (v) => `${v.path}: остановить строки исходных скриптов`,
      start_its_lines: (v) => `${v.path}: вернуть строки исходных скриптов`,
      copy_secret: (v) => `скопировать ${v.from} в ${v.path}, читает только станция`,
      link: (v) => `${v.path} ведёт в ${v.to}: кто пишет туда, по-прежнему даёт команды`,
      unlink: (v) => `${v.path}: больше не ссылка`,
      mode_auto: () => "batmon --mode auto: правила действуют, как действовали исходные скрипты",
    },
    was_so: (what) => `уже так: ${what}`,
    done: (what) => `сделано: ${what}`,
    would_be_done: (what) => `будет сделано: ${what}`,
    agree: (config) => `Настройки будут такими:\n\n${config}\nЗаписать? [д/Н] `,
    yes: ["д", "да"],
    next: [
      "Кому смотреть и давать команды: sudo adduser ИМЯ solar (затем войти заново).",
      "Правила только наблюдают, пока вы не скажете: batmon --mode auto. Страница, Telegram, Home Assistant: см. руководства.",
      "Через две минуты: station doctor",
    ],
    switched: "Через две минуты: station doctor. Вернуть как было: sudo station adopt --back",
    switched_back: "Со следующей минуты работают исходные скрипты; наша станция только ждёт.",
    config_head: "Здесь только отличия от обычных значений; все ключи: `station config example`.",
    config_not_found: "пока не найден: station find",
    config_original:
      "Страница исходных скриптов и всё, что читает их файлы, работает дальше: файлы пишутся как прежде.",
    adopt: {
      no_scripts: "исходных скриптов здесь нет (--root ПАПКА ищет в другом месте)",
      settings: "Настройки исходных скриптов",
      taken: ({ where, what, value, ours, note }) =>
        ours === null
          ? `${where}: ${what} ${value}, не переносится: ${note}`
          : `${where}: ${what} ${value} -> ${ours}${note ? ` (${note})` : ""}`,
      unrecognised: (path, what) => `${path}: ${what} — не распознано; задайте вручную`,
      secret: (path) => `${path} -> mqtt.password_file, копию читает только станция`,
      constants: {
        cell_low: "нижняя ячейка ниже, В",
        cell_high: "верхняя ячейка выше, В (проверялась нижняя)",
        current: "ток батареи больше, А",
        stale: "данные BMS старше, мин",
        to_grid: "на сеть при нижней ячейке, В",
        off_grid: "с сети от нижней ячейки, В",
        off_grid_full: "с сети при любом солнце от, В",
        off_grid_power: "с сети от мощности заряда, Вт",
        mqtt_host: "брокер",
        mqtt_port: "его порт",
        bms_port: "порт BMS",
        bms_baud: "его скорость",
        inverter_port: "порт инвертора",
        inverter_baud: "его скорость",
        inverter_slave: "адрес инвертора",
        command_file: "файл команд",
      },
      notes: {
        cell_low: (limit) => `мы предупреждаем при ${f.number(limit, 1)} В в двух записях подряд, при 2,9 В сразу`,
        cell_high: (limit) => `мы предупреждаем при ${f.number(limit, 1)} В, и по верхней ячейке`,
        capacity_share: () => "вместе с alerts.over_current.capacity_share: 0.1, чтобы предел действовал",
        current: (limit) => `мы предупреждаем раньше: ${limit} А`,
        stale: (limit) => `мы предупреждаем не позже, через ${limit} мин, и минуты считаем минутами`,
        by_switch: () => "ссылка, создаст --switch",
        rules: () => rules,
        rules_own: () => `${rules}; это значение — ваше собственное, его он не сохранит`,
      },
      lines_dry: "Записи: пробный запуск их не читает",
      lines_none: "Записи: файлов здесь нет; укажите файлы или папки: station adopt ПАПКА",
      lines: "Записи",
      lines_taken: (taken, of) => `взято строк: ${taken} из ${of}`,
      not_taken: {
        no_json: "не цельный объект JSON",
        no_device: "ни от одного из устройств",
        no_time: "без времени",
        future: "из будущего",
        refused: "отвергнуто целиком: не ответ этого устройства",
        known: "уже есть",
      },
      never_in_lines:
        "В таких строках нет и потому не перенесено: положение ключа 20105, счётчик энергии PV и все счётчики, кроме самых новых",
      nothing_runs: "Из исходных скриптов здесь ничего не работает.",
      still_runs: "Исходные скрипты ещё работают: два ведущих на одной линии мешают друг другу",
      process: (pid, command) => `процесс ${pid}: ${command}`,
      port_held: (port, pid, command) => `${port} занят процессом ${pid}: ${command}`,
      switch_it:
        "Когда поверите нашей: station adopt --switch остановит их строки cron; station adopt --back всё вернёт.",
      nothing_to_compare: "Рядом с нашими: сравнивать пока нечего; нужен час записей обоих устройств.",
      beside: (from, to) => `Рядом с нашими, с ${from} по ${to}`,
      switches: (its, ours) =>
        `исходные скрипты переключали ${times(its.switches)} и были без сети ${its.hours} ч; наши правила: ${times(ours.switches)}, ${ours.hours} ч`,
      apart: (count) => `ключ стоял бы иначе ${times(count)}`,
      otherwise: ({ at, hours, on, cause }) =>
        `${at}, ${hours} ч: у нас ${on ? "на сети" : "без сети"}; ${cause ?? "исходные скрипты переключили, наши правила причины не видели"}`,
      missed: (count) => `тревог, о которых они не сообщили: ${count}`,
      alarm: ({ at, later, alarm }) =>
        later === null ? `${at}: ${alarm}` : `${at}, сообщено на ${later} ч позже: ${alarm}`,
    },
  };
};

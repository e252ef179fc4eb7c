/** Команды по-русски: чем и почему кончилась каждая, что можно записать, кто её дал. */
import type { Words } from "./catalogue.ts";
import type { Format } from "./format.ts";
import { inside } from "./sentence.ts";

const whose = (kind: unknown): string => (kind === "inverter" ? "инвертора" : "BMS");

export const ordersRu = (f: Format): Words["orders"] => {
  const tries = (count: unknown): string =>
    `${f.number(Number(count))} ${f.plural(Number(count), { one: "попытки", other: "попыток" })}`;
  const times = (count: unknown): string =>
    `${f.number(Number(count))} ${f.plural(Number(count), { few: "раза", other: "раз" })}`;
  return {
    reasons: {
      line_too_long: (v) => `строка длиннее ${v.most} знаков`,
      not_ascii: () => "годятся только латинские буквы, цифры и знаки",
      no_order_form: () => "ожидались имя, знак = и значение",
      no_order: () => "в строке нет команды",
      too_many_lines: (v) => `за один раз принимается не больше ${v.most} строк`,
      no_such_unit: (v) => `нет такого устройства: «${v.unit}»`,
      unit_missing: (v) =>
        v.kind === "inverter" ? "не сказано, какой именно инвертор" : "не сказано, какая именно BMS",
      value_missing: () => "после знака = нет значения",
      word_twice: (v) => `«${v.word}» стоит дважды или противоречит другому слову`,
      word_unknown: (v) => `слово «${v.word}» после значения непонятно`,
      bad_for: (v) => `«${v.given}» не годится: нужен срок от минуты до 30 дней`,
      bad_until: (v) => `«${v.given}» не годится: нужно время суток, например 07:00`,
      bad_login: (v) => `«${v.given}» не похоже на имя учётной записи`,
      bad_by: (v) => `«${v.given}» не похоже на имя программы`,
      bad_id: (v) => `«${v.given}» не годится как метка`,
      bad_life: (v) => `«${v.given}» не годится: нужен срок от 10 секунд до суток`,
      names_only: (v) => `«${v.name}» — это номер, а BMS понимает только имена`,
      no_address: (v) => `«${v.name}» — не номер регистра и не имя`,
      address_not_writable: (v) => `в регистр ${v.address} писать нельзя`,
      no_such_name: (v) => `у ${whose(v.kind)} нет настройки «${v.name}»`,
      unknown_model: (v) => `машину, которая называет себя ${v.model}, ещё никто не проверял: её только читаем`,
      not_writable: (_, w) => `${w.name} можно только читать`,
      no_raw_word: (v) => `«${v.value}» — не целое число от 0 до 65535`,
      no_meaning: (v, w) => `${w.name}: значения ${v.value} нет${w.permitted}`,
      no_value_of: (v, w) => `${w.name}: значения «${v.value}» нет${w.permitted}`,
      names_no_row: () => "не названа настройка",
      text_row: (_, w) => `${w.name} — это текст, команды его не пишут`,
      two_registers: (_, w) => `${w.name} занимает два регистра, за один раз их не записать`,
      not_whole: (_, w) => `${w.name}: такого значения быть не может${w.permitted}`,
      neither_off_nor_on: (v, w) => `${w.name}: ${v.value} — ни «включено», ни «выключено»`,
      no_label: (v, w) => `${w.name}: значения ${v.value} нет${w.permitted}`,
      several_switches: (_, w) => `${w.name} — это сразу несколько переключателей`,
      not_in_class: (v, w) => `на машине ${v.grade} В нет настройки ${w.name}`,
      no_range: (_, w) => `какие значения допускает ${w.name}, неизвестно`,
      out_of_range: (_, w) => `${w.name}: ${w.value("value")} вне допустимого${w.permitted}`,
      locked: (_, w) => `${w.name} под замком`,
      unconfirmed: (_, w) => `${w.name} касается безопасности батареи, а подтверждения не было`,
      lease_of_command: (_, w) => `${w.name} действует сразу, по истечении срока возвращать нечего`,
      lease_not_returnable: (_, w) =>
        `сейчас стоит ${w.value("present")}, в конце срока это значение было бы не вернуть; ничего не отправлено`,
      owner_later: (v) => `после неё хозяин дал команду ${v.by} для той же настройки`,
      superseded: (v) => `её сменила команда ${v.by} для той же настройки`,
      superseded_sending: (v) => `отправка прервалась, а затем пришла команда ${v.by} для той же настройки`,
      same_id: (v) => `это повтор команды ${v.by}`,
      by_hand: () => "вручную",
      lease_holds: (v, w) => `команда ${v.by} держит ${w.name} ещё ${w.duration(Number(v.minutes) * 60)}`,
      write_cap: (v, w) =>
        ({
          setting: `программы меняли ${w.name} ${times(v.count)} за сутки, допустимо ${v.limit}`,
          mqtt: `по MQTT ${w.name} меняли ${times(v.count)} за сутки, допустимо ${v.limit}`,
          file: `через файл команд ${w.name} меняли ${times(v.count)} за сутки, допустимо ${v.limit}`,
        })[String(v.scope)] ?? `программы писали в устройство ${times(v.count)} за сутки, допустимо ${v.limit}`,
      life_over: (v, w) => `ей было уже ${w.duration(Number(v.minutes) * 60)}, так и не отправлена`,
      life_over_early: () => "её время вышло раньше, чем удалось отправить",
      age_unknown: () => "дана, когда часы шли неверно: давно ли, неизвестно; так и не отправлена",
      term_over: () => "срок, до которого она должна была действовать, вышел раньше, чем удалось отправить",
      not_told: (_, w) => `устройство не сообщает настройку ${w.name}, ничего не отправлено`,
      not_readable: (_, w) => `${w.name} не прочитать, ничего не отправлено`,
      command_cut: () => "отправка прервалась; подействовала ли, неизвестно, повтора не будет",
      command_unclear: (_, w) => `${w.trouble}; подействовала ли, неизвестно, повтора не будет`,
      command_sent: () => "устройство подтвердило; проверить чтением здесь нельзя",
      verified_late: () => "после прерванной отправки значение на месте",
      interrupted_late: (_, w) => `отправка прервалась, время вышло; сейчас стоит ${w.value("holds")}`,
      interrupted_unsafe: (_, w) =>
        `отправка прервалась, а уходить с сети сейчас нельзя: ${w.guard}; сейчас стоит ${w.value("holds")}`,
      tries_used: (v, w) => `после ${tries(v.attempts)} значения на месте нет; сейчас стоит ${w.value("holds")}`,
      life_over_trying: (v, w) =>
        `${w.trouble}, и после ${tries(v.attempts)} время вышло; сейчас стоит ${w.value("holds")}`,
      arrived_anyway: (_, w) => `${w.trouble}, но значение на месте`,
      stored_other: (_, w) =>
        `устройство записало ${w.value("found")} вместо ${w.value("wanted")}, раньше было ${w.value("before")}`,
      device_refused: (_, w) => w.trouble,
      kept_old: (v, w) => `${w.trouble}, но и после ${tries(v.attempts)} осталось ${w.value("before")}`,
      often: () => "",
      nothing_to_put_back: () => "так уже и было, возвращать нечего",
      lease_longer: () => "так уже и было, теперь держится дольше",
      lease_taken_over: (v, w) =>
        `срок команды ${v.by} вышел, но ${w.value("old")} не возвращено: ` +
        `кто-то сменил ${w.value("leased")} на ${w.value("present")}`,
      lease_unsafe: (v, w) =>
        `срок команды ${v.by} вышел, но ${w.value("old")} не возвращено: ${w.duration(Number(v.minutes) * 60)} ` +
        `уходить с сети было нельзя (${w.guard}); остаётся как есть`,
      lease_gone: (v) =>
        v.by === null ? "команды, чей это был конец срока, уже нет" : `команда ${v.by} уже закончилась`,
      lease_waits: (v, w) => `уходить с сети сейчас нельзя: ${w.guard}; конец срока команды ${v.by} ждёт`,
      lease_returned: (v) => `возвращено командой ${v.by}`,
      lease_for_good: (v) => `команда ${v.by} задала значение насовсем`,
      lease_never_arrived: () => "её значение так и не записалось",
      lease_returns_failed: (v) => `вернуть не удалось и после ${tries(v.tries)}`,
      state_restored: () => "файл состояния восстановлен из копии",
      state_begun: (v) =>
        v.backup_until === undefined
          ? "что было скомандовано раньше, неизвестно: файл состояния начат заново"
          : "что было скомандовано после копии, неизвестно: файл состояния восстановлен",
      foreign_changed: (_, w) =>
        `было ${w.value("from")}, стало ${w.value("to")}: сменили с панели, другой программой или само устройство`,
      foreign_back: (v, w) =>
        `было ${w.value("from")}, снова стало ${w.value("to")}: ` +
        `${v.seconds === null ? "через какое-то время" : `через ${w.duration(Number(v.seconds))}`} после команды ${v.by}`,
    },
    advice: {
      permitted: (what) => `допустимо: ${what}`,
      near: (name) => `может быть, ${name}?`,
      units: (names) => `поставьте перед ней имя с точкой: ${names}`,
      unlock: (name, effect) => `${effect === null ? "" : `${inside(effect)}: `}только вручную, с --unlock ${name}`,
      confirm: () => "добавьте в строку слово confirm или --yes",
      list: () => "что можно писать, покажет inverter-cmd list",
      trace: (command) => `запись ${command} -vv --raw поможет с ней познакомиться`,
      limit: (key) => `предел задаёт ${key}`,
      free: () => "вручную предела нет",
    },
    troubles: {
      acknowledged: "устройство подтвердило",
      refused: "устройство отказалось",
      could_not: "устройство не смогло",
      unclear: "внятного подтверждения не было",
    },
    exceptions: {
      1: "не умеет",
      2: "такого регистра нет",
      3: "такое значение не принимает",
      4: "сообщает о сбое",
      6: "занято",
      10: "шлюз до него не достаёт",
      11: "шлюзу не отвечает",
    },
    sources: {
      hand: "вручную",
      file: "файл команд",
      telegram: "чат",
      mqtt: "MQTT",
      batmon: "правила",
      lease: "конец срока",
      foreign: "кто-то другой",
      recovery: "заметка",
    },
    effects: {
      address_changes: "После этого BMS отвечает уже по другому адресу",
      balancer_maybe_deaf: "Балансир; аппаратная версия 11 через последовательный порт его не переключает",
      calibration_lost: "Заводская калибровка; сброс настроек её не вернёт",
      charger_reset: "Сбросит все настройки контроллера панелей",
      charger_totals_cleared: "Обнулит счётчики выработки панелей и наработки",
      computed_anew: "BMS сама пересчитает его из предела на ячейку и числа ячеек",
      equalisation_starts: "Выравнивающий заряд начнётся сразу",
      equalising_harms: "Выравнивание на 58,4 В и выше опасно для батареи LFP: держите выключенным",
      factory_reset: "Все настройки станут заводскими",
      firmware_awaited: "BMS будет ждать новую прошивку",
      frequency_harms: "Неверная частота портит нагрузку",
      house_detached: "Выключено: дом отцеплен от сети и живёт от панелей и батареи",
      inverter_totals_cleared: "Обнулит счётчики энергии инвертора",
      limit_maybe_deaf: "У одного владельца BMS это подтвердила, но не изменила",
      load_drops: "Выключено: без сети дом останется без света",
      no_charge: "Выключено: батарея не заряжается",
      no_discharge: "Выключено: батарея не отдаёт энергию, без сети инвертор погаснет",
      own_voltages: "Все типы, кроме пользовательского, ставят свои напряжения заряда",
      pv_charge_stops: "Выключено: заряд от панелей прекращается",
      restart: "Перезапустит BMS",
      sells_battery: "Продаёт энергию батареи в сеть; нужно согласие владельца и энергосбыта",
      serial_overwritten: "Заменит серийный номер",
      small_loads_starve: "Включено: мелкая нагрузка питается с перебоями",
      switches_replaced: "Заменит сразу все восемь переключателей",
    },
    by_hand: {
      about: (_doc, name) => name,
      not_known: "неизвестно",
      term: (length) => ` на ${length}`,
      until: (clock) => ` до ${clock}`,
      span: (from, to) => `от ${from} до ${to}`,
      nothing: "ничего",
      nothing_on: (grade) => `на машине ${grade} В ничего`,
      not_queued: "в очередь не поставлено (пробный запуск)",
      queued: (id, poll, life) => `команда ${id} в очереди; ${poll} исполнит её за ${life}, иначе она устареет`,
      written: (path, poll) => `записано в ${path}; ${poll} возьмёт за минуту, чем кончилось, покажет inverter-cmd log`,
      none_waits: "очередь пуста",
      none_given: "команд ещё не было",
      columns: ["Адрес", "Имя", "Сейчас", "Класс", "Допустимо"],
      classes: { normal: "", battery_safety: "с --yes", never: "закрыто" },
      never_read: "настройки ещё не читались",
      read: (age) => `прочитано ${age} назад`,
      classes_told: "с --yes: нужно подтверждение; закрыто: нужно --unlock ИМЯ",
      at_line: (file, line) => `${file}, строка ${line}`,
      ended: (what, state, why) => {
        const named = typeof what === "number" ? `команда ${what}` : what;
        return why === null ? `${named}: ${state}` : `${named}: ${state} (${why})`;
      },
      goes_on: "следующий запуск продолжит",
      more: (count) => `… и ещё ${count}, см. inverter-cmd log`,
    },
    quoted: (name) => `«${name}»`,
    file_anew: "файл состояния начат заново",
    file_restored: "файл состояния восстановлен",
    it: "эта настройка",
    on: "включено",
    off: "выключено",
    value_unknown: "неизвестное значение",
    other_mode: (mode) => `после неё задан другой режим: ${mode}`,
    never_taken: "её так никто и не взял",
    other_reason: "причину записала более новая версия программы",
    nobody_knows: "о батарее ничего не известно",
    range: (from, to) => `; допустимо от ${from} до ${to}`,
    choice: (values) => `; допустимо: ${values.join(", ")}`,
    changes: (count) => `${count}-е изменение этой настройки за сутки`,
    change: (name, before, after) => `${name} ${before === null ? "" : `${before} `}→ ${after}`,
    lease: (id, what, then, left, waits) =>
      `команда ${id} держит ${what}${left === null ? "" : ` ещё ${left}`}, потом ${then}` +
      (left !== null
        ? ""
        : waits
          ? "; срок вышел, ждёт, пока с сети можно будет уйти"
          : "; вернётся при следующем опросе"),
    numbered: (id, who) => `команда ${id} (${who})`,
  };
};

/** Почему правила решили так: каждое правило с тем, что оно увидело, команда, и далеко ли до другого решения. */
import type { Words } from "./catalogue.ts";
import { inside } from "./sentence.ts";
import type { WhyDevice, WhyNames, WhyPart, WhySource } from "./why-values.ts";

const SOURCES: Readonly<Record<WhySource, string>> = {
  voltage: "по напряжению",
  counter: "по счётчику",
  neither: "ни напряжение, ни счётчик не годятся",
};
const PARTS: Readonly<Record<WhyPart, string>> = { battery: "батарея", mosfet: "ключи BMS", inverter: "инвертор" };

export const whyRu = ({ format: f, field, fault, causes }: WhyNames): Words["why"] => {
  const V = (volts: number | null, digits = 2): string => f.quantity(volts, "V", digits);
  const W = (watts: number | null): string => f.quantity(watts, "W");
  const percent = (value: number | null): string =>
    value === null ? "неизвестен" : f.quantity(value, "%", Number.isInteger(value) ? 0 : 1);
  const watts = (value: number | null): string => (value === null ? "неизвестно" : W(value));
  const of = (kind: WhyDevice): string => (kind === "bms" ? "BMS" : "инвертора");
  const min = (value: number): string => f.quantity(value, "min");
  const held = (so_far: number, asked: number): string => `держится ${f.number(so_far)} из ${min(asked)}`;
  const ago = (age: number | null): string => (age === null ? "нет данных" : `${f.duration(age)} назад`);
  const cell = (pack: string | null, number: number): string => `ячейка ${number}${pack === null ? "" : ` (${pack})`}`;
  const cause = (id: string | null): string =>
    id === null ? "неисправность" : id === "order" ? "команда уйти с сети не выполнена" : (causes[id] ?? id);
  const is_on = (on: boolean | null): string => (on === null ? "неизвестен" : on ? "включён" : "выключен");
  const times = (count: number): string =>
    `${count} ${f.plural(count, { one: "переключение", few: "переключения", many: "переключений", other: "переключения" })}`;
  return {
    yes: "да",
    no: "нет",
    not_known: "?",
    head: (on_grid, mode, rules) =>
      `${on_grid === null ? "положение неизвестно" : on_grid ? "на сети" : "без сети"}, режим ${mode}, правила ${rules}`,
    no_order: "команды нет",
    ordered: (to_grid, life) =>
      `команда: ${to_grid ? "вернуться на сеть" : "уйти с сети"} (действует ${f.duration(life)})`,
    charger_order: (value) => `команда: источник заряда ${value}`,
    reason: (text) => `почему: ${text}`,
    other_choice: (text) => `до другого решения: ${text}`,
    data: (bms, inverter, samples, doubted) =>
      `данные: BMS ${ago(bms)}, инвертор ${ago(inverter)}, замеров BMS: ${samples}${doubted.length > 0 ? `, не верим: ${doubted.join(", ")}` : ""}`,
    figures: (v) =>
      `заряд ${percent(v.soc)}${v.source === null ? "" : ` (${SOURCES[v.source]})`}, нижняя ячейка ${v.lowest === null ? "неизвестна" : V(v.lowest, 3)}, солнце ${watts(v.pv)}, дом ${watts(v.load)}, нужно солнца ${watts(v.needed)}`,
    repaired: (fields) => `память: заменены ${fields.join(", ")}`,
    notes: (flags) => `кроме того: ${flags.join("; ")}`,
    flags: {
      blind: "данные слишком стары",
      outage: "сети нет",
      locked: "ждём после аварийного возврата",
      manual: "сеть переключил кто-то другой",
      soc_mistrust: "заряд известен ненадёжно",
      sensors_disagree: "BMS и инвертор расходятся",
      value_doubted: "есть сомнительные значения",
      physical_mismatch: "реле и вход сети противоречат друг другу",
      order_unconfirmed: "команда не подтверждена",
      budget_used_up: "переключения за сутки исчерпаны",
      clock_jump: "часы перевели",
      parameters_invalid: "настройки правил вне допустимого",
      memory_lost: "память правил потеряна",
      memory_repaired: "память правил исправлена",
      no_plan: "плана нет, решают правила greedy",
      cell_low: "низкая ячейка",
      pv_wasted: "солнце пропадает",
    },
    because: {
      observing: (text) => `только наблюдаем; сделали бы: ${text}`,
      owner: "хозяин хочет на сеть",
      hands_off: "сеть переключил кто-то другой, действуют только аварийные правила",
      stay_on: "уходить с сети незачем",
      stay_off: "возвращаться на сеть незачем",
      position: "положение входа сети неизвестно",
      back: (on_grid, rule) => `${on_grid === null ? "на сеть" : "назад на сеть"}: ${rule}`,
      leave: (rule) => `уйти с сети: ${rule}`,
      blocked: (rule, guard) => `${rule} увело бы с сети, но ${guard}`,
      parameters: (problem) => `настройки правил вне допустимого: ${problem}`,
      gave_up: (minutes) => `команда уйти с сети не выполнена, больше не пробуем ${min(minutes)}`,
    },
    order: {
      open: (text) => `команда: ${text}`,
      what: (to_grid) => (to_grid ? "команда вернуться на сеть" : "команда уйти с сети"),
      under_way: (what, tries) => `${what} выполняется (попытка ${tries})`,
      done: (what, tries) => `${what} (попытка ${tries}) выполнена`,
      unconfirmed: (what, tries) => `${what} (попытка ${tries}) не подтверждена`,
      gave_up: (what, tries) => `${what}: отказались, сделано попыток: ${tries}`,
      ended: (what, tries, fate) => `${what} (попытка ${tries}) ${fate}`,
      fates: {
        refused: "отклонена",
        failed: "не прошла",
        expired: "устарела до отправки",
        cancelled: "отменена",
        superseded: "уступила более новой",
      },
    },
    distance: {
      none: "о другом решении сказать нечего",
      soc_unknown_off: "заряд неизвестен; на сеть вернут только авария или потеря данных",
      soc_unknown_on: "заряд неизвестен",
      nothing: "ничего",
      and: " и ",
      reserve: (missing) => `правилу резерва не хватает: ${missing}`,
      sun_and_full: (sun, full) => `правилу солнца не хватает: ${sun}; правилу полной батареи: ${full}`,
      cell_above: (volts) => `; нижняя ячейка выше аварийного предела на ${V(volts)}`,
      guards: (names) => `; мешает: ${names.join(", ")}`,
      minutes: (value) => `ещё ${min(value)}`,
      charge: (value, less) => `заряда ${less ? "меньше" : "больше"} на ${percent(value)}`,
      power: (value) => (value === null ? "известных солнца и нагрузки" : `ещё ${W(Math.ceil(value))} солнца`),
      fill_hours: (hours, limit) =>
        `батарея полнее (при таком солнце до полной ${f.number(hours, 1)} ч, допустимо ${f.number(limit)} ч)`,
    },
    rules: {
      unknown: (key) => `${inside(field(key))}: нет данных`,
      not_believed: (text) => ` (не верим: ${text})`,
      fresh: (kind, age, limit) =>
        age === null ? `нет данных ${of(kind)}` : `данные ${of(kind)}: ${ago(age)}, допустимо ${f.duration(limit)}`,
      samples: (count, window, least) => `замеров BMS за ${min(window)}: ${count}, нужно ${least}`,
      silent: (names) => `нет данных: ${names.join(", ")}`,
      cells: (count, all) => (count === all ? `известны все ячейки: ${all}` : `известно ячеек: ${count} из ${all}`),
      current: (amps) => f.quantity(amps, "A", 1),
      charge: (soc, source) => `заряд ${percent(soc)}${source === null ? "" : `: ${SOURCES[source]}`}`,
      sensors: {
        agree: "показания сходятся",
        disagree: "показания расходятся",
        apart: (bms, inverter) => `показания расходятся: сумма ячеек ${V(bms)}, у инвертора ${V(inverter, 1)}`,
      },
      faults: {
        none: "неисправностей нет",
        found: (texts) => `неисправность: ${texts.join(", ")}`,
        one: (kind, label, bit) => `${kind === "bms" ? "BMS" : "инвертор"}: ${inside(fault(label, bit))}`,
        cut_off: "BMS отключила разряд",
        untold: (kind) => (kind === "bms" ? "предупреждения BMS неизвестны" : "ошибки инвертора неизвестны"),
      },
      bms_switches: (charging, discharging) => `BMS: заряд ${is_on(charging)}, разряд ${is_on(discharging)}`,
      position: (on) => `вход сети ${is_on(on)}`,
      grid: (volts, least) => `сеть ${V(volts, 0)}, нужно ${V(least, 0)}`,
      physical: (agree) =>
        agree ? "реле и состояние согласны со входом сети" : "реле или состояние противоречат входу сети",
      temperatures: "температуры в допустимых пределах",
      hot: (part, temperature) => `${PARTS[part]}: ${f.quantity(temperature, "°C")}`,
      load: (watts_now, most) => `наибольшая нагрузка ${W(Math.round(watts_now))}, допустимо ${W(most)}`,
      not_locked: "запрета нет",
      locked: (minutes, by) => `запрет ещё ${min(minutes)}: ${cause(by)}`,
      manual: (minutes) =>
        minutes === 0
          ? "никто другой сеть не переключал"
          : `сеть переключил кто-то другой: не вмешиваемся ещё ${min(minutes)}`,
      dwell: (minutes, least) => `на сети ${min(minutes)}, нужно ${min(least)}`,
      budget: (count, below) => `${times(count)} за 24 ч, нужно меньше ${below}`,
      clock: (steady) => (steady ? "часы идут ровно" : "часы только что перевели"),
      owner_off: "хозяин хочет уйти с сети",
      full: (full, soc, so_far, asked) =>
        `${full ? "батарея почти полна" : "батарея не полна"} (заряд ${percent(soc)}), ${held(so_far, asked)}`,
      sun: (v) =>
        `солнце ${watts(v.pv)}, нужно ${watts(v.needed)}; заряд ${percent(v.soc)}, нужно ${percent(v.start)}; ${held(v.held, v.hold)}`,
      fill_hours: (hours) => `, до полной батареи ${f.number(hours, 1)} ч`,
      dusk: (dark, armed, soc, needed) =>
        `${dark ? "темно" : "светло"}, ${armed ? "день был" : "дня с прошлого раза не было"}, заряд ${percent(soc)}, нужно ${percent(needed)}`,
      original: (volts, pv, battery, counter) =>
        `нижняя ячейка ${V(volts, 3)}, солнце ${W(pv)}, батарея ${W(battery)}, счётчик ${counter}`,
      no_data: "нет данных",
      plan: (leave, kwh) => `по плану ${leave ? "без сети" : "на сети"} выгоднее на ${f.quantity(kwh, "kWh", 2)}`,
      blind: {
        ages: (bms, inverter, repeats) =>
          `BMS: ${ago(bms)}${repeats ? " (повторяет один ответ)" : ""}, инвертор: ${ago(inverter)}`,
        by_inverter: (volts) => `, по инвертору ${V(volts)} на ячейку`,
        last_soc: (soc) => `, последний известный заряд ${f.quantity(soc, "%")}`,
        grace: "; ждём после пуска или перевода часов",
      },
      low_cell: {
        nonsense: (pack, number) => `${cell(pack, number)} показывает невозможное, а BMS сообщает о пустой батарее`,
        terminal: (volts, panic, limit) =>
          `по инвертору ${V(volts)} на ячейку; предел ${V(panic)} сразу или ${V(limit)} в среднем`,
        none: "напряжения ячеек неизвестны",
        level: (name, volts, panic, limit) => `${name} ${V(volts, 3)}; предел ${V(panic)} сразу или ${V(limit)} дважды`,
        lowest: (pack, number) => `нижняя ${cell(pack, number)}:`,
        mean: "ячейка в среднем",
      },
      reserve: {
        soc: (soc, reserve) =>
          soc === null ? "заряд неизвестен" : `заряд ${percent(soc)}, резерв ${f.quantity(reserve, "%")}`,
        by_terminal: " (по напряжению инвертора)",
        by_lower: " (по инвертору, меньшее из двух)",
        held: (so_far, asked) => `, ${held(so_far, asked)}`,
        spell: (so_far, least) => `, без сети ${min(so_far)} из ${min(least)}`,
      },
    },
  };
};

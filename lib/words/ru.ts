/** Russian, as the owner says it. */
import type {
  AlertCatalogue,
  AlertWords,
  CellValues,
  Device,
  EvidenceValues,
  Guarded,
  Hot,
  Seen,
  WatchedField,
  WatchedValues,
} from "./alert-values.ts";
import { answersRu } from "./answers-ru.ts";
import { backupRu } from "./backup-ru.ts";
import type { Words } from "./catalogue.ts";
import { COMMAND_FAILURES_RU } from "./command-failures-ru.ts";
import { CONFIG_FAILURES_RU } from "./config-failures-ru.ts";
import { DEMO_RU } from "./demo-ru.ts";
import { doctorRu } from "./doctor-ru.ts";
import { DUMPS_RU } from "./dumps-ru.ts";
import { ENTITIES_RU } from "./entities-ru.ts";
import { type Format, type Locale, MISSING } from "./format.ts";
import { HAND_RU } from "./hand-ru.ts";
import type { HouseState } from "./headline-values.ts";
import { FAULTS_RU, FIELDS_RU, STATES_RU } from "./names-ru.ts";
import { ordersRu } from "./orders-ru.ts";
import { all, capital, known, listed, told } from "./sentence.ts";
import { SERVICE_FAILURES_RU } from "./service-failures-ru.ts";
import { SETUP_FAILURES_RU } from "./setup-failures-ru.ts";
import { setupRu } from "./setup-ru.ts";
import { STATE_FAILURES_RU } from "./state-failures-ru.ts";
import { whyRu } from "./why-ru.ts";
import { WIRE_FAILURES_RU } from "./wire-failures-ru.ts";

const FAILURES_RU: Words["failures"] = {
  ...WIRE_FAILURES_RU,
  ...STATE_FAILURES_RU,
  ...SERVICE_FAILURES_RU,
  ...CONFIG_FAILURES_RU,
  ...COMMAND_FAILURES_RU,
  ...SETUP_FAILURES_RU,
};

export const locale: Locale = {
  tag: "ru",
  decimal: ",",
  group: "\u00a0",
  months: ["янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек."],
  units: {
    ...{
      V: "В",
      mV: "мВ",
      A: "А",
      mA: "мА",
      W: "Вт",
      kW: "кВт",
      VA: "ВА",
      var: "вар",
      kWh: "кВт·ч",
      Hz: "Гц",
      "°C": "°C",
    },
    ...{
      "%": "%",
      Ah: "А·ч",
      mAh: "мА·ч",
      s: "с",
      min: "мин",
      h: "ч",
      d: "д",
      us: "мкс",
      mOhm: "мОм",
      uOhm: "мкОм",
      MiB: "МиБ",
    },
  },
};

type Word = string | null | undefined;

const named = (word: string, device: Word): string => (device ? `${word} ${device}` : word);
const battery = (device: Word): string => named("батарея", device);
const ofBattery = (device: Word): string => named("батареи", device);
const inBattery = (device: Word): string => named("в батарее", device);
const bms = (device: Word): string => (device ? `BMS батареи ${device}` : "BMS");
const deviceName = ({ kind, device }: Device): string => (kind === "inverter" ? "инвертор" : bms(device));
const ofDevice = ({ kind, device }: Device): string => (kind === "inverter" ? "инвертора" : bms(device));
const cell = (number: number | null): string => (number === null ? "одна из ячеек" : `ячейка ${number}`);

/** Мощность дома не знают до ватта. */
const roughWatts = (f: Format, watts: number): string =>
  f.quantity(watts < 100 ? watts : Math.round(watts / 10) * 10, "W");
const show = (f: Format, value: Seen, unit?: "%" | "W"): string =>
  typeof value !== "number"
    ? "–"
    : unit === "W"
      ? roughWatts(f, value)
      : unit
        ? f.quantity(value, unit)
        : f.number(value);

/** Что держит дом на сети; `v` — что увидели, `limit` — что нужно. */
const guards = (f: Format): Words["guards"] => ({
  mode: () => "так хочет хозяин",
  observe: () => "batmon только наблюдает",
  manual_off: () => "автоматика выключена",
  no_reason: () => "уходить с неё пока незачем",
  order_refused: () => "команда уйти с сети отклонена",
  order_failed: () => "команда уйти с сети не прошла",
  order_unconfirmed: () => "команда уйти с сети не подтверждена",
  order_gave_up: () => "от команды уйти с сети пришлось отказаться",
  order_under_way: () => "команда уйти с сети выполняется",
  parameters: () => "одна из настроек правил вне допустимого",
  reserve: (v, limit) =>
    typeof v === "number" ? `заряд ${f.quantity(v, "%")}, резерв ${show(f, limit, "%")}` : "заряд неизвестен",
  fresh_bms: (v) => (typeof v === "number" ? `данным BMS уже ${f.duration(v * 60)}` : "нет данных BMS"),
  fresh_inverter: (v) =>
    typeof v === "number" ? `данным инвертора уже ${f.duration(v * 60)}` : "нет данных инвертора",
  samples: () => "замеров батареи пока мало",
  cells: (v, limit) =>
    typeof v === "number" && typeof limit === "number"
      ? `известно только ${v} из ${limit} ячеек`
      : "известны не все ячейки",
  current: () => "ток батареи неизвестен",
  charge: () => "заряд неизвестен",
  sensors: () => "BMS и инвертор расходятся в показаниях батареи",
  faults: (v) => (v === null ? "неизвестно, нет ли неисправности" : "устройство сообщает о неисправности"),
  bms_switches: () => "BMS отключила заряд или разряд",
  position: () => "положение входа сети неизвестно",
  grid: (v) => (typeof v === "number" ? `в сети только ${f.quantity(v, "V")}` : "напряжение сети неизвестно"),
  physical: () => "реле и настройка входа сети противоречат друг другу",
  temperature: () => "температура вне допустимого или неизвестна",
  load: (v, limit) =>
    typeof v === "number"
      ? `дом берёт ${show(f, v, "W")}, допустимо ${show(f, limit, "W")}`
      : "нагрузка дома неизвестна",
  lock: (v) =>
    typeof v === "number"
      ? `после аварийного возврата ждём ещё ${f.duration(v * 60)}`
      : "после аварийного возврата ждём",
  manual: (v) =>
    typeof v === "number"
      ? `сеть переключил кто-то другой, не вмешиваемся ещё ${f.duration(v * 60)}`
      : "сеть переключил кто-то другой: пока не вмешиваемся",
  dwell: (v, limit) =>
    typeof v === "number" && typeof limit === "number"
      ? `на сети только ${f.duration(v * 60)}, нужно не меньше ${f.duration(limit * 60)}`
      : "на сети ещё слишком недолго",
  budget: (v) =>
    typeof v === "number"
      ? `переключений за сутки уже ${v}, больше пока нельзя`
      : "переключений за сутки слишком много",
  clock: () => "часы только что переведены",
});

const CAUSES: Words["causes"] = {
  S1: "неисправность",
  S2: "слишком мало известно о батарее",
  S3: "ячейка почти пуста",
  S4: "перегрев",
  S5: "дошли до резерва",
  G1: "батарея почти полна",
  G2: "солнца достаточно",
  G3: "заряда хватит на ночь",
  P1: "по плану",
  P2: "по плану",
  F: "по правилам прежней программы",
  N: "по правилам прежней программы",
  mode: "так хочет хозяин",
  foreign: "переключили на инверторе или другой программой",
  order: "по команде",
};

/** Rows beside those of the samples: what tells a machine from another, and settings that rules and owners change. */
const MORE_FIELDS = {
  cells: "Ячейки",
  serial_number: "Серийный номер",
  model: "Модель",
  machine_type: "Тип машины",
  machine_number: "Номер модели",
  hardware_version: "Версия платы",
  software_version: "Версия прошивки",
  protocol_version: "Версия протокола",
  charger_type: "Тип контроллера",
  charger_hardware_version: "Версия платы контроллера",
  charger_software_version: "Версия прошивки контроллера",
  dialect: "Протокол",
  settings: "Настройки",
  device_info: "Сведения об устройстве",
  charger_source_priority: "Источник заряда",
  energy_use_mode: "Порядок источников",
  max_charge_current: "Предел тока заряда",
  max_discharge_current: "Предел тока разряда",
  charge_mosfet_enabled: "Разрешение заряда",
  discharge_mosfet_enabled: "Разрешение разряда",
  balancing_enabled: "Разрешение балансира",
} as const;

export function words(f: Format): Words {
  const V = (volts: number | null): string => f.quantity(volts, "V", 2);
  const V1 = (volts: number): string => f.quantity(volts, "V", 1);
  const mV = (volts: number): string => f.quantity(volts * 1000, "mV");
  const A = (amperes: number): string => f.quantity(amperes, "A", 1);
  const W = (watts: number): string => roughWatts(f, watts);
  const C = (degrees: number): string => f.quantity(degrees, "°C");
  const percent = (value: number): string => f.quantity(value, "%");
  const kWh = (value: number): string => f.quantity(value, "kWh", 1);
  const soc = (value: number | null) => known(value, (one) => `заряд ${percent(one)}`);
  const spread = (value: number | null) => known(value, (one) => `разброс ${mV(one)}`);
  const current = (value: number | null) => known(value, (one) => `ток ${A(one)}`);
  const cellDetails = (v: CellValues) => [known(v.voltage, V), spread(v.spread), current(v.current), soc(v.soc)];
  const heat = (v: Hot) => [known(v.temperature, C), known(v.limit, (one) => `предел ${C(one)}`)];
  const guard = guards(f);
  const why = ({ guard: code, guard_value, guard_limit }: Guarded): string | null => {
    const make = code !== null && Object.hasOwn(guard, code) ? guard[code as keyof typeof guard] : null;
    return make ? `Почему на сети: ${make(guard_value, guard_limit)}.` : null;
  };
  const fault = (label: string | null, bit: number | null): string => {
    if (label !== null && Object.hasOwn(FAULTS_RU, label)) return FAULTS_RU[label as keyof typeof FAULTS_RU];
    return bit === null ? "неизвестная неисправность" : `неизвестная неисправность (№ ${bit})`;
  };
  const lower = (text: string): string =>
    /^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
  const field = (key: string): string => {
    if (Object.hasOwn(MORE_FIELDS, key)) return MORE_FIELDS[key as keyof typeof MORE_FIELDS];
    const number = /^cell_(\d+)$/.exec(key)?.[1];
    if (number !== undefined) return `Ячейка ${number}`;
    if (Object.hasOwn(FIELDS_RU, key)) return FIELDS_RU[key as keyof typeof FIELDS_RU];
    if (Object.hasOwn(ENTITIES_RU, key)) return ENTITIES_RU[key as keyof typeof ENTITIES_RU];
    return `«${key.replaceAll("_", " ")}»`;
  };
  const doubted = (keys: readonly string[]): string => {
    const list = keys
      .slice(0, 5)
      .map((key) => lower(field(key)))
      .join(", ");
    return keys.length > 5 ? `${list} и ещё ${keys.length - 5}` : list;
  };
  const times = (count: number): string =>
    `${count} ${f.plural(count, { one: "раз", few: "раза", many: "раз", other: "раза" })}`;
  const dayCount = (count: number): string =>
    `${count} ${f.plural(count, { one: "день", few: "дня", many: "дней", other: "дня" })}`;
  const tryCount = (count: number): string =>
    `${count} ${f.plural(count, { one: "попытки", few: "попыток", many: "попыток", other: "попытки" })}`;
  const messageCount = (count: number): string =>
    `${count} ${f.plural(count, { one: "сообщение", few: "сообщения", many: "сообщений", other: "сообщения" })}`;

  const evidence = ({ keys, found, expected }: EvidenceValues): string =>
    keys
      .map((key, index) => {
        const before = expected[index] ?? "–";
        return `${lower(field(key))} ${found[index] ?? "–"}${before === "–" ? "" : `, раньше ${before}`}`;
      })
      .join("; ");
  const partNames = (keys: readonly string[]): string =>
    keys.map((key) => (/^\d+$/.test(key) ? `регистры с ${key}` : lower(field(key)))).join(", ");

  const alerts: AlertCatalogue = {
    cell_low: {
      title: "Низкая ячейка",
      raised: (v) =>
        all(
          told(
            `${capital(inBattery(v.device))} просела ${cell(v.cell)}`,
            known(v.voltage, V),
            known(v.rest_voltage, (one) => `в покое около ${V(one)}`),
            spread(v.spread),
            soc(v.soc),
          ),
          "Снизьте нагрузку или дайте ей зарядиться.",
        ),
      cleared: (v) =>
        told(
          `Низких ячеек ${inBattery(v.device)} больше нет`,
          known(v.voltage, (one) => `нижняя ${V(one)}`),
        ),
    },
    cell_emergency: {
      title: "Ячейка почти пуста",
      raised: (v) =>
        all(
          v.voltage === null
            ? `${capital(inBattery(v.device))} ${cell(v.cell)} показывает бессмыслицу, а BMS сообщает, что батарея пуста.`
            : told(`${capital(inBattery(v.device))} почти пуста ${cell(v.cell)}`, ...cellDetails(v)),
          "Переведите дом на сеть или сейчас же отключите нагрузку.",
        ),
      cleared: (v) =>
        told(
          `Почти пустых ячеек ${inBattery(v.device)} больше нет`,
          known(v.voltage, (one) => `нижняя ${V(one)}`),
        ),
    },
    cell_high: {
      title: "Высокая ячейка",
      raised: (v) =>
        all(
          told(`${capital(inBattery(v.device))} ${cell(v.cell)} выше нормы`, ...cellDetails(v)),
          "Заряд должен прекратиться; если нет, убавьте напряжение заряда.",
        ),
      cleared: (v) =>
        told(
          `Высоких ячеек ${inBattery(v.device)} больше нет`,
          known(v.voltage, (one) => `верхняя ${V(one)}`),
        ),
    },
    cell_spread: {
      title: "Разброс ячеек",
      raised: (v) =>
        all(
          told(
            `Ячейки ${ofBattery(v.device)} разошлись`,
            spread(v.spread),
            known(v.low_voltage, (one) => `${cell(v.low_cell)} — ${V(one)}`),
            known(v.high_voltage, (one) => `${cell(v.high_cell)} — ${V(one)}`),
            current(v.current),
          ),
          "Включён ли балансир? Ему помогает полный заряд.",
        ),
      cleared: (v) => told(`Ячейки ${ofBattery(v.device)} снова выровнены`, spread(v.spread)),
    },
    over_current: {
      title: "Большой ток батареи",
      raised: (v) =>
        all(
          told(
            `Большой ток ${ofBattery(v.device)}`,
            known(v.current, A),
            known(v.limit, (one) => `предел ${A(one)}`),
          ),
          "Отключите часть нагрузки или убавьте ток заряда.",
        ),
      cleared: (v) => told(`Ток ${ofBattery(v.device)} снова в норме`, known(v.current, A)),
    },
    battery_temperature_high: {
      title: "Батарея горячая",
      raised: (v) =>
        all(told(`${capital(battery(v.device))} перегрелась`, ...heat(v)), "Обеспечьте обдув и снизьте ток."),
      cleared: (v) => told(`${capital(battery(v.device))} остыла`, known(v.temperature, C)),
    },
    battery_temperature_low: {
      title: "Батарея холодная",
      raised: (v) =>
        all(
          told(`${capital(battery(v.device))} слишком холодная`, ...heat(v)),
          "Заряжать замёрзшие ячейки нельзя: они портятся.",
        ),
      cleared: (v) => told(`${capital(battery(v.device))} согрелась`, known(v.temperature, C)),
    },
    mosfet_temperature: {
      title: "Ключи BMS горячие",
      raised: (v) => all(told(`Ключи ${bms(v.device)} перегрелись`, ...heat(v)), "Обеспечьте обдув BMS и снизьте ток."),
      cleared: (v) => told(`Ключи ${bms(v.device)} остыли`, known(v.temperature, C)),
    },
    bms_fault: {
      title: "Сообщение BMS",
      raised: (v) => `${bms(v.device)} сообщает: ${lower(fault(v.label, v.bit))}.`,
      cleared: (v) => `${bms(v.device)} больше не сообщает: ${lower(fault(v.label, v.bit))}.`,
    },
    charge_mosfet_off: {
      title: "Заряд отключён",
      raised: (v) =>
        told(
          `${bms(v.device)} отключила заряд`,
          known(v.voltage, (one) => `верхняя ячейка ${V(one)}`),
          known(v.temperature, C),
        ),
      cleared: (v) => `${bms(v.device)} снова разрешает заряд.`,
    },
    discharge_mosfet_off: {
      title: "Разряд отключён",
      raised: (v) =>
        all(
          told(
            `${bms(v.device)} отключила разряд`,
            known(v.voltage, (one) => `нижняя ячейка ${V(one)}`),
            soc(v.soc),
          ),
          "Батарея ничего не питает.",
        ),
      cleared: (v) => `${bms(v.device)} снова разрешает разряд.`,
    },
    soc_low: {
      title: "Батарея разряжена",
      raised: (v) =>
        all(
          told(
            `${capital(battery(v.device))} разряжена`,
            known(v.soc, percent),
            known(v.voltage, (one) => `${cell(v.cell)} — ${V(one)}`),
            current(v.current),
          ),
          "Снизьте нагрузку или дайте ей зарядиться.",
        ),
      cleared: (v) => told(`${capital(battery(v.device))} подзарядилась`, known(v.soc, percent)),
    },
    soc_mistrust: {
      title: "Счётчик заряда под сомнением",
      raised: (v) =>
        all(
          told(
            `Счётчику заряда ${ofBattery(v.device)} нельзя верить`,
            known(v.soc, (one) => `показывает ${percent(one)}`),
            known(v.rest_voltage, (one) => `а нижняя ячейка в покое ${V(one)}`),
          ),
          "Полный заряд его поправит.",
        ),
      cleared: (v) => told(`Счётчик заряда ${ofBattery(v.device)} снова сходится с напряжением`, known(v.soc, percent)),
    },
    bms_implausible: {
      title: "Показания BMS под сомнением",
      raised: (v) =>
        v.excluded.length === 0
          ? `${bms(v.device)} присылала значения, которым нельзя было верить; сейчас все в порядке.`
          : `${bms(v.device)} присылает значения, которым нельзя верить: ${doubted(v.excluded)}. Остальные в силе.`,
      cleared: (v) => `Все значения ${bms(v.device)} снова в порядке.`,
    },
    never_full: {
      title: "Нет полного заряда",
      raised: (v) =>
        all(
          v.days === null
            ? "Батарея давно не заряжалась полностью."
            : `Батарея не заряжалась полностью уже ${dayCount(v.days)}.`,
          "Счётчик заряда и баланс ячеек уплывают: зарядите её полностью.",
        ),
      cleared: () => "Батарея заряжена полностью.",
    },
    grid_lost: {
      title: "Пропала сеть",
      raised: (v) =>
        all(
          told(
            "Сети нет",
            v.grid_voltage !== null && v.grid_voltage >= 10 && `только ${f.quantity(v.grid_voltage, "V")}`,
          ),
          known(v.soc, (one) => `Заряд ${percent(one)}.`),
          known(v.run_time_s, (one) =>
            told(
              `Хватит примерно на ${f.rough(one)}`,
              known(v.load_power, (load) => `дом берёт ${W(load)}`),
            ),
          ),
        ),
      cleared: (v) =>
        all(
          told(
            "Сеть вернулась",
            known(v.grid_voltage, (one) => f.quantity(one, "V")),
            known(v.grid_frequency, (one) => f.quantity(one, "Hz", 1)),
          ),
          known(v.soc, (one) => `Заряд ${percent(one)}.`),
        ),
    },
    inverter_temperature: {
      title: "Инвертор горячий",
      raised: (v) => all(told("Инвертор перегрелся", ...heat(v)), "Обеспечьте обдув и снизьте нагрузку."),
      cleared: (v) => told("Инвертор остыл", known(v.temperature, C)),
    },
    inverter_error: {
      title: "Ошибка инвертора",
      raised: (v) => `Инвертор сообщает об ошибке: ${lower(fault(v.label, v.bit))}.`,
      cleared: (v) => `Ошибки инвертора больше нет: ${lower(fault(v.label, v.bit))}.`,
    },
    inverter_warning: {
      title: "Предупреждение инвертора",
      raised: (v) => `Инвертор предупреждает: ${lower(fault(v.label, v.bit))}.`,
      cleared: (v) => `Инвертор больше не предупреждает: ${lower(fault(v.label, v.bit))}.`,
    },
    inverter_implausible: {
      title: "Показания инвертора под сомнением",
      raised: (v) =>
        v.excluded.length === 0
          ? "Инвертор присылал значения, которым нельзя было верить; сейчас все в порядке."
          : `Инвертор присылает значения, которым нельзя верить: ${doubted(v.excluded)}. Остальные в силе.`,
      cleared: () => "Все значения инвертора снова в порядке.",
    },
    sensors_disagree: {
      title: "Датчики расходятся",
      raised: (v) =>
        all(
          told(
            "BMS и инвертор показывают батарею по-разному",
            known(v.bms_voltage, (one) => `BMS ${V1(one)}`),
            known(v.bms_current, A),
            known(v.inverter_voltage, (one) => `инвертор ${V1(one)}`),
            known(v.inverter_current, A),
          ),
          "Проверьте провода и контакты.",
        ),
      cleared: (v) =>
        told(
          "BMS и инвертор снова сходятся",
          known(v.bms_voltage, (one) => `BMS ${V1(one)}`),
          known(v.inverter_voltage, (one) => `инвертор ${V1(one)}`),
        ),
    },
    pv_wasted: {
      title: "Солнце пропадает",
      raised: (v) =>
        all(
          told(
            "Дом на сети, а солнце пропадает",
            v.stage === "float" && "батарея полна",
            known(v.pv_power, (one) => `панели ${W(one)}`),
          ),
          why(v),
        ),
      cleared: (v) =>
        told(
          "Солнце снова в деле",
          known(v.pv_power, (one) => `панели ${W(one)}`),
        ),
    },
    no_solar: {
      title: "Давно не автономно",
      raised: (v) =>
        all(
          `${v.hours === null ? "Давно" : `Уже ${f.duration(v.hours * 3600)}`} ни разу не автономно, хотя солнце давало больше, чем нужно дому.`,
          why(v),
        ),
      cleared: () => "Дом снова автономно.",
    },
    feed_in: {
      title: "Отдача в сеть",
      raised: (v) =>
        told(
          "Инвертор отдаёт в сеть, пока BMS не даёт заряжать",
          known(v.export_power, (one) => `около ${W(one)}`),
          known(v.sold, (one) => `всего отдано ${kWh(one)}`),
        ),
      cleared: (v) =>
        told(
          "Отдача в сеть прекратилась",
          known(v.sold, (one) => `всего отдано ${kWh(one)}`),
        ),
    },
    device_silent: {
      title: "Устройство молчит",
      raised: (v) =>
        all(
          v.failure === "wrong"
            ? `${capital(deviceName(v))} отвечает неверно.`
            : `${capital(deviceName(v))} не отвечает.`,
          "Проверьте кабель, адаптер и питание; подробнее: station doctor.",
        ),
      cleared: (v) => `${capital(deviceName(v))} снова отвечает.`,
    },
    data_stale: {
      title: "Данные устарели",
      raised: (v) =>
        all(
          v.dated === "none"
            ? `Данных ${ofDevice(v)} ещё нет.`
            : v.dated === "future"
              ? `Данные ${ofDevice(v)} датированы будущим.`
              : v.dated === "repeated"
                ? told(
                    `Данные ${ofDevice(v)} не меняются`,
                    known(v.age_s, (one) => `один и тот же ответ уже ${f.duration(one)}`),
                  )
                : told(
                    `Нет свежих данных ${ofDevice(v)}`,
                    known(v.age_s, (one) => `последним уже ${f.duration(one)}`),
                  ),
          v.position === "off"
            ? "По последним данным дом был автономно."
            : v.position === "on" && "По последним данным дом был на сети.",
        ),
      cleared: (v) => `Данные ${ofDevice(v)} снова свежие.`,
    },
    job_failed: {
      title: "Сбой команды",
      raised: (v) =>
        all(
          told(
            `${v.job ?? "Одна из команд"} не работает`,
            v.exit === 69
              ? "её служба не отвечает"
              : v.exit === 74
                ? "подводит файл"
                : v.exit === 78
                  ? "ошибка в настройках"
                  : v.exit === 75
                    ? "не хватает времени"
                    : known(v.exit, (one) => `код выхода ${one}`),
          ),
          "Подробнее: station doctor.",
        ),
      cleared: (v) => `${v.job ?? "Команда"} снова работает.`,
    },
    foreign_write: {
      title: "Настройку изменил кто-то другой",
      raised: (v) =>
        told(
          `${v.name === null ? "Настройка изменена" : `Изменена настройка «${field(v.name).replace(/[«»]/g, "")}»`}, и не командой этой станции`,
          v.old_value !== null && v.new_value !== null && `${v.old_value} → ${v.new_value}`,
        ),
      cleared: (v) =>
        `${v.name === null ? "Настройку" : `Настройку «${field(v.name).replace(/[«»]/g, "")}»`} больше никто не менял.`,
    },
    second_master: {
      title: "На линии кто-то ещё",
      raised: () =>
        "На линии инвертора говорит другая программа или логгер. Отключите, иначе читать будут с ошибками оба.",
      cleared: () => "На линии инвертора больше никого постороннего.",
    },
    other_machine: {
      title: "Другое устройство",
      raised: (v) =>
        all(
          told(`Вместо ${ofDevice(v)} отвечает другое устройство`, evidence(v)),
          "Его значения не принимаются.",
          known(v.command, (one) => `Если устройство заменили, подтвердите: ${one}.`),
        ),
      cleared: (v) => `${capital(deviceName(v))} снова на месте.`,
    },
    device_event: {
      title: "Устройство изменилось",
      raised: (v) => {
        if (v.code === "firmware_changed") {
          return all(told(`Прошивка ${ofDevice(v)} сменилась`, evidence(v)), "Читаем как прежде.");
        }
        if (v.code === "cell_count_changed") {
          return all(
            told(`Число ячеек по данным ${ofDevice(v)} другое`, evidence(v)),
            "Если ячеек не добавляли и не убирали, проверьте провода.",
          );
        }
        if (v.code === "counter_reset") {
          return all(told(`Счётчик ${ofDevice(v)} начал с нуля`, evidence(v)), "Итоги станции продолжаются.");
        }
        if (v.code === "dialect_changed") {
          return all(told(`Протокол ${ofDevice(v)} сменился`, evidence(v)), "Теперь читаем по нему.");
        }
        if (v.code === "part_silent") {
          return all(
            told(`${capital(deviceName(v))} отвечает не на все вопросы`, partNames(v.keys)),
            "Этих значений нет; время от времени спрашиваем снова.",
          );
        }
        return `Что-то изменилось: ${deviceName(v)}.`;
      },
      cleared: () => "",
    },
    order_stopped: {
      title: "Команда остановлена",
      raised: (v) => {
        const what = v.name === null ? "Настройка" : `Настройка «${field(v.name).replace(/[«»]/g, "")}»`;
        return v.code === "lease_unsafe"
          ? `${what}: срок вышел, но вернуть прежнее нельзя — уже час уйти с сети небезопасно. Оставляем как есть; повторите команду, когда батарея придёт в норму.`
          : `${what}: команд слишком много, остальные остановлены. Найдите программу, которая их шлёт; вручную команды проходят.`;
      },
      cleared: () => "",
    },
    switch_not_executed: {
      title: "Переключение не вышло",
      raised: (v) =>
        all(
          `Инвертор не ${v.wanted === "off" ? "ушёл с сети" : "вернулся на сеть"}${v.attempts === null ? "" : ` после ${tryCount(v.attempts)}`}.`,
          v.fate === "refused" && "Команда отклонена.",
          v.fate === "failed" && "Последняя попытка не удалась.",
          v.fate === "expired" && "Последняя команда истекла, не дождавшись отправки.",
          v.fate === "relay" && "Настройка принята, но реле не сработало.",
          v.wanted === "off" ? "Дом остаётся на сети." : "Переключите на панели инвертора.",
        ),
      cleared: (v) =>
        v.position === null
          ? "Переключать сеть больше не нужно."
          : v.position === "on"
            ? "Инвертор на сети, как и нужно."
            : "Инвертор автономно, как и нужно.",
    },
    blind: {
      title: "Автономно вслепую",
      raised: (v) =>
        all(
          told(
            "Дом автономно, а известно слишком мало",
            v.bms_age_s === null ? "данных BMS нет" : `данным BMS ${f.duration(v.bms_age_s)}`,
            v.inverter_age_s === null ? "данных инвертора нет" : `инвертора ${f.duration(v.inverter_age_s)}`,
          ),
          v.next === "ordered" && "Дом возвращается на сеть.",
          v.next === "later" && "Если это продлится, дом вернётся на сеть.",
          v.next === "by_hand" && "В этом режиме ничего не переключается: верните дом на сеть вручную.",
        ),
      cleared: () => "Данных снова достаточно, или дом уже на сети.",
    },
    budget_exhausted: {
      title: "Переключения исчерпаны",
      raised: (v) =>
        v.used === null
          ? "Переключения на сегодня исчерпаны: дом остаётся на сети."
          : `За сутки уже ${v.used} ${f.plural(v.used, { one: "переключение", few: "переключения", many: "переключений", other: "переключения" })}, больше нельзя: дом остаётся на сети.`,
      cleared: () => "Уходить с сети снова можно.",
    },
    disk_low: {
      title: "Диск почти полон",
      raised: (v) =>
        all(
          told(
            `Диск почти полон${v.path === null ? "" : ` (${v.path})`}`,
            known(v.free_mib, (one) => `свободно ${f.quantity(one, "MiB")}`),
            known(v.free_percent, percent),
          ),
          "Освободите место, иначе хранить будет негде.",
        ),
      cleared: (v) =>
        told(
          "Место на диске снова есть",
          known(v.free_mib, (one) => `свободно ${f.quantity(one, "MiB")}`),
        ),
    },
    state_not_writable: {
      title: "Файл состояния не пишется",
      raised: () => "Файл состояния не пишется: ничего не хранится, и команды инвертору не идут.",
      cleared: () => "Файл состояния снова пишется.",
    },
    clock_untrusted: {
      title: "Часы не установлены",
      raised: () =>
        "Часы компьютера ещё не установлены: правила по времени суток ждут, время в сообщениях может быть неверным.",
      cleared: () => "Часы компьютера установлены.",
    },
    settings_invalid: {
      title: "Неверные настройки",
      raised: (v) =>
        all(
          "Автоматика стоит: настройки неверны.",
          known(v.mode, (one) => `Режима «${one}» нет: выберите другой командой batmon --mode.`),
          v.parameters.length > 0 && `Исправьте в config.yaml: ${v.parameters.join(", ")}.`,
        ),
      cleared: () => "Настройки снова верны.",
    },
    switched: {
      title: "Переключение сети",
      raised: (v) =>
        all(
          told(
            v.to === "off" ? "Дом автономно" : "Дом на сети",
            known(v.cause, (one) => (Object.hasOwn(CAUSES, one) ? CAUSES[one as keyof typeof CAUSES] : "")),
          ),
          listed(
            soc(v.soc),
            known(v.cell_voltage_min, (one) => `нижняя ячейка ${V(one)}`),
            known(v.pv_power, (one) => `панели ${W(one)}`),
            known(v.load_power, (one) => `дом ${W(one)}`),
          ),
        ),
      cleared: () => "",
    },
    clock_jump: {
      title: "Часы переведены",
      raised: (v) =>
        v.jump_s === null
          ? "Часы переведены. Все выдержки начаты заново."
          : `Часы переведены на ${f.duration(Math.abs(v.jump_s))} ${v.jump_s > 0 ? "вперёд" : "назад"}. Все выдержки начаты заново.`,
      cleared: () => "",
    },
  };

  /** Of an alert that has no words of its own: it watches one value. */
  const watched = ({ key, beyond, unit, digits }: WatchedField): AlertWords<WatchedValues> => {
    const amount = (value: number | null) =>
      known(value, (one) => (unit === null ? f.number(one, digits) : f.quantity(one, unit, digits)));
    const name = (device: string | null) => (device === null ? field(key) : `${field(key)} (${device})`);
    const where = beyond === "above" ? "выше" : "ниже";
    return {
      title: `${field(key)}: ${where} предела`,
      raised: (v) =>
        told(
          `${name(v.device)} ${where} предела`,
          amount(v.value),
          known(amount(v.limit), (one) => `предел ${one}`),
        ),
      cleared: (v) => told(`${name(v.device)} снова в пределах`, amount(v.value)),
    };
  };

  return {
    alerts,
    failures: FAILURES_RU,
    works_again: (after_s) => `снова работает, перерыв ${f.duration(after_s)}`,
    watched,
    causes: CAUSES,
    guards: guard,
    demo: DEMO_RU,
    dumps: DUMPS_RU,
    hand: HAND_RU,
    answers: answersRu(f, field),
    setup: setupRu(f),
    backup: backupRu(f),
    why: whyRu({ format: f, field, fault, causes: CAUSES }),
    orders: ordersRu(f),
    doctor: doctorRu(f, field, FAILURES_RU),
    field,
    fault: (label, bit) => capital(fault(label, bit)),
    alert_frame: {
      lasted: (seconds, in_all) => `${in_all ? "Всего длилось" : "Длилось"} ${f.duration(seconds)}.`,
      still: (seconds) => `Так уже ${f.duration(seconds)}.`,
      interrupted: (count) => `С перерывами: ${times(count)}.`,
      untold: (count) => `До этого случалось ${times(count)} без сообщения.`,
    },
    report: {
      title: "Солнечная станция,",
      until: "до",
      no_data: "нет данных",
      pv: "Солнце",
      load: "Дом",
      bought: "Куплено",
      sold: "продано",
      battery: "Батарея",
      charged: "заряжено",
      from_grid: "из сети",
      discharged: "отдано",
      self_sufficiency: "Своя доля",
      self_consumption: "своё потребление",
      saved: "Сэкономлено",
      saved_how: "оценка: сколько пришлось бы купить, живя всё время на сети, минус купленное; запас в батарее учтён",
      soc: "Заряд",
      now: "сейчас",
      dawn: "на рассвете",
      min: "мин.",
      max: "макс.",
      run_time: "При нынешней нагрузке хватит на",
      cell: "ячейка",
      lowest_cell: "Нижняя ячейка",
      highest_cell: "Верхняя ячейка",
      spread: "Наибольший разброс",
      at_rest: "в покое",
      current: "Ток батареи",
      temperature: "Температура",
      battery_short: "батарея",
      inverter: "инвертор",
      off_grid: "Автономно",
      on_grid: "на сети",
      to_grid: "на сеть",
      to_solar: "автономно",
      unused: "Батарея полна, а дом на сети (солнце пропадает)",
      cycles: "Полных циклов за день",
      missing: "Без данных",
      implausible: "Замеров со значениями под сомнением",
      counter_faults: "Счётчики с провалом или скачком (шаг пропущен)",
      alerts: "Тревоги",
      no_alerts: "Тревог не было",
      open: "не закрыто:",
      since: "с",
      month: "Месяц",
      week: "Неделя",
    },
    messages: {
      recovered: "Порядок: ",
      alarm: "ТРЕВОГА: ",
      warning: "Внимание: ",
      undated: "(время неизвестно)",
      repeat: "(возможно, повтор)",
      late: (count, from, to, repeat) =>
        `С опозданием${repeat ? " (возможно, повтор)" : ""}: ${messageCount(count)} с ${from} до ${to}.`,
      dropped: (count) => `Более старым не хватило места, пропало: ${count}.`,
      reminders: (count) => `Из них напоминаний: ${count}.`,
      earlier: (count) => `… и более ранних: ${count}`,
      held: (total, seconds, names, more) =>
        `Сверх часового предела за ${f.duration(seconds)}: ещё ${messageCount(total)}. ${names.join(", ")}${more > 0 ? ` и ещё ${more}` : ""}.`,
      held_name: (title, subject, count, active) =>
        `${title}${subject === "" ? "" : ` (${subject})`} ${count}×, ${active ? "ещё длится" : "прошло"}`,
    },
    headline: (h, time_zone) => {
      const about = (at: number): string => {
        const round = Math.round(at / 600) * 600;
        const time = f.time(round, time_zone);
        return f.isSameDay(round, h.now, time_zone) || round - h.now < 12 * 3600 ? time : `${time} завтра`;
      };
      const since = h.since === null ? "" : ` с ${f.clock(h.since, h.now, time_zone)}`;
      const left = h.left_s === null ? "" : `, хватит примерно на ${f.rough(h.left_s)}`;
      const STATES_OF_HOUSE = {
        waiting: "Ждём первых данных",
        silent: `Инвертор молчит${since}`,
        unknown: "Инвертор не сообщает, от чего дом",
        stopped: "Инвертор остановлен",
        outage: `СЕТИ НЕТ${since}${h.sun_feeds ? ", помогает солнце" : ""}${left}`,
        battery: "Дом от батареи",
        sun: "Дом от солнца",
        sun_battery: "Дом от солнца и батареи",
        sun_charges: "Солнце питает дом и батарею",
        grid: "Дом от сети",
        grid_charges: "Дом и заряд от сети",
        sun_and_grid: "Дом от сети, помогает солнце",
        sells: "Дом от солнца, излишек в сеть",
      } satisfies Record<HouseState, string>;
      const comes = h.coming.map(({ code, at, percent: reserve }) => {
        const time = about(at);
        if (code === "reserve") return `резерв (${percent(reserve ?? 0)}) около ${time}`;
        if (code === "empty") return `разрядится около ${time}`;
        if (code === "full") return `полный заряд около ${time}`;
        return code === "grid_from" ? `сеть примерно с ${time}` : `батарея примерно с ${time}`;
      });
      return all(
        `${STATES_OF_HOUSE[h.state]}.`,
        h.rules !== null &&
          (h.rules.undated || h.rules.silent_s === null
            ? "Правила работают по другим часам."
            : `Правила не работают уже ${f.duration(h.rules.silent_s)}.`),
        h.trouble !== null &&
          `${Object.hasOwn(alerts, h.trouble.id) ? alerts[h.trouble.id as keyof typeof alerts].title : "Тревога"}${h.trouble.more > 0 ? ` и ещё ${h.trouble.more}` : ""}.`,
        listed(...comes),
      );
    },
    decision: (v) => {
      const cause = Object.hasOwn(CAUSES, v.winner) ? `: ${CAUSES[v.winner as keyof typeof CAUSES]}` : "";
      const make =
        v.guard !== null && Object.hasOwn(guard, v.guard.code) ? guard[v.guard.code as keyof typeof guard] : null;
      const sun =
        known(v.pv, (one) => `солнце ${W(one)}`) + (v.pv_needed === null ? "" : ` из нужных ${W(v.pv_needed)}`);
      const battery_now = listed(
        soc(v.soc),
        known(v.reserve, (one) => `резерв ${percent(one)}`),
        known(v.lowest_cell, (one) => `нижняя ячейка ${V(one)}`),
      );
      if (v.on_grid === null) return "Неизвестно, подключена ли сеть.";
      if (v.on_grid) {
        if (v.wish === false && v.guard === null) return all(`Дом уходит с сети${cause}.`, battery_now);
        const why_so = v.guard !== null && make ? `: ${make(v.guard.value, v.guard.limit)}` : "";
        return all(`Дом остаётся на сети${why_so}.`, v.guard?.code === "no_reason" && v.pv !== null && listed(sun));
      }
      if (v.wish === true && !v.acts) {
        return all(`Только наблюдение: правила вернули бы дом на сеть${cause}.`, battery_now);
      }
      if (v.wish === true) return all(`Дом возвращается на сеть${cause}.`, battery_now);
      return all("Дом живёт от солнца и батареи, сеть не нужна.", battery_now);
    },
    modes: { auto: "автоматика", "on-grid": "на сети", "off-grid": "автономно", observe: "только наблюдение" },
    /** The coming day as planned. */
    plan: {
      on_battery: "Дом на батарее",
      on_grid: "Дом на сети",
      reserve: (time: string, sure: boolean) => `резерв ${sure ? "" : "— возможно, "}около ${time}`,
      grid_from: (time: string) => `сеть с ${time}`,
      grid_between: (from: string, to: string) => `сеть с ${from} до ${to}`,
      grid_until: (time: string) => `сеть до ${time}`,
      battery_until: (time: string) => `батарея до ${time}`,
      full: (time: string, sure: boolean) => `полный заряд ${sure ? "" : "— возможно, "}около ${time}`,
      stays: "переключений не запланировано",
      tomorrow: (time: string) => `${time} завтра`,
      charge: "заряд",
      grid: "сеть",
      bought: (kwh: number) => `из сети до завтрашней ночи примерно ${kWh(kwh)}`,
      band: (low: string, high: string, time: string) =>
        `в ${time} заряд будет ${low === high ? `около ${low}` : `от ${low} до ${high}`} %`,
      holes:
        "за сутки приборы молчали больше двух с половиной часов; пока решают правила greedy — до тех пор, пока сутки не пройдут без таких пропусков",
      too_new:
        "станция новая, и за день аккумулятор не заполняется; первые дни, самое большее неделю, решают правила greedy",
      odd_sun:
        "солнце светит не в те часы, что по плану; пока решают правила greedy, а вам стоит проверить часы, часовой пояс, долготу и сами панели",
      mode_holds: (mode) => `план не выполняется: режим — ${mode}`,
      not_followed: (policy: string, days: number, of: number) =>
        `план пока не исполняется: правит набор ${policy}, изучено дней: ${days} из ${of}`,
      forecast_used: (source: "file" | "url", time: string) =>
        source === "file" ? `солнце — по прогнозу из файла от ${time}` : `солнце — по прогнозу, полученному в ${time}`,
      forecast_refused: {
        unreadable: () => "прогноз не учтён: файл не похож ни на один из понятных видов",
        no_hours: () => "прогноз не учтён: о ближайших часах в нём ничего нет",
        old: (value: number) => `прогноз не учтён: ему уже ${value} ч`,
        absurd: (value: number) => `прогноз не учтён: обещает солнца в ${value} раза больше, чем в ясный день`,
      },
      fetch_failed: (reason: string) => `последний прогноз получить не удалось: ${reason}`,
      cut: (from: string, to: string) => `объявлено отключение с ${from} до ${to}`,
      bad_cut: (line: number, text: string) => `строка ${line} в файле отключений непонятна: ${text}`,
      preview_head: "По плану до завтрашней ночи, без этой команды → с ней:",
      preview_head_held: (mode) =>
        `Режим — ${mode}: переключают только команды. До завтрашней ночи, без этой команды → с ней:`,
      no_preview: "Что изменит команда, сказать нельзя: плана ещё нет.",
      bought_name: "из сети",
      switches_name: "переключений",
      not_in_sight: "не предвидится",
      nothing_promised: "За последние дни не подошёл срок ни одного обещания, данного за три часа.",
      full_name: "полный заряд",
      reserve_name: "резерв",
      promised: "обещан на",
      came: "наступил",
      did_not_come: "не наступил",
      within: (percent: number) => `В пределах получаса: ${percent} %`,
    },
    tune: {
      head: ["набор", "резерв %", "запас %", "из сети кВт·ч/д", "перекл./д", "без света мин", "нижняя ячейка В"],
      about: (days: string) =>
        `Последние дни (${days}) на одной модели станции при других настройках; запас в батарее учтён.`,
      better: (kwh: string) => `Эти дни обошлись бы на ${kwh} кВт·ч в день дешевле с такими настройками:`,
      lower_reserve: "Меньший резерв — меньше заряда на случай отключения: решайте сами.",
      apply: "Ничего не изменено. Если согласны, впишите это в раздел batmon: файла config.yaml.",
      nothing: "Ничего из испробованного не лучше настолько, чтобы менять настройки.",
    },
    /** What the rules would have done. */
    backtest: {
      unproven: "за этот срок не сохранено ни одного решения: повтор ничем не подтверждён",
      made_again: (same: number, tried: number, percent: string, recorded: number) =>
        `повторены по сохранённым данным: ${same} из ${tried} решений (${percent} %), всего записано ${recorded}`,
      plans_again: (same: number, tried: number) => `; планов: ${same} из ${tried}`,
      head: (from: string, to: string, policy: string, runs: number, blind: string) =>
        `${from} — ${to}, правила ${policy}, запусков: ${runs}, без данных ${blind} ч`,
      columns: ["по правилам", "на деле", "всегда от сети"],
      switches: "переключений",
      off_grid: "часов без сети",
      bought: "из сети по счётчику (кВт·ч)",
      lowest_cell: "нижняя ячейка, замер (В)",
      model_bought: "из сети по модели (кВт·ч)",
      model_cell: "нижняя ячейка по модели",
      about_model:
        "Все три столбца — по одной модели станции. Сколько солнца пропало при полной батарее, не записано: там модель считает ясное небо таким же ярким, как перед этим. Запас в батарее учтён.",
      same_hours: (hours: string) => `положение совпадало ${hours} ч`,
      on: "на сеть",
      off: "с сети",
      more: (count: number) => `… и ещё ${count}`,
    },
    observed: {
      head: "Только наблюдение: сегодня правила переключили бы дом",
      nothing: "Только наблюдение: сегодня правила ничего бы не переключили.",
      on: "обратно в сеть",
      off: "от сети",
      more: (count: number) => `и ещё ${count}`,
      end: "Команд не было; batmon --mode auto разрешит правилам действовать.",
    },
    message_refused: {
      no_control: () => "на этой теме ничего не управляется",
      no_controls: (v) =>
        `у «${v.device}» сейчас нечем управлять: его настройки ещё не прочитаны или выключен mqtt.commands`,
      not_offered: (v) => `у «${v.device}» этим не управляют; можно: ${v.keys.join(", ")}${v.more ? ", …" : ""}`,
      retained: () => "команда с retain выполнялась бы снова и снова; отправьте без retain",
      too_long: (v) => `${v.bytes} байт, а можно не больше ${v.most}`,
      no_ascii: () => "принимаются только символы ASCII",
      no_json: () => "это не JSON",
      bad_form: () => 'ожидалось {"value": …, "ts": …}',
      bad_time: () => "ts — не число секунд UTC",
      bad_value: () => "value — не текст и не число",
      no_value: () => "значения нет или оно непонятно",
      undated: () =>
        "брокер забыл последние минуты: его перезапустили, а сохраниться он не успел; команда без времени может быть старой, дайте её ещё раз",
      too_old: (v) => `команде уже ${v.age} с, а можно не больше ${v.most}`,
      in_future: (v) => `команда из будущего, на ${v.ahead} с: часы расходятся`,
      too_many: (v) => `больше ${v.most} команд за один раз`,
      no_press: () => "кнопка понимает только PRESS",
      no_mode: (v) => `«${v.value}» — не режим; можно: ${v.modes.join(", ")}`,
    },
    /** Что бот отвечает в чате; `what` — команда словами. */
    chat: {
      commands: {
        status: "от чего питается дом, сколько заряда",
        why: "почему переключатель сети стоит так",
        plan: "что будет в ближайшие сутки",
        report: "сегодняшний день до этой минуты",
        chart: "картинка последних суток",
        help: "что здесь можно сказать",
      },
      help_orders:
        "/grid off 2h, /grid off until 07:00, /grid on: переключатель сети\n/mode auto, /mode observe, /mode on-grid, /mode off-grid: кто им управляет\n/cancel: забыть команду, которая ждёт кода\nКоманда сначала показывается и действует, только когда прислан её код.",
      unknown: "Не понимаю. Что здесь можно сказать: /help.",
      battery: (soc, power, doing) => `Батарея ${soc}, ${power}${doing === null ? "" : ` (${doing})`}.`,
      powers: (house, sun, grid) => `Дом ${house}, солнце ${sun}, сеть ${grid}.`,
      mode: (mode) => `Режим: ${mode}.`,
      grid_off: (term) => `дом без сети${term}`,
      grid_on: (term) => `дом на сети${term}`,
      term_for: (duration) => ` на ${duration}, потом как было`,
      term_until: (time) => ` до ${time}, потом как было`,
      for_good: ", пока кто-нибудь не переключит",
      set_mode: (mode) => `режим «${mode}»`,
      is_on: "Сейчас дом на сети.",
      is_off: "Сейчас дом без сети.",
      not_known: "Как стоит переключатель сейчас, неизвестно.",
      against: (why) => `Правила сейчас не отключили бы сеть: ${why}.`,
      send_code: (code, minutes, in_group) =>
        `${in_group ? `Чтобы выполнить, ответьте на это сообщение: ${code}` : `Чтобы выполнить, пришлите ${code}`} в течение ${minutes} мин. Иначе ничего не произойдёт.`,
      given: (what) => `Команда дана: ${what}. Сообщу, чем кончилось.`,
      mode_set: (what) => `Готово: ${what}. Действует со следующей минуты.`,
      ended: {
        done: (what) => `Выполнено: ${what}.`,
        unchanged: (what) => `Так уже и было: ${what}.`,
        not_done: (what, why) => `Не выполнено: ${what}. ${why}`,
        state: {
          refused: "Команда отклонена.",
          failed: "Инвертор этого не сделал.",
          expired: "Инвертор не ответил вовремя.",
          cancelled: "Команда отменена.",
          superseded: "Её сменила более поздняя команда.",
        },
      },
      old: (minutes) =>
        `Это было сказано больше ${minutes} мин назад, и я этого не сделал. Если ещё нужно, скажите снова.`,
      ahead: "Мои часы отстают: пока они не идут верно, я ничего не выполняю.",
      no_orders: "Команды из чата выключены, здесь я только отвечаю на вопросы.",
      not_allowed: "Ваши команды здесь не действуют.",
      locked: "Слишком много неверных кодов: час не принимаю отсюда команд.",
      too_many_orders: "Слишком много команд за час, подождите немного.",
      bad_grid: "Скажите /grid on или /grid off, можно со сроком: /grid off 2h, /grid off until 07:00.",
      bad_mode: "Скажите /mode auto, /mode observe, /mode on-grid или /mode off-grid.",
      nothing_waits: "Ни одна команда не ждёт кода.",
      late: "Код уже не действует, ничего не сделано. Дайте команду снова.",
      wrong_code: (left) =>
        `Неверный код. ${f.plural(left, { one: "Осталась одна попытка", few: `Осталось ${left} попытки`, other: `Осталось ${left} попыток` })}.`,
      wrong_last: "Код неверен в третий раз: команда забыта, ничего не сделано.",
      cancelled: "Команда забыта, ничего не сделано.",
      refused: (why) => `Так скомандовать нельзя: ${why}.`,
      no_decision: "Правила ещё ничего не решали.",
      no_plan: "Плана сейчас нет.",
    },
    entity: (key, named) => {
      const cell = /^cell_(\d\d)$/.exec(key)?.[1];
      if (cell !== undefined) return `Ячейка ${cell}`;
      return Object.hasOwn(ENTITIES_RU, key)
        ? ENTITIES_RU[key as keyof typeof ENTITIES_RU]
        : Object.hasOwn(FIELDS_RU, key)
          ? FIELDS_RU[key as keyof typeof FIELDS_RU]
          : named;
    },
    unproven: (name) => `${name} (не проверено)`,
    device: (name) =>
      name
        .replaceAll("_", " ")
        .replace(/\bbms\b/g, "BMS")
        .replace(/\binverter\b/g, "инвертор"),
    state: (state) =>
      state === null
        ? MISSING
        : Object.hasOwn(STATES_RU, state)
          ? STATES_RU[state as keyof typeof STATES_RU]
          : `неизвестно (${state.replace(/^unknown_/, "")})`,
    /** Words of the page and of the screen in the terminal. */
    page: {
      sun: "Солнце",
      battery: "Батарея",
      grid: "Сеть",
      house: "Дом",
      inverter: "Инвертор",
      charger: "Контроллер PV",
      pv: "Панели",
      bus: "Шина DC",
      load: "Нагрузка",
      cells: "Ячейки",
      cell: "Ячейка",
      ago: "назад",
      silent: "молчит",
      never_seen: "данных ещё нет",
      page_made: "Страница создана",
      page_every: "обновляется раз в",
      page_old: "Страница устарела. Она создана",
      page_old_hint: "Пока она не обновится, значения не считаются текущими.",
      first_start: "Ждём первых данных",
      first_start_hint: "Значения появятся, как только опрос сохранит первый замер.",
      grid_connected: "вход включён",
      grid_disconnected: "вход выключен",
      grid_mixed: "входы вразнобой",
      grid_absent: "сети нет",
      charging: "заряд",
      discharging: "разряд",
      resting: "покой",
      estimated_balance: "оценка по балансу",
      estimated_sold_counter: "оценка, продажа по счётчику",
      estimated_bought_counter: "оценка, покупка по счётчику",
      estimated_arrow: "оценка по дисплею",
      estimated_unknown: "оценка, направление неизвестно",
      feeding_in: "отдача",
      importing: "покупка",
      alerts: "Открытые тревоги",
      no_alerts: "Тревог нет",
      alerts_unknown: "Правила ещё не запускались",
      since: "с",
      energy: "Энергия",
      today: "Сегодня",
      yesterday: "Вчера",
      month: "За месяц",
      months: [
        ...["Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь"],
        ...["Ноябрь", "Декабрь"],
      ],
      pv_energy: "Солнце",
      load_energy: "Дом",
      grid_import_energy: "Из сети",
      grid_export_energy: "В сеть",
      grid_charge_energy: "Из сети в батарею",
      charge_energy: "В батарею",
      discharge_energy: "Из батареи",
      saved: "Экономия ≈",
      self_supplied: "Своя доля",
      rules_silent: "Правила не работают уже",
      rules_silent_undated: "Правила работают по другим часам",
      rules_silent_hint:
        "Пока ничего не решается и не сообщается. Есть ли batmon в crontab? Подробнее: station doctor.",
      last_decided: "последнее решение",
      battery_by_inverter: "по инвертору",
      part_of_packs: "из",
      not_believed: "Не верим",
      sent: "прислано",
      doubt_out_of_range: "вне возможного",
      doubt_contradicts: "другое показание говорит иное",
      doubt_jump: "изменилось быстрее возможного",
      doubt_fell: "счётчик уменьшился",
      doubt_not_ready: "устройство только что включено",
      doubt_phantom: "такой датчик ни разу не ответил",
      doubt_undecodable: "не расшифровать",
      doubt_blank_block: "его плата прислала одни нули",
      last_30_days: "Последние 30 дней",
      per_day: "кВт·ч за день",
      produced: "Солнце",
      used_own: "Дом, своя энергия",
      used_grid: "Дом, из сети",
      no_day_data: "нет данных",
      last_24_hours: "Последние 24 часа",
      power: "Мощность",
      power_signs: "Сеть: + покупка, − отдача. Батарея: + заряд, − разряд.",
      soc_chart: "Уровень заряда",
      cell_chart: "Нижняя и верхняя ячейка",
      lowest: "нижняя",
      highest: "верхняя",
      average: "среднее",
      spread: "разброс",
      now: "сейчас",
      reserve: "резерв",
      planned: "по плану",
      chart_keys: "значения — стрелками",
      fed: "Кто кормил дом",
      fed_signs: "по часам",
      cell_trend: "Ячейки по неделям",
      moved_most: "больше всех сдвинулась",
      trend_signs: "мВ от медианы батареи. Справа — последняя неделя.",
      week_from: "неделя с",
      per_day_title: "По дням",
      earlier: "Раньше",
      to_now: "Сейчас",
      soc_signs: "Фон: автономно. Точки: по плану.",
      no_chart: "За последние 24 часа замеров нет",
      details_inverter: "Инвертор подробно",
      states: "Состояния",
      relays: "Реле",
      temperatures: "Температуры",
      closed: "замкнуто",
      open: "разомкнуто",
      errors: "Ошибки",
      warnings: "Предупреждения",
      none: "нет",
      no_sun: "солнца нет",
      switches: "Ключи, задано ⇒ на деле",
      charge_switch: "Заряд",
      discharge_switch: "Разряд",
      balancer: "Балансир",
      on: "вкл",
      off: "выкл",
      active: "работает",
      idle: "ждёт",
      silent_device: "Текущих значений нет",
      silent_hint: "Последний ответ",
      answers: "Верных ответов",
      decision: "Управление сетью",
      no_decision: "Решений ещё не было",
      decided: "решено",
      mode: "Режим",
      orders: "Последние команды",
      no_orders: "Команд ещё не было",
      orders_unknown: "Журнал команд пуст",
      order_queued: "в очереди",
      order_sending: "отправляется",
      order_done: "выполнено",
      order_unchanged: "уже так",
      order_refused: "отклонено",
      order_failed: "не удалось",
      order_expired: "истекло",
      order_cancelled: "отменено",
      order_superseded: "заменено новым",
    },
  };
}

/** What the demo tells of simulated devices and of a simulated day, in Russian. */
import type { DEMO } from "./demo-en.ts";

export const DEMO_RU: typeof DEMO = {
  inverter: (where) => `Модель инвертора (записан настоящий, 48 В, днём): ${where}`,
  bms: (where) => `Модель JK BMS (записана настоящая, 16 ячеек): ${where}`,
  requests: (inverter, bms, forbidden) =>
    `Запросов на линиях: инвертор ${inverter}, BMS ${bms}; запрещённых: ${forbidden}`,
  exit: (code) => `код завершения ${code}`,
  rows: "Записи в station.db:",
  inverter_row: (time, state, pv, load, battery) =>
    `инвертор  ${time}  ${state}, PV ${pv}, нагрузка ${load}, батарея ${battery}`,
  bms_row: (time, cells, volts, amperes, soc) =>
    `BMS       ${time}  ячеек ${cells}, ${volts}, ${amperes}, заряд ${soc}`,
  opening: (v) => [
    "День солнечной станции: устройства — модели, команды — настоящие.",
    "",
    `Модель      ${v.date} ${v.hours}, погода ${v.scenario}, вариант ${v.seed}: панели 1,3 кВт, дом около 0,75 кВт,`,
    `            16 ячеек по ${v.capacity} А·ч (${v.energy}) с BMS, инвертор, сеть.`,
    ...(v.variant === null
      ? [
          "Загвоздка   эта прошивка почти перестаёт брать солнце, когда батарея полна, а сеть подключена.",
          "            Поэтому станция отключает сеть, пока солнца и батареи хватает дому, и вовремя её возвращает.",
        ]
      : [`            Прошивка: ${v.variant}.`]),
    `На деле     каждые ${v.every} мин модельного времени то, что запускает cron: ${v.polls.bms} и ${v.polls.inverter} читают`,
    ...(v.judges
      ? [
          "            устройства и сохраняют замер; batmon судит о замерах и, когда пора, командует регистром 20105 — входом",
          `            сети (1 = подключена); ${v.polls.inverter} через минуту выполняет команду и проверяет чтением.`,
        ]
      : ["            устройства и сохраняют замер."]),
    `Настройки   ${v.config}`,
  ],
  closing: (v) => [
    `Ушли с сети     ${v.left || "ни разу"}`,
    `Вернулись       ${v.back || (v.left ? "ещё нет" : "не уходили")}`,
    `Куплено         ${v.bought}; всё время на сети было бы ${v.bought_on_grid}`,
    `Взято солнца    ${v.sun_used} из ${v.sun}, что было`,
    `Батарея         ${v.soc_before} в начале, ${v.soc} в конце, нижняя ячейка ${v.lowest_cell}`,
    `Дом без света   ${v.dark} мин`,
    `Команды         проходов ${v.ticks} за ${v.seconds}, не удалось команд: ${v.failed}`,
  ],
  kept: "Всё, что день сохранил, осталось. Осмотритесь, как на настоящей станции, по часам этого дня:",
  wrote: (poll, value, on_grid) =>
    `${poll} записал 20105=${value}: ${on_grid ? "снова на сети" : "без сети, дом живёт от солнца и батареи"}`,
  tells: (message) => `batmon сообщает владельцу: ${message}`,
  orders: (value, reason) => `batmon командует 20105=${value}: ${reason}`,
  progress: (v) => `PV ${v.pv}  дом ${v.load}  сеть ${v.grid}  батарея ${v.soc}  ${v.on_grid ? "на сети" : "без сети"}`,
  chart: {
    pv: "PV",
    house: "дом",
    battery: "батарея",
    bought: "куплено",
    grid: "сеть",
    unused: "солнце, которому не нашлось дела; его видит только модель",
    on_grid: "на сети",
    off_grid: "без сети: дом живёт от солнца и батареи",
  },
};

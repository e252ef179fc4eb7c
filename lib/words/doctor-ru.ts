/** `station doctor` по-русски: названия проверок, что найдено, что делать. */
import type { SecretFault, StateDamage } from "../base/errors.ts";
import type { Failure, FailureWords } from "../base/failure/failure.ts";
import { localTime } from "../base/local-time.ts";
import type {
  DoctorDevice,
  DoctorWords,
  IllValues,
  LockHolderValues,
  RefusalValues,
  WellValues,
} from "./doctor-values.ts";
import { type Format, MISSING } from "./format.ts";
import { HAND_RU } from "./hand-ru.ts";
import { inside } from "./sentence.ts";
import { tellInLine } from "./tell-failure.ts";

const WIRING = "проверьте питание, A и B пары RS485, общий провод, скорость и адрес; байты покажет -vv";
const REPLACED_BY_ITSELF = "пусть cron один раз запустит опрос: повреждённый файл заменит последняя хорошая копия";
const BROKER = "работает ли брокер, пропускает ли брандмауэр?";
const KEEPERS: Readonly<Record<WellValues["clock"]["keeper"], string>> = {
  timesyncd: "systemd-timesyncd",
  chrony: "chrony",
  ntpd: "ntpd",
  rtc: "модуль часов /dev/rtc0",
};
const DAMAGES: Readonly<Record<StateDamage, string>> = {
  missing: "файл пропал",
  empty: "файл пуст, как бывает после отключения питания",
  truncated: "файл обрезан",
  not_a_database: "это не база данных",
  not_a_state_file: "не хватает таблиц файла состояния",
  damaged_pages: "повреждены страницы",
  no_access: "у этого пользователя нет прав на чтение и запись",
};
const REFUSALS: Readonly<Record<RefusalValues["code"], string>> = {
  all_zero: "во всех регистрах нули: устройство зависло, или за него отвечает шлюз",
  foreign: "такое устройство отвечает иначе",
  other_machine: "это не то устройство, которое известно под этим именем",
  cell_count: "ответ противоречит сам себе",
  no_cells: "нет ни одной ячейки",
};

const device = ({ kind, name, is_only }: DoctorDevice): string =>
  (kind === "inverter" ? "инвертор" : "BMS") + (is_only ? "" : ` ${name}`);
const of =
  (what: string) =>
  ({ kind, name, is_only }: DoctorDevice): string =>
    `${what} ${kind === "inverter" ? "инвертора" : "BMS"}${is_only ? "" : ` ${name}`}`;
const CRON_USER = "пользователю, от имени которого работает cron";
const closed = (path: string) => `отдайте файл ${CRON_USER}, и закройте: chmod 600 ${path}`;
const holder = ({ command, pid, is_stopped }: LockHolderValues) =>
  `${command} (pid ${pid}${is_stopped ? ", остановлен" : ""})`;
const secretFault = (fault: SecretFault): string => {
  switch (fault.code) {
    case "unreadable":
      return `не прочитать (${fault.cause})`;
    case "no_secret_file":
      return "на файл с секретом не похоже";
    case "open":
      return `права ${fault.mode}, могут прочитать другие`;
    case "empty":
      return "файл пуст";
  }
};
const hasNoSecret = (fault: SecretFault): boolean =>
  fault.code === "empty" || (fault.code === "unreadable" && fault.cause === "ENOENT");
const machine = ({ model, software, protocol }: WellValues["identity"]): string =>
  `${model ?? "модель неизвестна"}, прошивка ${software ?? MISSING}, протокол ${protocol ?? MISSING}`;
const dialect = ({ dialect, configured }: WellValues["dialect"]): string =>
  dialect + (configured === null ? "" : `, как в настройках (${configured})`);
const partName = (part: string, field: (key: string) => string): string =>
  /^\d+$/.test(part) ? `регистры с ${part}` : inside(field(part));

const adapter = ({ link, rule }: IllValues["port_unstable"]): string => {
  const ways = [
    link === null ? null : `задайте port: ${link}`,
    rule === null ? null : `впишите в /etc/udev/rules.d/70-solar-station.rules: ${rule}`,
  ].filter((way) => way !== null);
  return ways.length === 0 ? "посмотрите ls -l /dev/serial/by-id" : ways.join("; или ");
};

const NAMES = {
  plain: {
    node: "Node",
    configuration: "настройки",
    user: "пользователь",
    mail: "почта",
    state_directory: "папка состояния",
    disk: "диск",
    disk_wear: "износ диска",
    clock: "часы",
    state_file: "файл состояния",
    state_file_replaced: "замена файла",
    backup: "резервная копия",
    alerts: "тревоги",
    broker: "брокер",
    telegram: "Telegram",
  },
  of_device: {
    port: of("порт"),
    port_name: of("имя порта"),
    device,
    identity: of("модель"),
    values: of("показания"),
    line: of("линия"),
    parts: of("данные"),
    dialect: of("протокол"),
    bus: of("шина"),
  },
  job: (job) => `задание ${job}`,
} satisfies Pick<DoctorWords, "plain" | "of_device" | "job">;

/** `field`: имя поля или части устройства. */
export const doctorRu = (f: Format, field: (key: string) => string, failures: FailureWords): DoctorWords => {
  const reason = (what: Failure) => tellInLine(what, { failures, format: f });
  const ms = (value: number) => `${f.number(value)}\u00a0мс`;
  const MiB = (value: number, digits = 0) => f.quantity(value, "MiB", digits);
  const count = (n: number, one: string, few: string, other: string) =>
    `${f.number(n)} ${f.plural(n, { one, few, other })}`;
  const samples = (n: number) => count(n, "замер", "замера", "замеров");
  const moment = ({ at, time_zone }: { readonly at: number; readonly time_zone: string }) => {
    const { day, time } = localTime(at, time_zone);
    return `${f.day(day)} ${day.slice(0, 4)}, ${time}`;
  };
  const room = ({ free, percent }: WellValues["disk"]) => `свободно ${MiB(free)} (${f.quantity(percent, "%")})`;
  const wear = (daily: number) => `все программы вместе пишут на этот диск ${MiB(daily)} в сутки`;
  const stateFile = ({ size, samples: n, daily }: WellValues["state_file"]) =>
    `${MiB(size, 1)}, ${samples(n)}, повреждений нет${daily === null ? "" : `, растёт на ${MiB(daily, 2)} в сутки`}`;
  const pollOf = (poll_ms: number) => `опрос за ${ms(poll_ms)}`;
  const requests = (n: number) => count(n, "запрос", "запроса", "запросов");
  const line = (v: WellValues["inverter_answers"]) =>
    `на ${requests(v.requests)} плохих ответов ${f.number(v.bad_frames)}, без ответа ${f.number(v.timeouts)}` +
    (v.exceptions === 0 ? "" : `, отказов ${f.number(v.exceptions)}`);
  const bms = (v: WellValues["bms_answers"]) =>
    `хороших ответов ${f.number(v.good)}, плохих ${f.number(v.bad)}; ` +
    `${count(v.cells, "ячейка", "ячейки", "ячеек")}; ${pollOf(v.poll_ms)}`;
  const refusal = ({ code, evidence }: RefusalValues): string[] => [
    REFUSALS[code],
    ...evidence.map(
      ({ key, raw, expected }) =>
        `${inside(field(key))} ${raw ?? MISSING}${expected === null ? "" : `, а не ${expected}`}`,
    ),
  ];
  const recovery: DoctorWords["recovery"] = (v) => {
    const damage = `${v.path}: ${DAMAGES[v.damage]}`;
    if (v.aside === null && v.backup === null && v.damage === "no_access") return `${damage}; права исправлены`;
    const until = v.backup_until === null ? "" : ` с замерами до ${moment({ ...v, at: v.backup_until })}`;
    return [
      damage,
      v.aside !== null && `прежний сохранён как ${v.aside}`,
      v.backup === null ? "хорошей копии нет, файл начат заново" : `на его месте копия ${v.backup}${until}`,
      v.salvaged > 0 && `из повреждённого прочитано ещё ${samples(v.salvaged)}`,
      v.active_leases > 0 && `заданное на время (${f.number(v.active_leases)}) известно и вернётся в срок`,
      v.cancelled_orders > 0 && `незаконченных команд отменено: ${f.number(v.cancelled_orders)}`,
      !v.orders_known && "какие команды были после копии и что задано на время, неизвестно",
    ]
      .filter((part) => part !== false)
      .join("; ");
  };

  return {
    marks: { ok: "ок", warn: "важно", fail: "СБОЙ", skip: MISSING },
    ...NAMES,
    well: {
      node: (v) => `версия ${v.version}`,
      configuration: (v) => `${v.path}, ошибок нет`,
      secret_closed: (v) => `${v.path}, другим не прочитать`,
      user: (v) => `работаем от имени ${v.user}`,
      mail: (v) => `почту cron отправляет ${v.path}`,
      state_directory: (v) => v.path,
      no_state_directory: () => "папки состояния ещё нет",
      disk: room,
      wear_uncounted: () => "ядро не считает, сколько пишут на эту файловую систему",
      wear: (v) => wear(v.daily) + (v.uptime_s === null ? "" : ` (судя по первым ${f.duration(v.uptime_s)} работы)`),
      clock: (v) => `${moment(v)}; ход держит ${KEEPERS[v.keeper]}`,
      state_file: stateFile,
      job: (v) => `${f.duration(v.age_s)} назад, за ${ms(v.duration_ms)}`,
      bus: (v) =>
        `${requests(v.requests)} и ${MiB(v.size, 1)} в сутки, занята ${f.duration(v.busy_s)} (${f.quantity(v.share, "%", 1)})`,
      backup: (v) => `${v.file}, сделана ${f.duration(v.age_s)} назад`,
      alerts_none: () => "открытых нет",
      rules_never_ran: () => "batmon ещё не запускался",
      port: (v) => v.port,
      port_free: (v) => `${v.port} свободен`,
      port_used: (v) => `${v.port}, сейчас занят: ${holder(v.holder)}`,
      device_port_busy: (v) => reason(v.reason),
      device_port_gone: (v) => reason(v.reason),
      inverter_answers: (v) => `отвечает; ${pollOf(v.poll_ms)}; ${line(v)}`,
      bms_answers: bms,
      identity: machine,
      dialect,
      broker_off: () => "выключен (mqtt.enabled: false)",
      broker: (v) => `${v.address} отвечает за ${ms(v.answer_ms)}`,
      telegram_off: () => "не настроен",
      telegram: () => "токен верный",
    },
    ill: {
      node_old: (v) => [`версия ${v.version} слишком стара`, `поставьте Node ${v.oldest} или новее`],
      configuration_none: () => [
        "файла нет, всё по умолчанию",
        "sudo station setup запишет только отличия; все ключи покажет station config example",
      ],
      secret_unusable: (v) => [
        `${v.path}: ${secretFault(v.fault)}`,
        `${hasNoSecret(v.fault) ? "впишите секрет в этот файл; затем " : ""}${closed(v.path)}`,
      ],
      user_root: () => [
        "работаем от имени root",
        "пакет и sudo station setup заводят пользователя solar в группе dialout, и cron запускает всё от его имени",
      ],
      mail_none: () => [
        "почтовой программы нет: что скажут задания cron, никто не узнает",
        "положитесь на Telegram (docs/ru/how-to/telegram.md) или поставьте и настройте: sudo apt install msmtp-mta",
      ],
      state_directory_missing: (v) => [
        `${v.path}: такой папки нет`,
        `создайте (mkdir -p ${v.path}) и отдайте ${CRON_USER}`,
      ],
      state_directory_closed: (v) => [`${v.path}: этому пользователю туда не записать`, `отдайте её ${CRON_USER}`],
      state_directory_in_memory: (v) => [
        `${v.path} лежит в памяти и пропадёт вместе с питанием`,
        "перенесите на диск или карту",
      ],
      disk_full: (v) => [room(v), "освободите место: файлу состояния нужно несколько МиБ в неделю, копиям больше"],
      disk_little: (v) => [room(v), "освободите место или храните резервные копии на другом диске"],
      wear_much: (v) => [wear(v.daily), "карта памяти так износится; кто пишет, покажет iotop -ao"],
      clock_unset: (v) => [
        `показывают ${moment(v)}`,
        "пусть их ставит systemd-timesyncd или chrony; или добавьте модуль часов",
      ],
      clock_unkept: (v) => [
        `${moment(v)}; следит ли кто-нибудь за их ходом, не видно`,
        "поставьте systemd-timesyncd или chrony",
      ],
      clock_behind: (v) => [
        `последний замер на ${f.duration(v.ahead_s)} впереди часов`,
        "часы перевели назад, или раньше они шли неверно",
      ],
      state_file_unusable: (v) => [reason(v.reason), REPLACED_BY_ITSELF],
      state_file_lost: (v) => [`${v.path}: ${DAMAGES[v.damage]}`, REPLACED_BY_ITSELF],
      state_file_damaged: (v) => [
        `повреждён: ${v.complaint}`,
        "остановите cron и верните последнюю хорошую копию: backup-stats restore ФАЙЛ",
      ],
      state_file_grows: (v) => [stateFile(v), "работает ли backup-stats? Она сжимает и удаляет старое"],
      state_file_replaced: (v) => [
        `${f.duration(v.age_s)} назад: ${recovery(v)}`,
        "если повторится, смените карту памяти или блок питания; сохранённый файл можно удалить, когда всё на месте",
      ],
      job_never: (v) => [
        "ещё не запускалось",
        `его включит sudo station setup; вручную — строкой в crontab пользователя станции: ${v.cron}  ${v.line}`,
      ],
      job_late: (v) => [
        `последний раз ${f.duration(v.age_s)} назад`,
        `работает ли cron (systemctl status cron)? Нужна строка: ${v.cron}  ${v.line}`,
      ],
      job_failing: (v) => [
        `не работает уже ${f.duration(v.for_s)}: ${v.message ?? "причина не названа"}`,
        `запустите вручную: ${v.by_hand} -vv`,
      ],
      backup_none: (v) => [`в ${v.folder} ни одной`, "пусть cron раз в сутки запускает backup-stats"],
      backup_old: (v) => [`последняя сделана ${f.duration(v.age_s)} назад`, "запустите вручную: backup-stats -v"],
      not_believed: (v, speaker) => [
        `не верим: ${v.doubts.map(speaker.doubt).join("; ")}`,
        "проверьте этот датчик и его провода; остальные показания в деле",
      ],
      alerts_open: (v, speaker) => [
        v.alerts.map(({ id, severity }) => `${speaker.alert(id)} (${HAND_RU.severities[severity]})`).join(", "),
        "подробнее: station status",
      ],
      rules_silent: (v) => [
        `правила ${v.age_s === null ? "работают по другим часам" : `не работают уже ${f.duration(v.age_s)}`}: что открыто, неизвестно`,
        "есть ли batmon в crontab и чем кончается его запуск?",
      ],
      port_missing: (v) => [
        `${v.port}: такого порта нет`,
        v.found.length > 0 ? `есть: ${v.found.join(", ")}` : "адаптера USB не видно; проверьте штекер и dmesg",
      ],
      port_closed: (v) => [
        `${v.port}: у этого пользователя нет прав`,
        "sudo adduser solar dialout (для работы вручную — своё имя вместо solar, и войти заново)",
      ],
      port_unstable: (v) => [`после перезагрузки ${v.port} может достаться другому адаптеру`, adapter(v)],
      device_silent: (v) => [reason(v.reason), WIRING],
      device_failed: (v) => [`не читается: ${reason(v.reason)}`, WIRING],
      inverter_troubled: (v) => [`отвечает с перебоями: ${line(v)}; ${pollOf(v.poll_ms)}`, WIRING],
      bms_troubled: (v) => [bms(v), WIRING],
      parts_silent: (v) => [
        `нет ответа: ${v.parts.map((part) => partName(part, field)).join(", ")}`,
        "эти значения неизвестны, остальное читается. Скорее всего, у этой модели их нет",
      ],
      values_impossible: (v, speaker) => [
        [...v.refusals.flatMap(refusal), ...v.doubts.map(speaker.doubt)].join("; "),
        "возможно, это другая машина или у неё другая карта регистров",
      ],
      second_master: (v) => [
        `похоже, на линии ещё один ведущий: посторонних кадров или байтов ${f.number(v.signs)}`,
        "отключите логгер или задайте inverter.gap_ms: 300",
      ],
      other_machine: (v) => [
        refusal(v.refusal).join("; "),
        `если устройство заменили, подтвердите: ${v.command} --accept-machine; двум устройствам нужны свои имена и порты`,
      ],
      model_untried: (v) => [
        `${machine(v)}: эту модель ещё никто не проверял`,
        `её только читаем; пришлите, пожалуйста, что выведет ${v.command} -vv --raw, чтобы с ней познакомиться`,
      ],
      model_untold: () => ["не сообщает", "старая прошивка; пока показания не проверены, безопаснее только читать"],
      dialect_new: (v) => [
        `${dialect(v)}; раньше был ${v.before}`,
        `другая плата, или протокол сменили в приложении; ${v.command} найдёт его сама`,
      ],
      broker_silent: (v) => [`${v.address}: нет ответа за ${f.duration(v.limit_s)}`, BROKER],
      broker_down: (v) => [`${v.address}: ${reason(v.reason)}`, BROKER],
      telegram_token: (v) => [
        `${v.path}: ${secretFault(v.fault)}`,
        hasNoSecret(v.fault) ? "впишите в этот файл токен бота" : closed(v.path),
      ],
      telegram_away: (v) => [`не достучаться: ${reason(v.reason)}`, "есть ли отсюда интернет?"],
      telegram_refused: (v) => [`сервер ответил кодом ${v.status}`, "спросите токен у @BotFather"],
      telegram_troubled: (v) => [`сервер ответил кодом ${v.status}`, "попробуйте позже"],
    },
    recovery,
    open_secret: (key, path, mode) =>
      `${key}: ${path}: права ${mode}, секрет могут прочитать другие; закройте: sudo chmod 600 ${path}`,
    failed: (n, all) => `сбой в ${n} из ${all} проверок`,
  };
};

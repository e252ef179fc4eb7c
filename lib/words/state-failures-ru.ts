/** What fails with the state file, its backups and other files, in Russian. */
import type { STATE_FAILURES } from "../base/failure/state-failures.ts";

export const STATE_FAILURES_RU: Readonly<Record<keyof typeof STATE_FAILURES, string>> = {
  state_busy: "{path}: другая команда пишет дольше 5 с",
  no_state_yet: "{path}: файла состояния ещё нет; была ли хоть одна команда опроса?",
  state_not_to_look_at: "{path}: нет доступа ({error}); {advice}",
  state_not_yours: "{path}: вам нельзя его читать; {advice}",
  state_read_only:
    "{path}: не открыть там, где писать нельзя, пока не работает ни одна команда станции; " +
    "скопируйте его вместе с -wal в свой каталог",
  state_not_to_write:
    "{path}: пользователь {user} не может в него писать ({error}); исправить: chown {user} {folder} {path}* (или подключите диск на запись)",
  state_half_written: "{path}: запись оборвалась на середине; следующая команда опроса приведёт файл в порядок",
  state_foreign_log: "{path}: рядом лежит журнал от другого файла; следующая команда опроса его уберёт",
  state_damaged:
    "{path}: повреждён ({damage}); следующая команда опроса поставит на его место последнюю исправную копию; вручную — backup-stats restore",
  state_damaged_says:
    "{path}: повреждён ({damage}: {error}); следующая команда опроса поставит на его место последнюю исправную копию; вручную — backup-stats restore",
  state_beyond_repair: "{path}: повреждён ({damage}), и исправить не удаётся: {error}",

  damage_missing: "исчез",
  damage_empty: "пуст, как бывает после отключения питания",
  damage_truncated: "обрезан",
  damage_not_a_database: "это не база данных",
  damage_not_a_state_file: "нет таблиц файла состояния",
  damage_damaged_pages: "испорчены страницы",
  damage_no_access: "этому пользователю нельзя его читать и писать",

  schema_to_upgrade: "{path}: схема {schema} новее, чем знает эта программа ({newest}); обновите solar-station",
  schema_newer: "{path}: схема {schema} новее, чем знает эта программа ({newest})",
  schema_older: "{path}: схема {schema} ждёт обновления; запустите команду опроса один раз",
  too_many_devices: "устройство номер {device}: в файле состояния помещается {most}",

  file_gone: "{path}: такого файла нет",
  disk_full: "{path}: на диске нет места",
  disk_too_small: "{path}: на диске нет места: нужно {needed} МБ, свободно {free} МБ",
  not_appended: "{path}: не удаётся дописать ({error})",

  backup_pages: "{path}: повреждён: {faults}",
  backup_orphans: "{path}: повреждён: {rows|строка|строки|строк} без устройства",
  backup_no_state: "{path}: это не файл состояния solar-station",
  backup_no_checksum: "{path}: в нём нет контрольной суммы",
  backup_other_checksum: "{path}: повреждён: контрольная сумма не та, что в {checksum}",
  backup_reads_back_otherwise: "{path}: читается не то, что было записано; исправен ли диск?",
  no_backup: "{path}: резервных копий нет",
  no_second_directory: "{path}: второго каталога нет; подключён ли диск?",
  copy_failed: "{path}: копирование не удалось: {error}",
  copy_differs: "{copy}: копия отличается от {path} ({tries|попытка|попытки|попыток}): {differences}",
  copy_of_schema: "схема {schema} вместо {expected}",
  copy_lacks: "нет таблицы {table}",
  copy_has_rows: "в {table} {rows|строка|строки|строк}, ожидалось {least}–{most}",
  copy_ends_at: "{table} кончается на {latest}",

  restore_read: "{path}: его читают другие команды; остановите cron и повторите",
  restore_held: "{path}: другие команды не отпускают его {seconds} с; остановите cron и повторите",
  restore_no_directory: "{path}: такого каталога нет (station.state_dir)",
  restore_over_newer:
    "{path} новее резервной копии: пропадёт {lost}; --yes восстановит всё равно и сохранит нынешний файл рядом",
  lost_everything: "всё",

  post_backup_slow: "post_backup «{program}»: дольше {seconds} с, остановлена",
  post_backup_failed: "post_backup «{program}»: сбой ({error})",
  program_says: "{failure}: {text}",

  lasted_s: "{s} с",
  lasted_min: "{min} мин",
  lasted_h: "{h} ч {min} мин",
  lasted_d: "{d} дн. {h} ч",

  no_duration: "«{text}» — не длительность; нужно число с s, m, h или d, например 50s или 30m",
  no_whole_number: "«{text}» — не целое число от {min} до {max}",
  no_inverter_called: "инвертора «{name}» нет; есть: {names}",
  no_bms_called: "BMS «{name}» нет; есть: {names}",
  no_device_called: "устройства «{name}» нет; есть: {names}",
};

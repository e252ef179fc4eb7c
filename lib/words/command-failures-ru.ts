/** What a command refuses or cannot finish, in Russian. */
import type { COMMAND_FAILURES } from "../base/failure/command-failures.ts";

export const COMMAND_FAILURES_RU: Readonly<Record<keyof typeof COMMAND_FAILURES, string>> = {
  said: "{text}",
  several: "{failures}",
  not_in_time: "не успели за {limit} с; продолжит следующий запуск",
  did_you_mean: "; может быть, {word}?",
  either: "{left} или {right}",
  with_advice: "{failure}; {advice}",

  allowed_by_setup: "выполните sudo station setup: он его создаст и назначит владельца",
  allowed_by_chmod: "он ваш, но закрыт: chmod 2750 {folder}",
  allowed_as_root:
    "он принадлежит root; выполните sudo {line} или отдайте его пользователю станции: sudo station setup",
  allowed_as_owner: "выполните sudo -u {user} {line}",
  allowed_in_group:
    "{who} не входит в группу {group} (один раз: sudo adduser {who} {group}, затем войти заново); или выполните sudo -u {user} {line}",
  needs_to_write: "нужно писать в {folder}: {advice}",
  only_as_owner: "--now и --unlock доступны только пользователю станции: {advice}",

  bad_simulated_now: "SOLAR_STATION_NOW: «{given}» — не число секунд UTC",

  no_name_no_value: "«{word}» — не имя и не значение",
  for_and_until: "--for и --until вместе не задать: оставьте одно",
  which_inverter: "какой инвертор? Укажите --inverter {names}",
  no_order_number: "«{given}» — не номер команды",
  no_such_order: "команды {id} нет; номера покажут inverter-cmd queue и inverter-cmd log",
  order_not_queued: "команду {id} уже не отменить: она {state}",
  order_is_sending: "отправляется",
  order_is_done: "выполнена",
  order_is_unchanged: "ничего не изменила",
  order_is_refused: "отклонена",
  order_is_failed: "не удалась",
  order_is_expired: "устарела",
  order_is_cancelled: "отменена",
  order_is_superseded: "заменена новой",

  parser_refuses: "{words}{near}",
  command_needed: "укажите одно из: {names}",
  no_command: "команды «{given}» нет; есть: {names}",
  no_command_near: "команды «{given}» нет; может быть, {near}? Есть: {names}",
  stay_too_long: "--stay {text}: не больше {longest_s} с, через минуту следующий запуск",
  for_without_repeat: "--for задаёт, сколько длится --repeat; укажите и его, например --repeat 5s --for 50s",
  for_one_device: "{flag} — для одного устройства; укажите --{role}, одно из: {names}",
  which_bms: "какая BMS? Укажите --bms, одну из: {names}",
  bad_bms_id: "--bms_id «{given}»: нужен номер терминала, например 0 или 0x00000001",

  no_such_mode: "режима «{given}» нет; есть: {modes}",
  nothing_stored_in: "замеров обоих устройств за {span} нет",
  nothing_stored_to_tune: "замеров обоих устройств нет: настройки не на чем проверить",
  no_plan_yet: "плана ещё нет: batmon составит его, когда прочтёт оба устройства и задан preset auto или planner",
  plan_is_old: "последний план составлен в {time}: с тех пор batmon не запускался или данные устарели",
  no_decision_yet: "решений ещё нет; запускался ли batmon?",
  no_decision_from: "решения на {moment} не сохранилось",
  message_not_sent: "{channel}: {reason}",
  channel_blocked: "{channel} не принимает сообщений: {reason}",
  channel_silent: "{channel} не отвечает {minutes} мин; сообщения ждут",

  switch_stays_off: "ongrid_switch: всё ещё off, хотя on записано {tries|раз|раза|раз}",

  no_sample_ever: "{device}: замеров не старше {max_age_s} с нет (не было ни одного)",
  no_fresh_sample: "{device}: замеров не старше {max_age_s} с нет (последнему {age_s} с)",
  no_such_value: "{path}: такого нет; в {parent} есть: {keys}",
  no_such_part: "{path}: такого нет; есть: {keys}",
  no_value_below: "{path}: такого нет; {parent} на части не делится",
  value_not_known: "{path} сейчас неизвестно",
  no_such_column:
    "столбца «{name}» нет ни у одного устройства{near}; устройства: {devices}; столбцы: docs/reference/names.md",
  column_of_several: "«{column}» есть у нескольких: {names}",
  column_without_days: "{name} по дням не хранится; задайте --every меньше 1d или возьмите одно из: {known}",
  too_many_steps: "--every {step_s}s даёт больше {most} шагов; задайте шаг длиннее",
  no_such_period: "«{given}» — не период; нужно day, month или year{near}",
  period_form: "«{name}» — не {period}; нужно вроде {form}",
  period_not_of_calendar: "«{name}» ({period}): в календаре такого нет",
  period_day: "день",
  period_month: "месяц",
  period_year: "год",
  period_not_begun: "{name}: ещё не началось",

  no_such_format: "--format: нужно одно из: {formats}",
  token_without_url: "--token-file нужен только вместе с --to URL",
  no_url: "--to: это не URL",
  secret_in_url: "--to: командную строку видят все на этом компьютере; секрет положите в --token-file",
  format_not_sent: "--to URL принимает line protocol или строки JSON, а не {format}",
  format_of_one_device: "для {format} нужно одно устройство; укажите --device, одно из: {names}",
  nothing_to_commit: "с --cursor {cursor} ещё ничего не выгружено",

  file_is_there: "{path} уже есть; назовите другой файл или удалите этот: rm {path}",
  case_missing: "{path}: нет такого файла; нужен файл, записанный station case",
  case_unreadable: "{path}: {reason}; нужен файл, записанный station case",
  no_case: "{path}: это не случай; нужен файл, записанный station case",
  case_newer: "{path}: формат {format} новее, чем {known}, который понимает эта программа",
  case_differs: "{path}: частей {all}, иначе вышло в {wrong}",

  expected_hex: "нужны байты в hex или трасса через конвейер",
  page_folder_missing:
    "{folder}: такой папки нет, и создать её не удаётся; пусть её при каждом запуске создаёт systemd: docs/how-to/web-server.md; или задайте page.file",

  capture_unreadable: "--capture {path}: не прочитать",
  demo_failed: "команд демонстрации не удалось: {failed}",
  day_failed: "команд дня не удалось: {failed}",
  from_after_to: "--from {from} не раньше --to {to}",
  no_whole_minutes: "«{text}»: нужны целые минуты от 1m до 60m",
  no_time_of_day: "«{text}» — не время суток; нужно ЧЧ:ММ",

  answer_not_written: "ответ не записать: {reason}",
};

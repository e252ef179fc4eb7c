/** What fails with orders and services, in Russian. */
import type { SERVICE_FAILURES } from "../base/failure/service-failures.ts";

export const SERVICE_FAILURES_RU: Readonly<Record<keyof typeof SERVICE_FAILURES, string>> = {
  order_file_link: "{path} — символическая ссылка, не принят; исправить: {repair}",
  order_file_folder: "{path} — каталог, не принят; исправить: {repair}",
  order_file_special: "{path} — канал, сокет или устройство, не принят; исправить: {repair}",
  order_file_foreign: "{path} принадлежит пользователю {user}, не принят; исправить: {repair}",
  order_file_open: "в {path} может писать кто угодно, не принят; исправить: {repair}",
  order_file_large: "{path}: {size} байт, больше {most}, не принят; исправить: {repair}",
  order_file_closed: "{path}: пользователь {user} не может его прочитать ({error}), не принят; исправить: {repair}",
  order_folder_open: "{path} — не закрытый каталог этой программы; исправить: {repair}",
  not_set_aside: "{path} принят на месте: убрать его в сторону не удаётся ({error}); исправить: {repair}",
  not_looked_at: "{path}: нет доступа ({error}); исправить: {repair}",
  not_read: "{path}: не читается ({error}); исправить: {repair}",
  not_removed: "{path}: не удаляется ({error}); исправить: {repair}",
  not_written: "{path}: не записывается ({error}); исправить: {repair}",
  not_written_to: "{path}: не удаётся дописать ({error}); исправить: {repair}",
  not_made_for_group: "{path}: не создаётся заново для группы ({error}); исправить: {repair}",
  not_changed: "{path}: не меняется ({error}); исправить: {repair}",
  repair_by_room: "df -h {folder} (освободите там место)",
  repair_by_mount: "mount -o remount,rw для файловой системы {folder}",
  repair_by_fsck: "fsck файловой системы {path}",
  repair_by_chown: "chown {own} {path} (или orders.trusted_uids: [{user}])",

  word_of_no_order: "«{word}» — ни имя, ни значение",
  no_raw_commands: "{name} говорит на {dialect}, таких команд там нет; наберите: {poll} set ИМЯ ЗНАЧЕНИЕ",
  raw_value_meaningless: "--value {value} для {key} ничего не значит; допустимо: {permitted}",
  raw_value_no_hex: "--value «{value}» — не шестнадцатеричное число, например 01 или 0A8C",
};

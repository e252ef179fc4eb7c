/** Что `backup-stats` отвечает тому, кто её запустил. */
import type { Words } from "./catalogue.ts";
import type { Format } from "./format.ts";

const until = (time: string | null): string => (time === null ? "пусто" : `до ${time}`);

export function backupRu(f: Format): Words["backup"] {
  const counted = (count: number, one: string, few: string, many: string): string =>
    `${count} ${f.plural(count, { one, few, many, other: many })}`;
  const samples = (count: number) => counted(count, "замер", "замера", "замеров");
  return {
    would_back_up: (path, directory) => `скопировала бы ${path} в ${directory}`,
    would_write: (path) => `записала бы ${path}`,
    would_remove: (path) => `удалила бы ${path}`,
    would_replace: (path) => `заменила бы ${path}`,
    made: (path, size) => `${path}: ${size.replace(".", ",")} МБ, проверена`,
    none_made: "резервная копия не сделана",
    wrote: (path) => `записано: ${path}`,
    removed: (path) => `удалено: ${path}`,
    copied_to: (path) => `скопировано: ${path}`,
    pruned: (v) =>
      `удалено: ${samples(v.samples)}, ${counted(v.quarters, "четверть часа", "четверти часа", "четвертей часа")}; прорежено: ${v.thinned}`,
    wrong_clock: (count) => `${samples(count)} при неверных часах: хранятся, но не используются`,

    restored: (v) => `${v.restored} восстановлен из ${v.from} (${until(v.until)})`,
    kept_at: (path) => `прежний файл лежит в ${path}; удалите его, когда убедитесь, что всё в порядке`,
    without_checksum: "рядом с копией не было контрольной суммы; проверки gzip и SQLite пройдены",
    cancelled: (orders) =>
      `отменено: ${counted(orders, "команда, ждавшая тогда", "команды, ждавшие тогда", "команд, ждавших тогда")} исполнения`,

    good: "годен  ",
    bad: "НЕГОДЕН",
    checksum_as_noted: "контрольная сумма сходится",
    unpacks: (checksum) => `распаковывается, ${checksum}`,
    unpacks_unnoted: (checksum) => `контрольной суммы рядом нет; распаковывается, ${checksum}`,
    all_good: (checksum, rows, time) =>
      `${checksum ? "контрольная сумма сходится" : "контрольной суммы нет"}, распаковывается, все страницы целы; ${counted(rows, "строка", "строки", "строк")}, ${until(time)}`,
  };
}

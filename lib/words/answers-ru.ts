/** Что отвечают команды `station`, кроме таблиц и графиков. */
import type { AnswerWords } from "./answers-en.ts";
import type { Format } from "./format.ts";

/** `field`: имя поля устройства. */
export const answersRu = (f: Format, field: (key: string) => string): AnswerWords => {
  const count = (n: number, one: string, few: string, other: string) => `${n} ${f.plural(n, { one, few, other })}`;
  return {
    config: {
      valid: (path) => `${path}: ошибок нет`,
      no_file: "файла нет: всё по умолчанию",
    },
    export: {
      removed: (path) => `${path}: удалён, свежих значений нет`,
      would_begin: (cursor, from) => `${cursor}: начиная с ${from}`,
      sent: (cursor, sent, refused) => `${cursor}: отправлено ${sent}, не принято ${refused}`,
    },
    history: {
      column: field,
      sums: (least, mean, most) => `мин. ${least}  сред. ${mean}  макс. ${most}`,
      no_samples: "замеров за это время нет",
      no_state: "ничего",
    },
    mqtt: {
      published: ({ messages, bytes, live, accepted, refused }) =>
        `отправлено сообщений ${messages}, байтов ${bytes}; на связи: ${live.join(", ") || "ни одного устройства"}; команд принято ${accepted}, отклонено ${refused}`,
      cleared: (topics) => `тем очищено: ${topics}`,
    },
    rounds: (n) => `опросов: ${n}`,
    back_to_grid: (seconds) =>
      `Файл состояния недоступен${seconds === null ? "" : ` уже ${f.duration(seconds).replaceAll("\u00a0", " ")}`}, а инвертор работал автономно: он возвращён на сеть. ` +
      "Там он и останется, пока файл не будет в порядке; запустите station doctor.",
    case: {
      about: (moment, kB) => `случай ${moment}, ${kB} кБ`,
      versions: (list) => `версии: ${list}`,
      configuration: (left_out) =>
        `настройки: чем отличаются от умолчаний; пропущено: ${left_out.length === 0 ? "ничего" : left_out.join(", ")}`,
      samples: (inverter, bms) => `замеры: инвертора ${inverter}, батареи ${bms}`,
      records: (decisions, orders, alerts) => `решений: ${decisions}, команд: ${orders}, тревог: ${alerts}`,
      trace: (command, frames, code) =>
        `трасса ${command}: ${count(frames, "кадр", "кадра", "кадров")}, код завершения ${code}`,
      no_traces: "трасс нет (--no-probe)",
      blanked: "вымарано: пароли, серийные номера, имена из приложений устройств, порты, адреса",
      written: (path) => `записано: ${path}. Прочтите, прежде чем отдать; повторит station case run ${path}`,
      not_written: "ещё ничего не записано: station case --output ФАЙЛ.json",
      marks: { same: "так же", else: "ИНАЧЕ", skipped: "–" },
      empty: "повторять в нём нечего",
      recorded: { inverter: "записанном инверторе", bms: "записанной BMS" },
      replayed: (command, device) => `${command} на ${device}`,
      had_no_answer: "ответа не было, сравнить не с чем",
      not_simulated: (dialect) =>
        `BMS с протоколом ${dialect ?? "неизвестным"} по трассе не воспроизвести; её кадры объяснит station decode`,
      ended: (now, then, said) => `код завершения ${now}, тогда был ${then}: ${said}`,
      differs: (path, is, was) => `${path || "ответ"}: ${is}, в случае ${was}`,
      decisions: (n) => `${count(n, "решение", "решения", "решений")} о сети`,
    },
  };
};

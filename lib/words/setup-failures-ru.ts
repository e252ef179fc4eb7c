/** What keeps a station from being set up, in Russian. */
import type { SETUP_FAILURES } from "../base/failure/setup-failures.ts";

export const SETUP_FAILURES_RU: Readonly<Record<keyof typeof SETUP_FAILURES, string>> = {
  setup_needs_root: "для установки нужны права root; наберите: {line}",
  needs_root: "нужны права root; наберите: {line}",
  not_installed: "нет пользователя {user}; сначала установите пакет (docs/ru/how-to/install.md)",
  no_answers: "--answers {path}: такого файла нет; в нём настройки, какие печатает station config example",
  answers_unreadable: "--answers {path}: {why}",
  adapters_unreadable: "адаптеры не осмотреть: {why}",
  setup_asks: "перед записью нужен ваш ответ: запустите в терминале или добавьте --yes",
  original_runs:
    "процесс {pid} исходных скриптов ещё работает ({command}); дождитесь конца или остановите его: sudo kill {pid}; их строки cron остановит эта команда",
  mode_not_set: "batmon --mode auto: {why}",
};

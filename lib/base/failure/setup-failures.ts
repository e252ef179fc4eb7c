/** What keeps a station from being set up, in English. */
export const SETUP_FAILURES = {
  setup_needs_root: "setup needs root; type: {line}",
  needs_root: "this needs root; type: {line}",
  not_installed: "there is no user {user}; install the package first (docs/how-to/install.md)",
  no_answers: "--answers {path}: no such file; it holds a configuration, as station config example prints one",
  answers_unreadable: "--answers {path}: {why}",
  adapters_unreadable: "the adapters cannot be looked through: {why}",
  setup_asks: "setup asks before it writes: start it on a terminal, or give --yes",
  original_runs:
    "process {pid} of the original still runs ({command}); let it end, or stop it: sudo kill {pid}; its lines of cron are stopped by this command",
  mode_not_set: "batmon --mode auto: {why}",
} as const;

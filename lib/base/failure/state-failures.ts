/** What fails in files, the store, orders and services, in English. */
export const STATE_FAILURES = {
  state_busy: "{path}: another command has been writing for more than 5 s",
} as const;

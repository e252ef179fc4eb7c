/** What a command refuses or cannot finish, in English. */
export const COMMAND_FAILURES = {
  /** Words already, of the catalogue, the system or a library. */
  said: "{text}",
  /** Several of one run, a line for each. */
  several: "{failures}",
  not_in_time: "not done after {limit} s; the next run will go on",
} as const;

/** What a command refuses or cannot finish, in English. */
export const COMMAND_FAILURES = {
  /** Words already, of the catalogue, the system or a library. */
  said: "{text}",
  /** Several of one run, a line for each. */
  several: "{failures}",
  not_in_time: "not done after {limit} s; the next run will go on",
  /** At the end of a sentence about a word that nobody knows. */
  did_you_mean: "; did you mean {word}?",
  either: "{left} or {right}",
  with_advice: "{failure}; {advice}",

  // What somebody types who may not do it.
  allowed_by_setup: "type: sudo station setup, which makes it and says whose it is",
  allowed_by_chmod: "it is yours and closed: chmod 2750 {folder}",
  allowed_as_root: "it belongs to root; type: sudo {line}, or give it to the station's user: sudo station setup",
  allowed_as_owner: "type: sudo -u {user} {line}",
  allowed_in_group:
    "{who} is not in the group {group} (once: sudo adduser {who} {group}, then log in anew); or type: sudo -u {user} {line}",
  needs_to_write: "this needs to write into {folder}: {advice}",
  only_as_owner: "--now and --unlock work as the station's user: {advice}",

  bad_simulated_now: 'SOLAR_STATION_NOW="{given}" is no number of UTC seconds',

  // Orders by hand.
  no_name_no_value: '"{word}" is neither a name nor a value',
  for_and_until: "--for and --until contradict each other",
  which_inverter: "which inverter? Say --inverter {names}",
  no_order_number: '"{given}" is no number of an order',
  no_such_order: "there is no order {id}; inverter-cmd queue and inverter-cmd log show their numbers",
  order_not_queued: "order {id} is {state} and cannot be cancelled",
  order_is_sending: "sending",
  order_is_done: "done",
  order_is_unchanged: "unchanged",
  order_is_refused: "refused",
  order_is_failed: "failed",
  order_is_expired: "expired",
  order_is_cancelled: "cancelled",
  order_is_superseded: "superseded",

  // The command line.
  unknown_option: "unknown option '{option}'",
  unknown_option_near: "unknown option '{option}' (Did you mean {near}?)",
  option_without_value: "option '{option}' argument missing",
  no_choice_of_option: "option '{option}' argument '{given}' is invalid. Allowed choices are {choices}{near}",
  no_choice_of_argument:
    "command-argument value '{given}' is invalid for argument '{argument}'. Allowed choices are {choices}{near}",
  argument_missing: "missing required argument '{argument}'",
  too_many_arguments: "too many arguments: {given} instead of {expected}",
  command_needed: "expected one of: {names}",
  no_command: 'no command "{given}"; expected one of: {names}',
  no_command_near: 'no command "{given}"; did you mean {near}? expected one of: {names}',
  stay_too_long: "--stay {text}: at most {longest_s}s, the next minute's run follows",
  for_without_repeat: "--for says how long --repeat goes on; give --repeat too, e.g. --repeat 5s --for 50s",
  for_one_device: "{flag} is for one of {names}; say --{role} NAME",
  which_bms: "which BMS? Give --bms with one of {names}",
  bad_bms_id: '--bms_id "{given}": expected a terminal number such as 0 or 0x00000001',

  // batmon by hand.
  no_such_mode: '"{given}" is no mode; expected {modes}',
  nothing_stored_in: "there are no stored samples of both devices in {span}",
  nothing_stored_to_tune: "there are no stored samples of both devices to try settings on",
  no_plan_yet:
    "there is no plan yet: batmon makes one as soon as both devices have been read, with preset auto or planner",
  plan_is_old: "the last plan is from {time}: batmon has not run since, or the data is too old",
  no_decision_yet: "there is no decision yet; has batmon run?",
  no_decision_from: "no decision is kept from {moment}",
  channel_blocked: "{channel} takes no messages: {reason}",
  channel_silent: "{channel} has not answered for {minutes} min; messages are kept",

  // The way back to the grid without a state file.
  switch_stays_off: "ongrid_switch reads off after {tries} writes of on",

  // Values and their history.
  no_sample_ever: "{device}: no sample younger than {max_age_s} s (none was ever stored)",
  no_fresh_sample: "{device}: no sample younger than {max_age_s} s (the last is {age_s} s old)",
  no_such_value: "there is no {path}; {parent} has: {keys}",
  no_such_part: "there is no {path}; it has: {keys}",
  no_value_below: "there is no {path}; {parent} has: no parts",
  value_not_known: "{path} is not known now",
  no_such_column: 'no device has a column "{name}"{near}; devices: {devices}; columns: docs/reference/names.md',
  column_of_several: '"{column}" is ambiguous: {names}',
  column_without_days: "{name} is not kept by days; give --every below 1d, or one of: {known}",
  too_many_steps: "--every {step_s}s makes more than {most} steps; ask for a longer one",
  no_such_period: '"{given}" is no period; expected day, month or year{near}',
  period_form: '"{name}" is no {period}; expected a form like {form}',
  period_not_of_calendar: '"{name}" is no {period} of the calendar',
  period_day: "day",
  period_month: "month",
  period_year: "year",
  period_not_begun: "{name} has not begun",

  // station export.
  no_such_format: "--format: expected one of {formats}",
  token_without_url: "--token-file goes with --to URL",
  no_url: "--to: is no URL",
  secret_in_url: "--to: everybody on this computer can read a command line; put the secret into --token-file",
  format_not_sent: "--to URL takes line protocol or JSON lines, not {format}",
  format_of_one_device: "{format} needs --device, one of: {names}",
  nothing_to_commit: "nothing was exported with --cursor {cursor} yet",

  // station case.
  file_is_there: "{path} is there already; name another file, or remove it: rm {path}",
  case_missing: "{path}: no such file; expected a file that station case has written",
  case_unreadable: "{path}: {reason}; expected a file that station case has written",
  no_case: "{path}: is no case; expected a file that station case has written",
  case_newer: "{path}: format {format} is newer than this program's {known}",
  case_differs: "{wrong} of {all} parts of {path} came out otherwise",

  expected_hex: "expected hex, or a trace by a pipe",
  page_folder_missing:
    "{folder}: is not there and cannot be made; let systemd make it at each start: docs/how-to/web-server.md, or set page.file",

  // station-sim.
  capture_unreadable: "--capture {path}: cannot be read",
  demo_failed: "{failed} commands of the demo failed",
  day_failed: "{failed} commands of the day failed",
  from_after_to: "--from {from} is not before --to {to}",
  no_whole_minutes: '"{text}": expected whole minutes from 1m to 60m',
  no_time_of_day: '"{text}" is no time of the day; expected HH:MM',

  answer_not_written: "the answer cannot be written: {reason}",
} as const;

/** What `station setup`, `find` and `adopt` say, in English. */
import type { LateAlarm, OwnStretch, Stretch, Taken } from "./setup-values.ts";

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

export const SETUP = {
  /** Who answers at a port. */
  seen: {
    inverter: (v: { maker: string; model: string; slave: number }): string =>
      `${v.maker} ${v.model || "inverter of unknown model"} at slave ${v.slave}`,
    bms: (v: { maker: string; cells: number; dialect: string }): string =>
      `${v.maker} BMS, ${v.cells} cells, speaks ${v.dialect}`,
    no_bms: (): string => "no BMS is configured",
    nobody: (): string =>
      "nobody answers; check power, A and B, the common ground, and the protocol set in the BMS's app",
  },
  no_adapter: "no USB adapter is seen: look at the plug, and at the end of: sudo dmesg",
  /** Who answers elsewhere than the configuration says. */
  misplaced: {
    inverter: (v: { port: string; bms: string }): string =>
      `the inverter answers at ${v.port}, where the configuration has the BMS ${v.bms}`,
    bms: (v: { port: string }): string => `a BMS answers at ${v.port}, where the configuration has the inverter`,
    swapped: (): string => "the two plugs are swapped: exchange the two ports in the configuration",
  },
  /** What is done, one step after the other. */
  steps: {
    write_config: (v: { path: string }): string => `write ${v.path}`,
    write_whole_config: (v: { path: string; text: string }): string => `write ${v.path}:\n${v.text}`,
    no_config_stays: (): string => "no configuration stays as it is",
    config_stays: (v: { path: string }): string => `${v.path} stays as it is`,
    config_stays_beside: (v: { path: string }): string => `${v.path} stays as it is; compare it with: station adopt`,
    make_folder: (v: { folder: string; user: string }): string =>
      `make ${v.folder} for user ${v.user}, readable by its group`,
    make_command_file: (v: { path: string }): string => `make ${v.path}, which the group may append to`,
    give: (v: { path: string; user: string }): string => `give ${v.path} to ${v.user}`,
    give_folder: (v: { path: string; user: string }): string => `give ${v.path} to user ${v.user}`,
    cron_starts: (v: { path: string; jobs: string }): string => `${v.path}: start ${v.jobs}`,
    cron_off_for_timers: (v: { path: string }): string => `${v.path}: every line off, timers do it`,
    cron_off: (v: { path: string }): string => `${v.path}: every line off; configuration and data stay`,
    start_timers: (v: { jobs: string }): string => `start the timers of ${v.jobs}`,
    stop_timers: (): string => "stop the timers",
    stop_its_lines: (v: { path: string }): string => `${v.path}: stop the original's lines`,
    start_its_lines: (v: { path: string }): string => `${v.path}: start the original's lines`,
    copy_secret: (v: { from: string; path: string }): string => `copy ${v.from} to ${v.path}, for the station alone`,
    link: (v: { path: string; to: string }): string =>
      `${v.path} leads to ${v.to}: who writes there still gives orders`,
    unlink: (v: { path: string }): string => `${v.path}: no link any more`,
    mode_auto: (): string => "batmon --mode auto: the rules act, as the original's did",
  },
  was_so: (what: string): string => `as it was: ${what}`,
  done: (what: string): string => `done: ${what}`,
  would_be_done: (what: string): string => `would be done: ${what}`,
  agree: (config: string): string => `This would be the configuration:\n\n${config}\nWrite it? [y/N] `,
  yes: ["y", "yes"],
  next: [
    "Who may look and give orders: sudo adduser NAME solar (then log in anew).",
    "The rules only observe until you say: batmon --mode auto. Page, Telegram, Home Assistant: the how-to guides.",
    "In two minutes: station doctor",
  ],
  switched: "In two minutes: station doctor. To go back: sudo station adopt --back",
  switched_back: "The original runs with the next minute; ours only waits.",
  /** The configuration that is written. */
  config_head: "What differs from the defaults; `station config example` tells every key.",
  config_not_found: "not found yet: station find",
  config_original: "The original's page and everything built on its files go on: they are written as it wrote them.",
  adopt: {
    no_scripts: "none of the original's scripts is here (--root FOLDER looks elsewhere)",
    settings: "Its settings",
    taken: ({ where, what, value, ours, note }: Taken): string =>
      ours === null
        ? `${where}: ${what} ${value} not taken over: ${note}`
        : `${where}: ${what} ${value} -> ${ours}${note ? ` (${note})` : ""}`,
    unrecognised: (path: string, what: string): string => `${path}: ${what} was not recognised; set it by hand`,
    secret: (path: string): string => `${path} -> mqtt.password_file, a copy that only the station reads`,
    /** The original's constants. */
    constants: {
      cell_low: "lowest cell below, V",
      cell_high: "high cell above, V (tested on the lowest one)",
      current: "battery current above, A",
      stale: "BMS data older than, min",
      to_grid: "to the grid at the lowest cell, V",
      off_grid: "off the grid from the lowest cell, V",
      off_grid_full: "off the grid at any sun from, V",
      off_grid_power: "off the grid from charging, W",
      mqtt_host: "broker",
      mqtt_port: "its port",
      bms_port: "port of the BMS",
      bms_baud: "its baud rate",
      inverter_port: "port of the inverter",
      inverter_baud: "its baud rate",
      inverter_slave: "its slave number",
      command_file: "command file",
    },
    /** Why a constant is not taken over, or what was done to it; `limit`: ours. */
    notes: {
      cell_low: (limit: number): string => `ours warns at ${limit} V in two records, at 2.9 V at once`,
      cell_high: (limit: number): string => `ours warns at ${limit} V, and of the highest cell`,
      capacity_share: (): string => "with alerts.over_current.capacity_share: 0.1, so that it counts",
      current: (limit: number): string => `ours warns earlier: ${limit} A`,
      stale: (limit: number): string => `ours warns as early, ${limit} min, and counts minutes as minutes`,
      by_switch: (): string => "a link, made by --switch",
      rules: (): string =>
        "our rules go by charge, sun and rest voltage; `batmon: {preset: original-2026}` keeps the original's usual thresholds inside our safety rails",
      rules_own: (): string =>
        "our rules go by charge, sun and rest voltage; `batmon: {preset: original-2026}` keeps the original's usual thresholds inside our safety rails; this value is the owner's own and is not kept by it",
    },
    lines_dry: "Its lines: a dry run reads none",
    lines_none: "Its lines: no file is here; name files or folders: station adopt FOLDER",
    lines: "Its lines",
    lines_taken: (taken: number, of: number): string => `${taken} of ${of} lines taken`,
    /** Behind a count of lines. */
    not_taken: {
      no_json: "no whole JSON object",
      no_device: "of neither device",
      no_time: "without a time",
      future: "of the future",
      refused: "refused as a whole: not an answer of this device",
      known: "stored already",
    },
    never_in_lines:
      "Not in such lines, so not imported: the position of the switch 20105, the counter of PV energy, and, but for the newest, all counters",
    nothing_runs: "Nothing of the original runs here.",
    still_runs: "It still runs: two masters on one line disturb each other",
    process: (pid: number, command: string): string => `process ${pid}: ${command}`,
    port_held: (port: string, pid: number, command: string): string => `${port} is held by process ${pid}: ${command}`,
    switch_it: "When you trust ours: station adopt --switch stops its lines of cron; station adopt --back undoes it.",
    nothing_to_compare: "Ours beside it: nothing to compare yet; it takes an hour of lines of both devices.",
    beside: (from: string, to: string): string => `Ours beside it, ${from} to ${to}`,
    switches: (its: Stretch, ours: Stretch): string =>
      `it switched ${times(its.switches)} and was off the grid for ${its.hours} h; our rules: ${times(ours.switches)}, ${ours.hours} h`,
    apart: (count: number): string => `the switch would have stood otherwise ${times(count)}`,
    otherwise: ({ at, hours, on, cause }: OwnStretch): string =>
      `${at}, ${hours} h: ours ${on ? "on" : "off"} the grid; ${cause ?? "the original moved, ours saw no reason"}`,
    missed: (count: number): string => `alarms that it did not tell: ${count}`,
    alarm: ({ at, later, alarm }: LateAlarm): string =>
      later === null ? `${at}: ${alarm}` : `${at}, told ${later} h later: ${alarm}`,
  },
};

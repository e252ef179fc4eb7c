/** What fails with the state file, its backups and other files, in English. */
export const STATE_FAILURES = {
  state_busy: "{path}: another command has been writing for more than 5 s",
  no_state_yet: "{path}: no state file yet; has a dump command run?",
  state_not_to_look_at: "{path}: may not be looked at ({error}); {advice}",
  state_not_yours: "{path}: not yours to read; {advice}",
  state_read_only:
    "{path}: cannot be opened where nothing may be written and no command of the station is at work; copy it and the -wal beside it into a folder of your own",
  state_not_to_write:
    "{path}: user {user} may not write to it ({error}); repair: chown {user} {folder} {path}* (or mount its disk for writing)",
  state_half_written: "{path}: a writer was cut off in the middle; the next dump command puts the file back in order",
  state_foreign_log: "{path}: beside it lies the log of another file; the next dump command sets that aside",
  state_damaged:
    "{path}: damaged (it {damage}); the next dump command puts the last good backup in its place; backup-stats restore does it by hand",
  state_damaged_says:
    "{path}: damaged (it {damage}: {error}); the next dump command puts the last good backup in its place; backup-stats restore does it by hand",
  state_beyond_repair: "{path} {damage}, and cannot be put right: {error}",

  // What is wrong with a state file.
  damage_missing: "is gone",
  damage_empty: "is empty, as a power cut leaves a file",
  damage_truncated: "is cut off",
  damage_not_a_database: "is no database",
  damage_not_a_state_file: "lacks tables of a state file",
  damage_damaged_pages: "has damaged pages",
  damage_no_access: "may not be read and written by this user",

  schema_to_upgrade: "{path}: schema {schema} is newer than this program's {newest}; upgrade solar-station",
  schema_newer: "{path}: schema {schema} is newer than this program's {newest}",
  schema_older: "{path}: schema {schema} awaits migration; run a dump command once",
  too_many_devices: "device number {device}: a state file holds {most} devices",

  file_gone: "{path}: no such file",
  disk_full: "{path}: no space left on the disk",
  disk_too_small: "{path}: no space left on the disk: {needed} MB needed, {free} MB free",
  not_appended: "{path}: cannot be appended to ({error})",

  backup_pages: "{path}: damaged: {faults}",
  backup_orphans: "{path}: damaged: {rows|rows|rows} of no device",
  backup_no_state: "{path}: no state file of solar-station",
  backup_no_checksum: "{path}: no checksum in it",
  backup_other_checksum: "{path}: damaged: its checksum differs from {checksum}",
  backup_reads_back_otherwise: "{path}: what was written does not read back the same; is the disk failing?",
  no_backup: "{path}: there is no backup",
  no_second_directory: "{path}: the second directory is not there; is the disk mounted?",
  copy_failed: "{path}: the copy failed: {error}",
  copy_differs: "{copy}: the copy differs from {path} ({tries|try|tries}): {differences}",
  copy_of_schema: "schema {schema} instead of {expected}",
  copy_lacks: "{table} is missing",
  copy_has_rows: "{table} has {rows} rows, expected {least}..{most}",
  copy_ends_at: "{table} ends at {latest}",

  restore_read: "{path}: other commands are reading it; stop cron and try again",
  restore_held: "{path}: other commands have held it for {seconds} s; stop cron and try again",
  restore_no_directory: "{path}: no such directory (station.state_dir)",
  restore_over_newer:
    "{path} is newer than the backup: {lost} would be missing; --yes restores all the same and keeps the present file aside",
  lost_everything: "everything",

  post_backup_slow: 'post_backup "{program}" took more than {seconds} s and was stopped',
  post_backup_failed: 'post_backup "{program}" failed ({error})',
  /** With the last line of what the program said. */
  program_says: "{failure}: {text}",

  // How long something lasted.
  lasted_s: "{s} s",
  lasted_min: "{min} min",
  lasted_h: "{h} h {min} min",
  lasted_d: "{d} d {h} h",

  // What was typed.
  no_duration: '"{text}" is no duration; expected a number with s, m, h or d, such as 50s or 30m',
  no_whole_number: '"{text}" is no whole number from {min} to {max}',
  no_inverter_called: 'no inverter is called "{name}"; there are: {names}',
  no_bms_called: 'no BMS is called "{name}"; there are: {names}',
  no_device_called: 'no device is called "{name}"; there are: {names}',
} as const;

/** What fails with orders and services, in English. */
export const SERVICE_FAILURES = {
  // Command files. `repair`: what is to be typed.
  order_file_link: "{path} is a symbolic link and was not taken; repair: {repair}",
  order_file_folder: "{path} is a directory and was not taken; repair: {repair}",
  order_file_special: "{path} is a pipe, socket or device and was not taken; repair: {repair}",
  order_file_foreign: "{path} belongs to user {user} and was not taken; repair: {repair}",
  order_file_open: "{path} is writable by everybody and was not taken; repair: {repair}",
  order_file_large: "{path} has {size} bytes, more than {most} and was not taken; repair: {repair}",
  order_file_closed: "{path} cannot be read by user {user} ({error}) and was not taken; repair: {repair}",
  order_folder_open: "{path} is not a private directory of this program; repair: {repair}",
  not_set_aside: "{path} was taken where it lies, because it cannot be set aside ({error}); repair: {repair}",
  not_looked_at: "{path} cannot be looked at ({error}); repair: {repair}",
  not_read: "{path} cannot be read ({error}); repair: {repair}",
  not_removed: "{path} cannot be removed ({error}); repair: {repair}",
  not_written: "{path} cannot be written ({error}); repair: {repair}",
  not_written_to: "{path} cannot be written to ({error}); repair: {repair}",
  not_made_for_group: "{path} cannot be made again for its group ({error}); repair: {repair}",
  not_changed: "{path} cannot be changed ({error}); repair: {repair}",
  repair_by_room: "df -h {folder} (make room there)",
  repair_by_mount: "mount -o remount,rw the file system of {folder}",
  repair_by_fsck: "fsck the file system of {path}",
  repair_by_chown: "chown {own} {path} (or orders.trusted_uids: [{user}])",

  // Orders to a BMS by hand.
  word_of_no_order: '"{word}" is neither name nor value',
  no_raw_commands: "{name} speaks {dialect}, which has no such commands; use: {poll} set NAME VALUE",
  raw_value_meaningless: "--value {value} means nothing in {key}; permitted: {permitted}",
  raw_value_no_hex: '--value "{value}" is no hex, such as 01 or 0A8C',
} as const;

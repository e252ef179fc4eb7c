/** What the dumps print for people beside names, values and units of the tables, in English. */

/** One answer of a BMS. */
interface Pack {
  readonly device: string;
  /** Local, to the minute. */
  readonly time: string;
  readonly dialect: string;
}

export const DUMPS = {
  pack: (v: Pack & { good: number; bad: number | null }): string =>
    `${v.device} at ${v.time}, ${v.dialect}, ${v.good} good and ${v.bad ?? 0} bad answers`,
  pack_silent: (v: Pack): string => `${v.device} at ${v.time}, ${v.dialect}: no sample`,
  machine: (device: string, time: string): string => `${device} at ${time}`,
  machine_silent: (device: string, time: string): string => `${device} at ${time}: no sample`,
  alarms: (what: string): string => `WARNING: ${what}`,
  errors: (what: string): string => `ERROR: ${what}`,
  warning: (what: string): string => `warning: ${what}`,
  doubted: (what: string): string => `doubted: ${what}`,
  arrow_contradicts: "the display's arrow contradicts the sign of the grid power",
  second_master: (signs: number): string =>
    `another master seems to use the line: ${signs} unasked ${signs === 1 ? "frame or byte" : "frames or bytes"} on the line; unplug the WiFi logger and the vendor monitor`,
  battery_power: "Battery power",
  grid_import_power: "Grid import",
  grid_export_power: "Grid export",
  grid_power_estimated: "Grid power (estimated)",
  power_factor: "Power factor",
  cells: (spread_mv: string): string => `Cells, spread ${spread_mv}`,
  no_cells: "no cells",
  lowest: "min",
  highest: "max",
  hidden: "(hidden)",
  yes: "yes",
  no: "no",
  none: "none",
  /** Arrows of an inverter's display: what is there, and which way energy flows. */
  flows: {
    pv_present: "PV there",
    load_present: "load there",
    battery_present: "battery there",
    grid_present: "grid there",
    pv_to_machine: "from PV",
    machine_to_load: "to the load",
    machine_to_battery: "to the battery",
    battery_to_machine: "from the battery",
    machine_to_grid: "to the grid",
    grid_to_machine: "from the grid",
  },
};

/**
 * Roll-ups of the samples to quarter hours and days, how far they are, and which run of the computer each sample is from. The
 * triggers notice samples that arrive after their quarter hour was rolled up (the clock went back): it is done anew.
 */
export const HISTORY = `
CREATE TABLE boots (
  id INTEGER PRIMARY KEY,
  boot_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  moved_s INTEGER NOT NULL DEFAULT 0
) STRICT;

ALTER TABLE inverter_samples ADD COLUMN boot INTEGER;
ALTER TABLE bms_samples ADD COLUMN boot INTEGER;

CREATE TABLE history_states (
  device INTEGER PRIMARY KEY REFERENCES devices (id),
  through INTEGER NOT NULL,
  dirty_from INTEGER,
  days_from INTEGER,
  time_zone TEXT,
  thinned_before INTEGER,
  pruned_before INTEGER,
  quarters_pruned_before INTEGER
) STRICT;

CREATE TABLE history_readings (
  device INTEGER NOT NULL REFERENCES devices (id),
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  raw INTEGER NOT NULL,
  PRIMARY KEY (device, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE inverter_quarters (
  at INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  samples INTEGER NOT NULL,
  covered_s INTEGER NOT NULL,
  pv_power_avg INTEGER, pv_power_min INTEGER, pv_power_max INTEGER,
  pv_voltage_avg INTEGER, pv_voltage_min INTEGER, pv_voltage_max INTEGER,
  load_power_avg INTEGER, load_power_min INTEGER, load_power_max INTEGER,
  load_apparent_power_avg INTEGER, load_apparent_power_min INTEGER, load_apparent_power_max INTEGER,
  grid_power_avg INTEGER, grid_power_min INTEGER, grid_power_max INTEGER,
  grid_voltage_avg INTEGER, grid_voltage_min INTEGER, grid_voltage_max INTEGER,
  grid_frequency_avg INTEGER, grid_frequency_min INTEGER, grid_frequency_max INTEGER,
  inverter_power_avg INTEGER, inverter_power_min INTEGER, inverter_power_max INTEGER,
  battery_power_avg INTEGER, battery_power_min INTEGER, battery_power_max INTEGER,
  battery_voltage_avg INTEGER, battery_voltage_min INTEGER, battery_voltage_max INTEGER,
  inverter_temperature_avg INTEGER, inverter_temperature_min INTEGER, inverter_temperature_max INTEGER,
  charger_temperature_avg INTEGER, charger_temperature_min INTEGER, charger_temperature_max INTEGER,
  pv_energy INTEGER,
  load_energy INTEGER,
  grid_import_energy INTEGER,
  grid_export_energy INTEGER,
  grid_charge_energy INTEGER,
  discharge_energy INTEGER,
  self_use_energy INTEGER,
  pv_export_energy INTEGER,
  on_grid_s INTEGER,
  off_grid_s INTEGER,
  PRIMARY KEY (at, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE inverter_days (
  day TEXT NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  from_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  covered_s INTEGER NOT NULL,
  pv_power_avg INTEGER, pv_power_min INTEGER, pv_power_max INTEGER,
  pv_voltage_avg INTEGER, pv_voltage_min INTEGER, pv_voltage_max INTEGER,
  load_power_avg INTEGER, load_power_min INTEGER, load_power_max INTEGER,
  load_apparent_power_avg INTEGER, load_apparent_power_min INTEGER, load_apparent_power_max INTEGER,
  grid_power_avg INTEGER, grid_power_min INTEGER, grid_power_max INTEGER,
  grid_voltage_avg INTEGER, grid_voltage_min INTEGER, grid_voltage_max INTEGER,
  grid_frequency_avg INTEGER, grid_frequency_min INTEGER, grid_frequency_max INTEGER,
  inverter_power_avg INTEGER, inverter_power_min INTEGER, inverter_power_max INTEGER,
  battery_power_avg INTEGER, battery_power_min INTEGER, battery_power_max INTEGER,
  battery_voltage_avg INTEGER, battery_voltage_min INTEGER, battery_voltage_max INTEGER,
  inverter_temperature_avg INTEGER, inverter_temperature_min INTEGER, inverter_temperature_max INTEGER,
  charger_temperature_avg INTEGER, charger_temperature_min INTEGER, charger_temperature_max INTEGER,
  pv_energy INTEGER,
  load_energy INTEGER,
  grid_import_energy INTEGER,
  grid_export_energy INTEGER,
  grid_charge_energy INTEGER,
  discharge_energy INTEGER,
  self_use_energy INTEGER,
  pv_export_energy INTEGER,
  on_grid_s INTEGER,
  off_grid_s INTEGER,
  PRIMARY KEY (day, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE bms_quarters (
  at INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  samples INTEGER NOT NULL,
  covered_s INTEGER NOT NULL,
  soc_avg INTEGER, soc_min INTEGER, soc_max INTEGER,
  pack_voltage_avg INTEGER, pack_voltage_min INTEGER, pack_voltage_max INTEGER,
  battery_current_avg INTEGER, battery_current_min INTEGER, battery_current_max INTEGER,
  battery_power_avg INTEGER, battery_power_min INTEGER, battery_power_max INTEGER,
  cell_min_avg INTEGER, cell_min_min INTEGER, cell_min_max INTEGER,
  cell_max_avg INTEGER, cell_max_min INTEGER, cell_max_max INTEGER,
  cell_spread_avg INTEGER, cell_spread_min INTEGER, cell_spread_max INTEGER,
  mosfet_temperature_avg INTEGER, mosfet_temperature_min INTEGER, mosfet_temperature_max INTEGER,
  battery_temperature_1_avg INTEGER, battery_temperature_1_min INTEGER, battery_temperature_1_max INTEGER,
  battery_temperature_2_avg INTEGER, battery_temperature_2_min INTEGER, battery_temperature_2_max INTEGER,
  charge_energy INTEGER,
  discharge_energy INTEGER,
  PRIMARY KEY (at, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE bms_days (
  day TEXT NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (id),
  from_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  covered_s INTEGER NOT NULL,
  soc_avg INTEGER, soc_min INTEGER, soc_max INTEGER,
  pack_voltage_avg INTEGER, pack_voltage_min INTEGER, pack_voltage_max INTEGER,
  battery_current_avg INTEGER, battery_current_min INTEGER, battery_current_max INTEGER,
  battery_power_avg INTEGER, battery_power_min INTEGER, battery_power_max INTEGER,
  cell_min_avg INTEGER, cell_min_min INTEGER, cell_min_max INTEGER,
  cell_max_avg INTEGER, cell_max_min INTEGER, cell_max_max INTEGER,
  cell_spread_avg INTEGER, cell_spread_min INTEGER, cell_spread_max INTEGER,
  mosfet_temperature_avg INTEGER, mosfet_temperature_min INTEGER, mosfet_temperature_max INTEGER,
  battery_temperature_1_avg INTEGER, battery_temperature_1_min INTEGER, battery_temperature_1_max INTEGER,
  battery_temperature_2_avg INTEGER, battery_temperature_2_min INTEGER, battery_temperature_2_max INTEGER,
  charge_energy INTEGER,
  discharge_energy INTEGER,
  PRIMARY KEY (day, device)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER inverter_samples_late AFTER INSERT ON inverter_samples
WHEN EXISTS (SELECT 1 FROM history_states WHERE device = NEW.device AND NEW.at < through)
BEGIN
  UPDATE history_states SET dirty_from = min(coalesce(dirty_from, NEW.at), NEW.at)
  WHERE device = NEW.device AND NEW.at >= coalesce(pruned_before, 1577836800);
END;
CREATE TRIGGER bms_samples_late AFTER INSERT ON bms_samples
WHEN EXISTS (SELECT 1 FROM history_states WHERE device = NEW.device AND NEW.at < through)
BEGIN
  UPDATE history_states SET dirty_from = min(coalesce(dirty_from, NEW.at), NEW.at)
  WHERE device = NEW.device AND NEW.at >= coalesce(pruned_before, 1577836800);
END;
`;

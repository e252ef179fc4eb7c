import type { Field, Raw } from "../../codec/table.ts";
import { wireFromRaw } from "../../codec/values.ts";
import { type At, REGISTERS, type RegisterKey } from "../../devices/original-tables.ts";
import { float, type PythonValue } from "./python-json.ts";
import { from, type Reader, type Shape } from "./shape.ts";

/** What the inverter's files are made of: scaled integers of sample, settings and identity by register key. */
export interface InverterSource {
  readonly raw: Readonly<Partial<Record<RegisterKey, Raw>>>;
  /** Local time of the sample. */
  readonly ts: string;
  /** True: what the original got wrong is written right (docs/how-to/original.md lists it). */
  readonly mended: boolean;
}

type Read = Reader<InverterSource>;

/** The word as the original saw it: unsigned, sign as on the wire, the device's "not available" word where the device says so. */
function word(key: RegisterKey): (source: InverterSource) => number | null {
  const field: Field & At = REGISTERS[key];
  return ({ raw }) => {
    const value = raw[key] ?? null;
    if (value === null) return field.na !== undefined && isAnswered(raw, key) ? field.na : null;
    return typeof value === "number" ? wireFromRaw(field, value) : null;
  };
}

/** Null is "the device has none" and not "was not read" when the register beside it has a value. */
const BESIDE: Partial<Record<RegisterKey, RegisterKey>> = {
  external_temperature: "charger_radiator_temperature",
  serial_number: "hardware_version",
  charger_serial_number: "charger_type",
};
function isAnswered(raw: InverterSource["raw"], key: RegisterKey): boolean {
  const beside = BESIDE[key];
  return beside !== undefined && (raw[beside] ?? null) !== null;
}

const signed = (value: number | null): number | null => (value !== null && value >= 0x8000 ? value - 0x10000 : value);
const int = (key: RegisterKey): Read => from(key, 1, word(key));
const signedInt = (key: RegisterKey): Read => {
  const read = word(key);
  return from(key, 1, (source) => signed(read(source)));
};
const tenths = (key: RegisterKey): Read => scaled(key, 10);
const hundredths = (key: RegisterKey): Read => scaled(key, 100);
function scaled(key: RegisterKey, div: number): Read {
  const read = REGISTERS[key].kind === "s16" ? (source: InverterSource) => signed(word(key)(source)) : word(key);
  return from(key, div, (source) => {
    const value = read(source);
    return float(value === null ? null : value / div);
  });
}

/** The original reads temperatures without their sign: -5 °C is 65531 there. */
const celsius = (key: RegisterKey): Read => {
  const read = word(key);
  const field: Field = REGISTERS[key];
  return from(key, 1, (source) => {
    const value = read(source);
    if (!source.mended) return value;
    return value === field.na ? null : signed(value);
  });
};

/** Where a power reads 0 the original takes sqrt(S² - Q²) instead, always positive; Q above S, which stopped it, gives 0 here. */
const power = (key: RegisterKey, apparent: RegisterKey, reactive: RegisterKey, isSigned: boolean) => {
  const [read, readS, readQ] = [word(key), word(apparent), word(reactive)];
  return (source: InverterSource): { readonly value: number; readonly estimated: boolean } | null => {
    const value = isSigned ? signed(read(source)) : read(source);
    if (value === null || value !== 0) return value === null ? null : { value, estimated: false };
    const [s, q] = [signed(readS(source)), signed(readQ(source))];
    if (s === null || q === null) return { value, estimated: false };
    return { value: Math.sqrt(Math.max(0, s * s - q * q)), estimated: true };
  };
};
const POWERS = {
  inverter: power("inverter_power", "inverter_apparent_power", "inverter_reactive_power", true),
  grid: power("grid_power", "grid_apparent_power", "grid_reactive_power", true),
  load: power("load_power", "load_apparent_power", "load_reactive_power", false),
} as const;

const watts = (which: keyof typeof POWERS): Read =>
  from(`${which}_power`, 1, (source) => {
    const found = POWERS[which](source);
    return found?.estimated ? float(found.value) : (found?.value ?? null);
  });
const powerFactor = (which: keyof typeof POWERS, apparent: RegisterKey): Read => {
  const readS = word(apparent);
  return (source) => {
    const [found, s] = [POWERS[which](source), signed(readS(source))];
    if (found === null || s === null) return null;
    return float(s === 0 ? 0 : Math.abs(found.value) / Math.abs(s), 3);
  };
};

const hex = (key: RegisterKey): Read => {
  const read = word(key);
  return (source) => read(source)?.toString(16).padStart(8, "0") ?? null;
};

const batteryPower: Read = from("battery_power", 100, (source) => {
  const value = word("battery_power")(source);
  if (source.mended) return float(signed(value));
  return float(value === null ? null : value / 100);
});

/** inverter_last.json, and one line a sample in inverter_stats.json. */
export const INVERTER_LAST: Shape<InverterSource> = {
  ts: ({ ts }) => ts,
  PV_charger: {
    workstate: int("charger_work_state"),
    MPPT_state: int("mppt_state"),
    charging_state: int("charge_stage"),
    PV_volt: tenths("pv_voltage"),
    batt_volt: tenths("charger_battery_voltage"),
    chg_curr: tenths("pv_charge_current"),
    chg_power: int("pv_power"),
    rad_temp: celsius("charger_radiator_temperature"),
    ext_temp: celsius("external_temperature"),
    batt_relay: int("charger_battery_relay_closed"),
    PV_relay: int("pv_relay_closed"),
    err_msg: int("charger_errors"),
    warn_msg: int("charger_warnings"),
    batt_volt_grade: int("charger_grade"),
    rated_curr: tenths("charger_rated_current"),
  },
  inv_workstate: int("work_state"),
  AC_volt_grade: int("ac_grade"),
  rate_power: int("rated_apparent_power"),
  load_percent: int("load_percent"),
  voltages: {
    battery: tenths("battery_voltage"),
    inverter: tenths("inverter_voltage"),
    grid: tenths("grid_voltage"),
    bus: tenths("bus_voltage"),
  },
  current: {
    control: tenths("control_current"),
    inverter: tenths("inverter_current"),
    grid: tenths("grid_current"),
    load: tenths("load_current"),
  },
  power: { inverter: watts("inverter"), grid: watts("grid"), load: watts("load") },
  S: {
    inverter: signedInt("inverter_apparent_power"),
    grid: signedInt("grid_apparent_power"),
    load: int("load_apparent_power"),
  },
  Q: {
    inverter: signedInt("inverter_reactive_power"),
    grid: signedInt("grid_reactive_power"),
    load: int("load_reactive_power"),
  },
  PF: {
    inverter: powerFactor("inverter", "inverter_apparent_power"),
    grid: powerFactor("grid", "grid_apparent_power"),
    load: powerFactor("load", "load_apparent_power"),
  },
  inv_freq: hundredths("inverter_frequency"),
  grid_freq: hundredths("grid_frequency"),
  temp_sensors: {
    AC_radiator: celsius("ac_radiator_temperature"),
    transformer: celsius("transformer_temperature"),
    DC_radiator: celsius("dc_radiator_temperature"),
  },
  relays: {
    inverter: int("inverter_relay_closed"),
    grid: int("grid_relay_closed"),
    load: int("load_relay_closed"),
    neutral: int("neutral_relay_closed"),
    DC: int("dc_relay_closed"),
    earth: int("earth_relay_closed"),
  },
  messages: {
    err_1: int("inverter_errors_1"),
    err_2: int("inverter_errors_2"),
    err_3: int("inverter_errors_3"),
    warn_1: int("inverter_warnings_1"),
    warn_2: int("inverter_warnings_2"),
  },
  // 25269-25272 and 25278 are copies of the identity block, which is read once and remembered.
  serial: hex("serial_number"),
  hw_ver: int("hardware_version"),
  sw_ver: int("software_version"),
  rated_power: int("rated_power"),
  comm_proto_ver: int("protocol_version"),
  arrow_flags: int("energy_flow"),
  battery: {
    power: batteryPower,
    curr: signedInt("battery_current"),
    volt_grade: int("battery_voltage_grade"),
  },
};

const machineId: Read = ({ raw }): PythonValue => {
  const { machine_type, machine_number } = raw;
  return machine_number === null || machine_number === undefined ? null : `${machine_type ?? ""}${machine_number}`;
};

/** inverter_cfg.json. */
export const INVERTER_CFG: Shape<InverterSource> = {
  machine_id: machineId,
  serial_num: hex("serial_number"),
  inv_hardware_ver: int("hardware_version"),
  inv_software_ver: int("software_version"),
  protocol_edition: int("protocol_version"),
  calibration: {
    batt_voltage: signedInt("battery_voltage_calibration"),
    inv_voltage: signedInt("inverter_voltage_calibration"),
    grid_voltage: signedInt("grid_voltage_calibration"),
    bus_voltage: signedInt("bus_voltage_calibration"),
    ctrl_current: signedInt("control_current_calibration"),
    inv_current: signedInt("inverter_current_calibration"),
    grid_current: signedInt("grid_current_calibration"),
  },
  config: {
    offgrid_work: int("output_enabled"),
    output_volt: tenths("output_voltage"),
    output_freq: hundredths("output_frequency"),
    search_mode: int("search_mode_enabled"),
    ongrid_switch: int("ongrid_switch"),
    dischg_to_grid: int("discharge_to_grid"),
    energy_use_mode: int("energy_use_mode"),
    grid_prot_std: int("grid_standard"),
    solar_use_aim: int("solar_use_aim"),
    max_dis_current: tenths("max_discharge_current"),
    batt_stop_dis: tenths("battery_stop_discharge_voltage"),
    batt_stop_chg: tenths("battery_back_voltage"),
    grid_max_chg_curr: tenths("grid_charge_current"),
    batt_low_volt: tenths("battery_cutoff_voltage"),
    // The original reads 20127 a second time; 20128 was meant.
    batt_high_volt: (source) => tenths(source.mended ? "battery_high_voltage" : "battery_cutoff_voltage")(source),
    max_comb_chg_curr: tenths("max_combined_charge_current"),
    system_setting: int("system_settings"),
    chg_source_prio: int("charger_source_priority"),
    solar_power_bal: int("solar_power_balance"),
  },
  chg_config: {
    machine_id: int("charger_type"),
    hw_ver: int("charger_hardware_version"),
    sw_ver: int("charger_software_version"),
    pv_volt_calib: int("pv_voltage_calibration"),
    bt_volt_calib: int("charger_battery_voltage_calibration"),
    curr_calib: int("charge_current_calibration"),
    serial: hex("charger_serial_number"),
    float_volt: tenths("float_voltage"),
    absorb_volt: tenths("absorption_voltage"),
    batt_low_volt: tenths("charger_battery_low_voltage"),
    batt_high_volt: tenths("charger_battery_high_voltage"),
    pv_max_chg_curr: tenths("max_pv_charge_current"),
    batt_type: int("battery_type"),
    batt_capacity: int("battery_capacity"),
    batt_eq_enable: int("equalisation_enabled"),
    batt_eq_volt: tenths("equalisation_voltage"),
    batt_eq_time: int("equalisation_time"),
    batt_eq_timeout: int("equalisation_timeout"),
    batt_eq_intv: int("equalisation_interval"),
  },
};

/** inverter_accum.json: kWh. */
export const INVERTER_ACCUM: Shape<InverterSource> = {
  charger_power: kwh("grid_charge_energy"),
  discharger_power: kwh("discharge_energy"),
  buy_power: kwh("grid_import_energy"),
  sell_power: kwh("grid_export_energy"),
  load_power: kwh("load_energy"),
  self_use: kwh("self_use_energy"),
  PV_sell_power: kwh("pv_export_energy"),
  grid_charger: kwh("grid_charger_energy"),
};

/** Counters are scaled integers of 0.1 kWh already: the two words are joined where they are decoded. */
function kwh(key: RegisterKey): Read {
  return from(key, 10, ({ raw }) => {
    const value = raw[key] ?? null;
    return float(typeof value === "number" ? value / 10 : null);
  });
}

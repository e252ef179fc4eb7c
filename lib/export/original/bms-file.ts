import type { Field, Raw } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { type OriginalAnswer, RECORDS, type RecordKey } from "../../devices/original-tables.ts";
import { float, type PythonValue } from "./python-json.ts";
import { from, type Reader, type Shape } from "./shape.ts";

/** What the BMS's file is made of. */
export interface BmsSource {
  /** Local time of the last answer. */
  readonly ts: string;
  /** V and A, mean of the good answers. */
  readonly voltage: number | null;
  readonly current: number | null;
  /** mV, index 0 = cell 1. */
  readonly cells: readonly (number | null)[];
  /** The last answer, of the protocol that the original knew; null = another one, or it was not kept. */
  readonly answer: OriginalAnswer | null;
  /** Engineering values of sample and settings by key, for what the answer does not say. */
  readonly values: Readonly<Record<string, PythonValue | boolean>>;
  /** Raw words that only a sample of another protocol gives: battery_warn_msg, battery_status_info. */
  readonly words: { readonly warnings: number | null; readonly status: number | null };
  readonly mended: boolean;
}

type Read = Reader<BmsSource>;

/** Number of a record: the last answer's, else the sample's or the settings'. Bits, states and switches as their words. */
function number(key: RecordKey): (source: BmsSource) => number | null {
  const field: Field = RECORDS[key];
  return ({ answer, values }) => {
    const raw: Raw = answer?.records[key] ?? null;
    if (typeof raw === "number") return isWord(field) ? raw : Number(valueFromRaw(field, raw));
    const value = values[key] ?? null;
    if (typeof value === "boolean") return Number(value);
    if (typeof value === "string" && field.kind === "enum") {
      const found = Object.entries(field.labels).find(([, label]) => label === value);
      return found ? Number(found[0]) : null;
    }
    return typeof value === "number" ? value : null;
  };
}
const isWord = ({ kind }: Field) => kind === "bool" || kind === "enum" || kind === "flags";

const int = (key: RecordKey): Read => {
  const read = number(key);
  return from(key, 1, (source) => {
    const value = read(source);
    return value === null ? null : Math.round(value);
  });
};
const fraction = (key: RecordKey, digits: number): Read => {
  const read = number(key);
  return (source) => float(read(source), digits);
};

/** The original reads these limits without their sign: -20 °C is 65516 there. */
const unsigned = (key: RecordKey): Read => {
  const read = number(key);
  return (source) => {
    const value = read(source);
    if (value === null) return null;
    return !source.mended && value < 0 ? Math.round(value) + 0x10000 : Math.round(value);
  };
};

/** Above 100 the degrees are negative, and 100 itself is 0 °C; the original takes it for 100 °C. */
const celsius = (key: RecordKey): Read => {
  const read = number(key);
  return from(key, 1, (source) => {
    const bytes = source.answer?.bytes.get(key);
    if (!source.mended && bytes?.[0] === 0 && bytes[1] === 100) return 100;
    const value = read(source);
    return value === null ? null : Math.round(value);
  });
};

/** A text with its padding, as the original keeps it: 00 at the end falls off, one inside becomes a point. */
const text =
  (key: RecordKey): Read =>
  ({ answer, values }) => {
    const bytes = answer?.bytes.get(key);
    if (bytes) return latin(bytes);
    const value = values[key] ?? null;
    return typeof value === "string" ? value : null;
  };

function latin(bytes: Uint8Array): string {
  const all = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const kept = all.replace(/\0+$/, "").replace(/\0/g, ".");
  return kept.replace(/[^\x20-\x7e]/g, "?");
}

const hours: Read = (source) => {
  const minutes = number("working_time")(source);
  return float(minutes === null ? null : minutes / 60, 3);
};

/** The newest values of the BMS, and one line a sample in its statistics. */
export const BMS_LAST: Shape<BmsSource> = {
  battery_voltage: from("pack_voltage", 1, ({ voltage }) => float(voltage, 2)),
  battery_current: from("battery_current", 1, ({ current }) => float(current, 2)),
  ts: ({ ts }) => ts,
  bms_id: ({ answer }) => (answer ? `0x${answer.terminal.toString(16).padStart(8, "0")}` : null),
  cells: {
    count: ({ cells }) => cells.length,
    voltages: ({ cells }) =>
      Object.fromEntries(cells.map((mv, index) => [String(index + 1), float(mv === null ? null : mv / 1000, 3)])),
  },
  bms_params: {
    total_OVP: fraction("pack_overvoltage_limit", 2),
    total_UVP: fraction("pack_undervoltage_limit", 2),
    cell_OVP: fraction("cell_overvoltage_limit", 3),
    cell_OVP_recv: fraction("cell_overvoltage_recovery", 3),
    cell_OVP_delay: int("cell_overvoltage_delay"),
    cell_UVP: fraction("cell_undervoltage_limit", 3),
    cell_UVP_recv: fraction("cell_undervoltage_recovery", 3),
    cell_UVP_delay: int("cell_undervoltage_delay"),
    diff_tresh: fraction("cell_difference_limit", 3),
    dis_OCP: int("discharge_overcurrent_limit"),
    dis_OCP_delay: int("discharge_overcurrent_delay"),
    chg_OCP: int("charge_overcurrent_limit"),
    chg_OCP_delay: int("charge_overcurrent_delay"),
    balance_start: fraction("balance_start_voltage", 3),
    balance_diff: fraction("balance_start_difference", 3),
    balance_switch: int("balancer_enabled"),
    MOS_temp_tresh: int("mosfet_overtemperature_limit"),
    MOS_temp_recv: int("mosfet_overtemperature_recovery"),
    batt_temp_tresh: int("battery_box_overtemperature_limit"),
    batt_temp_recv: int("battery_box_overtemperature_recovery"),
    batt_temp_diff: int("temperature_difference_limit"),
    batt_OVH_chg: int("charge_overtemperature_limit"),
    batt_OVH_dis: int("discharge_overtemperature_limit"),
    batt_LTP_chg: unsigned("charge_undertemperature_limit"),
    batt_LTP_crecv: unsigned("charge_undertemperature_recovery"),
    batt_LTP_dis: unsigned("discharge_undertemperature_limit"),
    batt_LTP_drecv: unsigned("discharge_undertemperature_recovery"),
    batt_string_set: int("cell_count_setting"),
    batt_capacity_set: int("capacity"),
    chg_MOS_switch: int("charge_mosfet_enabled"),
    dis_MOS_switch: int("discharge_mosfet_enabled"),
    prot_board_addr: int("board_address"),
    battery_type: int("cell_chemistry"),
    sleep_wait: int("sleep_wait_time"),
    low_volume_alarm: int("low_soc_alarm"),
    dedic_chg_switch: int("dedicated_charger_enabled"),
    sys_working_hrs: hours,
    start_calibr: int("current_calibration_start"),
    actual_batt_cap: int("actual_capacity"),
    protocol_ver: int("protocol_version"),
  },
  MOS_temp: celsius("mosfet_temperature"),
  battery1_temp: celsius("battery_temperature_1"),
  battery2_temp: celsius("battery_temperature_2"),
  battery_SoC: int("soc"),
  temps_sensors: int("temperature_sensor_count"),
  cycle_count: int("cycle_count"),
  cycle_capacity: int("cycle_capacity"),
  total_battery_str: int("cell_count"),
  battery_warn_msg: from(
    "warnings",
    1,
    ({ answer, words }) => (answer?.records.warnings as number | null | undefined) ?? words.warnings,
  ),
  battery_status_info: ({ answer, words }) => (answer?.records.status as number | null | undefined) ?? words.status,
  device_id: text("device_id"),
  date_manufact: text("manufacturing_date"),
  firmware_ver: text("software_version"),
  id_manufact: text("manufacturer_id"),
  complete: ({ answer }) => (answer === null || answer.complete ? 1 : 0),
};

/** What the original's mqtt-client.php made of its own files: topics below the discovery prefix, flat keys, states as words. */
import { ORIGINAL_NAMES } from "../../devices/index.ts";
import type { OriginalFile } from "./files.ts";
import { PythonFloat, type PythonValue } from "./python-json.ts";

const { bms: BMS, inverter: INVERTER } = ORIGINAL_NAMES;
export const ORIGINAL_TOPICS = ([BMS.topic, INVERTER.topic] as const).flatMap(
  (device) => [`sensor/${device}/state`, `switch/${device}/state`] as const,
);
export type OriginalTopic = (typeof ORIGINAL_TOPICS)[number];

/** Whose values a topic tells. */
export function roleOfTopic(topic: OriginalTopic): "inverter" | "bms" {
  return topic.includes(INVERTER.topic) ? "inverter" : "bms";
}

type Value = string | number | null;
type Get = (path: string) => number | null;

/** Reads numbers by their path in one of the original's files. */
function reader(object: PythonValue | undefined): Get {
  return (path) => {
    let level: PythonValue | undefined = object;
    for (const key of path.split(".")) {
      if (level === null || level === undefined || typeof level !== "object" || level instanceof PythonFloat)
        return null;
      level = level[key];
    }
    if (level instanceof PythonFloat) return level.value;
    return typeof level === "number" ? level : null;
  };
}

const onOff = (word: number | null): Value => (word === null ? null : word > 0 ? "ON" : "OFF");
const word = (words: readonly string[], index: number | null): Value =>
  index === null ? null : (words[index] ?? null);
/** The original left these out where they were 0; a 0 here would be a reading that never was. */
const unlessZero = (value: number | null): Value | undefined => (value === 0 || value === null ? undefined : value);

const CHARGER_STATES = ["init", "selftest", "work", "stop"] as const;
const CHARGING_STATES = ["stop", "absorb", "float", "EQ"] as const;
const MPPT_STATES = ["stop", "MPPT", "current limiting"] as const;

/** Payloads by topic; a file that is not fresh makes none. */
export function originalStates(
  files: Partial<Record<OriginalFile, PythonValue>>,
): Partial<Record<OriginalTopic, string>> {
  const pack = files[BMS.last];
  const live = files[INVERTER.last];
  const settings = files["inverter_cfg.json"];
  return {
    ...(pack
      ? {
          [`sensor/${BMS.topic}/state`]: JSON.stringify(packState(pack)),
          [`switch/${BMS.topic}/state`]: JSON.stringify(packSwitches(reader(pack))),
        }
      : {}),
    ...(live
      ? {
          [`sensor/${INVERTER.topic}/state`]: JSON.stringify(
            inverterState(reader(live), reader(files["inverter_accum.json"])),
          ),
        }
      : {}),
    ...(settings ? { [`switch/${INVERTER.topic}/state`]: JSON.stringify(inverterSwitches(reader(settings))) } : {}),
  };
}

function packState(pack: PythonValue): Readonly<Record<string, Value>> {
  const get = reader(pack);
  const count = get("cells.count") ?? 0;
  const cells = Array.from({ length: count }, (_, index) => get(`cells.voltages.${index + 1}`)).filter(
    (v) => v !== null,
  );
  const [voltage, strings] = [get("battery_voltage"), get("bms_params.batt_string_set") ?? count];
  return {
    MOS_temperature: get("MOS_temp"),
    battery_T1: get("battery1_temp"),
    battery_T2: get("battery2_temp"),
    battery_current: get("battery_current"),
    battery_voltage: voltage,
    min_cell_volt: cells.length === 0 ? null : Math.min(...cells),
    max_cell_volt: cells.length === 0 ? null : Math.max(...cells),
    avg_cell_volt: voltage === null || strings <= 0 ? null : Number((voltage / strings).toFixed(3)),
    state_of_charge: get("battery_SoC"),
  };
}

function packSwitches(get: Get): Readonly<Record<string, Value>> {
  return {
    balance_sw: onOff(get("bms_params.balance_switch")),
    charge_MOS_sw: onOff(get("bms_params.chg_MOS_switch")),
    discharge_MOS_sw: onOff(get("bms_params.dis_MOS_switch")),
  };
}

function inverterSwitches(get: Get): Readonly<Record<string, Value>> {
  return {
    ongrid_sw: onOff(get("config.ongrid_switch")),
    offgrid_sw: onOff(get("config.offgrid_work")),
    dis_to_grid: onOff(get("config.dischg_to_grid")),
  };
}

function inverterState(get: Get, total: Get): Readonly<Record<string, Value | undefined>> {
  const [load, buy, sell] = [total("load_power"), total("buy_power"), total("sell_power")];
  return {
    battery_v: get("voltages.battery"),
    bus_v: get("voltages.bus"),
    inverter_v: get("voltages.inverter"),
    grid_v: get("voltages.grid"),
    control_c: get("current.control"),
    inverter_c: get("current.inverter"),
    load_c: get("current.load"),
    grid_c: get("current.grid"),
    load_pp: get("load_percent"),
    inverter_p: get("power.inverter"),
    load_p: get("power.load"),
    grid_p: get("power.grid"),
    charger_c: get("PV_charger.chg_curr"),
    inverter_f: get("inv_freq"),
    grid_f: get("grid_freq"),
    pvc_workstate: word(CHARGER_STATES, get("PV_charger.workstate")),
    chg_state: word(CHARGING_STATES, get("PV_charger.charging_state")),
    MPPT_state: word(MPPT_STATES, get("PV_charger.MPPT_state")),
    inv_relay: onOff(get("relays.inverter")),
    grid_relay: onOff(get("relays.grid")),
    N_relay: onOff(get("relays.neutral")),
    DC_relay: onOff(get("relays.DC")),
    E_relay: onOff(get("relays.earth")),
    PV_radiator: unlessZero(get("PV_charger.rad_temp")),
    PV_external: unlessZero(get("PV_charger.ext_temp")),
    AC_radiator: unlessZero(get("temp_sensors.AC_radiator")),
    DC_radiator: unlessZero(get("temp_sensors.DC_radiator")),
    transformer: unlessZero(get("temp_sensors.transformer")),
    PV_voltage: unlessZero(get("PV_charger.PV_volt")),
    inverter_PF: unlessZero(get("PF.inverter")),
    grid_PF: unlessZero(get("PF.grid")),
    load_PF: unlessZero(get("PF.load")),
    accu_chg_power: total("charger_power"),
    accu_dis_power: total("discharger_power"),
    accu_buy_power: buy,
    accu_sell_power: sell,
    accu_load_power: load,
    accu_self_use: total("self_use"),
    accu_PV_sell_p: total("PV_sell_power"),
    accu_grid_chg: total("grid_charger"),
    accu_gen_power: load === null || buy === null || sell === null ? null : Number((load - buy + sell).toFixed(1)),
  };
}

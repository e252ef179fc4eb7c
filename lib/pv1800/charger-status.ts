import { critical, ENDS_OFF_GRID, labelsOf, warning } from "../codec/bits.ts";
import type { Table } from "../codec/table.ts";
import type { At } from "./identity.ts";

/** An error bit that no sheet names is still an error. */
export const UNNAMED_ERROR = { severity: "critical", ends_off_grid: true } as const;

const CHARGER_ERRORS = {
  0: critical("hardware", ENDS_OFF_GRID),
  1: critical("over_current", ENDS_OFF_GRID),
  2: critical("current_sensor", ENDS_OFF_GRID),
  3: critical("over_temperature", ENDS_OFF_GRID),
  4: critical("pv_voltage_high", ENDS_OFF_GRID),
  5: warning("pv_voltage_low"),
  6: critical("battery_voltage_high", ENDS_OFF_GRID),
  7: critical("battery_voltage_low", ENDS_OFF_GRID),
  8: critical("current_uncontrollable", ENDS_OFF_GRID),
  9: critical("parameter", ENDS_OFF_GRID),
} as const;

const CHARGER_WARNINGS = {
  0: warning("fan"),
} as const;

/** Live values of the PV charger (block 15201). At night it reports zeros, or stop with pv_voltage_low: no sun, no fault. */
export const CHARGER_STATUS = {
  charger_work_state: {
    addr: 15201,
    kind: "enum",
    labels: { 0: "init", 1: "self_test", 2: "work", 3: "stop" },
    role: "state",
    doc: "State of the PV charger",
    source: "MUST-1.4.15",
  },
  mppt_state: {
    addr: 15202,
    kind: "enum",
    labels: { 0: "stop", 1: "mppt", 2: "current_limiting" },
    role: "state",
    doc: "State of the power point tracker",
    source: "MUST-1.4.15",
  },
  charge_stage: {
    addr: 15203,
    kind: "enum",
    labels: { 0: "stop", 1: "absorb", 2: "float", 3: "equalise" },
    role: "state",
    doc: "Charge stage",
    source: "MUST-1.4.15; equalise absent in 1.4.3",
  },
  pv_voltage: {
    addr: 15205,
    kind: "u16",
    div: 10,
    unit: "V",
    doc: "PV voltage",
    source: "MUST-1.4.15",
  },
  charger_battery_voltage: {
    addr: 15206,
    kind: "u16",
    div: 10,
    unit: "V",
    doc: "Battery voltage at the charger; 0 at night, use battery_voltage",
    source: "MUST-1.4.15; capture benj",
  },
  pv_charge_current: {
    addr: 15207,
    kind: "u16",
    div: 10,
    unit: "A",
    doc: "Charge current from PV, DC, battery side",
    source: "MUST-1.4.15",
  },
  pv_power: {
    addr: 15208,
    kind: "u16",
    unit: "W",
    doc: "Power from PV, battery side; 0 at night",
    source: "MUST-1.4.15",
  },
  charger_radiator_temperature: {
    addr: 15209,
    kind: "s16",
    unit: "°C",
    doc: "Radiator of the PV charger",
    source: "MUST-1.4.15",
  },
  external_temperature: {
    addr: 15210,
    kind: "s16",
    unit: "°C",
    na: 0xffcb,
    doc: "External sensor; -53 = sensor absent",
    source: "MUST-1.4.15; capture aquarat",
  },
  charger_battery_relay_closed: {
    addr: 15211,
    kind: "bool",
    role: "state",
    doc: "Battery relay of the charger",
    source: "MUST-1.4.15",
  },
  pv_relay_closed: {
    addr: 15212,
    kind: "bool",
    role: "state",
    doc: "PV relay of the charger",
    source: "MUST-1.4.15",
  },
  charger_errors: {
    addr: 15213,
    kind: "flags",
    bits: labelsOf(CHARGER_ERRORS),
    faults: CHARGER_ERRORS,
    unnamed: UNNAMED_ERROR,
    role: "state",
    doc: "Errors of the charger; pv_voltage_low is normal at night",
    source: "MUST-1.4.15",
  },
  charger_warnings: {
    addr: 15214,
    kind: "flags",
    bits: labelsOf(CHARGER_WARNINGS),
    faults: CHARGER_WARNINGS,
    role: "state",
    doc: "Warnings of the charger",
    source: "MUST-1.4.15",
  },
  pv_energy: {
    addr: 15217,
    kind: "thousands",
    div: 10,
    unit: "kWh",
    role: "total",
    doc: "Energy from PV since the counters were cleared",
    source: "MUST-1.4.15; capture benj",
  },
  charger_run_days: {
    addr: 15219,
    kind: "u16",
    unit: "d",
    role: "diagnostic",
    doc: "Run time of the charger, whole days; stays 0 on some units",
    source: "MUST-1.4.15; capture aquarat",
  },
  charger_run_hours: {
    addr: 15220,
    kind: "u16",
    unit: "h",
    role: "diagnostic",
    doc: "Run time of the charger, hours of the day",
    source: "MUST-1.4.15",
  },
  charger_run_minutes: {
    addr: 15221,
    kind: "u16",
    unit: "min",
    role: "diagnostic",
    doc: "Run time of the charger, minutes of the hour",
    source: "MUST-1.4.15",
  },
} as const satisfies Table<At>;

/** Constants inside the charger's status block; anchors against foreign answers. */
export const CHARGER_STATUS_IDENTITY = {
  charger_grade: {
    addr: 15215,
    kind: "u16",
    unit: "V",
    role: "identity",
    doc: "Battery class seen by the charger: 12, 24 or 48; valid at night",
    source: "MUST-1.4.15",
  },
  charger_rated_current: {
    addr: 15216,
    kind: "u16",
    div: 10,
    unit: "A",
    role: "identity",
    doc: "Rated current of the charger; valid at night",
    source: "MUST-1.4.15",
  },
} as const satisfies Table<At>;

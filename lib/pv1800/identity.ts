import type { Table } from "../codec/table.ts";

/** Place of a row: wire address of its first word. */
export interface At {
  readonly addr: number;
}

/** Who the machine is (blocks 20000 and 10001). */
export const IDENTITY = {
  machine_type: {
    addr: 20000,
    kind: "ascii",
    length: 2,
    role: "identity",
    doc: "First half of the model name: PV, PH or EP; absent on protocol below 1.04.13",
    source: "MUST-1.4.15; captures sp1800, benj",
  },
  machine_number: {
    addr: 20001,
    kind: "u16",
    role: "identity",
    doc: "Second half of the model name: 1800, also 1500, 1900, 3000, 3300 seen",
    source: "MUST-1.4.15; field reports",
  },
  serial_number: {
    addr: 20002,
    kind: "u32",
    role: "identity",
    na: 0xffffffff,
    write: {
      class: "never",
      range: { min: 0, max: 0xffffffff },
      effect: "Overwrites the serial number of the machine",
    },
    doc: "Serial number; nearly always FFFFFFFF, so no unique id",
    source: "MUST-1.4.15; ha-must-inverter #39",
  },
  hardware_version: {
    addr: 20004,
    kind: "version",
    role: "identity",
    doc: "Hardware version of the inverter board",
    source: "MUST-1.4.15",
  },
  software_version: {
    addr: 20005,
    kind: "version",
    role: "identity",
    doc: "Software version of the inverter board",
    source: "MUST-1.4.15",
  },
  protocol_version: {
    addr: 20006,
    kind: "version",
    role: "identity",
    doc: "Edition of the register protocol",
    source: "MUST-1.4.15",
  },
  charger_type: {
    addr: 10001,
    kind: "u16",
    role: "identity",
    doc: "Type of the PV charger board: 1600 or 1800",
    source: "MUST-1.4.15",
  },
  charger_serial_number: {
    addr: 10002,
    kind: "u32",
    role: "identity",
    na: 0xffffffff,
    write: {
      class: "never",
      range: { min: 0, max: 0xffffffff },
      effect: "Overwrites the serial number of the charger",
    },
    doc: "Serial number of the charger board; 0 seen",
    source: "MUST-1.4.15; capture sp1800",
  },
  charger_hardware_version: {
    addr: 10004,
    kind: "version",
    role: "identity",
    doc: "Hardware version of the charger board",
    source: "MUST-1.4.15; capture sp1800",
  },
  charger_software_version: {
    addr: 10005,
    kind: "version",
    role: "identity",
    doc: "Software version of the charger board",
    source: "MUST-1.4.15; capture sp1800",
  },
} as const satisfies Table<At>;

const CALIBRATION_WRITE = {
  class: "never",
  range: { min: 0, max: 65535 },
  effect: "Changes a factory calibration; a reset of the parameters does not bring it back",
} as const;

/** Factory calibration, read along with the identity; never written. 16384 = factor 1. */
export const CALIBRATION = {
  pv_voltage_calibration: {
    addr: 10006,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Charger: PV voltage calibration; 16384 = factor 1, 0 seen",
    source: "MUST-1.4.15; Solar-Station",
  },
  charger_battery_voltage_calibration: {
    addr: 10007,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Charger: battery voltage calibration; 16384 = factor 1, 0 seen",
    source: "MUST-1.4.15; Solar-Station",
  },
  charge_current_calibration: {
    addr: 10008,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Charger: charge current calibration; 16384 = factor 1, 0 seen",
    source: "MUST-1.4.15; Solar-Station",
  },
  battery_voltage_calibration: {
    addr: 20009,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Battery voltage calibration; 16384 = factor 1, 65535 = no correction",
    source: "MUST-1.4.15",
  },
  inverter_voltage_calibration: {
    addr: 20010,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Inverter voltage calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
  grid_voltage_calibration: {
    addr: 20011,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Grid voltage calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
  bus_voltage_calibration: {
    addr: 20012,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "DC bus voltage calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
  control_current_calibration: {
    addr: 20013,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Control current calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
  inverter_current_calibration: {
    addr: 20014,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Inverter current calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
  grid_current_calibration: {
    addr: 20015,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Grid current calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
  load_current_calibration: {
    addr: 20016,
    kind: "u16",
    role: "diagnostic",
    write: CALIBRATION_WRITE,
    doc: "Load current calibration; 65535 = no correction",
    source: "MUST-1.4.15",
  },
} as const satisfies Table<At>;

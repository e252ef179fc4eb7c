import { never, range, rowMakers } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";

const SHEET = "MUST-1.4.15";
const { ascii, u16, u32, version } = rowMakers("addr", undefined, "identity");
const calibration = rowMakers("addr", undefined, "diagnostic");

/** Place of a row: wire address of its first word. */
export interface At {
  readonly addr: number;
}

/** Who the machine is (blocks 20000 and 10001). */
// biome-ignore format: a row a line
export const IDENTITY = {
  machine_type: ascii(20000, 2, "First half of the model name: PV, PH or EP; absent on protocol below 1.04.13", "MUST-1.4.15; captures sp1800, benj"),
  machine_number: u16(20001, "", 1, "Second half of the model name: 1800, also 1500, 1900, 3000, 3300 seen", "MUST-1.4.15; field reports"),
  serial_number: u32(20002, "", 1, "Serial number; nearly always FFFFFFFF, so no unique id", "MUST-1.4.15; ha-must-inverter #39", { ...never(range(0, 0xffffffff), "serial_overwritten"), na: 0xffffffff }),
  hardware_version: version(20004, "Hardware version of the inverter board", SHEET),
  software_version: version(20005, "Software version of the inverter board", SHEET),
  protocol_version: version(20006, "Edition of the register protocol", SHEET),
  charger_type: u16(10001, "", 1, "Type of the PV charger board: 1600 or 1800", SHEET),
  charger_serial_number: u32(10002, "", 1, "Serial number of the charger board; 0 seen", "MUST-1.4.15; capture sp1800", { ...never(range(0, 0xffffffff), "serial_overwritten"), na: 0xffffffff }),
  charger_hardware_version: version(10004, "Hardware version of the charger board", "MUST-1.4.15; capture sp1800"),
  charger_software_version: version(10005, "Software version of the charger board", "MUST-1.4.15; capture sp1800"),
} as const satisfies Table<At>;

const FACTORY = never(range(0, 65535), "calibration_lost");

/** Factory calibration, read along with the identity; never written. 16384 = factor 1. */
// biome-ignore format: a row a line
export const CALIBRATION = {
  pv_voltage_calibration: calibration.u16(10006, "", 1, "Charger: PV voltage calibration; 16384 = factor 1, 0 seen", "MUST-1.4.15; Solar-Station", FACTORY),
  charger_battery_voltage_calibration: calibration.u16(10007, "", 1, "Charger: battery voltage calibration; 16384 = factor 1, 0 seen", "MUST-1.4.15; Solar-Station", FACTORY),
  charge_current_calibration: calibration.u16(10008, "", 1, "Charger: charge current calibration; 16384 = factor 1, 0 seen", "MUST-1.4.15; Solar-Station", FACTORY),
  battery_voltage_calibration: calibration.u16(20009, "", 1, "Battery voltage calibration; 16384 = factor 1, 65535 = no correction", SHEET, FACTORY),
  inverter_voltage_calibration: calibration.u16(20010, "", 1, "Inverter voltage calibration; 65535 = no correction", SHEET, FACTORY),
  grid_voltage_calibration: calibration.u16(20011, "", 1, "Grid voltage calibration; 65535 = no correction", SHEET, FACTORY),
  bus_voltage_calibration: calibration.u16(20012, "", 1, "DC bus voltage calibration; 65535 = no correction", SHEET, FACTORY),
  control_current_calibration: calibration.u16(20013, "", 1, "Control current calibration; 65535 = no correction", SHEET, FACTORY),
  inverter_current_calibration: calibration.u16(20014, "", 1, "Inverter current calibration; 65535 = no correction", SHEET, FACTORY),
  grid_current_calibration: calibration.u16(20015, "", 1, "Grid current calibration; 65535 = no correction", SHEET, FACTORY),
  load_current_calibration: calibration.u16(20016, "", 1, "Load current calibration; 65535 = no correction", SHEET, FACTORY),
} as const satisfies Table<At>;

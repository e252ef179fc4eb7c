import { IDENTITY, rowMakers, SECRET, TOTAL } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";

const { ascii, u32, u8 } = rowMakers("offset");

/** Device information block, base 0x1400: only what is of use, and the secrets so that they can be hidden. */
// biome-ignore format: a row a line
export const PB_DEVICE_INFO = {
  model: ascii(0x00, 16, "Model", "M10 0x1400; capture pb01", IDENTITY),
  hardware_version: ascii(0x10, 8, "Hardware version", "M10 0x1410; capture pb01", IDENTITY),
  software_version: ascii(0x18, 8, "Software version", "M10 0x1418; capture pb01", IDENTITY),
  run_time: u32(0x20, "s", 1, "Since the first start", "M10 0x1420; capture pb01", TOTAL),
  power_on_count: u32(0x24, "", 1, "Number of starts", "M10 0x1424; capture pb01", TOTAL),
  device_id: ascii(0x28, 16, "Bluetooth name", "JK PC library; capture pb01", IDENTITY),
  bluetooth_password: ascii(0x38, 16, "Bluetooth password, never shown", "JK PC library; capture pb01", SECRET),
  manufacturing_date: ascii(0x48, 8, "YYMMDD of the first start", "JK PC library; capture pb01", IDENTITY),
  serial_number: ascii(0x50, 16, "Serial number", "JK PC library; capture pb01", IDENTITY),
  user_data: ascii(0x60, 16, "User data", "JK PC library; capture pb01", IDENTITY),
  password: ascii(0x70, 16, "Settings password in clear text, never shown", "JK PC library; capture pb01", SECRET),
  user_data_2: ascii(0x80, 16, "User data", "JK PC library; capture pb01", IDENTITY),
  uart1_protocol: u8(0xb2, "", 1, "Protocol number of port UART1: 0 = 4E57, 1 = Modbus", "M11 0x14B2; capture pb01", IDENTITY),
  can_protocol: u8(0xb3, "", 1, "Protocol number of the CAN port", "M11 0x14B3; capture pb01", IDENTITY),
  uart2_protocol: u8(0xd4, "", 1, "Protocol number of port UART2", "M11 0x14D4; capture pb01", IDENTITY),
} as const satisfies Table<{ offset: number }>;

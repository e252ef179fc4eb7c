import { EXIT_MEANING } from "../../lib/base/errors.ts";
import { exampleConfig } from "../../lib/config/example.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS } from "../../lib/devices/inverter/sample.ts";
import { PB_DEVICE_INFO } from "../../lib/devices/jkbms/pb-device-info.ts";
import { PB_SETTINGS } from "../../lib/devices/jkbms/pb-settings.ts";
import { PB_STATUS } from "../../lib/devices/jkbms/pb-status.ts";
import { RECORDS } from "../../lib/devices/jkbms/records.ts";
import { FORBIDDEN } from "../../lib/devices/pv1800/blocks.ts";
import { REGISTERS } from "../../lib/devices/pv1800/registers.ts";
import { commandsPage } from "./commands.ts";
import { fieldTable, nameTable } from "./fields.ts";
import { sentencesPage } from "./sentences.ts";

const GENERATED = "<!-- Generated from the tables by `npm run docs`; edit the tables, not this page. -->\n";

/** Every generated page of docs/reference by file name. */
export async function referencePages(): Promise<Record<string, string>> {
  return {
    "config.example.yaml": exampleConfig(),
    "registers.md": registersPage(),
    "bms-records.md": bmsPage(),
    "names.md": namesPage(),
    "exit-codes.md": exitCodesPage(),
    "commands.md": await commandsPage(GENERATED),
    "sentences.md": sentencesPage(GENERATED),
  };
}

function registersPage(): string {
  const forbidden = FORBIDDEN.map(({ start, count }) => `${start}-${start + count - 1}`).join(" and ");
  return `${GENERATED}
# Registers of the MUST PV1800

Addresses are decimal wire addresses. **${forbidden} are never read nor written, in any mode**: reading them shut an owner's
inverter down until grid, battery and panels were disconnected.

Signs are those of this toolset: battery + = charging, grid + = import. "Write" says who may: *normal* any order,
*battery safety* only with \`confirm\`, *never* only by hand with \`--unlock\`. Ranges are for 48 V machines; 24 V and 12 V
machines have their own where the sheet gives them.

${fieldTable(REGISTERS, "Address", ({ addr }) => String(addr))}`;
}

function bmsPage(): string {
  const offset = (base: number) => (row: { offset: number }) => `0x${(base + row.offset).toString(16)}`;
  return `${GENERATED}
# Records of the JK BMS

The same key means the same in both dialects.

## 4E57 (port setting 000)

${fieldTable(RECORDS, "Record", ({ tag }) => tag.toString(16).toUpperCase().padStart(2, "0"))}
## Modbus (port setting 001): settings

${fieldTable(PB_SETTINGS, "Register", offset(0x1000))}
## Modbus: status

${fieldTable(PB_STATUS, "Register", offset(0x1200))}
## Modbus: device

${fieldTable(PB_DEVICE_INFO, "Register", offset(0x1400))}`;
}

function namesPage(): string {
  return `${GENERATED}
# Names

The keys of samples: database columns, JSON, CSV and MQTT use the same ones. Times are UTC seconds. Missing is \`null\`, never 0.

## Inverter

${nameTable(INVERTER_SAMPLE_FIELDS)}
## BMS

Beside these a sample has \`cells\` (V in JSON, \`cell_01\` … in mV in the database), \`good_answers\` and \`bad_answers\`.

${nameTable(BMS_FIELDS)}`;
}

function exitCodesPage(): string {
  const rows = Object.entries(EXIT_MEANING).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return `${GENERATED}
# Exit codes

The same for every command; \`--help\` prints them too.

| Code | Meaning |
|---|---|
${rows.join("\n")}
`;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkWrite } from "../../../lib/devices/jkbms/write-check.ts";

// biome-ignore format: a case a line
const CASES: readonly (readonly [key: string, raw: number | string, refusal: RegExp | null, unlock?: string])[] = [
  ["cell_3", 3300, /no writable setting/], ["constructor", 1, /no writable setting/],
  ["charge_mosfet_enabled", 0, null], ["charge_mosfet_enabled", 1, null], ["charge_mosfet_enabled", 2, /neither 0 nor 1/],
  ["cell_overvoltage_limit", 3650, null], ["cell_overvoltage_limit", 36_500, /is outside/], ["cell_overvoltage_limit", 10, /is outside/],
  ["cell_overvoltage_limit", 3650.5, /not a whole raw value/], ["cell_overvoltage_limit", "3650", /not a whole raw value/],
  ["board_address", 1, /never written unless unlocked/], ["board_address", 1, /never written unless unlocked/, "capacity"], ["board_address", 1, null, "board_address"],
  ["password", "123456", /never written unless unlocked/], ["password", "123456", null, "password"],
  ["cell_count_setting", 2, /: 2 is outside 3 to 32$/],
];
for (const [key, raw, refusal, unlock] of CASES) {
  test(`${key} = ${raw}${unlock ? `, ${unlock} unlocked` : ""}: ${refusal ? "refused" : "may be written"}`, () => {
    const dialect = key === "board_address" || key === "cell_3" ? "modbus" : "4e57";
    const check = () => checkWrite(dialect, key, raw, unlock === undefined ? {} : { unlock });
    if (refusal) assert.throws(check, refusal);
    else check();
  });
}

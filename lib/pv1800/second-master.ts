import type { ModbusStats } from "../modbus/master.ts";
import type { StatusRaw } from "./registers.ts";

/** What is known about the machine from elsewhere; makes the anchors sharper. */
export interface Known {
  /** Scaled integer of 20006. */
  readonly protocol_version?: number | null;
}

/** Whether a word is a battery class that exists. */
export function isGrade(value: unknown): value is 12 | 24 | 48 {
  return value === 12 || value === 24 || value === 48;
}

/**
 * Constants of the status blocks that a foreign answer of the same length would break: an RTU answer names no register.
 * Returns one sentence for each that does not hold; rows that were not read are not judged.
 */
export function brokenAnchors(raw: StatusRaw, known: Known = {}): string[] {
  const broken: string[] = [];
  const { ac_grade, battery_voltage_grade: grade, charger_grade, protocol_version_copy: protocol } = raw;
  if (ac_grade !== null && ac_grade !== 120 && ac_grade !== 230)
    broken.push(`AC grade is ${ac_grade}, not 120 or 230 V`);
  // Protocol 1.4.3 has no 25275 and answers 0.
  if (grade !== null && grade !== 0 && !isGrade(grade)) broken.push(`battery grade is ${grade}, not 12, 24 or 48 V`);
  if (charger_grade !== null && !isGrade(charger_grade)) {
    broken.push(`charger grade is ${charger_grade}, not 12, 24 or 48 V`);
  } else if (charger_grade !== null && isGrade(grade) && charger_grade !== grade) {
    broken.push(`charger grade ${charger_grade} V differs from battery grade ${grade} V`);
  }
  const expected = known.protocol_version ?? null;
  if (expected !== null && protocol && protocol !== expected) {
    broken.push(`protocol edition is ${protocol}, not ${expected}`);
  }
  return broken;
}

/** Why another master (data logger, vendor monitor) seems to share the line; null when nothing hints at it. */
export function secondMasterHint(stats: ModbusStats, broken: readonly string[] = []): string | null {
  const signs: string[] = [];
  if (stats.second_master_signs > 0) signs.push(`${stats.second_master_signs} unasked frames or bytes on the line`);
  if (broken.length > 0) signs.push(`an answer of the right length with foreign content (${broken.join("; ")})`);
  if (signs.length === 0) return null;
  return `another master seems to use the line: ${signs.join(", ")}; unplug the WiFi logger and the vendor monitor`;
}

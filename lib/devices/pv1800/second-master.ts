import type { ModbusStats } from "../../modbus/master.ts";

/** Why another master (data logger, vendor monitor) seems to share the line; null when nothing hints at it. */
export function secondMasterHint(stats: ModbusStats, broken: readonly string[] = []): string | null {
  const signs: string[] = [];
  if (stats.second_master_signs > 0) signs.push(`${stats.second_master_signs} unasked frames or bytes on the line`);
  if (broken.length > 0) signs.push(`an answer of the right length with foreign content (${broken.join("; ")})`);
  if (signs.length === 0) return null;
  return `another master seems to use the line: ${signs.join(", ")}; unplug the WiFi logger and the vendor monitor`;
}

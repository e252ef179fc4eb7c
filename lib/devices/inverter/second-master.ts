import type { ModbusStats } from "../../modbus/master.ts";

/** Something about the line itself, as a code with values; `text` is what it says to a person. */
export interface LineWarning {
  readonly code: "second_master";
  /** Unasked frames or bytes of this run. */
  readonly signs: number;
  readonly text: string;
}

/** Whether another master (data logger, vendor monitor) seems to share the line; null when nothing hints at it. */
export function secondMaster({ second_master_signs: signs }: ModbusStats): LineWarning | null {
  if (signs === 0) return null;
  const heard = `${signs} unasked ${signs === 1 ? "frame or byte" : "frames or bytes"} on the line`;
  return { code: "second_master", signs, text: `another master seems to use the line: ${heard}; ${UNPLUG}` };
}

const UNPLUG = "unplug the WiFi logger and the vendor monitor";

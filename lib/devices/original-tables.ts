/** What the original's files are keyed by: the tables of the two kinds that it knew, and a kept answer of its BMS. */
import { BadFrame } from "../base/errors.ts";
import { type DecodedRecords, decodeRecords, recordBytes } from "./jkbms/decode.ts";
import { HEADER_BYTES, parseReply } from "./jkbms/frame.ts";
import type { RecordKey } from "./jkbms/records.ts";

export { RECORDS, type RecordKey } from "./jkbms/records.ts";
export { type At, REGISTERS, type RegisterKey } from "./pv1800/registers.ts";

export interface OriginalAnswer {
  /** Terminal number of its header. */
  readonly terminal: number;
  readonly records: DecodedRecords["records"];
  /** Value bytes of each record. */
  readonly bytes: ReadonlyMap<RecordKey, Uint8Array>;
  /** True: every record up to the end was understood. */
  readonly complete: boolean;
}

/** A kept 4E57 answer; null for another protocol, or a damaged one. */
export function originalAnswer(frame: Uint8Array, device: string): OriginalAnswer | null {
  if (frame[0] !== 0x4e) return null;
  try {
    const { data } = parseReply(frame, device);
    const { records, unknown } = decodeRecords(data, device);
    const header = Buffer.from(frame.subarray(0, HEADER_BYTES));
    return {
      terminal: header.readUInt32BE(4),
      records,
      bytes: recordBytes(data, device),
      complete: unknown === null,
    };
  } catch (error) {
    if (error instanceof BadFrame) return null;
    throw error;
  }
}

import { type Failure, failure } from "../base/failure/failure.ts";

const MEANING: Readonly<Record<number, Failure>> = {
  1: failure("exception_1"),
  2: failure("exception_2"),
  3: failure("exception_3"),
  4: failure("exception_4"),
  5: failure("exception_5"),
  6: failure("exception_6"),
  8: failure("exception_8"),
  10: failure("exception_10"),
  11: failure("exception_11"),
};

/** The device has understood and done nothing: it wants to be asked again later. */
export const DEVICE_BUSY = 6;
/** A gateway heard nothing from the device behind it. */
export const GATEWAY_SILENCE = 11;
/** A busy device is let alone for `pause_ms` before each of at most `tries` more requests; they use up no other limit. */
export const BUSY = { pause_ms: 400, tries: 4 } as const;

/** What a Modbus exception code says: "exception 2 (no such register)". */
export function exceptionTold(code: number): Failure {
  return MEANING[code] ?? failure("exception_other", { code });
}

/** A device that goes on repeating one answer: what it says is as old as the first of them. */
import type { BmsInput, InverterInput } from "./record.ts";

/** So long must everything stand still, and in so many answers, before it is taken for a repetition, s. */
const STANDS_S = 1740;
const ANSWERS = 3;
/** So much charge cannot flow without the counter of whole percents showing it, %. */
const COUNTED = 2;
/** The devices of one round are polled within this time, s. */
const ROUND_S = 60;
/** So many of the highest and of the lowest voltages may be odd. */
const ODD = 1;
/** What the inverter sees of a battery at rest, V a cell. */
const REST_V = 0.02;

function same(a: BmsInput, b: BmsInput): boolean {
  return (
    a.pack_voltage === b.pack_voltage &&
    a.battery_current === b.battery_current &&
    a.soc === b.soc &&
    a.mosfet_temperature === b.mosfet_temperature &&
    a.battery_temperature_1 === b.battery_temperature_1 &&
    a.cells.length === b.cells.length &&
    a.cells.every((volt, index) => volt === b.cells[index])
  );
}

/**
 * UTC seconds since when the newest records (oldest first, of one BMS) are one and the same answer that cannot be true: the charge that
 * flowed is not counted, or the inverter sees the battery move. Null: they are not, or the battery is at rest. Needs half an hour.
 */
export function repeatsSince(
  records: readonly BmsInput[],
  inverters: readonly Pick<InverterInput, "at" | "battery_voltage">[],
): number | null {
  const newest = records.at(-1);
  if (newest === undefined) return null;
  let first = records.length - 1;
  while (first > 0 && same(records[first - 1] as BmsInput, newest)) first -= 1;
  const since = (records[first] as BmsInput).at;
  if (records.length - first < ANSWERS || newest.at - since < STANDS_S) return null;
  const { battery_current: amps, capacity, soc } = newest;
  const flowed = amps === null || !capacity ? 0 : (100 * Math.abs(amps) * (newest.at - since)) / 3600 / capacity;
  // At 0 and 100 % the counter stands whatever flows.
  if (flowed >= COUNTED && soc !== 0 && soc !== 100) return since;
  // Only while it repeated: what moves after its last answer contradicts nothing. And no odd reading of the other device alone.
  const seen = inverters
    .flatMap(({ at, battery_voltage }) =>
      at >= since && at <= newest.at + ROUND_S && battery_voltage !== null ? [battery_voltage] : [],
    )
    .sort((a, b) => a - b)
    .slice(ODD, -ODD);
  const moved = seen.length > 0 ? (seen.at(-1) as number) - (seen[0] as number) : 0;
  return newest.cells.length > 0 && moved > REST_V * newest.cells.length ? since : null;
}

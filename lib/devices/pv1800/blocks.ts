import { BadCommand } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";

/** A stretch of registers read with one request. */
export interface Span {
  readonly start: number;
  readonly count: number;
}
/** A block of the poll. `instead`: smaller spans for machines that answer the block with exception 2; a span refused too is left out. */
export interface Block extends Span {
  readonly instead?: readonly Span[];
}

/**
 * Live values; vendor's own block sizes, accepted by every machine seen. The on-grid switch comes with every poll, because
 * rules act on it and settings are read less often.
 */
export const STATUS_BLOCKS: readonly Block[] = [
  { start: 15201, count: 21 },
  { start: 25201, count: 79 },
  { start: 20105, count: 1, instead: [] },
];

/** Settings. 20101 x43 answers everywhere on the PV1800, x114 does not on others, so 20144 is read alone. */
export const SETTING_BLOCKS: readonly Block[] = [
  { start: 10101, count: 24, instead: [{ start: 10103, count: 10 }] },
  {
    start: 20101,
    count: 43,
    instead: [
      { start: 20101, count: 4 },
      { start: 20105, count: 1 },
      { start: 20106, count: 1 },
      { start: 20108, count: 2 },
      { start: 20111, count: 3 },
      { start: 20118, count: 2 },
      { start: 20125, count: 1 },
      { start: 20127, count: 2 },
      { start: 20132, count: 1 },
      { start: 20142, count: 1 },
      { start: 20143, count: 1 },
    ],
  },
  { start: 20144, count: 1, instead: [] },
];

/** Model, versions, serial numbers and calibration. Old machines know 20001 x5 only. */
export const IDENTITY_BLOCKS: readonly Block[] = [
  { start: 20000, count: 17, instead: [{ start: 20001, count: 5 }] },
  { start: 10001, count: 8, instead: [] },
];

/** Every block of a full read. */
export const ALL_BLOCKS: readonly Block[] = [
  ...IDENTITY_BLOCKS,
  ...SETTING_BLOCKS,
  ...STATUS_BLOCKS.filter(({ start }) => start !== 20105),
];

/**
 * Never read nor written, in any mode: reading them shut an owner's inverter down until grid, battery and PV were disconnected (ha-must-inverter).
 * This is where the first registers are settled. One copy of that report begins at 20016; the vendor's sheet names 20016 as the last calibration
 * word, the vendor's monitor reads 20000 x17 with it, and both recorded dumps answered it (65535). The same holds for 10008. So the
 * identity is read up to these two, and the rail begins behind them.
 */
export const FORBIDDEN: readonly Span[] = [
  { start: 10009, count: 92 },
  { start: 20017, count: 84 },
];

/** Named rows that no poll touches, with the reason. */
export const NOT_POLLED: readonly (Span & { readonly why: string })[] = [
  { start: 109, count: 6, why: "BMS values, on some PV3300, PV1900 and HBP18 only" },
  { start: 10125, count: 2, why: "command words; behind the block that answers everywhere" },
  { start: 16205, count: 4, why: "second MPPT, on PV1900 only" },
  { start: 20201, count: 14, why: "clock and command words; unproven, and no reply on PV3000" },
  { start: 44176, count: 5, why: "CAN battery, on PH18-5448 PRO only" },
];

/** For RtuMaster: the work state of inverter and charger and their neighbours are answered by every machine; four lengths to choose from. */
export const RESYNC_SPAN = { start: 25201, or_start: 15201, counts: [1, 2, 3, 4] } as const;

/** The guard of every master that talks to this inverter, for reads and writes. @throws BadCommand for a forbidden range */
export function assertAllowed(start: number, count: number): void {
  const hit = FORBIDDEN.find((span) => start < span.start + span.count && start + count > span.start);
  if (!hit && count >= 1) return;
  const registers =
    count === 1
      ? failure("register", { address: start })
      : failure("registers", { from: start, to: start + count - 1 });
  if (!hit) throw new BadCommand(failure("nothing_to_read", { registers }));
  const to = hit.start + hit.count - 1;
  throw new BadCommand(failure("registers_forbidden", { registers, from: hit.start, to }));
}

/** The one judge of a BMS answer: doubt per value, refusal only of what contradicts itself as a whole. Pure. */
import type { Field } from "../codec/table.ts";
import { cellSum } from "../devices/bms/derived.ts";
import { BMS_FIELDS, type BmsAnswer, type BmsKey, type BmsSample, warningFlags } from "../devices/bms/sample.ts";
import { type CounterMemory, type CounterReset, judgeCounter } from "./counters.ts";
import type { Doubt, Evidence, Refusal } from "./doubt.ts";
import { BMS_LIMITS, CELL_LIMITS, type Machine, sieveOf } from "./limits.ts";

/** What is known beside the answer; everything is optional. */
export interface BmsContext {
  readonly counters?: CounterMemory | null;
  /** Probes that have ever shown a value other than 0.0: a presence flag alone proves no probe. */
  readonly probes_seen?: readonly string[];
  /** Cells as remembered of this device. */
  readonly cell_count?: number | null;
}

/** A judged answer. */
export interface JudgedBms {
  /** As read, with every doubted value and cell null. */
  readonly sample: BmsSample;
  readonly doubts: readonly Doubt[];
  readonly refusal: Refusal | null;
  readonly resets: readonly CounterReset[];
  /** Constants that differ from what is remembered: believed once a second reading says the same. */
  readonly contradictions: readonly Evidence[];
}

/** 0.01 V was the worst in all recorded frames; a load step between two readings of the BMS may add some. */
const CELL_SUM_TOLERANCE_MV_PER_CELL = 20;
/** A cell that alone explains a wrong sum stands out by at least this, mV. */
const OUTLIER_MV = 300;
/** A cell at rest above this is not empty, whatever its chemistry. */
const NOT_EMPTY_MV = 3200;
/** A device that has just started knows its SoC after about 16 s; after this what it says counts, s. */
export const NOT_READY_S = 60;
/** Bits of the common list of warnings by which the device says that a cell is low, or high. */
const LOW_BITS: readonly number[] = [3, 11];
const HIGH_BITS: readonly number[] = [2, 10];
/** Largest step of the counters, per hour: cycles, and Ah at 500 A. */
const MOST_PER_HOUR = { cycle_count: 5, cycle_capacity: 500 } as const;
export const PROBES = [
  "battery_temperature_1",
  "battery_temperature_2",
  "battery_temperature_3",
  "battery_temperature_4",
] as const satisfies readonly BmsKey[];

/** Judges one answer. */
export function judgeBms({ undecodable = {}, ...sample }: BmsAnswer, context: BmsContext = {}): JudgedBms {
  const refusal = refusalOf(sample);
  if (refusal) return { sample, doubts: [], refusal, resets: [], contradictions: [] };
  const doubts: Doubt[] = Object.entries(undecodable).map(([key, raw]) => ({ key, code: "undecodable", raw }));
  const found: Record<BmsKey, number | null> = { ...sample };
  const cells = doubtCells(sample, doubts);
  if (sample.cell_count !== null && sample.cell_count !== reported(sample.cells)) {
    doubts.push({
      ...{ key: "cell_count", code: "contradicts", raw: sample.cell_count },
      ...{ twin: "cells", twin_value: reported(sample.cells) },
    });
    found.cell_count = null;
  }
  doubtBeyond(sample, cells, context.cell_count ?? null, doubts);
  doubtOutside(sample, found, machineOf(cells), doubts);
  doubtPack(found, cells, sample, doubts);
  doubtProbes(found, sample, context.probes_seen ?? [], doubts);
  doubtStart(found, sample, context.counters ?? null, doubts);
  const resets = context.counters ? doubtCounters(found, context.counters, doubts) : [];
  return {
    sample: { ...sample, ...found, cells },
    doubts,
    refusal: null,
    resets,
    contradictions: changes(sample, context),
  };
}

/** The stateless part for a sample that is stored already: limits only. */
export function limitBms(sample: BmsSample): { readonly sample: BmsSample; readonly doubts: readonly Doubt[] } {
  const doubts: Doubt[] = [];
  const cells = doubtCells(sample, doubts);
  const found: Partial<Record<BmsKey, number | null>> = {};
  doubtOutside(sample, found, machineOf(cells), doubts);
  return {
    sample: doubts.length === 0 && Object.keys(found).length === 0 ? sample : { ...sample, ...found, cells },
    doubts,
  };
}

/** Nothing but what casts doubt on the answer as a whole. */
function refusalOf(sample: BmsSample): Refusal | null {
  const { cells, cell_count, pack_voltage } = sample;
  if (cells.every((mv) => !mv) && !pack_voltage && !sample.battery_current && !sample.soc) {
    return { code: "all_zero", evidence: [] };
  }
  const listed = reported(cells);
  if (listed === 0) return { code: "no_cells", evidence: [] };
  if (cell_count === null || cell_count === listed) return null;
  // When the cells add up to the pack, the list is whole and only the count is wrong.
  const sum = cellSum(cells);
  if (sum !== null && pack_voltage !== null && addsUp(sum, pack_voltage, listed)) return null;
  return {
    code: "cell_count",
    evidence: [
      { key: "cells", raw: listed, expected: cell_count },
      ...(sum === null ? [] : [{ key: "pack_voltage", raw: pack_voltage, expected: sum }]),
    ],
  };
}

function reported(cells: readonly (number | null)[]): number {
  return cells.filter((mv) => mv !== null).length;
}

function addsUp(sum: number, pack: number, count: number): boolean {
  return Math.abs(sum - pack) <= CELL_SUM_TOLERANCE_MV_PER_CELL * count;
}

function machineOf(cells: readonly (number | null)[]): Machine {
  const cell_count = cells.length === 0 ? null : cells.length;
  return { battery_class: null, rated_power: null, charger_current: null, cell_count };
}

/** Whether the device itself says that a cell is low (or high): by a warning, or by the MOSFET that it has opened. */
function protects(sample: BmsSample, side: "low" | "high"): boolean {
  const bits = side === "low" ? LOW_BITS : HIGH_BITS;
  if (warningFlags(sample)?.some(({ bit }) => bits.includes(bit))) return true;
  return (side === "low" ? sample.discharge_mosfet_on : sample.charge_mosfet_on) === 0;
}

/** Cells outside of what any cell can be; an extreme one beside the device's own protection is an emergency, and believed. */
function doubtCells(sample: BmsSample, doubts: Doubt[]): (number | null)[] {
  const { sure, possible } = CELL_LIMITS;
  return sample.cells.map((mv, index) => {
    if (mv === null) return null;
    const volt = mv / 1000;
    if (volt >= sure.low && volt <= sure.high) return mv;
    const side = volt < sure.low ? "low" : "high";
    if (volt >= possible.low && volt <= possible.high && protects(sample, side)) return mv;
    doubts.push({ key: cellKey(index), code: "out_of_range", raw: mv, ...sure });
    return null;
  });
}

/** Cells that the pack never had: not believed at once, unless they add up with the others to the pack's own voltage. */
function doubtBeyond(
  { pack_voltage, cells: told }: BmsSample,
  cells: (number | null)[],
  known: number | null,
  doubts: Doubt[],
): void {
  if (known === null || told.length <= known) return;
  const sum = cellSum(told);
  if (sum !== null && pack_voltage !== null && addsUp(sum, pack_voltage, told.length)) return;
  for (const [index, raw] of told.entries()) {
    if (index < known || raw === null || cells[index] === null) continue;
    doubts.push({ key: cellKey(index), code: "contradicts", raw, twin: "cell_count", twin_value: known });
    cells[index] = null;
  }
}

/** Key of a cell, `index` 0 = cell 1. */
export function cellKey(index: number): string {
  return `cell_${index + 1}`;
}

const sieve = sieveOf<BmsKey>(BMS_LIMITS, divOf);

/** Puts into `found` what does not stand as it was read. */
function doubtOutside(
  told: Readonly<Record<BmsKey, number | null>>,
  found: Partial<Record<BmsKey, number | null>>,
  machine: Machine,
  doubts: Doubt[],
): void {
  for (const { key, raw, bounds } of sieve(told, machine)) {
    if (bounds) doubts.push({ key, code: "out_of_range", raw: told[key], ...bounds });
    found[key] = raw;
  }
}

/** The pack and the sum of its cells are two readings of one thing. One cell that alone explains the difference is the wrong one. */
function doubtPack(
  found: Record<BmsKey, number | null>,
  cells: (number | null)[],
  sample: BmsSample,
  doubts: Doubt[],
): void {
  const pack = found.pack_voltage;
  const sum = cellSum(cells);
  if (pack === null || sum === null || addsUp(sum, pack, cells.length)) return;
  const odd = protects(sample, "low") || protects(sample, "high") ? null : oddCell(cells as number[], pack - sum);
  if (odd !== null) {
    doubts.push({
      ...{ key: cellKey(odd), code: "contradicts", raw: cells[odd] ?? null },
      ...{ twin: "pack_voltage", twin_value: pack / 1000 },
    });
    cells[odd] = null;
    return;
  }
  doubts.push({ key: "pack_voltage", code: "contradicts", raw: pack, twin: "cells", twin_value: sum / 1000 });
  found.pack_voltage = null;
}

/** Index of the cell that stands out from the others by just what the sum lacks; null when none does. */
function oddCell(cells: readonly number[], missing: number): number | null {
  const sorted = [...cells].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const found = cells.findIndex((mv) => {
    const lacks = middle - mv;
    return Math.abs(lacks) >= OUTLIER_MV && addsUp(lacks, missing, cells.length);
  });
  return found === -1 ? null : found;
}

/** Some boards flag probes that do not exist and read 0.0 °C for ever: a Modbus probe is believed once it has shown another value. */
function doubtProbes(
  found: Record<BmsKey, number | null>,
  sample: BmsSample,
  seen: readonly string[],
  doubts: Doubt[],
): void {
  if (sample.alarms === null) return;
  for (const key of PROBES) {
    if (found[key] !== 0 || seen.includes(key)) continue;
    doubts.push({ key, code: "phantom", raw: 0 });
    found[key] = null;
  }
}

/** For about 16 s after its start a BMS reports SoC 0 and no cycles beside good cells. After a minute what it says is what it means. */
function doubtStart(
  found: Record<BmsKey, number | null>,
  sample: BmsSample,
  memory: CounterMemory | null,
  doubts: Doubt[],
): void {
  const cells = sample.cells.filter((mv) => mv !== null);
  const isStart = sample.soc === 0 && sample.cycle_count === 0 && cells.every((mv) => mv >= NOT_EMPTY_MV);
  if (!isStart) return;
  const trial = memory?.trials.find(({ code }) => code === "not_ready");
  if (memory && trial && memory.at - trial.since >= NOT_READY_S) return;
  doubts.push({ key: "soc", code: "not_ready", raw: 0 });
  found.soc = null;
}

function doubtCounters(found: Record<BmsKey, number | null>, memory: CounterMemory, doubts: Doubt[]): CounterReset[] {
  const resets: CounterReset[] = [];
  for (const key of BMS_COUNTERS) {
    const raw = found[key];
    if (raw === null) continue;
    const { doubt, reset } = judgeCounter(key, raw, divOf(key), MOST_PER_HOUR[key], memory);
    if (reset) resets.push(reset);
    if (!doubt) continue;
    doubts.push(doubt);
    found[key] = null;
  }
  return resets;
}

/** Lifetime counters of a BMS. */
export const BMS_COUNTERS = Object.keys(MOST_PER_HOUR) as readonly (keyof typeof MOST_PER_HOUR)[];

function changes(sample: BmsSample, { cell_count }: BmsContext): Evidence[] {
  const listed = sample.cells.length;
  if (cell_count === null || cell_count === undefined || cell_count === listed) return [];
  return [{ key: "cell_count", raw: listed, expected: cell_count }];
}

function divOf(key: BmsKey): number {
  const field: Field = BMS_FIELDS[key];
  return ("div" in field && field.div) || 1;
}

/**
 * Several judged answers as one sample: voltage, current and cells are averages of what was believed, the rest is the middle one of the
 * believed values. Of three answers and more one may be damaged and pass its checksum (8 bits in a PB frame) and all limits: it moves
 * nothing. A value is doubted only when no answer had it. `bad` counts what was no good answer. @param judged at least one, none refused
 */
export function averageBms(judged: readonly JudgedBms[], bad: number): JudgedBms {
  const samples = judged.map(({ sample }) => sample);
  const length = middle(samples.map(({ cells }) => cells.length));
  const last = judged.findLast(({ sample: { cells } }) => cells.length === length) as JudgedBms;
  const known = (key: BmsKey) => samples.map((sample) => sample[key]).filter((value) => value !== null);
  const values = Object.fromEntries((Object.keys(BMS_FIELDS) as BmsKey[]).map((key) => [key, middle(known(key))]));
  const sample: BmsSample = {
    ...last.sample,
    ...(values as Record<BmsKey, number | null>),
    pack_voltage: average(samples.map((one) => one.pack_voltage)),
    battery_current: average(samples.map((one) => one.battery_current)),
    cells: last.sample.cells.map((_, index) => average(samples.map((one) => one.cells[index] ?? null))),
    good_answers: judged.length,
    bad_answers: bad,
  };
  const isLost = ({ key }: Doubt) => {
    const cell = /^cell_(\d+)$/.exec(key);
    return cell ? sample.cells[Number(cell[1]) - 1] === null : sample[key as BmsKey] === null;
  };
  const doubts = new Map<string, Doubt>();
  for (const { doubts: some } of judged) for (const doubt of some.filter(isLost)) doubts.set(doubt.key, doubt);
  return { ...last, sample, doubts: [...doubts.values()] };
}

const FEW = 3;

/** The middle value by size, which is the one of the majority where there is one; of one or two the newest; null: there is none. */
function middle(values: readonly number[]): number | null {
  if (values.length < FEW) return values.at(-1) ?? null;
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

/** Rounded mean of what is known, of three and more without the lowest and the highest; null when nothing is known. */
function average(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const counted = known.length < FEW ? known : known.slice(1, -1);
  // `+ 0` turns a rounded −0 into 0.
  return Math.round(counted.reduce((sum, value) => sum + value, 0) / counted.length) + 0;
}

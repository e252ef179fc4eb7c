/** The one judge of an inverter's status: doubt per value, refusal only of what is not this machine's answer. Pure. */
import type { Field } from "../codec/table.ts";
import {
  CHARGER_STATUS_FIELDS,
  INVERTER_SAMPLE_FIELDS,
  STATUS_FIELDS,
  type StatusRaw,
} from "../devices/inverter/sample.ts";
import { agreeOnClass, asBatteryClass, type BatteryClass } from "./battery-class.ts";
import { type CounterMemory, type CounterReset, judgeCounter } from "./counters.ts";
import type { Doubt, Evidence, Refusal } from "./doubt.ts";
import { INVERTER_LIMITS, LARGEST_W, type Limit, type Machine, type Sieved, sieveOf } from "./limits.ts";

/** What is known beside the sample; everything is optional, and what is not known makes limits wider, never narrower. */
export interface InverterContext {
  /** Remembered of this machine. */
  readonly battery_class?: BatteryClass | null;
  readonly rated_power?: number | null;
  /** Identity (20000-20008) as scaled integers, as last read. */
  readonly identity?: Readonly<Record<string, unknown>> | null;
  readonly counters?: CounterMemory | null;
}

/** A judged status. */
export interface JudgedInverter {
  /** As read, with every doubted value null, and absent ones null instead of 0. */
  readonly raw: StatusRaw;
  readonly doubts: readonly Doubt[];
  readonly refusal: Refusal | null;
  readonly machine: Machine;
  /** Counters whose new base is believed from this sample on. */
  readonly resets: readonly CounterReset[];
  /** Constants that differ from the remembered identity: to be asked again before the sample is taken. */
  readonly contradictions: readonly Evidence[];
}

type Key = keyof StatusRaw & string;
type Numbers = Record<Key, number | null>;

const CHARGER_KEYS: readonly string[] = Object.keys(CHARGER_STATUS_FIELDS);
/** Comes with a request of its own. */
const APART: readonly string[] = ["ongrid_switch"];
/** A constant that does not fit counts as a foreign answer only beside so many impossible values. */
const FOREIGN_VALUES = 3;
const FOREIGN_CONSTANTS = 2;
/** Steps of 0.1 kWh that 1 W counts in an hour. */
const STEPS_PER_WH = 1 / 100;

/** Judges a whole status. */
export function judgeInverter(status: StatusRaw, context: InverterContext = {}): JudgedInverter {
  const found = { ...status } as unknown as Numbers;
  const doubts: Doubt[] = [];
  const blank = blankBlocks(found);
  const machine = machineOf(found, context, doubts);
  const done = (refusal: Refusal | null, resets: readonly CounterReset[] = [], contradictions: Evidence[] = []) => ({
    raw: found as unknown as StatusRaw,
    doubts,
    refusal,
    machine,
    resets,
    contradictions,
  });
  if (blank.all) return done({ code: "all_zero", evidence: [] });
  clearBlank(found, blank, doubts);
  const broken = brokenConstants(status, blank);
  doubtOutside(found, outsideOf(found, machine), doubts);
  const foreign = foreignEvidence(broken, doubts);
  if (foreign.length > 0) return done({ code: "foreign", evidence: foreign });
  const resets = context.counters ? doubtCounters(found, machine, context.counters, doubts) : [];
  return done(null, resets, contradictionsOf(status, context.identity ?? null, blank.inverter));
}

/** The stateless part for a sample that is stored already: limits only. */
export function limitInverter<T extends Readonly<Record<string, number | null>>>(
  raw: T,
  machine: Machine,
): { readonly raw: T; readonly doubts: readonly Doubt[] } {
  const outside = outsideOf(raw as unknown as Numbers, machine);
  if (outside.length === 0) return { raw, doubts: [] };
  const found = { ...raw } as unknown as Numbers;
  const doubts: Doubt[] = [];
  doubtOutside(found, outside, doubts);
  return { raw: found as unknown as T, doubts };
}

/** A board that answers zeros alone, its constants among them, tells nothing. */
function blankBlocks(found: Numbers): { charger: boolean; inverter: boolean; all: boolean } {
  const keys = Object.keys(STATUS_FIELDS).filter((key) => !APART.includes(key)) as Key[];
  const isBlank = (own: readonly Key[]) => {
    const told = own.filter((key) => found[key] !== null);
    return told.length > 0 && told.every((key) => found[key] === 0);
  };
  const values = keys.map((key) => found[key]);
  return {
    charger: isBlank(keys.filter((key) => CHARGER_KEYS.includes(key))),
    inverter: isBlank(keys.filter((key) => !CHARGER_KEYS.includes(key))),
    all: values.every((raw) => raw === null || raw === 0),
  };
}

function clearBlank(found: Numbers, blank: { charger: boolean; inverter: boolean }, doubts: Doubt[]): void {
  for (const key of Object.keys(INVERTER_SAMPLE_FIELDS) as Key[]) {
    if (APART.includes(key) || found[key] === null) continue;
    if (!(CHARGER_KEYS.includes(key) ? blank.charger : blank.inverter)) continue;
    doubts.push({ key, code: "blank_block", raw: found[key] });
    found[key] = null;
  }
}

/** Class and rating of this machine; puts the class where readers look for it, and doubts the word that contradicts. */
function machineOf(found: Numbers, context: InverterContext, doubts: Doubt[]): Machine {
  const remembered = asBatteryClass(context.battery_class);
  const voltage = found.battery_voltage === null ? null : found.battery_voltage / 10;
  const { battery_class, wrong } = agreeOnClass({ ...found, remembered, battery_voltage: voltage });
  const own = found.battery_voltage_grade;
  if (wrong !== null) {
    doubts.push({
      ...{ key: wrong, code: "contradicts", raw: found[wrong] },
      ...{ twin: wrong === "charger_grade" ? "battery_voltage_grade" : "charger_grade", twin_value: battery_class },
    });
  } else if (own !== null && own !== 0 && asBatteryClass(own) === null) {
    doubts.push({ key: "battery_voltage_grade", code: "out_of_range", raw: own, low: 12, high: 48 });
  }
  // Edition 1.4.3 answers 0 in 25275 and tells the class in 15215 alone: the same fact, from the other board. One place for all readers.
  found.battery_voltage_grade = battery_class ?? remembered;
  const current = found.charger_rated_current;
  return {
    battery_class: battery_class ?? remembered,
    rated_power: ratingOf(found, context),
    charger_current: current !== null && current > 0 && current <= 3000 ? current / 10 : null,
    cell_count: null,
  };
}

/** The largest credible rating: a narrow limit from one garbled word would cost good values. */
function ratingOf(found: Numbers, context: InverterContext): number | null {
  const limit = INVERTER_LIMITS.rated_power;
  const told = [found.rated_power, found.rated_apparent_power, context.rated_power ?? null].filter(
    (one) => one !== null && limit !== undefined && one >= limit.low && one <= limit.high,
  ) as number[];
  return told.length === 0 ? null : Math.max(...told);
}

const sieve = sieveOf<Key>(INVERTER_LIMITS as Readonly<Partial<Record<Key, Limit>>>, divOf);

function outsideOf(found: Numbers, machine: Machine): readonly Sieved<Key>[] {
  return sieve(found, machine, (key, raw) => key === "battery_voltage" && raw === 0 && mayBeWithoutBattery(found));
}

function doubtOutside(found: Numbers, outside: readonly Sieved<Key>[], doubts: Doubt[]): void {
  for (const { key, raw, bounds } of outside) {
    if (bounds) doubts.push({ key, code: "out_of_range", raw: found[key], ...bounds });
    found[key] = raw;
  }
}

/** Starting up or stopped, a machine may be without its battery. */
function mayBeWithoutBattery({ work_state }: Numbers): boolean {
  return work_state === 0 || work_state === 5;
}

/** Constants that no machine of this family has. Only those that were read. */
function brokenConstants(status: StatusRaw, blank: { charger: boolean; inverter: boolean }): Evidence[] {
  const broken: Evidence[] = [];
  const { ac_grade, battery_voltage_grade, charger_grade } = status as unknown as Numbers;
  if (!blank.inverter && ac_grade !== null && ac_grade !== 0 && (ac_grade < 100 || ac_grade > 250)) {
    broken.push({ key: "ac_grade", raw: ac_grade, expected: 230 });
  }
  for (const [key, raw, isBlank] of [
    ["battery_voltage_grade", battery_voltage_grade, blank.inverter],
    ["charger_grade", charger_grade, blank.charger],
  ] as const) {
    if (isBlank || raw === null || raw === 0 || asBatteryClass(raw) !== null) continue;
    broken.push({
      key,
      raw,
      expected: asBatteryClass(key === "charger_grade" ? battery_voltage_grade : charger_grade),
    });
  }
  return broken;
}

function foreignEvidence(broken: readonly Evidence[], doubts: readonly Doubt[]): Evidence[] {
  const outside = doubts.filter(
    ({ code, key }) => code === "out_of_range" && !broken.some((constant) => constant.key === key),
  );
  if (broken.length < FOREIGN_CONSTANTS && (broken.length === 0 || outside.length < FOREIGN_VALUES)) return [];
  return [...broken, ...outside.map(({ key, raw }) => ({ key, raw, expected: null }))];
}

function doubtCounters(found: Numbers, machine: Machine, memory: CounterMemory, doubts: Doubt[]): CounterReset[] {
  const resets: CounterReset[] = [];
  const most_per_hour = 2 * (machine.rated_power ?? LARGEST_W) * STEPS_PER_WH;
  for (const key of COUNTERS) {
    const raw = found[key];
    if (raw === null) continue;
    const { doubt, reset } = judgeCounter(key, raw, divOf(key), most_per_hour, memory);
    if (reset) resets.push(reset);
    if (!doubt) continue;
    doubts.push(doubt);
    found[key] = null;
  }
  return resets;
}

/** Lifetime energy counters of both boards. */
export const COUNTERS: readonly Key[] = (Object.keys(INVERTER_SAMPLE_FIELDS) as Key[]).filter(
  (key) => (INVERTER_SAMPLE_FIELDS as Readonly<Record<string, Field>>)[key]?.kind === "thousands",
);

/** Copies of the identity that come with every status, and the row that they repeat. */
export const IDENTITY_COPIES: Readonly<Record<string, string>> = {
  serial_number_copy: "serial_number",
  hardware_version_copy: "hardware_version",
  software_version_copy: "software_version",
  protocol_version_copy: "protocol_version",
};

function contradictionsOf(
  status: StatusRaw,
  identity: Readonly<Record<string, unknown>> | null,
  blank: boolean,
): Evidence[] {
  if (identity === null || blank) return [];
  return Object.entries(IDENTITY_COPIES).flatMap(([copy, key]) => {
    const raw = (status as Readonly<Record<string, unknown>>)[copy];
    const expected = identity[key];
    const differs = typeof raw === "number" && raw !== 0 && typeof expected === "number" && raw !== expected;
    return differs ? [{ key, raw, expected }] : [];
  });
}

function divOf(key: string): number {
  const field = (INVERTER_SAMPLE_FIELDS as Readonly<Record<string, Field>>)[key];
  return (field && "div" in field && field.div) || 1;
}

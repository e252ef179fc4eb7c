/** The way back: from a line of the original's files to what the device had answered, by the shapes that write those files. */
import type { Field } from "../../codec/table.ts";
import { rawFromWire, wireBits } from "../../codec/values.ts";
import { BMS_FIELDS, type BmsAnswer, type BmsKey, type BmsRaw } from "../../devices/bms/sample.ts";
import { STATUS_FIELDS, type StatusRaw } from "../../devices/inverter/sample.ts";
import { BMS_LAST } from "./bms-file.ts";
import { INVERTER_ACCUM, INVERTER_CFG, INVERTER_LAST } from "./inverter-files.ts";
import { type ReadBack, readBack } from "./shape.ts";

/** A line understood; `ts` is local time, "2026-11-25 15:56:12". */
export type OriginalLine =
  | { readonly kind: "bms"; readonly ts: string; readonly answer: BmsAnswer }
  | { readonly kind: "inverter"; readonly ts: string; readonly answer: StatusRaw };

/** Why a line is none. */
export type LineFault = "no_json" | "no_device" | "no_time";

/** Reads one line of `_last.json` or `_stats.json`, whichever device it is of. */
export function readOriginalLine(text: string): OriginalLine | LineFault {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    return "no_json";
  }
  if (!isRecord(object) || (!isRecord(object.cells) && !isRecord(object.PV_charger))) return "no_device";
  const ts = object.ts;
  if (typeof ts !== "string" || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(ts)) return "no_time";
  if (isRecord(object.cells)) return { kind: "bms", ts, answer: bmsAnswer(object, object.cells) };
  return { kind: "inverter", ts, answer: inverterStatus(text, object) };
}

/** Counters and switches, which stand in files of their own, beside the status of the same moment. */
export function withCountersAndSwitches(status: StatusRaw, accum: unknown, cfg: unknown): StatusRaw {
  const more = wired([...readBack(INVERTER_ACCUM, accum), ...readBack(INVERTER_CFG, cfg)]);
  const known = Object.entries(more).filter(([key]) => (status as Record<string, unknown>)[key] === null);
  return { ...status, ...Object.fromEntries(known) };
}

function inverterStatus(text: string, object: Record<string, unknown>): StatusRaw {
  const nothing = Object.fromEntries(Object.keys(STATUS_FIELDS).map((key) => [key, null]));
  // Where a power read 0 the original wrote its estimate, which Python prints with a fraction, always.
  const powers = /"power": ?\{([^}]*)\}/.exec(text)?.[1] ?? "";
  const estimated = [...powers.matchAll(/"(\w+)": ?-?\d+\.\d/g)].map(([, name]) => [`${name}_power`, 0]);
  return { ...nothing, ...wired(readBack(INVERTER_LAST, object)), ...Object.fromEntries(estimated) } as StatusRaw;
}

/** Values as the words they were, and these as scaled integers: signs that the original lost come back. */
function wired(values: readonly ReadBack[]): Record<string, number | null> {
  return Object.fromEntries(
    values.flatMap(({ key, div, value }) => {
      if (!Object.hasOwn(STATUS_FIELDS, key) || typeof value !== "number") return [];
      const field = STATUS_FIELDS[key as keyof typeof STATUS_FIELDS];
      const word = Math.round(value * div);
      const span = 2 ** wireBits(field);
      if (!(word >= -span / 2 && word < span)) return [];
      return [[key, rawFromWire(field, word < 0 ? word + span : word)]];
    }),
  );
}

const TEMPERATURES: readonly string[] = ["mosfet_temperature", "battery_temperature_1", "battery_temperature_2"];

function bmsAnswer(object: Record<string, unknown>, cells: Record<string, unknown>): BmsAnswer {
  const known = readBack(BMS_LAST, object).flatMap(({ key, value }): [string, number][] => {
    if (!Object.hasOwn(BMS_FIELDS, key) || typeof value !== "number") return [];
    const field: Field = BMS_FIELDS[key as BmsKey];
    const div = "div" in field && field.div ? field.div : 1;
    // Its word 100, which means 0 °C, stayed 100 there.
    const right = TEMPERATURES.includes(key) && value === 100 ? 0 : value;
    return [[key, Math.round(right * div)]];
  });
  const status = object.battery_status_info;
  const bit = (mask: number) => (typeof status === "number" ? Number((status & mask) !== 0) : null);
  const nothing = Object.fromEntries(Object.keys(BMS_FIELDS).map((key) => [key, null]));
  return {
    ...(nothing as BmsRaw),
    ...Object.fromEntries(known),
    charge_mosfet_on: bit(1),
    discharge_mosfet_on: bit(2),
    balancing: bit(4),
    cells: cellsOf(cells),
    good_answers: 1,
    bad_answers: 0,
  };
}

function cellsOf({ count, voltages }: Record<string, unknown>): (number | null)[] {
  const given = isRecord(voltages) ? voltages : {};
  const most = Math.min(Math.max(Number(count) || 0, ...Object.keys(given).map(Number).filter(Number.isInteger)), 32);
  return Array.from({ length: most }, (_, index) => {
    const volts = given[String(index + 1)];
    return typeof volts === "number" ? Math.round(volts * 1000) : null;
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

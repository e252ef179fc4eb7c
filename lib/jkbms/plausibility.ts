import { Implausible } from "../errors.ts";
import { cellSum } from "./derived.ts";
import type { BmsSample } from "./sample.ts";

/** Limits beyond which an answer is a fault of line or device, not of the battery. */
const MAX_CELL_MV = 5000;
const MAX_CURRENT_MA = 500_000;
/** 0.01 V was the worst in all recorded frames; a load step between two readings of the BMS may add some. */
const CELL_SUM_TOLERANCE_MV_PER_CELL = 20;
const MOSFET_TENTHS = { min: -400, max: 1250 };
const BATTERY_TENTHS = { min: -400, max: 1000 };
/** A cell at rest above this is not empty, whatever its chemistry. */
const NOT_EMPTY_MV = 3200;

/** Why this sample cannot be true; empty = plausible. Missing values are no reason (JK-2.5 §8d, §8g). */
export function implausibilities(sample: BmsSample): string[] {
  return [...cellReasons(sample), ...packReasons(sample), ...temperatureReasons(sample)];
}

/** @throws Implausible with every reason when the sample cannot be true; the whole answer is to be thrown away. */
export function checkPlausible(sample: BmsSample, where: string): void {
  const reasons = implausibilities(sample);
  if (reasons.length > 0) throw new Implausible(reasons, where);
}

function cellReasons(sample: BmsSample): string[] {
  const { cells, pack_voltage, cell_count } = sample;
  const reasons: string[] = [];
  for (const [index, mv] of cells.entries()) {
    if (mv === 0) reasons.push(`cell ${index + 1} reads 0 mV: not ready`);
    else if (mv !== null && mv > MAX_CELL_MV) reasons.push(`cell ${index + 1} reads ${mv} mV`);
  }
  const reported = cells.filter((mv) => mv !== null).length;
  if (reported === 0) reasons.push("no cells");
  if (cell_count !== null && cell_count !== reported) reasons.push(`${reported} cells reported, ${cell_count} counted`);
  const sum = cellSum(cells);
  if (sum !== null && pack_voltage !== null) {
    const difference = Math.abs(sum - pack_voltage);
    if (difference > CELL_SUM_TOLERANCE_MV_PER_CELL * cells.length) {
      reasons.push(`pack ${pack_voltage} mV, sum of cells ${sum} mV`);
    }
  }
  return reasons;
}

function packReasons(sample: BmsSample): string[] {
  const { pack_voltage, battery_current, soc, soh } = sample;
  const reasons: string[] = [];
  if (pack_voltage === 0) reasons.push("pack voltage 0 V");
  if (battery_current !== null && Math.abs(battery_current) > MAX_CURRENT_MA) {
    reasons.push(`current ${battery_current / 1000} A`);
  }
  if (soc !== null && soc > 100) reasons.push(`SoC ${soc} %`);
  if (soh !== null && soh > 100) reasons.push(`SoH ${soh} %`);
  if (startsUp(sample)) reasons.push("SoC 0 % and no cycles at resting voltages: not ready");
  return reasons;
}

/** For about 16 s after its start a BMS reports SoC 0 and cycle count 0 beside good cells. */
function startsUp({ soc, cycle_count, cells }: BmsSample): boolean {
  return soc === 0 && cycle_count === 0 && cells.length > 0 && cells.every((mv) => mv !== null && mv >= NOT_EMPTY_MV);
}

function temperatureReasons(sample: BmsSample): string[] {
  const reasons: string[] = [];
  const check = (name: string, tenths: number | null, limits: { min: number; max: number }) => {
    if (tenths !== null && (tenths < limits.min || tenths > limits.max)) reasons.push(`${name} ${tenths / 10} °C`);
  };
  check("MOSFET temperature", sample.mosfet_temperature, MOSFET_TENTHS);
  check("battery temperature 1", sample.battery_temperature_1, BATTERY_TENTHS);
  check("battery temperature 2", sample.battery_temperature_2, BATTERY_TENTHS);
  check("battery temperature 3", sample.battery_temperature_3, BATTERY_TENTHS);
  check("battery temperature 4", sample.battery_temperature_4, BATTERY_TENTHS);
  return reasons;
}

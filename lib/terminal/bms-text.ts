import { flagText } from "../codec/bits.ts";
import { batteryPower, cellSpread, cellsJson, cellVolts } from "../devices/bms/derived.ts";
import { BMS_FIELDS, type BmsSample, warningFlags } from "../devices/bms/sample.ts";
import type { BmsRound } from "../poll/bms-round.ts";
import { kindOfDialect } from "../view/dialect.ts";
import { doubtText, fieldLines, fieldsJson, renderLines } from "./render.ts";

/** One BMS as `--json` prints it: cells in V, index 0 = cell 1. */
export function bmsJson(round: Omit<BmsRound, "orders">): Record<string, unknown> {
  const { sample } = round;
  return {
    device: round.device,
    at: round.at,
    protocol: round.dialect,
    good_answers: sample?.good_answers ?? 0,
    bad_answers: sample?.bad_answers ?? null,
    sample: sample && fieldsJson(BMS_FIELDS, { ...sample }),
    cells: sample && cellVolts(sample.cells),
    derived: sample && {
      battery_power: batteryPower(sample),
      ...cellsJson(sample.cells),
      warnings: warningFlags(sample),
    },
    doubts: round.doubts,
    settings: round.settings ? fieldsJson(kindOfDialect(round.dialect).settings, round.settings.raw) : null,
  };
}

/** One BMS for people: warnings first, then the values, then the cells in two columns. */
export function bmsText(round: Omit<BmsRound, "orders">): string {
  const { sample } = round;
  const time = new Date(round.at * 1000).toISOString().replace("T", " ").slice(0, 19);
  if (sample === null) return `${round.device} at ${time} UTC, ${round.dialect}: no sample`;
  const flags = warningFlags(sample) ?? [];
  const known = Object.entries(BMS_FIELDS).filter(([key]) => sample[key as keyof typeof BMS_FIELDS] !== null);
  const power = batteryPower(sample);
  return [
    `${round.device} at ${time} UTC, ${round.dialect}, ${sample.good_answers} good and ${sample.bad_answers} bad answers`,
    ...(flags.length > 0 ? [`WARNING: ${flagText(flags)}`] : []),
    ...round.doubts.map((doubt) => doubtText(doubt)),
    renderLines([
      ...fieldLines(Object.fromEntries(known), { ...sample }),
      ...(power === null ? [] : [{ name: "Battery power", value: power.toFixed(0), unit: "W" }]),
    ]),
    cellsText(sample),
  ].join("\n");
}

function cellsText(sample: BmsSample): string {
  const cells = cellSpread(sample.cells);
  if (cells === null) return "  no cells";
  const shown = sample.cells.map(
    (mv, i) => `${String(i + 1).padStart(4)}  ${mv === null ? "–    " : (mv / 1000).toFixed(3)} V${mark(i + 1, cells)}`,
  );
  const half = Math.ceil(shown.length / 2);
  const rows = Array.from({ length: half }, (_, i) =>
    `${(shown[i] as string).padEnd(22)}${shown[i + half] ?? ""}`.trimEnd(),
  );
  return [`  Cells, spread ${cells.spread} mV`, ...rows].join("\n");
}

function mark(number: number, { min_cell, max_cell }: { min_cell: number; max_cell: number }): string {
  return number === min_cell ? " min" : number === max_cell ? " max" : "";
}

/** Scaled integers of every device, block by block. */
export function rawBmsText(raw: Readonly<Record<string, unknown>>): string {
  return Object.entries(raw)
    .map(([device, blocks]) => {
      const sections = Object.entries(blocks as Record<string, Record<string, unknown>>).map(([block, values]) =>
        [
          `${device} ${block}`,
          renderLines(Object.entries(values).map(([name, value]) => ({ name, value: String(value ?? "–") }))),
        ].join("\n"),
      );
      return sections.join("\n");
    })
    .join("\n\n");
}

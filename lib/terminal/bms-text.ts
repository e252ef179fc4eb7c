import { localStamp } from "../base/local-time.ts";
import { batteryPower, cellSpread, cellsJson, cellVolts } from "../devices/bms/derived.ts";
import { BMS_FIELDS, type BmsSample, warningFlags } from "../devices/bms/sample.ts";
import { doubtText } from "../page/doubts.ts";
import type { BmsRound } from "../poll/bms-round.ts";
import { kindOfDialect } from "../view/dialect.ts";
import type { Speech } from "../words/index.ts";
import { fieldLines, fieldsJson, flagsText, renderLines } from "./render.ts";

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
export function bmsText(round: Omit<BmsRound, "orders">, speech: Speech, time_zone: string): string {
  const { sample, device, dialect } = round;
  const { dumps, format } = speech;
  const head = { device, dialect, time: localStamp(round.at, time_zone) };
  if (sample === null) return dumps.pack_silent(head);
  const flags = warningFlags(sample) ?? [];
  const known = Object.entries(BMS_FIELDS).filter(([key]) => sample[key as keyof typeof BMS_FIELDS] !== null);
  const power = batteryPower(sample);
  const powerLine = { name: dumps.battery_power, value: format.number(power), unit: format.unit("W") };
  return [
    dumps.pack({ ...head, good: sample.good_answers, bad: sample.bad_answers }),
    ...(flags.length > 0 ? [dumps.alarms(flagsText(flags, speech))] : []),
    ...round.doubts.map((doubt) => dumps.doubted(doubtText(doubt, speech))),
    renderLines([
      ...fieldLines(Object.fromEntries(known), { ...sample }, speech),
      ...(power === null ? [] : [powerLine]),
    ]),
    cellsText(sample, speech),
  ].join("\n");
}

function cellsText(sample: BmsSample, { dumps, format }: Speech): string {
  const cells = cellSpread(sample.cells);
  if (cells === null) return `  ${dumps.no_cells}`;
  const mark = (number: number): string =>
    number === cells.min_cell ? ` ${dumps.lowest}` : number === cells.max_cell ? ` ${dumps.highest}` : "";
  const shown = sample.cells.map((mv, i) => {
    const value = format.number(mv === null ? null : mv / 1000, 3).padEnd(5);
    return `${String(i + 1).padStart(4)}  ${value} ${format.unit("V")}${mark(i + 1)}`;
  });
  const half = Math.ceil(shown.length / 2);
  const rows = Array.from({ length: half }, (_, i) =>
    `${(shown[i] as string).padEnd(22)}${shown[i + half] ?? ""}`.trimEnd(),
  );
  return [`  ${dumps.cells(format.quantity(cells.spread, "mV"))}`, ...rows].join("\n");
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

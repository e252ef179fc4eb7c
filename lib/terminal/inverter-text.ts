import { localStamp } from "../base/local-time.ts";
import type { Table } from "../codec/table.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import type { RawBlock } from "../devices/inverter/client.ts";
import { type Derived, faultsOf } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { doubtText } from "../page/doubts.ts";
import type { InverterRound } from "../poll/inverter-round.ts";
import type { Speech } from "../words/index.ts";
import { fieldLines, fieldsJson, flagsText, renderLines } from "./render.ts";

/** One round as `--json` prints it; `derived` of its sample, null without one. */
export function inverterJson(
  device: string,
  round: Omit<InverterRound, "orders">,
  derived: Derived | null,
  settings: Table,
): Record<string, unknown> {
  const raw = round.status as Record<string, number | null> | null;
  const values = raw && snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw);
  return {
    device,
    at: round.at,
    sample: raw && fieldsJson(INVERTER_SAMPLE_FIELDS, raw),
    derived,
    faults: values && faultsOf(values),
    doubts: round.doubts,
    settings: round.settings ? fieldsJson(settings, round.settings as Record<string, number>) : null,
    warnings: round.warnings,
  };
}

/** One round for people: faults first, then what was measured, then what was derived. */
export function inverterText(
  device: string,
  round: Omit<InverterRound, "orders">,
  derived: Derived | null,
  speech: Speech,
  time_zone: string,
): string {
  const { dumps, format } = speech;
  const time = localStamp(round.at, time_zone);
  if (round.status === null || derived === null) return dumps.machine_silent(device, time);
  const raw = round.status as Record<string, number | null>;
  const { errors, warnings } = faultsOf(snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw));
  const notes = [
    ...(errors && errors.length > 0 ? [dumps.errors(flagsText(errors, speech))] : []),
    ...(warnings && warnings.length > 0 ? [dumps.warning(flagsText(warnings, speech))] : []),
    ...(derived.grid_direction_mismatch ? [dumps.warning(dumps.arrow_contradicts)] : []),
    ...round.doubts.map((doubt) => dumps.doubted(doubtText(doubt, speech))),
    ...round.warnings.map(({ code, signs }) => dumps.warning(dumps[code](signs))),
  ];
  const watts = (key: "grid_import_power" | "grid_export_power" | "grid_power_estimated") => {
    const [name, value] = [dumps[key], format.number(derived[key])];
    return derived[key] === null ? { name, value } : { name, value, unit: format.unit("W") };
  };
  const extra = [
    watts("grid_import_power"),
    watts("grid_export_power"),
    watts("grid_power_estimated"),
    { name: dumps.power_factor, value: format.number(derived.power_factor, 2), unit: "" },
  ];
  const lines = [...fieldLines(INVERTER_SAMPLE_FIELDS, raw, speech), ...extra];
  return [dumps.machine(device, time), ...notes, renderLines(lines)].join("\n");
}

/** Words as they came, ten a line, each line led by its first address. */
export function registersText(blocks: readonly RawBlock[]): string {
  return blocks
    .flatMap(({ start, words }) => {
      const lines: string[] = [];
      for (let i = 0; i < words.length; i += 10) {
        lines.push(
          `${start + i}: ${words
            .slice(i, i + 10)
            .map((word) => String(word).padStart(5))
            .join(" ")}`,
        );
      }
      return lines;
    })
    .join("\n");
}

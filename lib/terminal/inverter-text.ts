import { flagText } from "../codec/bits.ts";
import type { Table } from "../codec/table.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import type { RawBlock } from "../devices/inverter/client.ts";
import { type Derived, faultsOf } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import type { InverterRound } from "../poll/inverter-round.ts";
import { doubtText, fieldLines, fieldsJson, renderLines } from "./render.ts";

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
export function inverterText(device: string, round: Omit<InverterRound, "orders">, derived: Derived | null): string {
  const time = new Date(round.at * 1000).toISOString().replace("T", " ").slice(0, 19);
  if (round.status === null || derived === null) return `${device} at ${time} UTC: no sample`;
  const raw = round.status as Record<string, number | null>;
  const values = snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw);
  const { errors, warnings } = faultsOf(values);
  const notes = [
    ...(errors && errors.length > 0 ? [`ERROR: ${flagText(errors)}`] : []),
    ...(warnings && warnings.length > 0 ? [`warning: ${flagText(warnings)}`] : []),
    ...(derived.grid_direction_mismatch ? ["warning: the display's arrow contradicts the sign of the grid power"] : []),
    ...round.doubts.map((doubt) => doubtText(doubt)),
    ...round.warnings.map(({ text }) => `warning: ${text}`),
  ];
  const extra = [
    watts("Grid import", derived.grid_import_power),
    watts("Grid export", derived.grid_export_power),
    watts("Grid power (estimated)", derived.grid_power_estimated),
    { name: "Power factor", value: derived.power_factor === null ? "–" : derived.power_factor.toFixed(2), unit: "" },
  ];
  return [
    `${device} at ${time} UTC`,
    ...notes,
    renderLines([...fieldLines(INVERTER_SAMPLE_FIELDS, raw), ...extra]),
  ].join("\n");
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

function watts(name: string, value: number | null) {
  return value === null ? { name, value: "–" } : { name, value: String(value), unit: "W" };
}

/**
 * The four JSON files that the original Solar-Station scripts kept in /tmp, and the lines of their two `_stats.json`, key by key as
 * those scripts wrote them: its page, MQTT client, monitor and whatever was built on the files go on without a change.
 */
import { ORIGINAL_NAMES } from "../../devices/index.ts";
import { BMS_LAST, type BmsSource } from "./bms-file.ts";
import { INVERTER_ACCUM, INVERTER_CFG, INVERTER_LAST, type InverterSource } from "./inverter-files.ts";
import { type PythonValue, pythonJson } from "./python-json.ts";
import { fill } from "./shape.ts";

const { bms: BMS, inverter: INVERTER } = ORIGINAL_NAMES;
export type OriginalFile = typeof BMS.last | typeof INVERTER.last | "inverter_cfg.json" | "inverter_accum.json";
/** Everything that the originals kept where everybody reads. */
export const ORIGINAL_FILES = [
  ...[BMS.last, INVERTER.last, "inverter_cfg.json", "inverter_accum.json"],
  ...[BMS.stats, INVERTER.stats],
];

export interface OriginalInput {
  /** Fresh values, or null: then the file is left as it is, so that its `ts` tells of the silence as it did. */
  readonly bms: BmsSource | null;
  readonly inverter: InverterSource | null;
  /** False: the settings were never read, and there is no inverter_cfg.json to write. */
  readonly settings_known: boolean;
  /** More keys on the top level of the device's file, beside the original's. */
  readonly more: { readonly bms: More; readonly inverter: More };
}
type More = Readonly<Record<string, PythonValue>>;

/** The objects of the files to write; one without fresh data is absent. */
export function originalObjects(input: OriginalInput): Partial<Record<OriginalFile, PythonValue>> {
  const { bms, inverter, settings_known, more } = input;
  return {
    ...(bms ? { [BMS.last]: { ...fill(BMS_LAST, bms), ...more.bms } } : {}),
    ...(inverter
      ? {
          [INVERTER.last]: { ...fill(INVERTER_LAST, inverter), ...more.inverter },
          "inverter_accum.json": fill(INVERTER_ACCUM, inverter),
        }
      : {}),
    ...(inverter && settings_known ? { "inverter_cfg.json": fill(INVERTER_CFG, inverter) } : {}),
  };
}

/** Their text: one line each, without an end of line, as the original wrote them. */
export function originalFiles(input: OriginalInput): Partial<Record<OriginalFile, string>> {
  return Object.fromEntries(Object.entries(originalObjects(input)).map(([name, object]) => [name, pythonJson(object)]));
}

/** Which file's object becomes a line of which statistics. */
export const STATS_OF: Readonly<Partial<Record<OriginalFile, string>>> = {
  [BMS.last]: BMS.stats,
  [INVERTER.last]: INVERTER.stats,
};

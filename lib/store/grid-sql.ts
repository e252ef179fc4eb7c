/** The grid power inside SQL: the view's own derivation as a function of SQLite, so that history and live values cannot differ. */
import type { Database } from "better-sqlite3";
import type { Raw } from "../codec/table.ts";
import { rawFromValue, valueFromRaw } from "../codec/values.ts";
import { ESTIMATE_FLOOR, GRID_INPUTS, type GridValues, gridPower } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { GAIN_WINDOW_S } from "../view/records.ts";
import { keyFrom } from "./sample-key.ts";

/** Stands in the text of a line for the class that is remembered of the machine: 12, 24, 48 or NULL. */
export const CLASS_MARK = "$class";

const FUNCTION = "net_grid_power";

/** Makes `net_grid_power` known to a connection. */
export function addGridFunction(db: Database): void {
  db.function(FUNCTION, { varargs: true, deterministic: true }, netGridPower);
}

/** Of the class that feeds in, and not in the state in which the register hides what it sells: the register's own word. */
const IS_MEASURED =
  `coalesce(nullif(battery_voltage_grade, 0), ${CLASS_MARK}, 48) = 48 AND NOT ` +
  `(grid_power = 0 AND work_state = ${rawFromValue(INVERTER_SAMPLE_FIELDS.work_state, "grid_tie")} AND grid_apparent_power > ${ESTIMATE_FLOOR})`;

/** W, + = import, of a row of inverter_samples; NULL where it is not known. */
export const GRID_NET_POWER =
  // SQLite itself answers for most rows: the function is a walk into JavaScript, a day has 1,440 of them.
  `CASE WHEN ${IS_MEASURED} THEN grid_power ` +
  // The counters' gain is looked up only where a 0 may hide a power.
  `WHEN grid_power = 0 AND grid_apparent_power > ${ESTIMATE_FLOOR} ` +
  `THEN ${call(gain("grid_export_energy"), gain("grid_import_energy"))} ELSE ${call("NULL", "NULL")} END`;

function call(exported: string, imported: string): string {
  return `${FUNCTION}(${CLASS_MARK}, ${exported}, ${imported}, ${GRID_INPUTS.map((key) => `"${key}"`).join(", ")})`;
}

/** Steps of 0.1 kWh by which a counter rose in the last minutes; counterGains() of the view has the same for records. */
function gain(key: string): string {
  return (
    `("${key}" - (SELECT min(w."${key}") FROM inverter_samples w WHERE w.device = inverter_samples.device ` +
    `AND w.id >= inverter_samples.id - ${keyFrom(String(GAIN_WINDOW_S))} AND w.id < inverter_samples.id))`
  );
}

function netGridPower(grade: unknown, exported: unknown, imported: unknown, ...inputs: unknown[]): number | null {
  const values = Object.fromEntries(
    GRID_INPUTS.map((key, index) => [key, valueFromRaw(INVERTER_SAMPLE_FIELDS[key], (inputs[index] ?? null) as Raw)]),
  ) as unknown as GridValues;
  const kwh = (steps: unknown) => (typeof steps === "number" ? Math.max(0, steps) / 10 : null);
  const context = { exported_since: kwh(exported), imported_since: kwh(imported) };
  return gridPower(values, typeof grade === "number" ? { ...context, grade } : context).net;
}

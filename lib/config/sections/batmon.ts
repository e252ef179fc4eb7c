import { z } from "zod";
import { failure } from "../../base/failure/failure.ts";
import {
  DEFAULTS,
  PARAMETERS,
  type Parameter,
  type Parameters,
  PRESETS,
  parameterProblems,
} from "../../rules/grid-switch/parameters.ts";
import { file, flag, refuse, whole } from "../keys.ts";

function schemaOf(row: Parameter): z.ZodType {
  const unit = row.kind === "boolean" || row.unit === "" ? "" : `${row.unit}; `;
  const about = `${unit}${row.doc}`;
  if (row.kind === "boolean") return z.boolean().default(row.default).describe(about);
  const number = z.number().min(row.min).max(row.max);
  if (row.kind === "optional")
    return number.nullable().default(row.default).describe(`${about} (${row.min} to ${row.max})`);
  return number.default(row.default).describe(about);
}

/** One key a row of the rules' own table, with its default, range and unit. */
function rulesSchema() {
  const keys = Object.fromEntries(Object.entries(PARAMETERS).map(([name, row]) => [name, schemaOf(row)]));
  return z.strictObject(keys).superRefine((values, context) => {
    const given = values as unknown as Parameters;
    for (const { name, other, what } of parameterProblems(given)) {
      // With the values behind it, so that one look at the file is enough.
      const value = String(given[name]);
      const told =
        other === null
          ? failure("with_value", { what, name, value })
          : failure("with_both_values", { what, name, value, other, other_value: String(given[other]) });
      refuse(context, [name], told);
    }
  }) as unknown as z.ZodType<Parameters>;
}

/** Made only when the file has such a section: sixty keys would cost every start of every command. */
const rules = z.lazy(rulesSchema).default(DEFAULTS).describe("Parameters of the grid-switch rules");

/** What the planner may be told from outside, and the risk it takes. */
// biome-ignore format: a key a line
const planner = z.strictObject({
  dark_hours_per_year: z
    .number()
    .min(0)
    .max(1000)
    .nullable()
    .default(null)
    .describe(
      "h a year that the house may be dark in power cuts: the plan keeps a higher reserve where the cuts seen so far ask for one; null = the reserve as it is",
    ),
  power_cuts_file: file("Announced power cuts: lines such as 2026-12-01 18:00-22:00, or an .ics file; null = power-cuts.txt and power-cuts.ics in the state directory, where they exist"),
  forecast_file: file("A forecast of the sun that any program may drop; null = forecast.json in the state directory, where it exists"),
  forecast_url_file: file("File, mode 0600, whose first line is the address of a forecast of Open-Meteo's or Solcast's form; null = none is fetched"),
  forecast_token_file: file("File, mode 0600, with the token that the service wants; null = none"),
  forecasts_per_day: whole(1, 48, 6, "Fetches a day at most"),
});

/** `batmon:` the battery monitor: grid-switch rules, reports, what it keeps. */
export const batmonSection = z.strictObject({
  enabled: flag(true, "Judge at all; batmon does nothing otherwise"),
  mode: z
    .enum(["auto", "on-grid", "off-grid", "observe"])
    .nullable()
    .default(null)
    .describe(
      "Mode until one is set by batmon --mode or by Home Assistant; null = observe: the rules give no order until the owner says so",
    ),
  preset: z
    .enum(Object.keys(PRESETS) as [keyof typeof PRESETS, ...(keyof typeof PRESETS)[]])
    .default("auto")
    .describe(
      "Rule set: greedy = by thresholds; planner = by a plan from the station's own history; auto = greedy for the first week of history, planner from then on; the original's ones keep their thresholds but run inside the safety rails of this program",
    ),
  bms: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Name of the BMS that the grid-switch rules go by; null = the first one. Alerts look at all"),
  rules,
  planner: planner.prefault({}).describe("What the planner is told from outside, and its risk"),
  report_hour: whole(0, 23, 21, "Local hour from which the day's report is due"),
  delivery_s: whole(1, 30, 10, "s a run may spend on delivering messages, all services together"),
  keep_decisions_days: whole(1, 400, 14, "d that every minute's decision is kept for --why: about 0.4 MB a day"),
  keep_actions_days: whole(1, 4000, 400, "d that decisions with an order or with another winning rule are kept"),
});

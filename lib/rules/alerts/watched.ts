/** Alerts on a single value of the view: the row of the table says which, and no condition is written for it. */
import type { Field } from "../../codec/table.ts";
import { BMS_FIELDS } from "../../devices/bms/sample.ts";
import { INVERTER_DERIVED } from "../../devices/inverter/derived-fields.ts";
import { INVERTER_SAMPLE_FIELDS } from "../../devices/inverter/sample.ts";
import type { Watch } from "./alert-definition.ts";
import { single } from "./conditions-bms.ts";
import { rounded } from "./rounded.ts";
import type { BmsView, InverterView } from "./samples.ts";
import type { Finding } from "./types.ts";

/** Digits that a person can use of a value that comes with more. */
const DIGITS = 3;

/** What a watched value says: bad beyond its limit, good `clear_back` inside; null = the sample does not tell it. */
export function watchedFindings(
  watch: Watch,
  limits: Readonly<Record<string, number>>,
  sample: BmsView | InverterView,
): readonly Finding[] | null {
  const value = numberOf(sample, watch.value);
  const isAbove = watch.beyond === "above";
  const limit = isAbove ? limits.raise_above : limits.raise_below;
  if (value === null || limit === undefined) return null;
  const back = limits.clear_back ?? 0;
  const excess = isAbove ? value - limit : limit - value;
  const bad = isAbove ? value >= limit : value <= limit;
  const good = isAbove ? value <= limit - back : value >= limit + back;
  return single(
    bad ? "bad" : good ? "good" : "between",
    { [watch.told_as ?? "value"]: rounded(value, DIGITS), limit },
    excess > (watch.critical_excess ?? Number.POSITIVE_INFINITY) ? "critical" : undefined,
  );
}

/** The row of a watched value: its unit and resolution. */
export function watchedRow({ value }: Watch): Field {
  return { ...BMS_FIELDS, ...INVERTER_DERIVED, ...INVERTER_SAMPLE_FIELDS }[value];
}

function numberOf(sample: BmsView | InverterView, key: string): number | null {
  // What the record itself says of a key is the view of it; the rest are fields as they were read, and what follows from them.
  const places: readonly object[] = [sample, sample.values ?? {}, ("derived" in sample && sample.derived) || {}];
  const place = places.find((one) => key in one) as Readonly<Record<string, unknown>> | undefined;
  const value = place?.[key];
  return typeof value === "number" ? value : null;
}

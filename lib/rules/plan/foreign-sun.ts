/** What somebody else foresees of the sun: a file of ours, an answer of Open-Meteo's form or one of Solcast's form. Pure. */
import { envelope } from "./envelope.ts";
import { DAY_S, type Profile, type Site, solarDay } from "./profile.ts";

/** Power of the panels in W, or light on them in W/m², from the start of each hour, UTC s. */
export interface ForeignSun {
  readonly unit: "W" | "W/m²";
  readonly hours: readonly (readonly [number, number])[];
}

/** Why a forecast is not used; `value` = hours of age, or how many times a clear sky it promises. */
export type ForeignRefusal =
  | { readonly code: "unreadable" | "no_hours" }
  | { readonly code: "old" | "absurd"; readonly value: number };

/** W/m² on the panels of the clearest noon, as the shape of the clear sky has it. */
const BEST_LIGHT = 1010;
/** Older than this it says nothing of tomorrow, s. */
const OLD_S = 30 * 3600;
/** A day that promises so many times a clear one is about another plant, or in another unit. */
const ABSURD = 1.6;
/** A clear sky says nothing of panels that were never seen bright; days until the array counts as known. */
const KNOWN_DAYS = 3;
const MOST_HOURS = 400;

type Json = Readonly<Record<string, unknown>>;

/** Reads any of the three forms; null = none of them. Hours of a half-hourly form are their means. */
export function parseForeignSun(text: string): ForeignSun | null {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(whole)) return null;
  const { hourly, hours, forecasts, utc_offset_seconds: offset } = whole;
  if (Array.isArray(forecasts)) return ofSolcast(forecasts.filter(isObject));
  if (Array.isArray(hours)) return ofOwn(hours.filter(isObject));
  if (isObject(hourly)) return ofOpenMeteo(hourly, Number(offset ?? 0));
  return null;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

/** {"hours": [{"at": "2026-06-21T10:00:00Z", "kwh": 0.8}]}, or "irradiance" in W/m² in the place of kWh. */
function ofOwn(rows: readonly Json[]): ForeignSun | null {
  const isEnergy = rows[0]?.kwh !== undefined;
  return hourMeans(
    isEnergy ? "W" : "W/m²",
    rows.map(({ at, kwh, irradiance }) => [momentOf(at, 0), isEnergy ? numberOf(kwh) * 1000 : numberOf(irradiance)]),
  );
}

/** Light on the panels where it was asked for, else on the level. A mean stands at the end of its hour. */
function ofOpenMeteo(hourly: Json, offset_s: number): ForeignSun | null {
  const values = hourly.global_tilted_irradiance ?? hourly.shortwave_radiation;
  if (!Array.isArray(hourly.time) || !Array.isArray(values)) return null;
  return hourMeans(
    "W/m²",
    (hourly.time as unknown[]).map((time, index) => [momentOf(time, offset_s) - 3600, numberOf(values[index])]),
  );
}

function ofSolcast(rows: readonly Json[]): ForeignSun | null {
  const isPower = rows[0]?.pv_estimate !== undefined;
  return hourMeans(
    isPower ? "W" : "W/m²",
    rows.map(({ period_end, period, pv_estimate, gti, ghi }) => {
      const length = /^PT(\d+)M$/.exec(String(period ?? "PT30M"))?.[1] ?? "30";
      const value = isPower ? 1000 * numberOf(pv_estimate) : numberOf(gti ?? ghi);
      return [momentOf(period_end, 0) - 60 * Number(length), value];
    }),
  );
}

/** What is not there is no 0: an hour that nobody knows would be a dark one. */
function numberOf(value: unknown): number {
  if (typeof value === "string" && value.trim() !== "") return Number(value);
  return typeof value === "number" ? value : Number.NaN;
}

/** UTC s, or a text; one without a zone is local to `offset_s`. */
function momentOf(value: unknown, offset_s: number): number {
  if (typeof value === "number") return value;
  const text = String(value);
  return /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) / 1000 : Date.parse(`${text}Z`) / 1000 - offset_s;
}

function hourMeans(unit: ForeignSun["unit"], rows: readonly (readonly [number, number])[]): ForeignSun {
  const sums = new Map<number, [number, number]>();
  for (const [at, value] of rows.slice(0, 4 * MOST_HOURS)) {
    if (!Number.isFinite(at) || !Number.isFinite(value) || value < 0) continue;
    const hour = at - (at % 3600);
    const [sum, count] = sums.get(hour) ?? [0, 0];
    sums.set(hour, [sum + value, count + 1]);
  }
  const hours = [...sums].map(([hour, [sum, count]]) => [hour, sum / count] as const).sort((a, b) => a[0] - b[0]);
  return { unit, hours: hours.slice(0, MOST_HOURS) };
}

/** The hours to come in W of these panels, or why the forecast is left aside. `made` = when it was fetched or written. */
export function usableSun(
  sun: ForeignSun | null,
  made: number,
  now: number,
  profile: Profile,
  site: Site,
): { readonly sun: readonly (readonly [number, number])[] } | ForeignRefusal {
  if (sun === null) return { code: "unreadable" };
  if (now - made > OLD_S) return { code: "old", value: Math.round((now - made) / 3600) };
  const factor = sun.unit === "W" ? 1 : profile.array_w.value / BEST_LIGHT;
  const coming = sun.hours
    .filter(([at]) => at > now - 3600 && at < now + 3 * DAY_S)
    .map(([at, value]) => [at, Math.round(value * factor)] as const);
  if (coming.length === 0) return { code: "no_hours" };
  const days = new Map<number, [number, number]>();
  for (const [at, watt] of coming) {
    const day = solarDay(profile, at);
    const [sum, clear] = days.get(day) ?? [0, 0];
    days.set(day, [sum + watt, clear + envelope(profile, site, at + 1800)]);
  }
  const most = Math.max(...[...days.values()].map(([sum, clear]) => (clear < 500 ? 0 : sum / clear)));
  if (profile.days >= KNOWN_DAYS && most > ABSURD) return { code: "absurd", value: Math.round(10 * most) / 10 };
  return { sun: coming };
}

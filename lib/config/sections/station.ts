import { z } from "zod";
import { LANGUAGE_CODES } from "../../words/index.ts";
import { form, whole } from "../keys.ts";
import { USUAL_STATE_DIR } from "../usual-places.ts";

/** `station:` where things are and how old a value may be. */
export const stationSection = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/, form("form_station_id"))
    .default("solar_station")
    .describe("Identity of this station where several share a broker"),
  name: z.string().min(1).max(64).default("Solar station").describe("Name for people"),
  state_dir: z
    .string()
    .startsWith("/")
    .default(USUAL_STATE_DIR)
    .describe("Directory of station.db, the command files and the backups; on disk, not on tmpfs"),
  max_age_s: whole(10, 3600, 180, "s after which a sample is no longer live, for people and rules"),
  lang: z.enum(LANGUAGE_CODES).default("en").describe("Language of page, reports and messages"),
  time_zone: z
    .string()
    .min(1)
    .default("UTC")
    .describe("IANA name, for day borders and reports, e.g. Europe/Berlin")
    .refine(isTimeZone, form("form_time_zone")),
  latitude: z
    .number()
    .min(-66)
    .max(66)
    .nullable()
    .default(null)
    .describe("Degrees, south negative: helps the planner in its first days; left out = 45, and the days teach it"),
  longitude: z
    .number()
    .min(-180)
    .max(180)
    .nullable()
    .default(null)
    .describe("Degrees, west negative: when noon is; left out = by the time zone, and the sun teaches it"),
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

import { localTime } from "../base/local-time.ts";
import type { Unit } from "../codec/table.ts";
import type { Lang } from "./model.ts";

const NARROW_SPACE = "\u202f";
const MINUS = "\u2212";

/** A number with fixed decimals: "2,340.5" or "2 340,5". Missing is a dash, never 0. */
export function number(value: number | null, digits: number, lang: Lang): string {
  if (value === null) return "–";
  const [whole = "0", fraction] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, lang === "ru" ? NARROW_SPACE : ",");
  const text = fraction === undefined ? grouped : `${grouped}${lang === "ru" ? "," : "."}${fraction}`;
  const isZero = Number(whole) === 0 && Number(fraction ?? 0) === 0;
  return value < 0 && !isZero ? `${MINUS}${text}` : text;
}

/** A number with its sign, "+12.3": for currents and powers whose direction matters. */
export function signed(value: number | null, digits: number, lang: Lang): string {
  const text = number(value, digits, lang);
  return value !== null && !text.startsWith(MINUS) && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}

const UNITS_RU: Readonly<Record<Unit, string>> = {
  V: "В",
  mV: "мВ",
  A: "А",
  mA: "мА",
  W: "Вт",
  VA: "ВА",
  var: "вар",
  kWh: "кВт·ч",
  Hz: "Гц",
  "°C": "°C",
  "%": "%",
  Ah: "А·ч",
  mAh: "мА·ч",
  s: "с",
  min: "мин",
  h: "ч",
  d: "дн",
  us: "мкс",
  mOhm: "мОм",
  uOhm: "мкОм",
};

/** A unit as people of that language write it. */
export function unit(name: Unit, lang: Lang): string {
  return lang === "ru" ? UNITS_RU[name] : name;
}

/** Number and unit that a line break cannot part; only the dash when the value is missing. */
export function quantity(value: number | null, name: Unit, digits: number, lang: Lang): string {
  return value === null ? "–" : `${number(value, digits, lang)}\u00a0${unit(name, lang)}`;
}

/** How long something lasted, in two parts at most: "42 s", "7 min", "3 h 20 min", "2 d 4 h". */
export function duration(seconds: number, lang: Lang): string {
  const s = Math.max(0, Math.round(seconds));
  const part = (value: number, name: "s" | "min" | "h" | "d") => `${value}\u00a0${unit(name, lang)}`;
  if (s < 120) return part(s, "s");
  if (s < 7200) return part(Math.floor(s / 60), "min");
  if (s < 172_800) return `${part(Math.floor(s / 3600), "h")} ${part(Math.floor((s % 3600) / 60), "min")}`;
  return `${part(Math.floor(s / 86_400), "d")} ${part(Math.floor((s % 86_400) / 3600), "h")}`;
}

/** Local "HH:MM" when it is of today, else "22 Nov, 21:40". */
export function clockTime(at: number, now: number, time_zone: string, lang: Lang): string {
  const then = localTime(at, time_zone);
  return then.day === localTime(now, time_zone).day ? then.time : `${dayName(then.day, lang)}, ${then.time}`;
}

const MONTHS: Readonly<Record<Lang, readonly string[]>> = {
  en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  ru: ["янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
};

/** "22 Nov" of a local day YYYY-MM-DD. */
export function dayName(day: string, lang: Lang): string {
  const [, month = "1", date = "1"] = day.split("-");
  return `${Number(date)}\u00a0${MONTHS[lang][Number(month) - 1] ?? ""}`;
}

/**
 * Numbers, units, durations and times as people of one language write them. Without Intl where every page needs it: its first object
 * costs more than the page.
 */

import { localTime } from "../base/local-time.ts";
import type { Unit } from "../codec/table.ts";

const MINUS = "\u2212";
const NO_BREAK = "\u00a0";
/** What stands for a value that is not known; never 0. */
export const MISSING = "–";

/** Units of the tables, and those that only texts have. */
export type UnitName = Unit | "kW" | "MiB";

/** What differs between languages beside sentences. */
export interface Locale {
  /** BCP 47, for Intl. */
  readonly tag: string;
  /** Between whole and fraction, and between thousands. */
  readonly decimal: string;
  readonly group: string;
  /** Short names of the months, as they stand behind the day. */
  readonly months: readonly string[];
  readonly units: Readonly<Record<UnitName, string>>;
}

export type Amount = number | null | undefined;

/** Forms of a word by Intl.PluralRules; a language fills those that it has. */
export type PluralForms = { readonly [F in Intl.LDMLPluralRule]?: string } & { readonly other: string };

/** Makers of short texts in one language. Missing values give MISSING; negative numbers carry a real minus sign. */
export interface Format {
  readonly tag: string;
  /** "2,340.5", "2 340,5" with fixed decimals. */
  number(value: Amount, digits?: number): string;
  /** The same with its sign: "+12.3". */
  signed(value: Amount, digits?: number): string;
  /** Number and unit that no line break parts: "3.05 V". */
  quantity(value: Amount, unit: UnitName, digits?: number): string;
  unit(unit: UnitName): string;
  /** "42 s", "7 min", "3 h 20 min", "2 d 4 h"; negative times count as 0. */
  duration(seconds: Amount): string;
  /** "40 min", "2 h", "2 h 30 min": as fine as a forecast is. */
  rough(seconds: number): string;
  /** Local "14:05". */
  time(at: number, time_zone: string): string;
  isSameDay(at: number, other: number, time_zone: string): boolean;
  /** Local "14:05"; with the day before it when that is not the day of `now`. */
  clock(at: number, now: number, time_zone: string): string;
  /** "24 Nov", "24 нояб." of a local day YYYY-MM-DD. */
  day(day: string): string;
  /** The form of a word that goes with a count. */
  plural(count: number, forms: PluralForms): string;
}

/** Makes the short texts of one language. */
export function formatFor(locale: Locale): Format {
  let plurals: Intl.PluralRules | null = null;

  const number = (value: Amount, digits = 0): string => {
    if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
    const [whole = "", fraction] = fixed(Math.abs(value), digits).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, locale.group);
    const text = fraction === undefined ? grouped : grouped + locale.decimal + fraction;
    return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
  };
  const unit = (name: UnitName): string => locale.units[name];
  const part = (value: number, name: UnitName) => `${value}${NO_BREAK}${unit(name)}`;
  const pair = (whole: number, big: UnitName, rest: number, small: UnitName): string =>
    rest === 0 ? part(whole, big) : `${part(whole, big)} ${part(rest, small)}`;
  const day = (text: string): string => {
    const [, month, number] = text.split("-").map(Number);
    return `${number}${NO_BREAK}${locale.months[(month ?? 0) - 1]}`;
  };
  return {
    tag: locale.tag,
    number,
    signed: (value, digits = 0) => {
      const text = number(value, digits);
      return typeof value === "number" && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
    },
    quantity: (value, name, digits = 0) => {
      const text = number(value, digits);
      return text === MISSING ? MISSING : `${text}${NO_BREAK}${unit(name)}`;
    },
    unit,
    duration: (seconds) => {
      if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return MISSING;
      const s = Math.max(0, Math.round(seconds));
      if (s < 60) return part(s, "s");
      const minutes = Math.round(s / 60);
      if (minutes < 60) return part(minutes, "min");
      const hours = Math.floor(minutes / 60);
      if (hours < 48) return pair(hours, "h", minutes % 60, "min");
      return pair(Math.floor(hours / 24), "d", hours % 24, "h");
    },
    rough: (seconds) => {
      const step = seconds < 3600 ? 5 : seconds < 3 * 3600 ? 10 : 30;
      const minutes = Math.max(5, Math.floor(seconds / 60 / step) * step);
      return minutes < 60 ? part(minutes, "min") : pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
    },
    time: (at, time_zone) => localTime(at, time_zone).time,
    isSameDay: (at, other, time_zone) => localTime(at, time_zone).day === localTime(other, time_zone).day,
    clock: (at, now, time_zone) => {
      const then = localTime(at, time_zone);
      return then.day === localTime(now, time_zone).day ? then.time : `${day(then.day)}, ${then.time}`;
    },
    day,
    plural: (count, forms) => {
      plurals ??= new Intl.PluralRules(locale.tag);
      return forms[plurals.select(count)] ?? forms.other;
    },
  };
}

/** With fixed decimals, rounded half up as it is written: 1.005 is 1.01, where toFixed sees a little less than it. */
function fixed(value: number, digits: number): string {
  const shifted = Number(`${value}e${digits}`);
  return (Number.isNaN(shifted) ? value : Number(`${Math.round(shifted)}e-${digits}`)).toFixed(digits);
}

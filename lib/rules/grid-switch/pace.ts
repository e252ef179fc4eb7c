/** How often samples come, and what that makes of the times in the parameters: a window must hold enough of them. */
import type { Parameters } from "./parameters.ts";

/** Shortest and longest interval that is taken for one, s. */
const SHORTEST_S = 60;
const LONGEST_S = 600;
/** Gaps looked at: a new rhythm is known after three of them, a lost poll or two change nothing. */
const GAPS = 5;
/** A window holds this many intervals: three samples, however they fall, and one may be late. */
const WINDOW_INTERVALS = 3.2;
/** A sample may be so many intervals old and still be the newest one there can be, plus a poll that was lost. */
const FRESH_INTERVALS = 1.3;
const STALE_INTERVALS = 2.5;
/** No order lives longer than this whatever the interval, s. */
const LONGEST_LIFE_S = 900;

/** Interval between samples, s. */
export interface Pace {
  readonly bms_s: number;
  readonly inverter_s: number;
}

/** The usual distance of sample times (in order), s; `fallback` when fewer than two are there. */
export function intervalOf(times: readonly number[], fallback: number | null): number {
  const gaps: number[] = [];
  for (let index = times.length - 1; index > 0 && gaps.length < GAPS; index -= 1) {
    gaps.push((times[index] as number) - (times[index - 1] as number));
  }
  gaps.sort((a, b) => a - b);
  const usual = gaps[gaps.length >> 1] ?? fallback ?? SHORTEST_S;
  return Math.min(LONGEST_S, Math.max(SHORTEST_S, usual));
}

/** The times of the parameters as they hold at this pace, s. None gets shorter, and none longer than the blind limit. */
export interface Times {
  readonly fresh_bms: number;
  readonly fresh_inverter: number;
  readonly stale_bms: number;
  readonly stale_inverter: number;
  readonly stale_limit: number;
  readonly voltage_window: number;
  readonly sun_window: number;
  readonly order_life: number;
  /** BMS and inverter record may be compared when not further apart. */
  readonly pair: number;
}

/** Shortest distance in time at which two records belong together, s. */
const PAIR_S = 180;

export function timesAt(pace: Pace, parameters: Parameters): Times {
  const { bms_s, inverter_s } = pace;
  const limit = parameters.stale_limit * 60;
  const grown = (minutes: number, seconds: number): number => Math.max(minutes * 60, Math.min(limit, seconds));
  return {
    fresh_bms: grown(parameters.fresh, FRESH_INTERVALS * bms_s),
    fresh_inverter: grown(parameters.fresh, FRESH_INTERVALS * inverter_s),
    stale_bms: grown(parameters.stale, STALE_INTERVALS * bms_s),
    stale_inverter: grown(parameters.stale, STALE_INTERVALS * inverter_s),
    stale_limit: limit,
    voltage_window: Math.max(parameters.voltage_window * 60, WINDOW_INTERVALS * bms_s),
    sun_window: Math.max(parameters.sun_window * 60, WINDOW_INTERVALS * inverter_s),
    order_life: orderLife(parameters.order_life * 60, inverter_s),
    pair: Math.max(PAIR_S, bms_s, inverter_s),
  };
}

/** The inverter's job takes an order at its next run: the order must live until then. */
export function orderLife(least_s: number, inverter_s: number): number {
  return Math.max(least_s, Math.min(LONGEST_LIFE_S, Math.ceil(FRESH_INTERVALS * inverter_s) + 30));
}

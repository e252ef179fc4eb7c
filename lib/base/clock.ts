import { existsSync, readFileSync } from "node:fs";
import { uptime } from "node:os";

/** Wall time (UTC seconds) and monotonic milliseconds; handed in wherever time matters, so that tests leap and never sleep. */
export interface Clock {
  /** UTC seconds since 1970, whole. */
  now(): number;
  /** Milliseconds that never jump; only differences mean something. */
  monotonic(): number;
  /** Evidence that no change of the wall clock touches; missing or null where there is none, as in a simulation. */
  readonly boot?: () => BootTime | null;
  /** False only when it is known that nobody has set the clock yet since the start; missing where it cannot be wrong, as in a simulation. */
  readonly isSet?: () => boolean;
}

/** This start of the computer, and how many whole seconds ago it was. */
export interface BootTime {
  readonly id: string;
  readonly age_s: number;
}

/** ms that never jump. Not `performance`, whose first use loads a part of Node that costs a short command 2 % of its time. */
export function milliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The computer's clock. */
export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  monotonic: milliseconds,
  boot: () => {
    bootId ??= readBootId();
    return bootId === "" ? null : { id: bootId, age_s: Math.floor(uptime()) };
  },
  // No clock chip, and a time service that is still waiting.
  isSet: () => existsSync(CLOCK_CHIP) || !existsSync(TIME_SERVICE) || existsSync(`${TIME_SERVICE}/synchronized`),
};

/** Where systemd's time service says that it has set the clock. */
const TIME_SERVICE = "/run/systemd/timesync";
const CLOCK_CHIP = "/dev/rtc0";

let bootId: string | null = null;

/** Empty where the system does not tell: then nothing is known about the clock's past. */
function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().slice(0, 8);
  } catch {
    return "";
  }
}

/** Clocks of one station agree this well, s: a stored time further ahead than this was written while the clock was wrong. */
export const AHEAD_S = 120;

/**
 * A clock that starts at `start` (UTC seconds) and then runs on with real time: how simulations and drills tell a real command
 * what time it is (environment variable SOLAR_STATION_NOW).
 */
export function clockStartingAt(start: number): Clock {
  const began = milliseconds();
  return {
    now: () => start + Math.floor((milliseconds() - began) / 1000),
    monotonic: milliseconds,
  };
}

/** The one rule for every stored time: from the future = unknown, and what hangs on it is judged anew. UTC seconds. */
export function isFromFuture(at: number, now: number): boolean {
  return at > now + AHEAD_S;
}

/** A stored time, or null when it is missing or from the future. */
export function knownTime(at: number | null | undefined, now: number): number | null {
  return at === null || at === undefined || isFromFuture(at, now) ? null : at;
}

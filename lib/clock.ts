/** Wall time (UTC seconds) and monotonic milliseconds; handed in wherever time matters, so that tests leap and never sleep. */
export interface Clock {
  /** UTC seconds since 1970, whole. */
  now(): number;
  /** Milliseconds that never jump; only differences mean something. */
  monotonic(): number;
}

/** The computer's clock. */
export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  monotonic: () => performance.now(),
};

/**
 * A clock that starts at `start` (UTC seconds) and then runs on with real time: how simulations and drills tell a real command
 * what time it is (environment variable SOLAR_STATION_NOW).
 */
export function clockStartingAt(start: number): Clock {
  const began = performance.now();
  return {
    now: () => start + Math.floor((performance.now() - began) / 1000),
    monotonic: () => performance.now(),
  };
}

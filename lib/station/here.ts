import type { Context } from "../cli/spec.ts";
import type { Here } from "../view/time-span.ts";

/** The station's clock and calendar, for times that are given by hand. */
export function hereOf({ clock, config }: Context): Here {
  return { now: clock.now(), time_zone: config.station.time_zone };
}

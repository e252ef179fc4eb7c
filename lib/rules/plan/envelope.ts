/** What the panels would give under a clear sky, and what the house usually takes, from the learned profile. */
import { DAY_S, hoursAfterNoon, type Profile, type Site, SLOTS } from "./profile.ts";
import { clearShape, dayOfYear, declination } from "./sun.ts";

/** Degrees by which the days must differ from the calendar's before that is believed. */
const SEASON_DEADBAND = 6;

/** Declination the days show: the calendar's unless their length says something else. */
export function seasonOf(profile: Profile, at: number): number {
  const { value, support } = profile.season;
  const shift = support > 0 && Math.abs(value) > SEASON_DEADBAND ? value : 0;
  return Math.max(-23.45, Math.min(23.45, declination(dayOfYear(at)) + shift));
}

export function slotOf(hours: number): number {
  return Math.max(0, Math.min(SLOTS - 1, Math.floor((hours + 12) * (SLOTS / 24))));
}

/** W of a clear sky at a moment: the shape for the season, the array, the roof's own factor. */
export function envelope(profile: Profile, site: Site, at: number): number {
  const hours = hoursAfterNoon(profile, at);
  const shape = clearShape(seasonOf(profile, at), hours, site.latitude);
  return shape <= 0 ? 0 : profile.array_w.value * shape * (profile.shape[slotOf(hours)] as number);
}

/** Hour (0-23) and weekday hour (0-167, Sunday first) of the local day. */
export function localHour(site: Site, at: number): { readonly hour: number; readonly week: number } {
  const local = at + site.offset_s;
  const hour = Math.floor((((local % DAY_S) + DAY_S) % DAY_S) / 3600);
  // 1 January 1970 was a Thursday.
  const weekday = (((Math.floor(local / DAY_S) + 4) % 7) + 7) % 7;
  return { hour, week: weekday * 24 + hour };
}

/** Weeks of a weekday's hour before it is believed instead of the hour alone. */
const WEEKS_NEEDED = 4;

/** W the house usually takes at a moment. Hours never seen go by the mean of those that were. */
export function usualLoad(profile: Profile, site: Site, at: number): number {
  const { hour, week } = localHour(site, at);
  if ((profile.week_hours[week] as number) >= WEEKS_NEEDED) return profile.week_load[week] as number;
  return hourlyLoad(profile, hour);
}

/** W of an hour of the day. */
export function hourlyLoad(profile: Profile, hour: number): number {
  if ((profile.load_hours[hour] as number) > 0) return profile.load[hour] as number;
  let sum = 0;
  let hours = 0;
  for (let other = 0; other < 24; other += 1) {
    const seen = Math.min(1, profile.load_hours[other] as number);
    sum += seen * (profile.load[other] as number);
    hours += seen;
  }
  return (sum + (profile.load[hour] as number)) / (hours + 1);
}

/** W the house will take on a later day, as of the last midnight. */
export function laterLoad(profile: Profile, site: Site, at: number): number {
  const { hour, week } = localHour(site, at);
  if ((profile.week_hours[week] as number) >= WEEKS_NEEDED) return profile.week_load[week] as number;
  return profile.load_at_midnight[hour] as number;
}

/** Does the firmware stop using the sun once the battery is full on the grid? By what it was seen to use of a sun that is known. */

import type { Bucket } from "./bucket.ts";
import { envelope, hourlyLoad } from "./envelope.ts";
import { follow, hoursAfterNoon, LIMITS, type Profile, type Site, solarDay } from "./profile.ts";

/** Sun that a full battery must leave unused to say something, W: any time of day, and where the sun was seen right afterwards. */
const USABLE_W = 150;
const USABLE_LOOKED_W = 30;
/** From this share of what the sun was some minutes earlier or later all of it was used. The quirk leaves a quarter at most. */
const SURE_SHARE = 0.4;
/** From this share on no quirk and no cloud can be behind it: as good as two observations. */
const CERTAIN_SHARE = 0.8;
/** From this share on the firmware counts as healthy: it takes two observations. Below the other one it has the quirk for now. */
const HEALTHY = 0.75;
const UNCLEAR = 0.15;
/** Clear-sky power of the sun in which the grid is kept full, to look, W; days of history and charge from which, %. */
const LOOK_W = { min: 60, max: 600 } as const;
const LOOK_DAYS = 7;
/**
 * Who waits for the morning's light with a full pack has no room for the sun of noon: a kWh and more of a clear day. So from the first
 * week on the battery that gets full by day is waited for, and only where none did, after so many days, the morning.
 */
const MORNING_DAYS = 11;
const LOOK_SOC = 96;
/**
 * Where a clear noon gives less than so many times what the house takes on average, healthy firmware has hardly anything to gain by
 * leaving and every day of a wrong belief loses: there the first look comes after so many days.
 */
const POOR = { noon: 1.4, days: 1 } as const;
/** Observations after which nobody need look any more. */
const LOOKS = 2;
/** The sun was seen so long before or after at most, s. */
const BEFORE_S = 7200;
const AFTER_S = 2400;

function observed(profile: Profile, pv: number, load: number, sun: number, least: number): Profile {
  const usable = Math.min(sun, (load + 30) / 0.9);
  if (usable < least) return profile;
  const share = pv >= SURE_SHARE * usable ? 1 : pv / usable;
  const seen = (figure: Profile["float_share"]): Profile["float_share"] =>
    follow(figure, share, 0.5, LIMITS.float_share, 0.05);
  const once = seen(profile.float_share);
  return { ...profile, float_share: pv >= CERTAIN_SHARE * usable ? seen(once) : once };
}

/** Share of the sun that is used while full and on the grid, to plan by. */
export function floatShare({ float_share: { value } }: Profile): number {
  return value > HEALTHY ? 1 : Math.round(value * 100) / 100;
}

/** Full and on the grid: how much of the sun that was there a moment ago is still used? */
export function learnQuirk(profile: Profile, bucket: Bucket, clear: number): Profile {
  const { pv, load, to } = bucket;
  if (bucket.on_grid !== true || bucket.float !== "all" || pv === null || load === null) return profile;
  const last = profile.today.recent.at(-1);
  const known = last !== undefined && to - last[0] <= BEFORE_S && clear >= 250;
  if (!known && clear < LOOK_W.min) return profile;
  const floated = [to, pv, known ? 0 : clear, load] as const;
  const seen = { ...profile, today: { ...profile.today, floated } };
  return known ? observed(seen, pv, load, clear * last[1], USABLE_W) : seen;
}

/** The same backwards: the first sun seen after a full battery tells what there was to use. `index` = of this bucket. */
export function learnLook(profile: Profile, { to }: Bucket, index: number): Profile {
  const { floated, recent } = profile.today;
  if (!floated || to - floated[0] > AFTER_S || (recent.at(-1)?.[0] ?? 0) > floated[0]) return profile;
  const [, pv, clear, load] = floated;
  return observed(profile, pv, load, clear * index, USABLE_LOOKED_W);
}

/**
 * Is the grid worth keeping until ten minutes of a full battery in the sun were seen? A planner of a pack that is full over night would
 * leave before the first light, or in the minute when it is full again, and never learn. It costs a tenth of a kWh by day, and up to a
 * kWh and a half on a clear morning, twice in the life of a station.
 */
export function looking(
  profile: Profile,
  site: Site,
  { now, soc, float }: { readonly now: number; readonly soc: number | null; readonly float: boolean },
): boolean {
  const { float_share, today, days } = profile;
  if (soc === null || soc < LOOK_SOC || float_share.support >= LOOKS) return false;
  const early = days >= POOR.days && worthAnEarlyLook(profile, site, now);
  if (days < LOOK_DAYS && !early) return false;
  if (today.index === solarDay(profile, now) && today.floated) return false;
  if (envelope(profile, site, now) >= LOOK_W.max) return false;
  if (float) return true;
  if (days < MORNING_DAYS && !early) return false;
  return hoursAfterNoon(profile, now) < 0 && envelope(profile, site, now + 3600) > LOOK_W.min;
}

function worthAnEarlyLook(profile: Profile, site: Site, now: number): boolean {
  const { value, support } = profile.float_share;
  if (support > 0 && value < UNCLEAR) return false;
  const load = profile.load.reduce((sum, _, hour) => sum + hourlyLoad(profile, hour), 0) / 24;
  return envelope(profile, site, now - 3600 * hoursAfterNoon(profile, now)) < POOR.noon * load;
}

/** What a whole day adds to the profile: its kind, the array, the season, the roof. */
import { hourlyLoad } from "./envelope.ts";
import { CLASSES, DAY_S, type Learned, LIGHT_W, LIMITS, type Profile, type Site, within } from "./profile.ts";
import { clearShape, dayOfYear, declination } from "./sun.ts";

/** Hours of a bright sky that a day must have been seen for. */
const HOURS_NEEDED = 1.5;
/** Index of a day from which it is bright, and from which it is in between. */
const BRIGHT = 0.76;
const BETWEEN = 0.43;
/** Days that stand behind the defaults of the kinds of day. */
export const CLASS_PRIOR = 4;
/** Days remembered for the size of the array. */
const BEST_DAYS = 30;
/** Days needed before the array may be called smaller than its default. */
const SHRINK_DAYS = 7;

/** Kind of day by its mean clear-sky index. */
export function classOf(index: number): number {
  return index >= BRIGHT ? 0 : index >= BETWEEN ? 1 : 2;
}

/** Closes today: called once, when the first bucket of the next solar day comes. */
export function endDay(before: Profile, site: Site): Profile {
  const profile = { ...before, load_at_midnight: before.load.map((_, hour) => hourlyLoad(before, hour)) };
  const { today } = profile;
  // Half a day without data says nothing about its length.
  const whole = today.buckets >= 130;
  const withArray = whole && today.hours >= HOURS_NEEDED ? learnArray(profile) : profile;
  const withSeason = whole ? learnSeason(withArray, site) : withArray;
  const days = today.buckets >= 72 ? profile.days + 1 : profile.days;
  if (today.hours < HOURS_NEEDED) return { ...withSeason, days, yesterday: null };
  const index = today.sum / today.hours;
  const kind = classOf(index);
  const seen = [...profile.class_days];
  seen[kind] = Math.min(60, (seen[kind] as number) + 1);
  const means = [...profile.class_index];
  const rate = 1 / ((seen[kind] as number) + CLASS_PRIOR);
  means[kind] = within((means[kind] as number) + rate * (index - (means[kind] as number)), LIMITS.class_index);
  const followed = [...profile.followed];
  if (profile.yesterday !== null) {
    const row = profile.yesterday * CLASSES + kind;
    followed[row] = Math.min(90, (followed[row] as number) + 1);
  }
  return { ...withSeason, days, class_days: seen, class_index: means, followed, yesterday: kind };
}

/** A day brighter than the array allows enlarges it at once; a week without such a day makes it smaller. */
function learnArray(profile: Profile): Profile {
  const best = profile.today.best;
  const days = [...profile.best_of_days, best].slice(-BEST_DAYS);
  const top = Math.max(...days);
  const { value, support } = profile.array_w;
  let next = value;
  if (top > value) next = top;
  else if (days.length >= SHRINK_DAYS) next = value + 0.1 * (top - value);
  const array_w: Learned = { value: within(next, LIMITS.array_w), support: support + 1 };
  return { ...profile, array_w, best_of_days: days };
}

/** The first and last light tell the length of the day, and with it the season, and when noon is. */
function learnSeason(profile: Profile, site: Site): Profile {
  const { first_light: first, last_light: last, index, hours, sum } = profile.today;
  if (first === null || last === null || last - first < 2) return profile;
  // A dark day is lit for shorter than a bright one of the same season.
  const bright = hours > 0 ? within(sum / hours, { min: 0.1, max: 1 }) : 0.5;
  const half = (last - first) / 2 + 1 / 12;
  let seen = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (let degrees = -23.4; degrees <= 23.4; degrees += 0.6) {
    let lit = 0;
    while (lit < 12 && bright * profile.array_w.value * clearShape(degrees, lit, site.latitude) >= LIGHT_W) {
      lit += 0.05;
    }
    if (Math.abs(lit - half) < nearest) {
      nearest = Math.abs(lit - half);
      seen = degrees;
    }
  }
  const calendar = declination(dayOfYear(index * DAY_S + profile.noon_s.value));
  const shift = within(seen - calendar, LIMITS.season);
  const rate = 1 / Math.min(10, profile.season.support + 1);
  const season = {
    value: profile.season.value + rate * (shift - profile.season.value),
    support: profile.season.support + 1,
  };
  // Half an hour at most a day: a morning in the shade must not turn the clock.
  const off = within(((first + last) / 2) * 3600, { min: -1800, max: 1800 });
  // A cloud at dawn moves the middle as well: only bright days, and only what no cloud explains.
  const noonRate = Math.abs(off) < 1500 || bright < 0.7 ? 0 : 0.5;
  const noon_s = {
    value: (profile.noon_s.value + noonRate * off + DAY_S) % DAY_S,
    support: profile.noon_s.support + 1,
  };
  return { ...profile, season, noon_s };
}

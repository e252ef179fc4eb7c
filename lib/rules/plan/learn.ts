/** Learning: ten-minute buckets of stored samples go into the profile, each once. Pure. */
import type { BmsInput, InverterInput } from "../../view/record.ts";
import { type Bucket, bucketOf, type LearnSettings } from "./bucket.ts";
import { envelope, hourlyLoad, localHour, seasonOf, usualLoad } from "./envelope.ts";
import { learnCapacity } from "./learn-capacity.ts";
import { endDay } from "./learn-day.ts";
import { learnLook, learnQuirk } from "./learn-quirk.ts";
import {
  DAY_S,
  follow,
  freshDay,
  hoursAfterNoon,
  LIGHT_W,
  LIMITS,
  type Profile,
  type Site,
  STEP_S,
  solarDay,
  within,
} from "./profile.ts";
import { clearShape } from "./sun.ts";

/** Clear-sky power from which a sun says something, W. */
const SEEN_W = 80;
/** Clear-sky power at which an hour counts whole, W. */
const WHOLE_W = 800;
/** Pack voltage below absorption from which the charger may be limiting the sun, V a cell. */
const LIMITING_V = 0.056;
/** Sun that no night has and a noon that no cloud makes so dark, as shares of the array. Then no plan is followed for so long, s. */
const ODD = { sun: 0.2, night: 0.01, noon: 0.5, dark: 0.005, for_s: 2 * DAY_S };
/** Hours of a day without samples after which plans are left aside, and for how long, s: what is blind now and then must not sit full. */
const SPARSE = { hole_s: 2.5 * 3600, for_s: 2 * DAY_S };
/** Cell voltage up to which the grid charges with all its current, V. */
const NIGHT_CELL = 3.36;
const LOAD_RATE = 1 / 7;
/** Share of the load's AC in its DC need, and the loss that grows with its square (as the plan assumes). */
export const EFFICIENCY = 0.945;
export const QUADRATIC = 6e-6;

/**
 * The profile after all whole buckets since the last one learned. Samples in order of time; only the newest hours matter, older ones
 * are taken when they were never learned. A clock that ran ahead starts the learning anew from now.
 */
export function learn(
  profile: Profile,
  samples: { readonly bms: readonly BmsInput[]; readonly inverter: readonly InverterInput[] },
  now: number,
  site: Site,
  settings: LearnSettings,
): Profile {
  const end = Math.floor(now / STEP_S) * STEP_S;
  const first = samples.inverter[0]?.at;
  if (first === undefined) return profile;
  const known = profile.learned_until > end + STEP_S ? 0 : profile.learned_until;
  const begin = Math.max(known, Math.ceil((first - 1) / STEP_S) * STEP_S);
  let learned = profile;
  for (let from = begin; from + STEP_S <= end; from += STEP_S) {
    const bucket = bucketOf(from, samples.bms, samples.inverter, settings);
    learned = { ...learned, learned_until: from + STEP_S };
    if (bucket === null) {
      // What flowed in a gap is not known.
      learned = { ...learned, anchor: null, counted: null };
      continue;
    }
    if (learned.since === 0) learned = { ...learned, since: from };
    learned = take(learned, bucket, site, settings);
  }
  return learned;
}

function take(before: Profile, bucket: Bucket, site: Site, settings: LearnSettings): Profile {
  const middle = bucket.from + STEP_S / 2;
  const day = solarDay(before, middle);
  let profile = before;
  if (day !== profile.today.index) {
    const next = profile.today.index === day - 1 ? endDay(profile, site) : { ...profile, yesterday: null };
    profile = { ...next, today: freshDay(day) };
  }
  profile = learnLoad(learnHoles(profile, bucket), bucket, site);
  profile = learnSun(profile, bucket, site, settings);
  profile = learnMachine(profile, bucket, site);
  profile = learnCapacity(profile, bucket, settings);
  return learnGrid(profile, bucket, site);
}

function learnHoles(profile: Profile, { from, to }: Bucket): Profile {
  const { today } = profile;
  const since = today.from ?? from;
  const buckets = today.buckets + 1;
  const holes = to - since - buckets * STEP_S > SPARSE.hole_s;
  return {
    ...profile,
    today: { ...today, from: since, buckets },
    ...(holes ? { sparse_until: to + SPARSE.for_s } : {}),
  };
}

function learnLoad(profile: Profile, { load, from, to }: Bucket, site: Site): Profile {
  if (load === null) return profile;
  const middle = (from + to) / 2;
  const usual = usualLoad(profile, site, middle);
  const { hour, week } = localHour(site, middle);
  const moved = (values: readonly number[], counts: readonly number[], at: number): [number[], number[]] => {
    const seen = counts[at] as number;
    const start = seen === 0 ? usual : (values[at] as number);
    const rate = Math.max(1 / (seen + 1), LOAD_RATE) / 6;
    // The very first hour counts whole: six buckets of it.
    const first = seen < 1 ? 1 / (6 * seen + 1) : rate;
    const next = [...values];
    const hours = [...counts];
    next[at] = within(start + first * (load - start), LIMITS.load);
    hours[at] = seen + 1 / 6;
    return [next, hours];
  };
  const [hourly, hours] = moved(profile.load, profile.load_hours, hour);
  const [weekly, weekHours] = moved(profile.week_load, profile.week_hours, week);
  // On the first day later hours go by what was seen this far, a few times a day.
  const first = profile.days === 0 && from % 14_400 === 0;
  const loads = [...profile.today.loads.filter(([end]) => end > to - 7200), [to, load, usual] as const];
  return {
    ...profile,
    load: hourly,
    load_hours: hours,
    ...(first
      ? { load_at_midnight: hourly.map((_, at) => hourlyLoad({ ...profile, load: hourly, load_hours: hours }, at)) }
      : {}),
    week_load: weekly,
    week_hours: weekHours,
    today: { ...profile.today, loads },
  };
}

/** Was the charger taking all the sun there was? */
function unlimited(bucket: Bucket, settings: LearnSettings): boolean {
  const limit = settings.absorb_voltage - LIMITING_V * settings.cell_count;
  return bucket.float === "none" && bucket.volt !== null && bucket.volt < limit;
}

function learnSun(profile: Profile, bucket: Bucket, site: Site, settings: LearnSettings): Profile {
  const { pv } = bucket;
  if (pv === null) return profile;
  const middle = (bucket.from + bucket.to) / 2;
  const hours = hoursAfterNoon(profile, middle);
  const { today } = profile;
  const clear = envelope(profile, site, middle);
  // A full charger on the grid hides the light: then the day is taken to be as long as it was thought to be.
  const hidden = bucket.float !== "none" && clear >= LIGHT_W;
  const light =
    pv >= LIGHT_W || hidden
      ? { first_light: today.first_light ?? hours, last_light: hours }
      : { last_light: today.last_light };
  const lit = { ...today, ...light };
  const array = Math.max(profile.array_w.value, today.best);
  const open = unlimited(bucket, settings);
  const shines = pv > ODD.sun * array && clear < ODD.night * array;
  const hides = open && pv < ODD.dark * array && clear > ODD.noon * array;
  if (shines || hides) return { ...profile, today: lit, odd_until: bucket.to + ODD.for_s };
  if (!open || clear < SEEN_W) return learnQuirk({ ...profile, today: lit }, bucket, clear);
  const index = within(pv / clear, { min: 0, max: 1.5 });
  const weight = Math.min(1, clear / WHOLE_W) / 6;
  const shape = clearShape(seasonOf(profile, middle), hours, site.latitude);
  // Two buckets in a row: the bright edge of one cloud is no clear sky.
  const before = lit.recent.at(-1);
  const paired = before !== undefined && before[0] === bucket.from ? Math.min(index, before[1]) : 0;
  const best = shape > 0.4 ? Math.max(lit.best, paired * profile.array_w.value) : lit.best;
  return {
    ...learnLook(profile, bucket, index),
    today: {
      ...lit,
      hours: lit.hours + weight,
      sum: lit.sum + weight * index,
      best,
      recent: [...lit.recent.filter(([end]) => end > bucket.to - 7200), [bucket.to, index, weight] as const],
    },
  };
}

function learnMachine(profile: Profile, bucket: Bucket, site: Site): Profile {
  const { pv, load, current, pack_volt: volt, on_grid: onGrid } = bucket;
  if (pv === null || load === null || current === null || volt === null || onGrid === null) return profile;
  const power = current * volt;
  if (!onGrid || bucket.grid_gone === true) {
    if (pv > 5 || load < 50 || load > 2500) return profile;
    const own = -power - load / EFFICIENCY - QUADRATIC * load * load;
    if (own < -100 || own > 300) return profile;
    return { ...profile, own_w: follow(profile.own_w, own, 12, LIMITS.own_w) };
  }
  const dark = envelope(profile, site, (bucket.from + bucket.to) / 2) < 5 && pv < 5;
  // Near its float voltage the charger holds back, whatever the counter says of the charge.
  if (
    dark &&
    bucket.float === "none" &&
    (bucket.highest ?? 9) < NIGHT_CELL &&
    (bucket.soc ?? 100) < 90 &&
    current >= 0
  ) {
    return { ...profile, grid_charge_a: follow(profile.grid_charge_a, current, 6, LIMITS.grid_charge_a) };
  }
  if (pv > 200 && unlimitedCurrent(bucket) && current >= 0) {
    const share = within(power / pv, LIMITS.battery_first);
    // What is lost on the way is no sign of load first.
    const first = share > 0.9 ? 1 : share;
    return { ...profile, battery_first: follow(profile.battery_first, first, 12, LIMITS.battery_first, 0.05) };
  }
  return profile;
}

function unlimitedCurrent(bucket: Bucket): boolean {
  return bucket.float === "none" && (bucket.highest ?? 9) < 3.4;
}

function learnGrid(profile: Profile, bucket: Bucket, site: Site): Profile {
  const { grid_gone: isGone, on_grid, from, to } = bucket;
  if (isGone === null || on_grid === null) return profile;
  const seen_off_grid = profile.seen_off_grid + (on_grid || isGone ? 0 : 1);
  if (!on_grid && seen_off_grid === 0) return profile;
  const { hour } = localHour(site, (from + to) / 2);
  const seen = [...profile.grid_hours];
  const gone = [...profile.outage_hours];
  seen[hour] = (seen[hour] as number) + 1 / 6;
  if (isGone) gone[hour] = (gone[hour] as number) + 1 / 6;
  const next = { ...profile, grid_hours: seen, outage_hours: gone, seen_off_grid };
  const { cut_since: since, cuts } = profile;
  if (isGone) {
    // It counts from its beginning: the next one may come while nobody has seen how long this one lasts.
    const first = since === null ? { cuts: { ...cuts, support: cuts.support + 1 } } : {};
    return { ...next, ...first, cut_since: since ?? from };
  }
  if (since === null) return next;
  const value = within(cuts.value + (from - since - cuts.value) / (cuts.support + 1), LIMITS.cut_s);
  return { ...next, cuts: { ...cuts, value }, cut_since: null };
}

/** How much the pack holds: by two charges that the voltage knows, and until then by what the counter makes of the current. */
import { socFromRestVoltage } from "../grid-switch/rest-voltage.ts";
import type { Bucket, LearnSettings } from "./bucket.ts";
import { follow, LIMITS, type Profile, STEP_S, within } from "./profile.ts";

/** Cell resistance times capacity, Ω·Ah; half the gap of the branches and the lower knee, V. */
const SAG = 0.11;
const HYSTERESIS = 0.007;
const KNEE = 3.275;
/** Change of the counter over which it is compared with the current, and what its whole percents explain of a difference. */
const COUNTED = 0.2;
const EXPLAINED = 0.08;

/** A full pack, and a pack at its lower knee: two points at which the charge is known whatever the counter says. */
export function learnCapacity(before: Profile, bucket: Bucket, settings: LearnSettings): Profile {
  const { current, capacity, highest, lowest } = bucket;
  if (current === null || capacity === null) return { ...before, anchor: null, counted: null };
  const said = settings.capacity_ah ?? capacity;
  const profile = learnCounter(saidToBe(before, said), bucket, current, said);
  const flowed = (current * STEP_S) / 3600;
  const moved = profile.anchor === null ? null : profile.anchor.ah + flowed;
  const full = highest !== null && highest >= 3.5 && Math.abs(current) < 0.05 * capacity;
  const rest = lowest === null ? 9 : lowest - (current * SAG) / capacity + HYSTERESIS;
  const low = rest <= KNEE && current < -0.05 * capacity && current > -0.2 * capacity;
  const soc = full ? 0.995 : low ? socFromRestVoltage(rest) / 100 : null;
  if (soc === null) return moved === null ? profile : { ...profile, anchor: { ...profile.anchor, ah: moved } as never };
  const span = profile.anchor === null ? 0 : soc - profile.anchor.soc;
  let next = profile;
  if (moved !== null && Math.abs(span) > 0.5) {
    const share = moved / span / said;
    if (share > 0.4 && share < 1.3) {
      next = { ...profile, capacity: follow(profile.capacity, share, 6, LIMITS.capacity, 0.05) };
    }
  }
  return { ...next, anchor: { soc, ah: 0 } };
}

/** Somebody says another capacity: what was learned stays as many Ah. */
function saidToBe(profile: Profile, said: number): Profile {
  const { capacity, capacity_of: before } = profile;
  if (before === said) return profile;
  const value = before === null ? capacity.value : within((capacity.value * before) / said, LIMITS.capacity);
  return { ...profile, capacity: { ...capacity, value }, capacity_of: said };
}

/** Until a full and an empty pack were seen, the Ah that a fifth of the counter takes tell whether the pack was given the right size. */
function learnCounter(profile: Profile, { soc: percent }: Bucket, current: number, said: number): Profile {
  const { capacity, counted } = profile;
  if (percent === null || capacity.support > 0) return counted === null ? profile : { ...profile, counted: null };
  const soc = percent / 100;
  // At its ends the counter stands still or jumps.
  if (counted === null || soc >= 0.99 || soc <= 0.01) return { ...profile, counted: { soc, ah: 0 } };
  const ah = counted.ah + (current * STEP_S) / 3600;
  const span = soc - counted.soc;
  if (Math.abs(span) < COUNTED) return { ...profile, counted: { ...counted, ah } };
  const next = { ...profile, counted: { soc, ah: 0 } };
  const off = ah / span / said - capacity.value;
  if (Math.abs(off) < EXPLAINED || Math.abs(off) > 0.5) return next;
  return { ...next, capacity: { ...capacity, value: within(capacity.value + off / 2, LIMITS.capacity) } };
}

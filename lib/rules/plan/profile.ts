/** What the planner has learned about this station: a small table, plain JSON, every figure with its support and its default. */

/** Bucket of learning and step of the plan, s. */
export const STEP_S = 600;
export const DAY_S = 86_400;
/** Slots of the panels' own shape, by hour angle. */
export const SLOTS = 48;

/** Kinds of day: bright, in between, dark. */
export const CLASSES = 3;
/** Light at the panels, W. */
export const LIGHT_W = 15;

/** A learned figure; `support` counts what it rests on (buckets, hours or days as said where it is learned). */
export interface Learned {
  readonly value: number;
  readonly support: number;
}

/** Running values of the present solar day. */
export interface DayState {
  /** Number of the solar day: midnight to midnight of the sun. */
  readonly index: number;
  /** Hours seen, weighted by how bright a clear sky would be; and the weighted sum of the clear-sky index. */
  readonly hours: number;
  readonly sum: number;
  /** Index and weight of the last buckets, oldest first: [end, index, weight]. */
  readonly recent: readonly (readonly [number, number, number])[];
  /** Load against the profile in the last buckets: [end, load W, profile W]. */
  readonly loads: readonly (readonly [number, number, number])[];
  /** Highest ratio of PV to the clear shape in full sun. */
  readonly best: number;
  /** Hours after noon of the first and last light; null = not seen. */
  readonly first_light: number | null;
  readonly last_light: number | null;
  /** Buckets seen today, and when the first one began, UTC s. */
  readonly buckets: number;
  readonly from: number | null;
  /** The last bucket of a weak sun with a full battery on the grid: [end, W used, W of a clear sky, W of the load]; null = none. */
  readonly floated: readonly [number, number, number, number] | null;
}

export interface Profile {
  readonly version: 1;
  /** End of the last bucket that was learned from, UTC s; 0 = none. */
  readonly learned_until: number;
  /** When learning began, UTC s; 0 = not yet. */
  readonly since: number;
  /** Whole days learned from. */
  readonly days: number;
  /** Second of the UTC day of solar noon. */
  readonly noon_s: Learned;
  /** Degrees to add to the calendar's declination: what the length of the days says. */
  readonly season: Learned;
  /** W of the whole array on the clearest noon of the year, and the highest of each of the last days. */
  readonly array_w: Learned;
  readonly best_of_days: readonly number[];
  /** Factor of the clear shape by hour angle (a roof, a tree); support = days. */
  readonly shape: readonly number[];
  readonly shape_days: readonly number[];
  /** Mean clear-sky index of the kinds of day and counts of what followed what. */
  readonly class_index: readonly number[];
  readonly class_days: readonly number[];
  readonly followed: readonly number[];
  readonly yesterday: number | null;
  /** W by hour of the local day, and by weekday and hour (Sunday first); hours seen. */
  readonly load: readonly number[];
  readonly load_hours: readonly number[];
  /** The hourly load as it was at the last midnight: what later days go by, so that plans of one day agree about them. */
  readonly load_at_midnight: readonly number[];
  readonly week_load: readonly number[];
  readonly week_hours: readonly number[];
  /** Pack capacity as a share of what the owner or the BMS says, and the Ah that were said; null = not learned yet. */
  readonly capacity: Learned;
  readonly capacity_of: number | null;
  /** Ah and state of charge at the last anchor of the capacity measurement. */
  readonly anchor: { readonly soc: number; readonly ah: number } | null;
  /** The same since the charge counter was last compared with what flowed. */
  readonly counted: { readonly soc: number; readonly ah: number } | null;
  /** W the inverter takes for itself. */
  readonly own_w: Learned;
  /** A into the battery from the grid at night. */
  readonly grid_charge_a: Learned;
  /** Share of the sun that is still used while full and on the grid: 0.03 = the quirk, 1 = healthy. */
  readonly float_share: Learned;
  /** Share of the sun that goes to the battery and not to the load while charging on the grid: 1 = battery first. */
  readonly battery_first: Learned;
  /** Hours without grid and hours observed, by hour of the local day. */
  readonly outage_hours: readonly number[];
  readonly grid_hours: readonly number[];
  /** s that a power cut lasts; support = cuts seen. And the one that is on: its first bucket, UTC s. */
  readonly cuts: Learned;
  readonly cut_since: number | null;
  /** Until then the sun is not to be foreseen, UTC s: it shone where the plan has night, or there was none where it has noon. */
  readonly odd_until: number;
  /** Until then the history has too many holes, UTC s. */
  readonly sparse_until: number;
  /** Buckets in which the grid's voltage was read with the house off the grid: only then is a zero there a power cut. */
  readonly seen_off_grid: number;
  readonly today: DayState;
}

/** What is known about the place before anything is learned. */
export interface Site {
  /** Degrees; south is negative. */
  readonly latitude: number;
  /** Seconds that local time is ahead of UTC now. */
  readonly offset_s: number;
  /** Second of the UTC day of solar noon, from the place or its time zone. */
  readonly noon_s: number;
}

/** Defaults and sane limits of every learned figure. */
export const LIMITS = {
  array_w: { default: 1250, min: 50, max: 12_000 },
  load: { default: 740, min: 20, max: 6000 },
  class_index: { default: [0.92, 0.6, 0.21], min: 0.03, max: 1.1 },
  shape: { default: 1, min: 0.05, max: 1.6 },
  capacity: { default: 1, min: 0.5, max: 1.2 },
  own_w: { default: 60, min: 0, max: 150 },
  grid_charge_a: { default: 2, min: 0, max: 60 },
  float_share: { default: 0.03, min: 0, max: 1 },
  battery_first: { default: 1, min: 0, max: 1 },
  season: { default: 0, min: -47, max: 47 },
  cut_s: { default: 10_800, min: 600, max: 43_200 },
} as const;

export function within(value: number, limits: { readonly min: number; readonly max: number }): number {
  return value < limits.min ? limits.min : value > limits.max ? limits.max : value;
}

/** Moves a figure towards an observation; early ones move it faster, `prior` observations stand behind the default. */
export function follow(
  figure: Learned,
  seen: number,
  prior: number,
  limits: { readonly min: number; readonly max: number },
  slowest = 0.02,
): Learned {
  const support = figure.support + 1;
  const rate = Math.max(slowest, 1 / (support + prior));
  return { value: within(figure.value + rate * (seen - figure.value), limits), support };
}

export const freshDay = (index: number): DayState => ({
  index,
  hours: 0,
  sum: 0,
  recent: [],
  loads: [],
  best: 0,
  first_light: null,
  last_light: null,
  buckets: 0,
  from: null,
  floated: null,
});

/** An empty store: every figure at its default, nothing supported. */
export function freshProfile(site: Site): Profile {
  const none = (value: number): Learned => ({ value, support: 0 });
  return {
    version: 1,
    learned_until: 0,
    since: 0,
    days: 0,
    noon_s: none(site.noon_s),
    season: none(LIMITS.season.default),
    array_w: none(LIMITS.array_w.default),
    best_of_days: [],
    shape: new Array<number>(SLOTS).fill(1),
    shape_days: new Array<number>(SLOTS).fill(0),
    class_index: [...LIMITS.class_index.default],
    class_days: [0, 0, 0],
    followed: new Array<number>(CLASSES * CLASSES).fill(0),
    yesterday: null,
    load: new Array<number>(24).fill(LIMITS.load.default),
    load_hours: new Array<number>(24).fill(0),
    load_at_midnight: new Array<number>(24).fill(LIMITS.load.default),
    week_load: new Array<number>(168).fill(LIMITS.load.default),
    week_hours: new Array<number>(168).fill(0),
    capacity: none(LIMITS.capacity.default),
    capacity_of: null,
    anchor: null,
    counted: null,
    own_w: none(LIMITS.own_w.default),
    grid_charge_a: none(LIMITS.grid_charge_a.default),
    float_share: none(LIMITS.float_share.default),
    battery_first: none(LIMITS.battery_first.default),
    outage_hours: new Array<number>(24).fill(0),
    grid_hours: new Array<number>(24).fill(0),
    cuts: none(LIMITS.cut_s.default),
    cut_since: null,
    odd_until: 0,
    sparse_until: 0,
    seen_off_grid: 0,
    today: freshDay(0),
  };
}

function fits(value: unknown, model: unknown): boolean {
  if (model === null || value === null) return true;
  if (Array.isArray(model)) return Array.isArray(value) && (model.length === 0 || value.length === model.length);
  if (typeof model === "object") {
    return (
      typeof value === "object" &&
      Object.entries(model as object).every(([key, part]) => fits((value as Record<string, unknown>)[key], part))
    );
  }
  return typeof value === typeof model && (typeof value !== "number" || Number.isFinite(value));
}

/** Figures that may be unknown. */
const NULLABLE = ["yesterday", "anchor", "counted", "capacity_of", "cut_since"];

/** Takes a stored profile field by field: what does not fit gets its default, what is unknown is dropped. */
export function restoreProfile(value: unknown, site: Site): Profile {
  const fresh = freshProfile(site);
  if (typeof value !== "object" || value === null || (value as Partial<Profile>).version !== 1) return fresh;
  const stored = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(fresh).map(([key, model]) => {
      const own = stored[key];
      const usable = own !== undefined && fits(own, model) && (own !== null || NULLABLE.includes(key));
      return [key, usable ? own : model];
    }),
  ) as unknown as Profile;
}

/** Why no plan is followed now; null = one may be. */
export function oddity({ odd_until, sparse_until }: Profile, now: number): "sun" | "holes" | null {
  return now < odd_until ? "sun" : now < sparse_until ? "holes" : null;
}

/** Number of the solar day in which a moment lies. */
export function solarDay(profile: Pick<Profile, "noon_s">, at: number): number {
  return Math.floor((at - profile.noon_s.value + DAY_S / 2) / DAY_S);
}

/** Hours after the solar noon of its day, -12 … 12. */
export function hoursAfterNoon(profile: Pick<Profile, "noon_s">, at: number): number {
  const turned = (at - profile.noon_s.value + DAY_S / 2) / DAY_S;
  return 24 * (turned - Math.floor(turned)) - 12;
}

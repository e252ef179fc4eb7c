/** Yesterday's promises against what happened. */

/** What a plan promised; times UTC s, null = nothing. */
export interface Promised {
  readonly at: number;
  readonly full_at: number | null;
  readonly reserve_at: number | null;
}

/** The charge as the rules saw it, oldest first, %. */
export interface SeenCharge {
  readonly at: number;
  readonly soc: number;
}

/** One promise: made `promised_from`, for `promised`; happened at `happened` (null = not within half a day). */
export interface ScoredPromise {
  readonly what: "full" | "reserve";
  readonly made: number;
  readonly promised: number;
  readonly happened: number | null;
  /** Minutes by which it came later than promised. */
  readonly late_min: number | null;
}

export interface Score {
  readonly promises: readonly ScoredPromise[];
  /** Share within half an hour, 0 … 1; null = nothing was promised. */
  readonly kept: number | null;
}

/** A promise is judged that was made this long before its moment, s. */
const AHEAD_S = 3 * 3600;
const AHEAD_SPAN_S = 1200;
/** Minutes by which a kept promise may be off. */
const KEPT_MIN = 30;
const LOOK_S = 6 * 3600;
/** A pack is full when it stays so for this long, s. */
const FULL_FOR_S = 1200;

/** Did it come within half an hour of what was promised? */
export function isKept({ late_min }: ScoredPromise): boolean {
  return late_min !== null && Math.abs(late_min) <= KEPT_MIN;
}

/** Does a charge stay where it came? A voltage that looks like a full pack for some minutes is none. */
function lasts(seen: readonly SeenCharge[], first: number, there: (soc: number) => boolean): boolean {
  const until = (seen[first] as SeenCharge).at + FULL_FOR_S;
  for (let index = first; index < seen.length; index += 1) {
    const { at, soc } = seen[index] as SeenCharge;
    if (at > until) break;
    if (!there(soc)) return false;
  }
  return true;
}

/**
 * For each event the promise made about three hours before it. `full` and `reserve` in %: an event is the first moment after the promise
 * at which the charge is there. A promise is judged once its event came, or half an hour after its moment.
 */
export function scorePromises(
  plans: readonly Promised[],
  seen: readonly SeenCharge[],
  levels: { readonly full: number; readonly reserve: number },
): Score {
  const promises: ScoredPromise[] = [];
  for (const what of ["full", "reserve"] as const) {
    let judged = Number.NEGATIVE_INFINITY;
    for (const plan of plans) {
      const promised = what === "full" ? plan.full_at : plan.reserve_at;
      if (promised === null || plan.at < judged) continue;
      const ahead = promised - plan.at;
      if (ahead < AHEAD_S - AHEAD_SPAN_S || ahead > AHEAD_S + AHEAD_SPAN_S) continue;
      const there = (soc: number): boolean => (what === "full" ? soc >= levels.full : soc <= levels.reserve);
      const begins = ({ at, soc }: SeenCharge): boolean => at > plan.at && at < promised + LOOK_S && there(soc);
      const found = seen.find((one, index) => begins(one) && (what === "reserve" || lasts(seen, index, there)));
      const happened = found?.at ?? null;
      // Of a moment that nobody has seen yet nothing can be said.
      if (happened === null && promised + KEPT_MIN * 60 > (seen.at(-1)?.at ?? 0)) continue;
      const late_min = happened === null ? null : Math.round((happened - promised) / 60);
      promises.push({ what, made: plan.at, promised, happened, late_min });
      // One promise an event: the next one is another day's.
      judged = promised + LOOK_S;
    }
  }
  promises.sort((a, b) => a.promised - b.promised);
  const kept = promises.filter(isKept).length;
  return { promises, kept: promises.length === 0 ? null : kept / promises.length };
}

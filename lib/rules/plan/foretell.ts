/** What a plan says of the hours to come: the course, when the battery is full, at the reserve or empty, and what of it is promised. */
import { localHour } from "./envelope.ts";
import { AT_RESERVE, FULL } from "./kept.ts";
import { GRID_CHARGE_BELOW_W } from "./machine.ts";
import { STEP_S } from "./profile.ts";
import type { Rolled, RollPart } from "./roll.ts";
import { OFF } from "./solve.ts";
import type { CourseStep, Plan, PlanInput } from "./types.ts";

/** % of a battery that carries nothing any more. */
const EMPTY = 8;
/** Moments that differ by less are one promise, s: the half hour within which it is kept, less what nobody thinks of. */
const AGREED_S = 1620;
/** From this charge on, %, the voltage may say "full" at any moment; and by how much it falls who does not stay there. */
const NEARLY_FULL = 92;
const FALLS = 0.5;
/** How well a charge is known, %. */
const UNSURE = 1;

/** Courses from the present on. */
export interface Courses {
  readonly expected: Rolled;
  /** Of a brighter and of a darker day that are both likely: the band. */
  readonly skies: readonly Rolled[];
  /** Of a house that takes less, and of one that takes more. */
  readonly houses: readonly Rolled[];
}

/** The course, the moments in it, and which of them are promised. */
export function foretell(
  input: PlanInput,
  parts: readonly RollPart[],
  { expected, skies, houses }: Courses,
): Omit<Plan, "belief" | "gains"> {
  const percent = (soc: number): number => Math.round(soc * 1000) / 10;
  const loads = parts.flatMap(({ horizon }) => [...horizon.load]);
  const start = parts[0]?.horizon.start ?? input.now;
  const course: CourseStep[] = loads.map((load, step) => {
    const all = [expected, ...skies].map(({ soc }) => percent(soc[step] as number));
    return {
      at: start + (step + 1) * STEP_S,
      on_grid: expected.mode[step] !== OFF,
      soc: all[0] as number,
      soc_low: Math.min(...all),
      soc_high: Math.max(...all),
      pv: Math.round(expected.pv[step] as number),
      load: Math.round(load),
      bought: Math.round((expected.bought[step] as number) * 1000) / 1000,
    };
  });
  const changed = course.find(({ on_grid }) => on_grid !== input.on_grid);
  const reserveOf = (at: number): number =>
    AT_RESERVE + (input.settings.reserve[localHour(input.site, at - 1).hour] as number);
  const comes = (rolled: Rolled, level: (at: number) => number, up: boolean): number | null =>
    crossing(input, course, rolled, level, up);
  // A counter is no better than a percent: who creeps towards a level comes to it at no moment that could be promised.
  const near = (level: (at: number) => number, up: boolean): (number | null)[] => [
    ...[0, -UNSURE, UNSURE].flatMap((off) =>
      [expected, ...skies].map((rolled) => comes(rolled, (at) => level(at) + off, up)),
    ),
    ...houses.map((rolled) => comes(rolled, level, up)),
  ];
  const full = near(() => FULL, true);
  const reserve = near(reserveOf, false);
  // The grid's charge at night comes to it at no moment that is known: near the end it holds back.
  const filled = course.find(({ at }) => full[0] !== null && at >= (full[0] as number));
  const knowsFull = (filled?.pv ?? 0) >= GRID_CHARGE_BELOW_W && climbs(input.soc, course, full[0] as number);
  const isCut = input.profile.cut_since !== null;
  return {
    version: 1,
    at: input.now,
    step_s: STEP_S,
    course,
    next_switch:
      changed === undefined ? null : { at: Math.max(input.now, changed.at - STEP_S), on_grid: changed.on_grid },
    full_at: full[0] ?? null,
    reserve_at: reserve[0] ?? null,
    empty_at: comes(expected, () => EMPTY, false),
    // When the house will leave the grid the sun may still change: only from there on the way down is known.
    promised: {
      full_at: isCut || !knowsFull ? null : agreed(full),
      reserve_at: input.on_grid || isCut ? null : agreed(reserve),
    },
    bought: Math.round(course.reduce((sum, { bought }) => sum + bought, 0) * 100) / 100,
  };
}

/**
 * When a charge first comes to a level that it had not reached, UTC s; null = not within the course. A battery that goes back to the grid
 * because the next step would take it to the level has come to it.
 */
function crossing(
  input: PlanInput,
  course: readonly CourseStep[],
  { soc: charge, mode }: Rolled,
  level: (at: number) => number,
  up: boolean,
): number | null {
  let before = input.soc;
  let from = input.now;
  let drop = 0;
  for (const [step, { at }] of course.entries()) {
    const soc = 100 * (charge[step] as number);
    const limit = level(at);
    if (up ? before < limit && soc >= limit : before > level(from) && soc <= limit + 0.05) {
      const part = soc === before ? 1 : Math.min(1, Math.max(0, (limit - before) / (soc - before)));
      return Math.round(from + part * (at - from));
    }
    if (!up && mode[step] !== OFF && drop > 0 && before > limit && before - drop <= limit) {
      return Math.round(from + ((before - limit) / drop) * STEP_S);
    }
    drop = mode[step] === OFF ? before - soc : 0;
    before = soc;
    from = at;
  }
  return null;
}

/** Does a charge, %, stay up from where it is nearly full until then? */
function climbs(now: number, course: readonly CourseStep[], until: number): boolean {
  let top = now;
  for (const { at, soc } of course) {
    if (at > until) break;
    if (top >= NEARLY_FULL && soc < top - FALLS) return false;
    top = Math.max(top, soc);
  }
  return true;
}

/** The first moment when all the others are near it. */
function agreed([first, ...others]: readonly (number | null)[]): number | null {
  if (first === null || first === undefined) return null;
  return others.every((at) => at !== null && Math.abs(at - first) <= AGREED_S) ? first : null;
}

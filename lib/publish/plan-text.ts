/** A plan in words. Times are local and round: a plan does not know minutes. */
import { localTime } from "../base/local-time.ts";
import type { Plan } from "../rules/plan/types.ts";
import type { Speech } from "../words/index.ts";

const ROUND_S = 600;
/** Two moments nearer than this are one, s. */
const SAME_S = 1800;

/** "21:10", "tomorrow 21:10": round, for a plan does not know minutes. */
export function planClock(at: number, from: number, time_zone: string, speech: Pick<Speech, "plan">): string {
  const round = Math.round(at / ROUND_S) * ROUND_S;
  const { day, time } = localTime(round, time_zone);
  // Within less than a day "06:40" can be one moment only.
  const soon = day === localTime(from, time_zone).day || round - from < 20 * 3600;
  return soon ? time : speech.plan.tomorrow(time);
}

interface Change {
  readonly at: number;
  readonly on_grid: boolean;
}

/** Where the course changes the switch. */
export function changesOf(plan: Plan, on_grid: boolean): Change[] {
  const changes: Change[] = [];
  let before = on_grid;
  for (const step of plan.course) {
    if (step.on_grid !== before) changes.push({ at: Math.max(plan.at, step.at - plan.step_s), on_grid: step.on_grid });
    before = step.on_grid;
  }
  return changes;
}

/** One sentence: where the house is, and what comes next. `on_grid` = where it stands now. */
export function planSentence(
  plan: Plan,
  on_grid: boolean,
  now: number,
  time_zone: string,
  speech: Pick<Speech, "plan">,
): string {
  const words = speech.plan;
  const time = (at: number): string => planClock(at, now, time_zone, speech);
  const [first, second] = changesOf(plan, on_grid).filter(({ at }) => at > now - SAME_S);
  const events: { at: number; text: string }[] = [];
  const { reserve_at } = plan;
  if (first !== undefined && on_grid) {
    events.push({ at: first.at, text: words.grid_until(time(first.at)) });
    if (second !== undefined) events.push({ at: second.at, text: words.battery_until(time(second.at)) });
  } else if (first !== undefined && reserve_at !== null && Math.abs(reserve_at - first.at) < SAME_S) {
    events.push({ at: first.at, text: words.reserve(time(reserve_at), plan.promised.reserve_at !== null) });
    if (second !== undefined) events.push({ at: second.at, text: words.grid_until(time(second.at)) });
  } else if (first !== undefined) {
    const from = time(first.at);
    const text = second === undefined ? words.grid_from(from) : words.grid_between(from, time(second.at));
    events.push({ at: first.at, text });
  }
  if (plan.full_at !== null) {
    events.push({ at: plan.full_at, text: words.full(time(plan.full_at), plan.promised.full_at !== null) });
  }
  events.sort((a, b) => a.at - b.at);
  const coming = events.map(({ text }) => text);
  return `${on_grid ? words.on_grid : words.on_battery}; ${coming.length === 0 ? words.stays : coming.join(", ")}`;
}

/** How sure the plan is, and what it costs. */
export function planNotes(plan: Plan, now: number, time_zone: string, speech: Pick<Speech, "plan">): string[] {
  const words = speech.plan;
  const middle = plan.course.find(({ at }) => at >= now + 12 * 3600);
  const notes = [words.bought(plan.bought)];
  if (middle !== undefined) {
    const { soc_low, soc_high, at } = middle;
    notes.push(words.band(soc_low.toFixed(0), soc_high.toFixed(0), planClock(at, now, time_zone, speech)));
  }
  return notes;
}

/** Edge-triggered speech: cron hears the first failure, the recovery, and in between at most one reminder an hour. */

import { knownTime } from "../base/clock.ts";
import type { JobState } from "../store/jobs.ts";

const REMIND_AFTER_S = 3600;

export interface Outcome {
  readonly at: number;
  readonly exit_code: number;
}

export interface Speech {
  readonly state: JobState;
  /** Say the error now. */
  readonly tellFailure: boolean;
  /** Seconds the trouble lasted, when this run ends it. */
  readonly recoveredAfter: number | null;
}

/** What a run should say and remember, from its outcome and the job's memory. A failure with another exit code is a new one. */
export function speechFor(stored: JobState, outcome: Outcome): Speech {
  const before = withKnownTimes(stored, outcome.at);
  if (outcome.exit_code === 0) {
    const since = before.failing_since ?? outcome.at;
    const recoveredAfter = stored.failing_since === null ? null : Math.max(0, outcome.at - since);
    const state = { last_ok_at: outcome.at, failing_since: null, failing_code: null, last_told_at: null };
    return { state, tellFailure: false, recoveredAfter };
  }
  const isNew = stored.failing_since === null || before.failing_code !== outcome.exit_code;
  const sinceTold = before.last_told_at === null ? null : outcome.at - before.last_told_at;
  const tellFailure = isNew || sinceTold === null || sinceTold >= REMIND_AFTER_S;
  return {
    state: {
      last_ok_at: before.last_ok_at,
      failing_since: before.failing_since ?? outcome.at,
      failing_code: outcome.exit_code,
      last_told_at: tellFailure ? outcome.at : before.last_told_at,
    },
    tellFailure,
    recoveredAfter: null,
  };
}

/** Times that a wrong clock stored count as unknown: better told twice than never. */
function withKnownTimes(state: JobState, now: number): JobState {
  return {
    ...state,
    last_ok_at: knownTime(state.last_ok_at, now),
    failing_since: knownTime(state.failing_since, now),
    last_told_at: knownTime(state.last_told_at, now),
  };
}

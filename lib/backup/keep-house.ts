import { setImmediate as breathe } from "node:timers/promises";
import type { Context } from "../cli/spec.ts";
import type { Store } from "../store/database.ts";
import { addPruned, NOTHING_PRUNED, type Pruned, pruneShare, samplesOfWrongTime } from "../store/history-prune.ts";
import { rollUpSome } from "../store/history-rollup.ts";
import { tidyShare, tidySome } from "../store/housekeeping.ts";

/** Rolls everything up in short transactions, letting other commands in between; how many it took. */
export async function rollUpAll(context: Context, store: Store): Promise<number> {
  const options = { now: context.clock.now(), time_zone: context.config.station.time_zone };
  let steps = 0;
  while (rollUpSome(store, options)) {
    steps += 1;
    await breathe();
  }
  context.log.info("rolled up", { transactions: steps });
  return steps;
}

export interface Tidied extends Pruned {
  readonly job_runs_and_rejected: number;
  /** Samples of a clock that was wrong: kept out of the history, and never deleted. */
  readonly samples_of_wrong_time: number;
}

/** Thins and prunes what is rolled up, and the bookkeeping of jobs, in short transactions. */
export async function pruneAll(context: Context, store: Store): Promise<Tidied> {
  const { every_sample_days, samples_days, quarters_days } = context.config.backup;
  const now = context.clock.now();
  const retention = {
    now,
    time_zone: context.config.station.time_zone,
    every_sample_days: Math.min(every_sample_days, samples_days),
    samples_days,
    quarters_days: Math.max(quarters_days, samples_days + 1),
  };
  let pruned = NOTHING_PRUNED;
  for (const some of pruneShare(store, retention)) {
    pruned = addPruned(pruned, some);
    await breathe();
  }
  let tidied = 0;
  const share = tidyShare(store, now);
  for (let some = tidySome(store, now, share); some > 0; some = tidySome(store, now, share)) {
    tidied += some;
    await breathe();
  }
  context.log.info("pruned", { ...pruned, job_runs_and_rejected: tidied });
  return { ...pruned, job_runs_and_rejected: tidied, samples_of_wrong_time: samplesOfWrongTime(store, now) };
}

import { parseDuration } from "../base/duration.ts";
import { BadCommand, StateDamaged, StationError, UsageError, WriteMismatch } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { printableJson } from "../base/printable.ts";
import type { Answer, Context, OptionSpec } from "../cli/spec.ts";
import { speechOfStation } from "../station/voice.ts";

/** Options of every command that polls. */
export const REPEAT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--repeat <duration>",
    about: "poll on at this distance, e.g. 5s; orders are taken at each round",
    parse: parseDuration,
  },
  { flags: "--for <duration>", about: "with --repeat: how long, e.g. 50s", parse: parseDuration },
];

/** Seconds that a poll may last: a cron minute, or what --for says. */
export function pollDeadline({ for: duration }: Readonly<Record<string, unknown>>): number {
  return Math.max(55, Number(duration ?? 0) + 5);
}

/** One round of a poll: what it answers, and what became of the orders of each device in it. */
export interface Polled {
  readonly answer: Answer;
  readonly ofOrders: readonly (Error | null | undefined)[];
}

/**
 * Polls once, or with --repeat again and again at fixed times from the start; the line is free between rounds, so that a person gets
 * in. Trouble on the line is over when a later round works; an order that was refused stays refused.
 */
export async function polled(context: Context, round: () => Promise<Polled>): Promise<Answer> {
  const { repeat, for: duration } = context.options;
  if (repeat === undefined && duration !== undefined) {
    throw new UsageError(failure("for_without_repeat"));
  }
  if (repeat === undefined) return (await round()).answer;
  const every = Number(repeat);
  const until = Number(duration ?? repeat);
  const began = context.clock.monotonic();
  const elapsed = () => (context.clock.monotonic() - began) / 1000;
  let failed: Error | undefined;
  let refused: Error | undefined;
  let rounds = 0;
  do {
    try {
      const { answer, ofOrders } = await round();
      failed = answer.failure;
      if (failed) context.log.warn(failed.message);
      refused ??= ofOrders.find((error) => error instanceof BadCommand || error instanceof WriteMismatch) ?? undefined;
      speak(context, answer);
    } catch (error) {
      if (!(error instanceof StationError) || error instanceof StateDamaged) throw error;
      failed = error;
      context.log.warn(error.message);
    }
    rounds++;
    const next = rounds * every;
    if (next >= until) break;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - elapsed()) * 1000));
  } while (elapsed() < until);
  const told = failed ?? refused;
  return {
    json: { rounds },
    text: () => speechOfStation(context).answers.rounds(rounds),
    ...(told ? { failure: told } : {}),
  };
}

function speak(context: Context, answer: Answer): void {
  if (context.options.json === true) context.print(`${printableJson(answer.json, 0)}\n`);
  else if (context.terminal || context.options.text === true) context.print(`${answer.text?.(context.terminal)}\n\n`);
}

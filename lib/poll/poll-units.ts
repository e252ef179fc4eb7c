/** One round of every device of a role: the poll is one, what a role does in it is data. */

import { Failures } from "../base/failures.ts";
import type { WireUse } from "../base/wire-use.ts";
import type { Answer, Context } from "../cli/spec.ts";
import { POLLS } from "../devices/index.ts";
import { orderLine } from "../orders/order-reason.ts";
import { type OrdersRun, ordersJson } from "../orders/order-report.ts";
import type { Store } from "../store/database.ts";
import { onEveryLine } from "./line.ts";
import type { Polled } from "./polled.ts";
import { noteBusUse } from "./wire-use.ts";

interface AnyUnit {
  readonly name: string;
  readonly port: string;
}

interface AnyLine {
  takeUse(): WireUse | null;
  close(): Promise<void>;
}

/** What a round of one device found. */
interface AnyRound {
  readonly orders: OrdersRun;
  /** What failed, as one; the rest of the round is there all the same. */
  readonly failure: Error | null;
}

/** What a poll does in its own way for the devices of a role. */
export interface PollRole<Unit extends AnyUnit, Line extends AnyLine, Round extends AnyRound> {
  readonly role: keyof typeof POLLS;
  /** The line that this unit is on, maybe with others. */
  readonly open: (context: Context, first: Unit) => Promise<Line>;
  readonly round: (context: Context, line: Line, unit: Unit) => Promise<Round>;
  /** A round that told nothing is a failure, not a device with empty values. */
  readonly hasTold: (round: Round) => boolean;
  /** Once a wire, before it is closed. */
  readonly wireDone?: (context: Context, store: Store, line: Line, sharing: readonly Unit[]) => void;
  /** Journals the orders of a round in which no device was heard. */
  readonly takeOrders: (context: Context, store: Store) => void;
  readonly json: (context: Context, round: Round) => Readonly<Record<string, unknown>>;
  readonly text: (context: Context, round: Round) => string;
  /** The answer's shape when there is one device of this role; absent: a list as of several. */
  readonly ofOne?: (context: Context) => boolean;
}

/** Polls port by port; a device or a port that is missing never stops the others. @throws StateError */
export async function pollUnits<Unit extends AnyUnit, Line extends AnyLine, Round extends AnyRound>(
  context: Context,
  role: PollRole<Unit, Line, Round>,
  units: readonly Unit[],
): Promise<Polled> {
  const store = context.openStore();
  const rounds: Round[] = [];
  const failures = new Failures();
  await onEveryLine(
    units,
    failures,
    (first) => role.open(context, first),
    async (line, unit) => {
      try {
        const round = await role.round(context, line, unit);
        if (round.failure) failures.add(round.failure);
        if (role.hasTold(round)) rounds.push(round);
      } finally {
        noteBusUse(context, store, POLLS[role.role], unit.name, line);
      }
    },
    (line, sharing) => role.wireDone?.(context, store, line, sharing),
  );
  // A port that does not open must not hide an order: orders are journaled all the same, and their life runs.
  if (rounds.length === 0) role.takeOrders(context, store);
  const failure = failures.asOne();
  const told = rounds.map((round) => ({
    ...role.json(context, round),
    orders: ordersJson(context, store, round.orders),
  }));
  const answer: Answer = {
    json: told.length === 1 && role.ofOne?.(context) ? told[0] : { devices: told },
    text: () =>
      rounds.map((round) => [role.text(context, round), ...orderLines(context, store, round)].join("\n")).join("\n\n"),
    ...(failure ? { failure } : {}),
  };
  return { answer, ofOrders: rounds.map(({ orders }) => orders.failure) };
}

function orderLines(context: Context, store: Store, { orders }: AnyRound): string[] {
  return orders.orders.map((order) => orderLine(context, store, order));
}

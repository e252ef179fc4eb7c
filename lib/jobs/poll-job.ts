/** The one poll of all kinds of device: what a role does in its own way is data. */

import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { Failures } from "../base/failures.ts";
import type { Answer, Context } from "../cli/spec.ts";
import type { Config } from "../config/schema.ts";
import { unitNamed } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { takeUnheard } from "../orders/carry-out.ts";
import { orderLine } from "../orders/order-reason.ts";
import { type OrdersRun, ordersJson } from "../orders/order-report.ts";
import { type Line, onEveryLine } from "../poll/line.ts";
import { noteBusUse } from "../poll/wire-use.ts";
import type { Store } from "../store/database.ts";
import { type Polled, polled } from "./polled.ts";

interface AnyUnit {
  readonly name: string;
  readonly port: string;
}

/** What a round of one device found. */
interface AnyRound {
  readonly orders: OrdersRun;
  /** What failed, as one; the rest of the round is there all the same. */
  readonly failure: Error | null;
}

/** What a poll does in its own way for the devices of a role. */
export interface PollRole<Unit extends AnyUnit, L extends Line, Round extends AnyRound> {
  readonly role: keyof typeof POLLS;
  readonly word: "inverter" | "BMS";
  readonly units: (config: Config) => readonly Unit[];
  /** The line that this unit is on, maybe with others. */
  readonly open: (context: Context, first: Unit) => Promise<L>;
  readonly round: (context: Context, line: L, unit: Unit) => Promise<Round>;
  /** A round that told nothing is a failure, not a device with empty values. */
  readonly hasTold: (round: Round) => boolean;
  /** Once a line, before it is closed. */
  readonly lineDone?: (context: Context, store: Store, line: L, sharing: readonly Unit[]) => void;
  readonly json: (context: Context, round: Round) => Readonly<Record<string, unknown>>;
  readonly text: (context: Context, round: Round) => string;
  /** The answer's shape when there is one device of this role; absent: a list as of several. */
  readonly ofOne?: (context: Context) => boolean;
  /** `--raw`: what the devices tell as it came. */
  readonly raw: (context: Context, units: readonly Unit[]) => Promise<Answer>;
}

/** Polls every device of a role once, or again and again with --repeat, and stores what was read. */
export async function pollRole<Unit extends AnyUnit, L extends Line, Round extends AnyRound>(
  context: Context,
  role: PollRole<Unit, L, Round>,
): Promise<Answer | undefined> {
  const { options } = context;
  if (role.units(context.config).length === 0) {
    context.log.info(`the configuration has no ${role.word} to poll`);
    return undefined;
  }
  const units = chosen(context, role);
  if (options.raw === true) return role.raw(context, units);
  if (options.acceptMachine === true) onlyOne(role, units, "--accept-machine");
  return polled(context, () => pollOnce(context, role, units));
}

/** The units that --inverter or --bms chooses; all of the role without it. @throws UsageError */
export function chosen<Unit extends AnyUnit, L extends Line, Round extends AnyRound>(
  { config, options }: Context,
  { role, word, units }: PollRole<Unit, L, Round>,
): readonly Unit[] {
  const wanted = options[role];
  return wanted === undefined ? units(config) : [unitNamed(units(config), wanted, word)];
}

/** @throws UsageError when there are several to choose from */
export function onlyOne<Unit extends AnyUnit>(
  { role }: { readonly role: string },
  units: readonly Unit[],
  flag: string,
): Unit {
  if (units.length === 1) return units[0] as Unit;
  throw new UsageError(failure("for_one_device", { flag, role, names: units.map(({ name }) => name).join(", ") }));
}

/** Polls port by port; a device or a port that is missing never stops the others. @throws StateError */
async function pollOnce<Unit extends AnyUnit, L extends Line, Round extends AnyRound>(
  context: Context,
  role: PollRole<Unit, L, Round>,
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
    (line, sharing) => role.lineDone?.(context, store, line, sharing),
  );
  // A port that does not open must not hide an order: orders are journaled all the same, their life runs, and their end is told.
  const unheard = rounds.length === 0 ? takeUnheard(context, store, role.role).failure : null;
  if (unheard) failures.add(unheard);
  const failed = failures.asOne();
  const isOne = role.ofOne?.(context) === true;
  // Of the one device nothing is known: there is no answer but the failure.
  if (isOne && rounds.length === 0 && failed) throw failed;
  const told = rounds.map((round) => ({
    ...role.json(context, round),
    orders: ordersJson(context, store, round.orders),
  }));
  const orderLines = ({ orders }: Round) => orders.orders.map((order) => orderLine(context, store, order));
  const answer: Answer = {
    json: isOne && told.length === 1 ? told[0] : { devices: told },
    text: () => rounds.map((round) => [role.text(context, round), ...orderLines(round)].join("\n")).join("\n\n"),
    ...(failed ? { failure: failed } : {}),
  };
  return { answer, ofOrders: [unheard, ...rounds.map(({ orders }) => orders.failure)] };
}

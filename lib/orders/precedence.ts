import { OWNER_SOURCES } from "../store/orders.ts";

/** What decides who goes first and who gives way. */
export interface Ranked {
  readonly id: number;
  readonly key: string | null;
  readonly wanted_raw: number | null;
  readonly source: string;
  readonly state: string;
  readonly lease_for_s: number | null;
  readonly lease_until: number | null;
}

const OWNERS: ReadonlySet<string> = new Set(OWNER_SOURCES);

/** True for orders that speak for the owner: he has no budget. */
export function isOwners({ source }: Pick<Ranked, "source">): boolean {
  return OWNERS.has(source);
}

/** The order that gives the house the grid back: nothing goes before it, and nothing limits it. */
export function isWayBack({ key, wanted_raw }: Pick<Ranked, "key" | "wanted_raw">): boolean {
  return key === "ongrid_switch" && wanted_raw === 1;
}

/** An order after which the house lives on sun and battery. */
export function leavesGrid({ key, wanted_raw }: Pick<Ranked, "key" | "wanted_raw">): boolean {
  return key === "ongrid_switch" && wanted_raw === 0;
}

/** Open orders as they are carried out: the way back to the grid, what was cut off, the owner's, the rest; each by age. */
export function inTurn<O extends Ranked>(orders: readonly O[]): O[] {
  const rank = (order: O) => {
    if (isWayBack(order)) return 0;
    if (order.state === "sending") return 1;
    return isOwners(order) ? 2 : 3;
  };
  return [...orders].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

/** An order that need not be carried out any more, and the later one for the same row in its place. */
export interface Superseded<O> {
  readonly order: O;
  readonly by: O;
}

/**
 * The open orders of one device that a later one for the same row makes needless, so that a flood costs one write a row.
 * `isOpenFor`: whether an order would be carried out at all; one that will be refused takes nobody's place.
 */
export function supersededOrders<O extends Ranked>(
  orders: readonly O[],
  isOpenFor: (order: O) => boolean,
  isCommand: (order: O) => boolean,
): Superseded<O>[] {
  const found: Superseded<O>[] = [];
  const keys = new Set(orders.map(({ key }) => key));
  for (const key of keys) {
    const newestFirst = orders.filter((order) => order.key === key).sort((a, b) => b.id - a.id);
    if (key === null || newestFirst.length < 2) continue;
    const standing: O[] = [];
    for (const order of newestFirst) {
      // A command word that was cut off has its own end: whether it acted is not known.
      const by =
        order.state === "sending" && isCommand(order) ? undefined : standing.find((later) => replaces(later, order));
      if (by) found.push({ order, by });
      else if (isOpenFor(order)) standing.push(order);
    }
  }
  return found;
}

/** Whether nothing is lost when only the later of two orders for the same row is carried out. */
function replaces(later: Ranked, earlier: Ranked): boolean {
  if (isWayBack(later)) return true;
  // An automatic wish to leave the grid does not wipe out an order to return to it.
  if (isWayBack(earlier) && !isOwners(later)) return false;
  if (isOwners(earlier) && !isOwners(later)) return false;
  // What a lease puts back at its end is what the order before it has set.
  return !hasTerm(later) || hasTerm(earlier);
}

function hasTerm({ lease_for_s, lease_until }: Ranked): boolean {
  return lease_for_s !== null || lease_until !== null;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurn, isOwners, isWayBack, leavesGrid, type Ranked, supersededOrders } from "../../lib/orders/precedence.ts";

const order = (id: number, source: string, rest: Partial<Ranked> = {}): Ranked => ({
  ...{
    id,
    source,
    key: "max_discharge_current",
    wanted_raw: 50,
    state: "queued",
    lease_for_s: null,
    lease_until: null,
  },
  ...rest,
});
const grid = (id: number, source: string, wanted_raw: number, rest: Partial<Ranked> = {}) =>
  order(id, source, { key: "ongrid_switch", wanted_raw, ...rest });
const replaced = (orders: readonly Ranked[], open = (_: Ranked) => true, command = (_: Ranked) => false) =>
  supersededOrders(orders, open, command).map((found) => `${found.order.id} by ${found.by.id}`);

test("which order is the way back, and which leaves the grid", () => {
  assert.deepEqual([isWayBack(grid(1, "batmon", 1)), leavesGrid(grid(1, "batmon", 1))], [true, false]);
  assert.deepEqual([isWayBack(grid(1, "batmon", 0)), leavesGrid(grid(1, "batmon", 0))], [false, true]);
  assert.deepEqual([isWayBack(order(1, "batmon", { wanted_raw: 1 })), isOwners(order(1, "batmon"))], [false, false]);
  for (const source of ["hand", "file", "lease"]) assert.equal(isOwners(order(1, source)), true);
});

test("the turn: way back, what was cut off, the owner's, the rest; each by age", () => {
  const cut = order(6, "mqtt", { state: "sending" });
  const queue = [order(1, "mqtt"), order(3, "hand"), order(2, "file"), order(4, "batmon"), cut, grid(9, "batmon", 1)];
  assert.deepEqual(
    inTurn(queue).map(({ id }) => id),
    [9, 6, 2, 3, 1, 4],
  );
});

// biome-ignore format: a case a line
const CASES: readonly (readonly [what: string, earlier: Ranked, later: Ranked, replaces: boolean])[] = [
  ["the owner's newer wish", order(1, "hand"), order(2, "file"), true],
  ["an automatic wish, the owner's", order(1, "hand"), order(2, "mqtt"), false],
  ["an automatic wish, the way back", grid(1, "batmon", 1), grid(2, "mqtt", 0), false],
  ["the owner's wish to leave, the way back of the rules", grid(1, "batmon", 1), grid(2, "hand", 0), true],
  ["the way back of the rules, the owner's wish to leave", grid(1, "hand", 0), grid(2, "batmon", 1), true],
  ["a term, what it builds on", order(1, "hand"), order(2, "hand", { lease_for_s: 600 }), false],
  ["a term, another term", order(1, "hand", { lease_for_s: 60 }), order(2, "hand", { lease_until: 99 }), true],
  ["an order for good, a term", order(1, "hand", { lease_for_s: 60 }), order(2, "hand"), true],
  ["the way back for a term, an order for good", grid(1, "hand", 0), grid(2, "hand", 1, { lease_for_s: 60 }), true],
];
for (const [what, earlier, later, replaces] of CASES) {
  test(`${what}: ${replaces ? "replaces it" : "both stay"}`, () => {
    assert.deepEqual(replaced([earlier, later]), replaces ? ["1 by 2"] : []);
  });
}

test("an order that will be refused takes nobody's place", () => {
  const orders = [order(1, "hand"), order(2, "hand"), order(3, "hand")];
  assert.deepEqual(
    replaced(orders, ({ id }) => id !== 3),
    ["1 by 2"],
  );
});

test("a command word that was cut off is not made needless by a later one; a setting is", () => {
  const orders = [order(1, "hand", { state: "sending" }), order(2, "hand")];
  assert.deepEqual(
    replaced(
      orders,
      () => true,
      () => true,
    ),
    [],
  );
  assert.deepEqual(replaced(orders), ["1 by 2"]);
});

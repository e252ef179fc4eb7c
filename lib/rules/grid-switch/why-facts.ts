/** Why the grid switch stands as it does: a code with values, for whoever makes words of it. */
import type { RuleId, Winner } from "./rule-ids.ts";
import type { Decision, OrderView } from "./types.ts";

export interface WhyFacts {
  readonly on_grid: boolean | null;
  /** The order of this run, or what the rules want; null = leave it. */
  readonly wish: boolean | null;
  /** Whether what the rules want is done: who only observes gives no orders. */
  readonly acts: boolean;
  /** The rule that won. */
  readonly winner: Winner;
  /** What keeps the house on the grid; null = it is not on it, or nothing does. */
  readonly guard: Blocking | null;
  /** %, W, V; null = not known. */
  readonly soc: number | null;
  readonly reserve: number | null;
  readonly lowest_cell: number | null;
  readonly pv: number | null;
  readonly pv_needed: number | null;
}

/** A guard, a mode without orders, how the order to leave it went, or that nothing calls for it. */
export type BlockingCode = RuleId | "observe" | "no_reason" | `order_${OrderView["state"]}`;

export interface Blocking {
  readonly code: BlockingCode;
  readonly value: number | string | null;
  readonly limit: number | string | null;
}

/** What the house stays on the grid for. */
export function blockingOf({ mode, order, rules }: Pick<Decision, "mode" | "order" | "rules">): Blocking {
  const code = (name: BlockingCode) => ({ code: name, value: null, limit: null });
  if (mode === "on-grid") return code("mode");
  if (mode === "observe") return code("observe");
  if (order && !order.value && order.state !== "under_way") return code(`order_${order.state}`);
  const guard = rules.find(({ kind, met }) => kind === "guard" && met !== true);
  if (guard) return { code: guard.id, value: guard.value, limit: guard.threshold };
  return code(order && !order.value ? "order_under_way" : "no_reason");
}

export function whyFacts(decision: Decision, reserve: number): WhyFacts {
  const { on_grid, wish, winner, inputs, mode } = decision;
  const guard =
    on_grid === true && (wish !== false || mode === "observe")
      ? // Of one who only observes, the reason that would hold if he let the rules act is the news.
        blockingOf(mode === "observe" && wish !== false ? { ...decision, mode: "auto" } : decision)
      : null;
  const { soc, lowest_cell, pv_mean, sun_needed } = inputs;
  const acts = mode !== "observe";
  return { on_grid, wish, acts, winner, guard, soc, reserve, lowest_cell, pv: pv_mean, pv_needed: sun_needed };
}

/** The same as one code: the rule that moves the switch, else what keeps the house on the grid, else that nothing calls for it. */
export function whyCode({ on_grid, wish, acts, winner, guard }: WhyFacts): BlockingCode | Winner | "off_grid" {
  if (on_grid === null) return "position";
  if (wish === !on_grid && guard === null) return acts ? winner : "observe";
  return guard?.code ?? (on_grid ? "no_reason" : "off_grid");
}

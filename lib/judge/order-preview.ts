import type { Context } from "../cli/spec.ts";
import { planClock } from "../publish/plan-text.ts";
import { type Foreseeable, type PlannedChange, preview } from "../rules/plan/preview.ts";
import { DAY_S } from "../rules/plan/profile.ts";
import type { PlanInput } from "../rules/plan/types.ts";
import { monitorMode } from "../station/monitor-mode.ts";
import type { DecisionRecord } from "../station/rule-memory.ts";
import { ruleSet } from "../station/rule-settings.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { latestDecision } from "../store/decisions.ts";
import type { NewOrder } from "../store/orders.ts";
import { plansBetween } from "../store/plans.ts";

/** A plan older than this says nothing of now, s. */
const RECENT_S = 3600;
/** Longer than any plan: where the rules give no orders, the switch stays as it is, s. */
const STANDS_S = 3 * DAY_S;

/** What an order by hand changes in the coming day. */
export interface OrderPreview {
  readonly json: { readonly without: Foreseeable; readonly with: Foreseeable } | null;
  readonly text: string;
}

/** Null: the order is about something that no plan knows of. */
export function previewOrder(context: Context, store: Store, planned: NewOrder): OrderPreview | null {
  const change = changeOf(context, store, planned);
  if (change === null) return null;
  const { plan: words, modes } = speechOfStation(context);
  const { mode } = monitorMode(context, store);
  const now = context.clock.now();
  const stored = plansBetween<PlanInput>(store, now - RECENT_S, now + 1).at(-1);
  if (stored === undefined) return { json: null, text: words.no_preview };
  const decision = latestDecision<DecisionRecord>(store)?.record.decision;
  const soc = decision?.inputs.soc ?? stored.soc;
  const on_grid = decision?.on_grid ?? stored.on_grid;
  const input = { ...stored.input, now, soc, on_grid, float: on_grid && stored.input.float };
  const json = preview(input, change, mode === "auto" ? null : now + STANDS_S);
  const head = mode === "auto" ? words.preview_head : words.preview_head_held(modes[mode]);
  return { json, text: textOf(context, head, json) };
}

function changeOf(context: Context, store: Store, { key, wanted_raw: raw, ...order }: NewOrder): PlannedChange | null {
  if (raw === null) return null;
  const now = context.clock.now();
  if (key === "ongrid_switch") {
    const { manual_hold } = ruleSet(context.config).parameters;
    // The rules keep their hands off for a while; where they give no orders at all, the position stays.
    const left_alone = monitorMode(context, store).mode === "auto" ? manual_hold * 60 : STANDS_S;
    const until = order.lease_until ?? now + (order.lease_for_s ?? left_alone);
    return { kind: "switch", on_grid: raw === 1, until };
  }
  if (key === "charger_source_priority") return { kind: "grid_charging", allowed: raw !== 3 };
  if (key === "grid_charge_current") return { kind: "grid_current", ampere: raw / 10 };
  if (key === "absorption_voltage") return { kind: "voltage", key: "absorb_voltage", volt: raw / 10 };
  if (key === "float_voltage") return { kind: "voltage", key: "float_voltage", volt: raw / 10 };
  return null;
}

function textOf(
  context: Context,
  head: string,
  sides: { readonly without: Foreseeable; readonly with: Foreseeable },
): string {
  const speech = speechOfStation(context);
  const { plan: words, format: f } = speech;
  const now = context.clock.now();
  const { time_zone } = context.config.station;
  const time = (at: number | null): string =>
    at === null ? words.not_in_sight : planClock(at, now, time_zone, speech);
  const rows: [string, (side: Foreseeable) => string][] = [
    [words.reserve_name, ({ reserve_at }) => time(reserve_at)],
    [words.full_name, ({ full_at }) => time(full_at)],
    [words.bought_name, ({ bought }) => f.quantity(bought, "kWh", 1)],
    [words.switches_name, ({ switches }) => String(switches)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, of]) => {
    const [before, after] = [of(sides.without), of(sides.with)];
    return `  ${name.padEnd(width)}  ${before === after ? before : `${before} → ${after}`}`;
  });
  return [head, ...lines].join("\n");
}

import type { Cause, Winner } from "../rules/grid-switch/rule-ids.ts";
import type { Decision, GridSwitchState, OrderOutcome, SwitchRecord } from "../rules/grid-switch/types.ts";
import type { PlanAdvice } from "../rules/plan/act.ts";
import type { Store } from "../store/database.ts";
import { ruleState, saveRuleState } from "../store/rules.ts";

/** Names of what is remembered between runs. */
export const MEMORY = {
  grid_switch: "grid_switch",
  alerts: "alerts",
  switches: "switches",
  report: "report",
  dead_man: "dead_man",
  profile: "profile",
  plan: "plan",
  forecast: "forecast",
  observed: "observed",
  chats: "chats",
  chat_link: "chat_link",
  chat_orders: "chat_orders",
} as const;

/** What is stored with a decision: with the samples of that time, decide() gives the same decision again. */
export interface DecisionRecord {
  readonly decision: Decision;
  /** Memory before the run. */
  readonly before: unknown;
  /** The BMS that was judged by. */
  readonly bms: string | null;
  /** Samples handed in: from this time on, up to the newest of each device (null = none). UTC s. */
  readonly samples: {
    readonly from: number;
    readonly bms_until: number | null;
    readonly inverter_until: number | null;
  };
  readonly uptime_s: number | null;
  readonly switches_24h: number;
  /** Missing in records of earlier versions. */
  readonly order_outcome?: OrderOutcome | null;
  readonly charger_source: string | null;
  /** What the plan wanted; missing in records of earlier versions. */
  readonly plan?: PlanAdvice | null;
}

/** Changes of the grid switch, oldest first, and the last order with its reason. */
export interface SwitchMemory {
  readonly order: {
    readonly at: number;
    readonly value: boolean;
    readonly rule: Winner;
  } | null;
  readonly list: readonly SwitchRecord[];
}

/** Switches remembered: the reports of more than two weeks of the busiest kind. */
const MOST_SWITCHES = 200;
const NO_SWITCHES: SwitchMemory = { order: null, list: [] };

/** The executed switches so far. An entry that is none is dropped, the others stay. */
export function switchMemory(store: Store): SwitchMemory {
  const value = ruleState(store, MEMORY.switches) as Partial<SwitchMemory> | null;
  if (typeof value !== "object" || value === null) return NO_SWITCHES;
  const list = (Array.isArray(value.list) ? value.list : []).filter(isSwitch).map(withReadings);
  const { order } = value;
  const whole = typeof order?.at === "number" && typeof order.value === "boolean" && typeof order.rule === "string";
  return { order: whole ? order : null, list };
}

function isSwitch(row: Partial<SwitchRecord> | null): row is SwitchRecord {
  return typeof row?.at === "number" && (row.to === "on" || row.to === "off");
}

function withReadings(row: SwitchRecord): SwitchRecord {
  const { at, to, cause = "order", soc = null, cell_voltage_min = null, pv_power = null, load_power = null } = row;
  return { at, to, cause, soc, cell_voltage_min, pv_power, load_power };
}

/** After the clock was set the remembered times move along; one that is still in the future is of an unknown time: now. */
export function moveSwitches(memory: SwitchMemory, jump_s: number, now: number): SwitchMemory {
  const moved = <T extends { readonly at: number }>(row: T): T => {
    const at = Math.min(row.at + jump_s, now);
    return at === row.at ? row : { ...row, at };
  };
  return { order: memory.order && moved(memory.order), list: memory.list.map(moved) };
}

/** The switch memory after a run: a read-back that differs from the one before is an executed change, ours or foreign. */
export function followSwitches(
  memory: SwitchMemory,
  before: GridSwitchState | null,
  after: GridSwitchState,
  decision: Decision,
): SwitchMemory {
  const { action, inputs } = decision;
  let { list } = memory;
  if (before !== null && before.on_grid !== null && after.on_grid !== null && before.on_grid !== after.on_grid) {
    const ours = before.last_order?.value === after.on_grid && after.manual_until <= before.manual_until;
    const known = memory.order?.value === after.on_grid ? memory.order : null;
    const cause: Cause = !ours ? "foreign" : (known?.rule ?? "order");
    list = [
      ...list,
      {
        at: after.since,
        to: after.on_grid ? ("on" as const) : ("off" as const),
        cause,
        soc: inputs.soc,
        cell_voltage_min: inputs.lowest_cell,
        pv_power: inputs.pv_mean,
        load_power: inputs.load_mean,
      },
    ].slice(-MOST_SWITCHES);
  }
  const order =
    action.kind === "order" ? { at: decision.at, value: action.value, rule: decision.winner } : memory.order;
  return { order, list };
}

/** Call inside store.write or later. */
export function saveSwitchMemory(store: Store, at: number, memory: SwitchMemory): void {
  saveRuleState(store, MEMORY.switches, at, memory);
}

import type { DecideInput, Decision, GridSwitchState } from "../../rules/grid-switch/types.ts";
import type { Store } from "../../store/database.ts";
import { ruleState, saveRuleState } from "../../store/rules.ts";

/** Names of what is remembered between runs. */
export const MEMORY = {
  grid_switch: "grid_switch",
  alerts: "alerts",
  switches: "switches",
  report: "report",
  dead_man: "dead_man",
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
  readonly charger_source: string | null;
}

/** An executed change of the grid switch. */
export interface SwitchRecord {
  readonly at: number;
  readonly to: "on" | "off";
  readonly trigger: string;
  readonly soc: number | null;
  readonly cell_voltage_min: number | null;
  readonly pv_power: number | null;
  readonly load_power: number | null;
}

/** Changes of the grid switch, oldest first, and the last order with its reason. */
export interface SwitchMemory {
  readonly order: {
    readonly at: number;
    readonly value: boolean;
    readonly rule: string;
    readonly reason: string;
  } | null;
  readonly list: readonly SwitchRecord[];
}

/** Switches remembered: the reports of more than two weeks of the busiest kind. */
const MOST_SWITCHES = 200;
const NO_SWITCHES: SwitchMemory = { order: null, list: [] };

/** The executed switches so far. */
export function switchMemory(store: Store): SwitchMemory {
  const value = ruleState(store, MEMORY.switches) as SwitchMemory | null;
  return value !== null && Array.isArray(value.list) ? value : NO_SWITCHES;
}

/** The switch memory after a run: a read-back that differs from the one before is an executed change, ours or foreign. */
export function followSwitches(
  memory: SwitchMemory,
  before: DecideInput["state"],
  after: GridSwitchState,
  decision: Decision,
): SwitchMemory {
  const { action, inputs } = decision;
  let { list } = memory;
  if (before !== null && before.on_grid !== null && after.on_grid !== null && before.on_grid !== after.on_grid) {
    const ours = before.last_order?.value === after.on_grid && after.manual_until <= before.manual_until;
    const known = memory.order?.value === after.on_grid ? memory.order : null;
    const trigger = !ours ? "by somebody else" : known ? `${known.rule}, ${known.reason}` : "by order";
    list = [
      ...list,
      {
        at: after.since,
        to: after.on_grid ? ("on" as const) : ("off" as const),
        trigger,
        soc: inputs.soc,
        cell_voltage_min: inputs.lowest_cell,
        pv_power: inputs.pv_mean,
        load_power: inputs.load_mean,
      },
    ].slice(-MOST_SWITCHES);
  }
  const order =
    action.kind === "order"
      ? { at: decision.at, value: action.value, rule: decision.winner, reason: decision.reason }
      : memory.order;
  return { order, list };
}

/** Call inside store.write or later. */
export function saveSwitchMemory(store: Store, at: number, memory: SwitchMemory): void {
  saveRuleState(store, MEMORY.switches, at, memory);
}

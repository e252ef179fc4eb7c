/** The closed loop of plant model, meters, faults and rules: off the grid, a fault, no outage. */
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS, type Parameters } from "../../lib/rules/grid-switch/parameters.ts";
import type { OrderOutcome } from "../../lib/rules/grid-switch/types.ts";
import { BmsMeter, InverterMeter } from "../../lib/sim/plant/meters.ts";
import { Plant } from "../../lib/sim/plant/plant.ts";
import { RUN_EPOCH } from "../../lib/sim/plant/plant-run.ts";
import type { World } from "../../lib/sim/plant/scenario.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { reasonSaid } from "../support/why-said.ts";

const MINUTES = 24 * 60;
/** The fault begins here, min. */
export const FAULT_AT = 60;
/** Enough for a day off the grid to empty any pack, W: a third of a percent a minute. */
const LOAD = 900;
/** Energy of every pack, Ah of 16 cells. */
const CAPACITY_AH = 100;

/** A minute of a fault: `before` = the last good record of that device, for what stands still. */
type Twist<R> = (record: R, minute: number, before: R) => R | null;

type Row = BmsInput | InverterInput;

export interface Fault {
  readonly name: string;
  readonly bms?: Twist<BmsInput>;
  readonly inverter?: Twist<InverterInput>;
  /** What becomes of an order; true = carried out. */
  readonly order?: (attempt: number) => boolean;
  /** What the journal says of an order that was not carried out. */
  readonly outcome?: OrderOutcome["state"];
  readonly parameters?: (cells: number) => Partial<Parameters>;
  /** What becomes of the stored memory, `since` minutes after the fault began. */
  readonly memory?: (state: unknown, since: number) => unknown;
  /** By how much the clock is wrong, s. */
  readonly clock?: (since: number) => number;
  /** No time since the start of the computer is known beside the clock. */
  readonly without_uptime?: true;
  /** The grid must be back so long after the fault began, min; left out = at the reserve. */
  readonly within?: number;
  /** It was there from the beginning: the grid was never left with anything better. */
  readonly from_start?: true;
}

export interface Outcome {
  /** Minutes after the fault until the switch is back on the grid; null = never. */
  readonly back: number | null;
  readonly dark: number;
  /** %, true value when the grid came back. */
  readonly soc: number;
  readonly reasons: readonly string[];
}

/** A flat day: no sun, the same load, the grid always there. */
function flatWorld(): World {
  return {
    key: "faults",
    minutes: MINUTES,
    day_of_year: 172,
    pv: new Float64Array(MINUTES),
    load: new Float64Array(MINUTES).fill(LOAD),
    grid: new Uint8Array(MINUTES).fill(1),
    bms_lost: new Uint8Array(MINUTES),
    start_soc: 0.8,
  };
}

/** Several faults as one. */
export function together(...faults: readonly Fault[]): Fault {
  const pass =
    <R>(twists: readonly (Twist<R> | undefined)[]): Twist<R> =>
    (record, minute, before) =>
      twists.reduce<R | null>((seen, twist) => (seen && twist ? twist(seen, minute, before) : seen), record);
  const orders = faults.flatMap(({ order }) => order ?? []);
  const clocks = faults.flatMap(({ clock }) => clock ?? []);
  const memories = faults.flatMap(({ memory }) => memory ?? []);
  const outcome = faults.find((fault) => fault.outcome)?.outcome;
  return {
    name: faults.map(({ name }) => name).join(", and "),
    bms: pass(faults.map(({ bms }) => bms)),
    inverter: pass(faults.map(({ inverter }) => inverter)),
    ...(orders.length > 0 ? { order: (attempt) => orders.every((order) => order(attempt)) } : {}),
    ...(outcome ? { outcome } : {}),
    ...(clocks.length > 0 ? { clock: (since) => clocks.reduce((sum, clock) => sum + clock(since), 0) } : {}),
    ...(memories.length > 0
      ? { memory: (state, since) => memories.reduce((now, memory) => memory(now, since), state) }
      : {}),
    ...(faults.some((fault) => fault.without_uptime) ? { without_uptime: true } : {}),
    ...(faults.some((fault) => fault.from_start) ? { from_start: true } : {}),
    parameters: (cells) => Object.assign({}, ...faults.map(({ parameters }) => parameters?.(cells) ?? {})),
  };
}

/** Polls and rules every `interval` minutes; an order is carried out by the next poll. `cells` in series = class of the machine. */
export function run(fault: Fault, interval: number, cells = 16): Outcome {
  const plant = new Plant({ world: flatWorld(), capacity_ah: (CAPACITY_AH * 16) / cells, cell_count: cells });
  plant.setOngridSwitch(false);
  const bmsMeter = new BmsMeter(plant, fault.name);
  const inverterMeter = new InverterMeter(plant, fault.name);
  const [bms, inverter]: [BmsInput[], InverterInput[]] = [[], []];
  const parameters = { ...DEFAULTS, ...fault.parameters?.(cells) };
  const faultAt = fault.from_start ? 0 : FAULT_AT;
  const reasons: string[] = [];
  const good = new Map<unknown, Row>();
  let state: unknown = null;
  let due: { readonly value: boolean; readonly until: number } | null = null;
  let outcome: OrderOutcome | null = null;
  let attempts = 0;
  for (let minute = 0; minute < MINUTES; minute += 1) {
    plant.step(minute);
    const since = minute - faultAt;
    const faulty = since >= 0;
    const time = RUN_EPOCH + (minute + 1) * 60;
    const now = time + (faulty ? (fault.clock?.(since) ?? 0) : 0);
    const bmsRecord = bmsMeter.read(now, false);
    const inverterRecord = inverterMeter.read(now);
    if ((minute + 1) % interval !== 0) continue;
    // As pv1800-dump does: the orders first, then the sample. An order's life is counted by the computer's own seconds.
    if (due && time <= due.until) {
      attempts += 1;
      if (fault.order?.(attempts) === false) {
        outcome = fault.outcome
          ? { value: due.value, state: fault.outcome, code: null, reason: "no reply", finished_at: now }
          : outcome;
      } else plant.setOngridSwitch(due.value);
    }
    due = null;
    if (plant.ongridSwitch && faulty)
      return { back: since, dark: plant.unservedMinutes, soc: 100 * plant.pack.soc, reasons };
    for (const [rows, record, twist] of [
      [bms, bmsRecord, fault.bms],
      [inverter, inverterRecord, fault.inverter],
    ] as readonly [Row[], Row | null, Twist<Row> | undefined][]) {
      const before = good.get(rows) ?? record;
      if (!faulty && record) good.set(rows, record);
      const seen = record && before && faulty && twist ? twist(record, minute, before) : record;
      if (seen) rows.push(seen);
    }
    if (faulty && fault.memory) state = fault.memory(state, since);
    const result = decide({
      now: now + 5,
      samples: { bms: bms.slice(-70), inverter: inverter.slice(-70) },
      state,
      ...(fault.without_uptime ? {} : { uptime_s: (minute + 1) * 60 }),
      parameters,
      mode: "auto",
      order_outcome: outcome,
    });
    state = JSON.parse(JSON.stringify(result.state));
    const { action } = result.decision;
    reasons.push(`${minute} ${result.decision.winner}: ${reasonSaid(result.decision)}`);
    if (action.kind === "order") {
      due = { value: action.value, until: time + 5 + action.life_s };
      outcome = null;
    }
  }
  return { back: null, dark: plant.unservedMinutes, soc: 100 * plant.pack.soc, reasons };
}

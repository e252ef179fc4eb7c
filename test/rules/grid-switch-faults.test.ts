/**
 * Off the grid, then a fault, and no outage: the house is never dark, and the grid is back within the blind limit or at the reserve,
 * whichever comes first, however often cron runs. On the plant model, with the meters of the station between plant and rules.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultFlag } from "../../lib/codec/bits.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS, type Parameters } from "../../lib/rules/grid-switch/parameters.ts";
import type { OrderOutcome } from "../../lib/rules/grid-switch/types.ts";
import { BmsMeter, InverterMeter } from "../../lib/sim/plant/meters.ts";
import { Plant } from "../../lib/sim/plant/plant.ts";
import { RUN_EPOCH } from "../../lib/sim/plant/plant-run.ts";
import type { World } from "../../lib/sim/plant/scenario.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";

const MINUTES = 24 * 60;
/** The fault begins here, min. */
const FAULT_AT = 60;
/** Enough for a day off the grid to empty any pack, W. */
const LOAD = 900;

interface Fault {
  readonly name: string;
  readonly bms?: (record: BmsInput, minute: number) => BmsInput | null;
  readonly inverter?: (record: InverterInput, minute: number) => InverterInput | null;
  /** What becomes of an order; true = carried out. */
  readonly order?: (attempt: number) => boolean;
  /** What the journal says of an order that was not carried out. */
  readonly outcome?: OrderOutcome["state"];
  readonly parameters?: Partial<Parameters>;
  /** The grid must be back so long after the fault began, min; left out = at the reserve. */
  readonly within?: number;
}

function doubt(key: string, raw: number, code: Doubt["code"] = "out_of_range"): readonly Doubt[] {
  return [{ key, code, raw }];
}

const LIMIT = DEFAULTS.stale_limit;

const FAULTS: readonly Fault[] = [
  { name: "no fault at all" },
  {
    name: "every temperature of the BMS is nonsense",
    bms: (record) => ({
      ...record,
      ...{ mosfet_temperature: null, battery_temperature_1: null, battery_temperature_2: null },
      doubts: [...doubt("mosfet_temperature", 2000), ...doubt("battery_temperature_1", -2000, "phantom")],
    }),
  },
  {
    name: "the transformer's sensor and the charger's block are nonsense",
    inverter: (record) => ({
      ...record,
      ...{ inverter_temperature: null, pv_power: null, charge_stage: null },
      doubts: [...doubt("transformer_temperature", 200), ...doubt("pv_power", 65535)],
    }),
  },
  { name: "the battery current is not known", bms: (record) => ({ ...record, battery_current: null }) },
  {
    name: "the counter of the charge is not believed",
    bms: (record) => ({ ...record, soc: null, doubts: doubt("soc", 0, "not_ready") }),
  },
  { name: "the counter of the charge stands still", bms: (record) => ({ ...record, soc: 85 }) },
  { name: "the counters of energy fell", inverter: (record) => ({ ...record, pv_energy: null, load_energy: null }) },
  {
    name: "the sense wire of one cell is broken",
    bms: (record) => ({
      ...record,
      cells: record.cells.map((cell, index) => (index === 6 ? null : cell)),
      doubts: doubt("cell_7", 0),
    }),
  },
  { name: "no cell is known, only the pack", bms: (record) => ({ ...record, cells: record.cells.map(() => null) }) },
  { name: "no cell is reported at all", bms: (record) => ({ ...record, cells: [] }) },
  {
    name: "no cell and no pack is known",
    bms: (record) => ({ ...record, cells: [], pack_voltage: null }),
    within: LIMIT,
  },
  { name: "the BMS is silent", bms: () => null, within: LIMIT },
  { name: "the BMS answers every 6 minutes", bms: (record, minute) => (minute % 6 === 0 ? record : null) },
  { name: "the BMS answers every 10 minutes", bms: (record, minute) => (minute % 10 === 0 ? record : null) },
  { name: "the inverter is silent", inverter: () => null, within: LIMIT },
  { name: "both are silent", bms: () => null, inverter: () => null, within: LIMIT },
  {
    name: "the settings block is silent",
    inverter: (record) => ({ ...record, ongrid_switch: null }),
  },
  {
    name: "the inverter's battery voltage is 10 V too low",
    inverter: (record) => ({ ...record, battery_voltage: (record.battery_voltage ?? 0) - 10 }),
  },
  {
    name: "the inverter's battery voltage is 10 V too high",
    inverter: (record) => ({ ...record, battery_voltage: (record.battery_voltage ?? 0) + 10 }),
  },
  {
    name: "one cell falls to 1.95 V, and the BMS reports it",
    bms: (record) => ({
      ...record,
      cells: record.cells.map((cell, index) => (index === 3 ? 1.95 : cell)),
      warnings: [faultFlag(BMS_FIELDS.warnings, 11)],
      discharge_mosfet_on: false,
    }),
    within: 1,
  },
  {
    name: "one cell reads nonsense while the BMS has switched discharging off",
    bms: (record) => ({
      ...record,
      cells: record.cells.map((cell, index) => (index === 3 ? null : cell)),
      doubts: doubt("cell_4", 12),
      discharge_mosfet_on: false,
    }),
    within: 1,
  },
  { name: "the first two orders are lost", order: (attempt) => attempt > 2 },
  { name: "the first two orders fail", order: (attempt) => attempt > 2, outcome: "failed" },
  { name: "the first two orders expire", order: (attempt) => attempt > 2, outcome: "expired" },
  { name: "a wrong number of cells is configured", parameters: { cell_count: 15 } },
];

/** A flat day: no sun, the same load, the grid always there. */
function flatWorld(minutes = MINUTES): World {
  return {
    key: "faults",
    minutes,
    day_of_year: 172,
    pv: new Float64Array(minutes),
    load: new Float64Array(minutes).fill(LOAD),
    grid: new Uint8Array(minutes).fill(1),
    bms_lost: new Uint8Array(minutes),
    start_soc: 0.8,
  };
}

interface Outcome {
  /** Minutes after the fault until the switch is back on the grid; null = never. */
  readonly back: number | null;
  readonly dark: number;
  /** %, true value when the grid came back. */
  readonly soc: number;
  readonly reasons: readonly string[];
}

/** Polls and rules every `interval` minutes; an order is carried out by the next poll. */
function run(fault: Fault, interval: number): Outcome {
  const plant = new Plant({ world: flatWorld(), capacity_ah: 100 });
  plant.setOngridSwitch(false);
  const bmsMeter = new BmsMeter(plant, fault.name);
  const inverterMeter = new InverterMeter(plant, fault.name);
  const bms: BmsInput[] = [];
  const inverter: InverterInput[] = [];
  const parameters = { ...DEFAULTS, ...fault.parameters };
  const reasons: string[] = [];
  let state: unknown = null;
  let due: { readonly value: boolean; readonly until: number } | null = null;
  let outcome: OrderOutcome | null = null;
  let attempts = 0;
  for (let minute = 0; minute < MINUTES; minute += 1) {
    plant.step(minute);
    const now = RUN_EPOCH + (minute + 1) * 60;
    const faulty = minute >= FAULT_AT;
    const bmsRecord = bmsMeter.read(now, false);
    const inverterRecord = inverterMeter.read(now);
    if ((minute + 1) % interval !== 0) continue;
    // As pv1800-dump does: the orders first, then the sample.
    if (due && now <= due.until) {
      attempts += 1;
      if (fault.order?.(attempts) === false) {
        outcome = fault.outcome
          ? { value: due.value, state: fault.outcome, code: null, reason: "no reply", finished_at: now }
          : outcome;
      } else plant.setOngridSwitch(due.value);
    }
    due = null;
    if (plant.ongridSwitch && faulty)
      return { back: minute - FAULT_AT, dark: plant.unservedMinutes, soc: 100 * plant.pack.soc, reasons };
    const seenBms = bmsRecord && faulty && fault.bms ? fault.bms(bmsRecord, minute) : bmsRecord;
    const seen = inverterRecord && faulty && fault.inverter ? fault.inverter(inverterRecord, minute) : inverterRecord;
    if (seenBms) bms.push(seenBms);
    if (seen) inverter.push(seen);
    const result = decide({
      now: now + 5,
      samples: { bms: bms.slice(-70), inverter: inverter.slice(-70) },
      state,
      parameters,
      mode: "auto",
      order_outcome: outcome,
    });
    state = JSON.parse(JSON.stringify(result.state));
    const { action } = result.decision;
    reasons.push(`${minute} ${result.decision.winner}: ${result.decision.reason}`);
    if (action.kind === "order") {
      due = { value: action.value, until: now + 5 + action.life_s };
      outcome = null;
    }
  }
  return { back: null, dark: plant.unservedMinutes, soc: 100 * plant.pack.soc, reasons };
}

describe("off the grid, a fault, no outage", () => {
  for (const fault of FAULTS) {
    it(fault.name, () => {
      for (const interval of [1, 2, 5, 10]) {
        const { back, dark, soc, reasons } = run(fault, interval);
        const told = `every ${interval} min: back ${back} min after the fault at ${soc.toFixed(1)} %; ${reasons.slice(-3).join(" | ")}`;
        assert.notEqual(back, null, told);
        assert.equal(dark, 0, told);
        // One poll until the limit is noticed, one until the order is carried out.
        if (fault.within !== undefined) assert.ok((back as number) <= fault.within + 3 * interval, told);
        // At 900 W a minute is 0.33 %: the reserve, less what its hold and three polls cost.
        assert.ok(soc > DEFAULTS.reserve - 7 - 1.1 * interval, told);
      }
    });
  }
});

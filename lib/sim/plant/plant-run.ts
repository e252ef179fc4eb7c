/** Runs a world under a controller and keeps the accounts. */

import type { BmsInput, InverterInput } from "../../view/record.ts";
import { spreadCells, storedEnergy } from "./battery.ts";
import type { VariantName } from "./inverter.ts";
import { BmsMeter, InverterMeter } from "./meters.ts";
import { Plant } from "./plant.ts";
import { randomStream } from "./random.ts";
import type { World } from "./scenario.ts";

/** UTC seconds of minute 0 of every simulated run. */
export const RUN_EPOCH = 1_750_032_000;
/** 1 January 2025. */
const NEW_YEAR = 1_735_689_600;
/** Records a controller sees, newest last. */
const WINDOW = 26;
/** AC kWh that one stored DC kWh yields later. */
export const STORED_VALUE = 0.88;
/** Charge for a kWh the house did not get, in bought kWh. */
export const UNSERVED_PRICE = 3;

/** UTC seconds of a world's first midnight in a year like this one, so that the calendar agrees with its sun. */
export function epochOf(world: Pick<World, "day_of_year">): number {
  return NEW_YEAR + (world.day_of_year - 1) * 86_400;
}

export interface ControllerView {
  /** UTC seconds. */
  readonly now: number;
  readonly minute: number;
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
  /** Register 20143 as read back. */
  readonly charger_source: "solar_first" | "solar_and_utility" | "only_solar";
}

const SOURCES = { 0: "solar_first", 2: "solar_and_utility", 3: "only_solar" } as const;

/** Orders; null or a missing key = leave as it is. */
export interface ControllerOrder {
  readonly ongrid_switch?: boolean;
  readonly charger_source?: 0 | 3;
}

export type Controller = (view: ControllerView) => ControllerOrder | null;

export interface RunOptions {
  readonly world: World;
  readonly capacity_ah: number;
  readonly variant?: VariantName;
  readonly controller: Controller;
  /** Minutes between two runs of the controller. */
  readonly interval?: number;
  /** UTC seconds of minute 0; RUN_EPOCH when left out. */
  readonly epoch?: number;
  /** Which draw of late and lost orders; 0 when left out. World, pack and meters stay the same. */
  readonly command_luck?: number;
}

export interface RunResult {
  readonly days: number;
  /** kWh. */
  readonly bought: number;
  /** kWh bought, with unserved energy and the change of stored energy accounted for. */
  readonly net: number;
  readonly switch_overs: number;
  readonly unserved_minutes: number;
  /** V, true value. */
  readonly lowest_cell: number;
  /** Used share of the available PV. */
  readonly pv_share: number;
  readonly cycles: number;
  readonly off_grid_hours: number;
}

/** The pack of a world: the same cells for every policy. */
export function makePlant(world: World, capacityAh: number, variant: VariantName = "latch"): Plant {
  return new Plant({
    world,
    capacity_ah: capacityAh,
    variant,
    spread: spreadCells(capacityAh, randomStream(`${world.key}/${capacityAh}/pack`)),
  });
}

/** Accounts of a plant that has run through its world. */
export function account(plant: Plant, offGridMinutes: number): RunResult {
  const { world, pack, energy } = plant;
  const stored = storedEnergy(pack.soc, pack.capacityAh) - storedEnergy(world.start_soc, pack.capacityAh);
  return {
    days: world.minutes / 1440,
    bought: energy.grid_import,
    net: energy.grid_import + UNSERVED_PRICE * energy.unserved - STORED_VALUE * stored,
    switch_overs: plant.switchOvers,
    unserved_minutes: plant.unservedMinutes,
    lowest_cell: plant.lowestCell,
    pv_share: energy.pv / Math.max(1e-9, energy.pv_available),
    cycles: plant.throughputAh / 2 / pack.capacityAh,
    off_grid_hours: offGridMinutes / 60,
  };
}

function remember<Row>(rows: Row[], row: Row): void {
  rows.push(row);
  if (rows.length > WINDOW) rows.shift();
}

/** Runs a world to its end. */
export function runWorld(options: RunOptions): RunResult {
  const { world, controller } = options;
  const interval = options.interval ?? 1;
  const epoch = options.epoch ?? RUN_EPOCH;
  const plant = makePlant(world, options.capacity_ah, options.variant);
  const key = `${world.key}/${options.capacity_ah}`;
  const bmsMeter = new BmsMeter(plant, key);
  const inverterMeter = new InverterMeter(plant, key);
  const draw = options.command_luck ?? 0;
  const luck = randomStream(draw === 0 ? `${key}/commands` : `${key}/commands/${draw}`);
  const bms: BmsInput[] = [];
  const inverter: InverterInput[] = [];
  const due: { minute: number; order: ControllerOrder }[] = [];
  let offGridMinutes = 0;
  for (let minute = 0; minute < world.minutes; minute += 1) {
    while (due.length > 0 && (due[0]?.minute ?? 0) <= minute) {
      const order = due.shift()?.order;
      if (order?.ongrid_switch !== undefined) plant.setOngridSwitch(order.ongrid_switch);
      if (order?.charger_source !== undefined) plant.setChargerSource(order.charger_source);
    }
    plant.step(minute);
    if (!plant.ongridSwitch) offGridMinutes += 1;
    const now = epoch + (minute + 1) * 60;
    const bmsRecord = bmsMeter.read(now, world.bms_lost[minute] === 1);
    if (bmsRecord) remember(bms, bmsRecord);
    const inverterRecord = inverterMeter.read(now);
    if (inverterRecord) remember(inverter, inverterRecord);
    if ((minute + 1) % interval !== 0) continue;
    const order = controller({ now: now + 5, minute, bms, inverter, charger_source: SOURCES[plant.chargerSource] });
    if (!order) continue;
    const fate = luck.uniform();
    if (fate < 0.01) continue;
    due.push({ minute: minute + 1 + (fate < 0.1 ? 1 : 0), order });
  }
  return account(plant, offGridMinutes);
}

/** The reference "always on grid". */
export function runAlwaysOnGrid(world: World, capacityAh: number, variant: VariantName = "latch"): RunResult {
  const plant = makePlant(world, capacityAh, variant);
  for (let minute = 0; minute < world.minutes; minute += 1) plant.step(minute);
  return account(plant, 0);
}

/** "Always off grid": detached from the first minute. */
export function runAlwaysOffGrid(world: World, capacityAh: number, variant: VariantName = "latch"): RunResult {
  const plant = makePlant(world, capacityAh, variant);
  plant.setOngridSwitch(false);
  for (let minute = 0; minute < world.minutes; minute += 1) plant.step(minute);
  return account(plant, world.minutes);
}

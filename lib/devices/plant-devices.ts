import type { BmsSource } from "../sim/bms-state.ts";
import type { InverterSource } from "../sim/inverter-source.ts";
import type { Plant } from "../sim/plant/plant.ts";
import { PlantBms } from "../sim/plant-bms.ts";
import { PlantInverter } from "./pv1800/sim-plant.ts";

/** What both devices have their values from, and move with the orders they get. */
export interface PlantDevices {
  readonly inverter: InverterSource;
  readonly bms: BmsSource;
}

/** Sources for makeInverter and makeBms: reading them shows the plant, writing to them changes it. */
export function plantDevices(plant: Plant): PlantDevices {
  return { inverter: new PlantInverter(plant), bms: new PlantBms(plant) };
}

import type { InverterSource } from "../devices/pv1800/sim-source.ts";
import type { BmsSource } from "./bms-state.ts";
import type { Plant } from "./plant/plant.ts";
import { PlantBms } from "./plant-bms.ts";
import { PlantInverter } from "./plant-inverter.ts";

/** What both devices have their values from, and move with the orders they get. */
export interface PlantDevices {
  readonly inverter: InverterSource;
  readonly bms: BmsSource;
}

/** Sources for makeInverter and makeBms: reading them shows the plant, writing to them changes it. */
export function plantDevices(plant: Plant): PlantDevices {
  return { inverter: new PlantInverter(plant), bms: new PlantBms(plant) };
}

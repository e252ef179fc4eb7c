import { dcNeed, STANDBY } from "./plant/inverter.ts";
import type { Plant } from "./plant/plant.ts";

/** Where power flows at this moment; W. The plant steps once a minute, but its switch moves at once: this is what stands between. */
export interface PlantFlow {
  readonly connected: boolean;
  readonly dark: boolean;
  readonly pv: number;
  readonly load: number;
  /** + = import, the truth even where the register hides it. */
  readonly grid: number;
  /** + = charging. */
  readonly battery: number;
  /** A, + = charging. */
  readonly battery_current: number;
  /** + = DC to AC. */
  readonly inverter: number;
}

/** The flow of the last step, or what became of it when the grid switch has moved since. */
export function flowOf(plant: Plant, connectedInStep: boolean): PlantFlow {
  const { connected, pack, loadPower: load, pvPower: pv } = plant;
  if (plant.dark && !connected) {
    return { connected, dark: true, pv, load: 0, grid: 0, inverter: 0, ...batteryOf(plant, pack.current) };
  }
  if (connected === connectedInStep) {
    const grid = connected ? plant.gridPower : 0;
    const inverter = connected && plant.minute > 0 ? load + STANDBY - grid : load;
    return { connected, dark: false, pv, load, grid, inverter, ...batteryOf(plant, pack.current) };
  }
  const current = pack.currentFor(connected ? pv : pv - dcNeed(load, plant.charger.variant.losses));
  const grid = connected ? load + STANDBY : 0;
  return { connected, dark: false, pv, load, grid, inverter: connected ? 0 : load, ...batteryOf(plant, current) };
}

function batteryOf(plant: Plant, current: number): Pick<PlantFlow, "battery" | "battery_current"> {
  const blocked = (current > 0 && !plant.chargeMosfetOn) || (current < 0 && !plant.dischargeMosfetOn);
  const battery_current = blocked ? 0 : current;
  return { battery: battery_current * plant.pack.voltage, battery_current };
}

import type { BmsSource, BmsState, BmsSwitch } from "./bms-state.ts";
import type { Plant } from "./plant/plant.ts";
import { airTemperature } from "./plant/sun.ts";
import { flowOf } from "./plant-flow.ts";

/** The BMS measures nothing below this, A. */
const DEAD_ZONE = 0.3;
/** Bits of the common list of warnings. */
const WARNING = { low_capacity: 1 << 0, cell_overvoltage: 1 << 10, cell_undervoltage: 1 << 11 } as const;
const LOW_SOC = 10;
/** A pack that has lived a little: its counters do not begin at 0, which would look like a BMS that is still starting. */
const BEFORE = { cycles: 84 } as const;
const BALANCE = { from: 3.4, difference: 0.01 } as const;

/** The plant's pack as a BMS reports it, and the BMS's switches, which move the plant. */
export class PlantBms implements BmsSource {
  readonly #plant: Plant;
  readonly #wishes: Record<BmsSwitch, boolean> = {
    charge_mosfet_enabled: true,
    discharge_mosfet_enabled: true,
    balancer_enabled: true,
  };

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  read(): BmsState {
    const { pack, chargeMosfetOn, dischargeMosfetOn } = this.#plant;
    const { battery_current: current } = flowOf(this.#plant, this.#plant.connected);
    const cells = [...pack.cells].map((volts) => Math.round(1000 * volts));
    const soc = Math.round(100 * Math.min(1, Math.max(0, pack.soc)));
    const battery = this.#batteryTemperature();
    return {
      cells,
      pack_voltage: cells.reduce((sum, mv) => sum + mv, 0) / 1000,
      battery_current: Math.abs(current) < DEAD_ZONE ? 0 : current,
      soc,
      mosfet_temperature: battery + 3 + Math.abs(current) / 6,
      battery_temperature_1: battery,
      battery_temperature_2: battery + 1,
      ...this.#wishes,
      charge_mosfet_on: chargeMosfetOn,
      discharge_mosfet_on: dischargeMosfetOn,
      balancing:
        this.#wishes.balancer_enabled && pack.highest > BALANCE.from && pack.highest - pack.lowest > BALANCE.difference,
      warnings:
        (soc < LOW_SOC ? WARNING.low_capacity : 0) |
        (pack.chargeAllowed ? 0 : WARNING.cell_overvoltage) |
        (pack.dischargeAllowed ? 0 : WARNING.cell_undervoltage),
      cycle_count: BEFORE.cycles + Math.floor(this.#plant.throughputAh / (2 * pack.capacityAh)),
      cycle_capacity: Math.floor(2 * BEFORE.cycles * pack.capacityAh + this.#plant.throughputAh),
      capacity: pack.capacityAh,
    };
  }

  setSwitch(name: BmsSwitch, on: boolean): void {
    this.#wishes[name] = on;
    if (name === "charge_mosfet_enabled") this.#plant.setBmsSwitches({ charge: on });
    if (name === "discharge_mosfet_enabled") this.#plant.setBmsSwitches({ discharge: on });
  }

  /** Cells in a shed: a third of what the air does around 20 °C. */
  #batteryTemperature(): number {
    const { world, minute } = this.#plant;
    const air = airTemperature(world.day_of_year + Math.floor(minute / 1440), (minute % 1440) / 60);
    return 20 + (air - 20) / 3;
  }
}

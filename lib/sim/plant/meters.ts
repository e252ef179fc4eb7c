/** What the software sees of the plant: noisy, rounded, sometimes missing records. Shapes match what the rules read. */
import { type FaultFlag, faultFlag } from "../../codec/bits.ts";
import { BMS_FIELDS } from "../../devices/bms/sample.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";
import type { Plant } from "./plant.ts";
import { type Random, randomStream } from "./random.ts";

const STAGES = ["stop", "absorb", "float"] as const;
const OVER_VOLTAGE = faultFlag(BMS_FIELDS.warnings, 10, true);
const UNDER_VOLTAGE = faultFlag(BMS_FIELDS.warnings, 11);

function round(value: number, perUnit: number): number {
  return Math.round(value * perUnit) / perUnit;
}

/** The BMS: cell bias, current gain and dead zone, a drifting SoC counter, lost polls and silent spells. */
export class BmsMeter {
  readonly #random: Random;
  readonly #bias: Float64Array;
  readonly #gain: number;
  readonly #drift: number;
  /** The counter, %. */
  soc: number;
  #fullMinutes = 0;
  #silentMinutes = 0;

  constructor(
    readonly plant: Plant,
    key: string,
  ) {
    this.#random = randomStream(`${key}/bms`);
    this.#bias = new Float64Array(plant.pack.cells.length);
    for (let cell = 0; cell < this.#bias.length; cell += 1) this.#bias[cell] = 0.002 * this.#random.normal();
    this.#gain = 1 + 0.01 * this.#random.normal();
    this.#drift = this.#random.between(-0.1, 0.05);
    this.soc = 100 * plant.pack.soc + this.#random.between(-3, 3);
  }

  #count(current: number): void {
    const { pack } = this.plant;
    const counted = (Math.abs(current) < 0.3 ? 0 : current) + this.#drift;
    this.soc = Math.min(100, Math.max(0, this.soc + (100 * counted) / 60 / pack.capacityAh));
    this.#fullMinutes = pack.lowest >= 3.5 || pack.highest >= 3.64 ? this.#fullMinutes + 1 : 0;
    if (this.#fullMinutes >= 3) this.soc = 100;
    if (pack.lowest < 2.8) this.soc = 0;
  }

  /** Call once a minute after the plant's step; null when the poll is lost. */
  read(at: number, unreachable: boolean): BmsInput | null {
    const random = this.#random;
    const { pack } = this.plant;
    const measured = this.#gain * pack.current;
    this.#count(measured);
    const noisy = measured + 0.15 * random.normal();
    const cells: number[] = new Array<number>(pack.cells.length);
    for (let cell = 0; cell < cells.length; cell += 1) {
      const volts = (pack.cells[cell] as number) + (this.#bias[cell] as number) + 0.002 * random.normal();
      cells[cell] = Math.round(volts * 1000) / 1000;
    }
    const packVoltage = round(pack.voltage + 0.01 * random.normal(), 100);
    if (random.uniform() < 0.01 / 60) this.#silentMinutes = 5 + Math.floor(16 * random.uniform());
    const lost = random.uniform() < 0.03;
    if (this.#silentMinutes > 0) {
      this.#silentMinutes -= 1;
      return null;
    }
    if (lost || unreachable) return null;
    const warnings: FaultFlag[] = [];
    if (!pack.chargeAllowed) warnings.push(OVER_VOLTAGE);
    if (!pack.dischargeAllowed) warnings.push(UNDER_VOLTAGE);
    return {
      at,
      device: "bms",
      cells,
      pack_voltage: packVoltage,
      battery_current: Math.abs(noisy) < 0.3 ? 0 : round(noisy, 100),
      soc: Math.round(this.soc),
      capacity: pack.capacityAh,
      mosfet_temperature: this.plant.temperatures.mosfet,
      battery_temperature_1: this.plant.temperatures.battery_1,
      battery_temperature_2: this.plant.temperatures.battery_2,
      warnings,
      charge_mosfet_on: this.plant.chargeMosfetOn,
      discharge_mosfet_on: this.plant.dischargeMosfetOn,
      good_answers: 3,
      bad_answers: 0,
    };
  }
}

/** The inverter: reports the switch as of the minute before. */
export class InverterMeter {
  readonly #random: Random;
  #switchBefore: boolean;
  #stateBefore: string;
  #relayBefore: boolean;

  constructor(
    readonly plant: Plant,
    key: string,
  ) {
    this.#random = randomStream(`${key}/inverter`);
    this.#switchBefore = plant.ongridSwitch;
    this.#stateBefore = plant.workState;
    this.#relayBefore = plant.gridRelayClosed;
  }

  /** Call once a minute after the plant's step; null when the poll is lost. */
  read(at: number): InverterInput | null {
    const { plant } = this;
    const pv = Math.max(0, plant.pvPower * (1 + 0.015 * this.#random.normal()));
    const load = Math.max(0, plant.loadPower * (1 + 0.01 * this.#random.normal()));
    const lost = this.#random.uniform() < 0.03;
    const record = lost
      ? null
      : {
          at,
          ongrid_switch: this.#switchBefore,
          work_state: this.#stateBefore,
          charge_stage: STAGES[plant.stage],
          grid_relay_closed: this.#relayBefore,
          pv_power: Math.round(pv),
          load_power: Math.round(load),
          grid_power: Math.round(plant.gridPowerShown),
          grid_power_estimated: null,
          battery_voltage: round(plant.pack.voltage, 10),
          battery_current: round(plant.pack.current, 10),
          grid_voltage: plant.gridVoltage,
          grid_frequency: plant.gridFrequency,
          inverter_temperature: plant.temperatures.inverter,
          errors: [],
          warnings: [],
          pv_energy: round(plant.energy.pv, 10),
          grid_import_energy: round(plant.energy.grid_import, 10),
          grid_export_energy: round(plant.energy.grid_export, 10),
          load_energy: round(plant.energy.load, 10),
          grid_charge_energy: round(plant.energy.grid_charge, 10),
          discharge_energy: round(plant.energy.discharge, 10),
        };
    this.#switchBefore = plant.ongridSwitch;
    this.#stateBefore = plant.workState;
    this.#relayBefore = plant.gridRelayClosed;
    return record;
  }
}

/** The whole plant, one minute a step: sun, house, grid, inverter, battery, energy counters. */
import { CELLS, equalCells, Pack, type Spread } from "./battery.ts";
import {
  AC_EFFICIENCY,
  Charger,
  CUT_OFF_VOLTAGE,
  dcNeed,
  FLOAT_VOLTAGE,
  RESTART_VOLTAGE,
  STANDBY,
  type Stage,
  scaled,
  VARIANTS,
  type VariantName,
} from "./inverter.ts";
import type { World } from "./scenario.ts";

export interface PlantOptions {
  readonly world: World;
  readonly capacity_ah: number;
  readonly variant?: VariantName;
  /** Cells in series, equal ones; charger and inverter are of the same class. Left out = as many as `spread` has, or 16. */
  readonly cell_count?: number;
  /** Differences between the cells; equal cells when left out. */
  readonly spread?: Spread;
  /**
   * Our extension of the model: with the BMS charge switch off while connected, PV feeds the grid side and the surplus is exported.
   */
  readonly feed_in?: boolean;
}

/** Charger source priority as register 20143: 0 solar first, 2 solar and grid together, 3 solar only. */
export type ChargerSource = 0 | 2 | 3;

/** Energy since the start, kWh. */
export interface PlantEnergy {
  grid_import: number;
  grid_export: number;
  pv: number;
  pv_available: number;
  load: number;
  unserved: number;
  grid_charge: number;
  /** DC to AC. */
  discharge: number;
}

/** The plant; powers W, currents A (+ = charging), voltages V; the state is valid after each step. */
export class Plant {
  readonly world: World;
  readonly pack: Pack;
  readonly charger: Charger;
  readonly energy: PlantEnergy = {
    grid_import: 0,
    grid_export: 0,
    pv: 0,
    pv_available: 0,
    load: 0,
    unserved: 0,
    grid_charge: 0,
    discharge: 0,
  };
  /** Minutes done. */
  minute = 0;
  pvAvailable = 0;
  pvPower = 0;
  loadPower = 0;
  /** True grid power, + = import. */
  gridPower = 0;
  /** What register 25214 shows: 0 while exporting. */
  gridPowerShown = 0;
  gridPresent = true;
  /** House without power. */
  dark = false;
  unservedMinutes = 0;
  switchOvers = 0;
  /** Ah through the battery, both directions. */
  throughputAh = 0;
  lowestCell = 9;
  /** Voltages of this machine in relation to those of a 48 V one. */
  readonly #scale: number;
  #ongridSwitch = true;
  #source: ChargerSource;
  #gridChargeCurrent: number;
  #feedIn: boolean;
  #feedInLimit = 6;
  #chargeSwitch = true;
  #dischargeSwitch = true;

  constructor(options: PlantOptions) {
    const spread = options.spread ?? equalCells(options.capacity_ah, options.cell_count);
    this.#scale = spread.capacity.length / CELLS;
    const variant = scaled(VARIANTS[options.variant ?? "latch"], this.#scale);
    this.world = options.world;
    this.pack = new Pack(options.capacity_ah, options.world.start_soc, spread);
    this.charger = new Charger(variant);
    this.#gridChargeCurrent = variant.grid_charge_current;
    this.#source = variant.grid_charge_current > 0 ? 0 : 3;
    this.#feedIn = options.feed_in ?? false;
  }

  /** Register 20105: true = connected. */
  get ongridSwitch(): boolean {
    return this.#ongridSwitch;
  }
  /** Connected and the grid is there. */
  get connected(): boolean {
    return this.#ongridSwitch && this.gridPresent;
  }
  get gridRelayClosed(): boolean {
    return this.connected;
  }
  /** Register 25201 in the words of the register table. */
  get workState(): "off_grid" | "bypass" | "grid_charging" | "stop" {
    if (this.dark) return "stop";
    if (!this.connected) return "off_grid";
    return this.pack.current > 0 && this.pvPower < 50 ? "grid_charging" : "bypass";
  }
  get stage(): Stage {
    return this.charger.stage;
  }
  get chargerSource(): ChargerSource {
    return this.#source;
  }
  get chargeMosfetOn(): boolean {
    return this.#chargeSwitch && this.pack.chargeAllowed;
  }
  get dischargeMosfetOn(): boolean {
    return this.#dischargeSwitch && this.pack.dischargeAllowed;
  }
  /** V and Hz; 0 without grid. */
  get gridVoltage(): number {
    return this.gridPresent ? 230 : 0;
  }
  get gridFrequency(): number {
    return this.gridPresent ? 50 : 0;
  }
  /** °C; the model leaves temperatures out, these are constant and plausible. */
  readonly temperatures = { mosfet: 31, battery_1: 24, battery_2: 24, inverter: 42 } as const;

  /** Register 20105. A change restarts the charger. */
  setOngridSwitch(on: boolean): void {
    if (on === this.#ongridSwitch) return;
    this.#ongridSwitch = on;
    this.switchOvers += 1;
    this.charger.restart();
  }
  /** Register 20143. */
  setChargerSource(source: ChargerSource): void {
    this.#source = source;
  }
  /** Register 20125, A DC. */
  setGridChargeCurrent(current: number): void {
    this.#gridChargeCurrent = current;
  }
  /** Register 20113, A AC: limits what is fed in. */
  setFeedInLimit(current: number): void {
    this.#feedInLimit = current;
  }
  /** The BMS's own switches; protection still opens them when it must. */
  setBmsSwitches(switches: { charge?: boolean; discharge?: boolean }): void {
    if (switches.charge !== undefined) this.#chargeSwitch = switches.charge;
    if (switches.discharge !== undefined) this.#dischargeSwitch = switches.discharge;
  }

  /** One minute; `minute` = index into the world (the next one when left out; worlds repeat from their start). */
  step(minute: number = this.minute): void {
    const { world, pack, charger, energy } = this;
    const index = minute % world.minutes;
    this.pvAvailable = world.pv[index] as number;
    this.loadPower = world.load[index] as number;
    this.gridPresent = world.grid[index] === 1;
    this.gridPower = 0;
    this.gridPowerShown = 0;
    const connected = this.connected;
    charger.before(this.pvAvailable, pack.voltage, connected);
    if (connected) this.#connected();
    else this.#detached();
    energy.pv += this.pvPower / 60000;
    energy.pv_available += this.pvAvailable / 60000;
    if (this.dark) {
      this.unservedMinutes += 1;
      energy.unserved += this.loadPower / 60000;
      this.loadPower = 0;
    }
    energy.load += this.loadPower / 60000;
    this.throughputAh += Math.abs(pack.current) / 60;
    if (pack.lowest < this.lowestCell) this.lowestCell = pack.lowest;
    this.minute = minute + 1;
  }

  get #float(): number {
    return FLOAT_VOLTAGE * this.#scale;
  }

  #detached(): void {
    const { pack, charger } = this;
    const pv = this.pvAvailable;
    if (this.dark && pack.voltage > RESTART_VOLTAGE * this.#scale && this.dischargeMosfetOn) this.dark = false;
    if (!this.dark && pack.voltage < CUT_OFF_VOLTAGE * this.#scale) this.dark = true;
    let need = this.dark ? 0 : dcNeed(this.loadPower, charger.variant.losses);
    if (pv < need && !this.dischargeMosfetOn) {
      this.dark = true;
      need = 0;
    }
    const net = pv - need;
    if (net >= 0) {
      const wanted = pack.currentFor(net);
      const limit = pack.currentLimit(charger.stage === 2 ? this.#float : charger.variant.absorb);
      const current = this.chargeMosfetOn ? Math.max(0, Math.min(wanted, limit)) : 0;
      this.#flow(current, current < wanted, false);
      this.pvPower = Math.min(pv, need + current * pack.voltage);
    } else {
      this.#flow(pack.currentFor(net), false, false);
      this.pvPower = pv;
    }
    if (!this.dark) this.energy.discharge += this.loadPower / 60000;
  }

  #connected(): void {
    const { pack, charger } = this;
    const { variant } = charger;
    this.dark = false;
    let wantedGrid = this.loadPower + STANDBY;
    const pv = this.pvAvailable;
    const limit = pack.currentLimit(variant.constant_float ? this.#float : variant.absorb);
    let used = 0;
    let offset = 0;
    let current = 0;
    let limited = false;
    if (this.#feedIn && !this.chargeMosfetOn) {
      // The quirk owners use for feed-in: nothing can charge, so PV goes to the grid side up to the AC limit.
      offset = Math.min(pv * AC_EFFICIENCY, this.#feedInLimit * this.gridVoltage);
      used = offset / AC_EFFICIENCY;
    } else if (charger.stage === 2) {
      offset = Math.min(pv * variant.float_share * AC_EFFICIENCY, wantedGrid);
      used = offset / AC_EFFICIENCY;
    } else {
      if (variant.load_first) offset = Math.min(pv * AC_EFFICIENCY, wantedGrid);
      const free = pv - offset / AC_EFFICIENCY;
      const wanted = pack.currentFor(free);
      current = this.chargeMosfetOn ? Math.max(0, Math.min(wanted, limit)) : 0;
      limited = current < wanted;
      used = offset / AC_EFFICIENCY;
    }
    const fromPv = current;
    if (this.#source !== 3 && (this.#source === 2 || pv < 50) && charger.stage !== 2 && this.chargeMosfetOn) {
      const room = Math.max(0, pack.currentLimit(this.#float) - current);
      current += Math.min(this.#gridChargeCurrent, room);
    }
    this.#flow(current, limited, true);
    this.pvPower = Math.min(pv, used + fromPv * pack.voltage);
    const charging = ((current - fromPv) * pack.voltage) / AC_EFFICIENCY;
    this.energy.grid_charge += ((current - fromPv) * pack.voltage) / 60000;
    wantedGrid += charging - offset;
    this.gridPower = wantedGrid;
    if (wantedGrid >= 0) {
      this.gridPowerShown = wantedGrid;
      this.energy.grid_import += wantedGrid / 60000;
    } else {
      this.energy.grid_export -= wantedGrid / 60000;
    }
  }

  #flow(current: number, limited: boolean, connected: boolean): void {
    const reached = this.pack.emf + current * this.pack.resistance;
    this.pack.step(current);
    this.charger.after(reached, current, this.pack.capacityAh, connected, limited);
  }
}

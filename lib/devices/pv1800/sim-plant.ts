import type { InverterSource } from "../../sim/inverter-source.ts";
import { FLOAT_VOLTAGE } from "../../sim/plant/inverter.ts";
import type { ChargerSource, Plant } from "../../sim/plant/plant.ts";
import { flowOf, type PlantFlow } from "../../sim/plant-flow.ts";
import { recordedInverterWords } from "./recording-48v.ts";
import { REGISTERS, type RegisterKey } from "./registers.ts";
import { RegisterImage } from "./sim-source.ts";

const RATED = 5000;
/** Below this the charger does not start: it reports a stop and "PV voltage low". */
const SUN_W = 20;
const NO_SUN = { state: 3, errors: 1 << 5 } as const;
/** Words of register 25201. */
const WORK_STATE = { off_grid: 2, grid_tie: 3, bypass: 4, stop: 5, grid_charging: 6 } as const;
const BATTERY_VOLTAGE_LOW = 1 << 3;
const LOAD_POWER_FACTOR = 0.92;
const GRID_TIE_SHARE = 0.9;
/** The plant's own limit until 20113 is written, A. */
const FEED_IN_CURRENT = 6;

/** The recorded inverter with the plant's live words over it; what is written moves the plant, or stays in the image. */
export class PlantInverter implements InverterSource {
  readonly #plant: Plant;
  readonly #image = new RegisterImage(recordedInverterWords());
  readonly #counted: ReadonlyMap<RegisterKey, number>;
  #words = new Map<number, number>();
  #shown = "";
  #connectedInStep: boolean;
  #stepSeen: number;

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#stepSeen = plant.minute;
    this.#connectedInStep = plant.connected;
    this.#settle();
    const totals = Object.keys(REGISTERS).filter((key) => REGISTERS[key as RegisterKey].kind === "thousands");
    this.#counted = new Map(totals.map((key) => [key as RegisterKey, this.#total(key as RegisterKey)]));
  }

  read(address: number): number | undefined {
    if (this.#image.read(address) === undefined) return undefined;
    this.#update();
    return this.#words.get(address) ?? this.#image.read(address);
  }

  write(address: number, word: number): number | undefined {
    // Remembers how the last step went before the switch may move.
    this.#update();
    const refused = this.#image.write(address, word);
    if (refused !== undefined) return refused;
    switch (address) {
      case REGISTERS.ongrid_switch.addr:
        this.#plant.setOngridSwitch(word !== 0);
        break;
      case REGISTERS.charger_source_priority.addr:
        this.#plant.setChargerSource(word as ChargerSource);
        break;
      case REGISTERS.grid_charge_current.addr:
        this.#plant.setGridChargeCurrent(word / 10);
        break;
      case REGISTERS.max_discharge_current.addr:
        this.#plant.setFeedInLimit(word / 10);
        break;
      case REGISTERS.float_voltage.addr:
        this.#image.words.set(REGISTERS.float_voltage_mirror.addr, word);
        break;
      case REGISTERS.absorption_voltage.addr:
        this.#image.words.set(REGISTERS.absorption_voltage_mirror.addr, word);
        break;
    }
    return undefined;
  }

  /** The settings that the plant begins with, in place of the recorded ones. */
  #settle(): void {
    const { pack, charger, chargerSource, ongridSwitch } = this.#plant;
    const { variant } = charger;
    const set = (key: RegisterKey, word: number) => this.#image.words.set(REGISTERS[key].addr, Math.round(word));
    set("ongrid_switch", Number(ongridSwitch));
    set("charger_source_priority", chargerSource);
    set("solar_use_aim", variant.load_first ? 0 : 1);
    set("grid_charge_current", 10 * Math.max(1, variant.grid_charge_current));
    set("max_discharge_current", 10 * FEED_IN_CURRENT);
    for (const key of ["float_voltage", "float_voltage_mirror"] as const) set(key, 10 * FLOAT_VOLTAGE);
    for (const key of ["absorption_voltage", "absorption_voltage_mirror"] as const) set(key, 10 * variant.absorb);
    for (const key of ["battery_capacity", "inverter_battery_capacity"] as const) set(key, pack.capacityAh);
  }

  /** 0.1 kWh as the recording has it. */
  #total(key: RegisterKey): number {
    const { addr } = REGISTERS[key];
    return 10_000 * (this.#image.read(addr) ?? 0) + (this.#image.read(addr + 1) ?? 0);
  }

  /** Puts the live words together, once per step and position of the switch: one read asks for a hundred of them. */
  #update(): void {
    const plant = this.#plant;
    if (plant.minute !== this.#stepSeen) {
      this.#stepSeen = plant.minute;
      this.#connectedInStep = plant.connected;
    }
    const shown = [plant.minute, plant.ongridSwitch, plant.chargeMosfetOn, plant.dischargeMosfetOn].join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#words = new Map();
    const flow = flowOf(plant, this.#connectedInStep);
    this.#putCharger();
    this.#putInverter(flow);
    this.#putPowers(flow);
    this.#putTotals();
  }

  #put(key: RegisterKey, value: number): void {
    // Two's complement, as the device sends negative numbers.
    this.#words.set(REGISTERS[key].addr, Math.round(value) & 0xffff);
  }

  #putCharger(): void {
    const { pvAvailable, pvPower, pack, stage } = this.#plant;
    const sun = pvAvailable >= SUN_W;
    const power = sun ? pvPower : 0;
    this.#put("charger_work_state", sun ? 2 : NO_SUN.state);
    this.#put("mppt_state", sun ? (pvPower < 0.97 * pvAvailable ? 2 : 1) : 0);
    this.#put("charge_stage", stage);
    // Modules sag a little below their voltage at rest when they deliver.
    this.#put("pv_voltage", sun ? 10 * (118 - 12 * Math.min(1, power / 1300)) : 0);
    this.#put("charger_battery_voltage", sun ? 10 * pack.voltage : 0);
    this.#put("pv_charge_current", (10 * power) / pack.voltage);
    this.#put("pv_power", power);
    this.#put("charger_radiator_temperature", 24 + power / 60);
    this.#put("charger_battery_relay_closed", 1);
    this.#put("pv_relay_closed", Number(sun));
    this.#put("charger_errors", sun ? 0 : NO_SUN.errors);
    this.#put("charger_run_hours", Math.floor(this.#plant.minute / 60) % 24);
    this.#put("charger_run_minutes", this.#plant.minute % 60);
  }

  #putInverter(flow: PlantFlow): void {
    const { pack, gridVoltage, gridFrequency } = this.#plant;
    const runs = !flow.dark;
    this.#put("ongrid_switch", Number(this.#plant.ongridSwitch));
    this.#put("work_state", this.#workState(flow));
    this.#put("battery_voltage", 10 * pack.voltage);
    this.#put("inverter_voltage", runs ? 2300 : 0);
    this.#put("grid_voltage", 10 * gridVoltage);
    this.#put("bus_voltage", runs ? 4150 : 0);
    this.#put("inverter_frequency", runs ? 5000 : 0);
    this.#put("grid_frequency", 100 * gridFrequency);
    this.#put("ac_radiator_temperature", 25 + Math.abs(flow.inverter) / 80);
    this.#put("transformer_temperature", 30 + Math.abs(flow.inverter) / 60);
    this.#put("dc_radiator_temperature", 24 + Math.abs(flow.battery) / 100);
    this.#put("inverter_relay_closed", Number(runs));
    this.#put("grid_relay_closed", Number(flow.connected));
    this.#put("load_relay_closed", Number(runs));
    this.#put("inverter_errors_1", flow.dark ? BATTERY_VOLTAGE_LOW : 0);
    this.#put("energy_flow", this.#arrows(flow));
  }

  #workState(flow: PlantFlow): number {
    if (flow.dark) return WORK_STATE.stop;
    if (!flow.connected) return WORK_STATE.off_grid;
    if (flow.grid < GRID_TIE_SHARE * flow.load) return WORK_STATE.grid_tie;
    return flow.battery_current > 0 && flow.pv < 50 ? WORK_STATE.grid_charging : WORK_STATE.bypass;
  }

  #putPowers(flow: PlantFlow): void {
    const loadReactive = flow.load * Math.tan(Math.acos(LOAD_POWER_FACTOR));
    const reactive = { load: loadReactive, grid: flow.connected ? loadReactive : 0 };
    // Exporting machines of this firmware hide it: the register reads 0, apparent and reactive power go on telling the truth.
    const shown = Math.max(0, flow.grid);
    this.#put("inverter_power", flow.inverter);
    this.#put("grid_power", -shown);
    this.#put("load_power", flow.load);
    this.#put("load_percent", (100 * flow.load) / RATED);
    this.#putApparent("inverter", flow.inverter, reactive.load - reactive.grid);
    this.#putApparent("grid", flow.grid, reactive.grid);
    this.#putApparent("load", flow.load, reactive.load);
    this.#put("control_current", (10 * Math.abs(flow.inverter)) / 230);
    this.#put("battery_power", -flow.battery);
    this.#put("battery_current", -flow.battery_current);
  }

  #putApparent(side: "inverter" | "grid" | "load", real: number, reactive: number): void {
    const apparent = Math.hypot(real, reactive);
    this.#put(`${side}_apparent_power`, apparent);
    this.#put(`${side}_reactive_power`, reactive);
    this.#put(`${side}_current`, (10 * apparent) / 230);
  }

  #arrows(flow: PlantFlow): number {
    const bits = [
      this.#plant.pvAvailable >= SUN_W,
      flow.load > 0,
      true,
      this.#plant.gridPresent,
      flow.pv > 0,
      flow.load > 0,
      flow.battery_current > 0,
      flow.battery_current < 0,
      flow.grid < 0,
      flow.grid > 0,
    ];
    return bits.reduce((word, on, bit) => word | (Number(on) << bit), 0);
  }

  #putTotals(): void {
    const { energy } = this.#plant;
    this.#count("pv_energy", energy.pv);
    this.#count("grid_charge_energy", energy.grid_charge);
    this.#count("grid_charger_energy", energy.grid_charge);
    this.#count("discharge_energy", energy.discharge + energy.grid_export);
    this.#count("grid_import_energy", energy.grid_import);
    this.#count("grid_export_energy", energy.grid_export);
    this.#count("pv_export_energy", energy.grid_export);
    this.#count("load_energy", energy.load);
    this.#count("self_use_energy", energy.discharge);
  }

  /** Counters are no 32-bit numbers: the first word counts 1000 kWh, the second 0.1 kWh. */
  #count(key: RegisterKey, kilowattHours: number): void {
    const tenths = (this.#counted.get(key) ?? 0) + Math.floor(10 * kilowattHours);
    const { addr } = REGISTERS[key];
    this.#words.set(addr, Math.floor(tenths / 10_000));
    this.#words.set(addr + 1, tenths % 10_000);
  }
}

/** The switches that every simulated board can set. */
export type BmsSwitch = "charge_mosfet_enabled" | "discharge_mosfet_enabled" | "balancer_enabled";

/** What a BMS reports of its pack at one moment, in engineering units; + = charging. */
export interface BmsState {
  /** mV of each cell in order. */
  readonly cells: readonly number[];
  /** V. */
  readonly pack_voltage: number;
  /** A, + = charging. */
  readonly battery_current: number;
  /** %. */
  readonly soc: number;
  /** °C. */
  readonly mosfet_temperature: number;
  readonly battery_temperature_1: number;
  readonly battery_temperature_2: number;
  /** The wishes. */
  readonly charge_mosfet_enabled: boolean;
  readonly discharge_mosfet_enabled: boolean;
  readonly balancer_enabled: boolean;
  /** What is really on. */
  readonly charge_mosfet_on: boolean;
  readonly discharge_mosfet_on: boolean;
  readonly balancing: boolean;
  /** Bits of the common list of warnings. */
  readonly warnings: number;
  readonly cycle_count: number;
  /** Ah so far. */
  readonly cycle_capacity: number;
  /** Ah of the pack. */
  readonly capacity: number;
}

/** A live pack behind a simulated BMS. */
export interface BmsSource {
  read(): BmsState;
  /** The master set a switch; the next read shows what came of it. */
  setSwitch(name: BmsSwitch, on: boolean): void;
}

/** A pack that stays as given except for its switches, whose MOSFETs follow. */
export class StillPack implements BmsSource {
  state: BmsState;

  constructor(state: BmsState) {
    this.state = state;
  }

  read(): BmsState {
    return this.state;
  }

  setSwitch(name: BmsSwitch, on: boolean): void {
    const follows = { charge_mosfet_enabled: "charge_mosfet_on", discharge_mosfet_enabled: "discharge_mosfet_on" };
    const state = name === "balancer_enabled" ? "balancing" : follows[name];
    this.state = { ...this.state, [name]: on, [state]: name === "balancer_enabled" ? this.state.balancing && on : on };
  }
}

/** A hand-fed station for the grid-switch tests: push samples minute by minute, read the decisions. */
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS, type Parameters, type Policy } from "../../lib/rules/grid-switch/parameters.ts";
import type { DecideInput, Decision, GridMode, GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";

export const T0 = 1_750_000_000;

/** A healthy BMS record on the plateau. */
export function bmsSample(at: number, change: Partial<BmsInput> & { cell?: number } = {}): BmsInput {
  const { cell = 3.3, ...fields } = change;
  return {
    at,
    device: "bms",
    cells: new Array<number>(16).fill(cell),
    pack_voltage: 16 * cell,
    battery_current: 0,
    soc: 60,
    capacity: 100,
    mosfet_temperature: 30,
    battery_temperature_1: 24,
    battery_temperature_2: 25,
    warnings: [],
    charge_mosfet_on: true,
    discharge_mosfet_on: true,
    good_answers: 3,
    bad_answers: 0,
    ...fields,
  };
}

/** A healthy inverter record, on the grid, in the dark. */
export function inverterSample(at: number, change: Partial<InverterInput> = {}): InverterInput {
  const onGrid = change.ongrid_switch ?? true;
  return {
    at,
    ongrid_switch: true,
    work_state: onGrid ? "bypass" : "off_grid",
    charge_stage: "absorb",
    grid_relay_closed: onGrid,
    pv_power: 0,
    load_power: 700,
    grid_power: 700,
    grid_power_estimated: null,
    battery_voltage: 52.8,
    battery_current: 0,
    grid_voltage: 230,
    grid_frequency: 50,
    inverter_temperature: 40,
    errors: [],
    warnings: [],
    pv_energy: 1,
    grid_import_energy: 1,
    grid_export_energy: 0,
    load_energy: 1,
    grid_charge_energy: 0,
    discharge_energy: 0,
    ...change,
  };
}

export interface Minute {
  /** null = no record this minute. */
  readonly bms?: (Partial<BmsInput> & { cell?: number }) | null;
  readonly inverter?: Partial<InverterInput> | null;
}

export class Station {
  now = T0;
  uptime: number | null = null;
  readonly bms: BmsInput[] = [];
  readonly inverter: InverterInput[] = [];
  state: GridSwitchState | null = null;
  readonly parameters: Parameters;
  mode: GridMode = "auto";
  policy: Policy = "greedy";
  /** Position of the switch as the inverter would report it. */
  onGrid: boolean;
  readonly decisions: Decision[] = [];

  constructor(options: { onGrid?: boolean; parameters?: Partial<Parameters> } = {}) {
    this.onGrid = options.onGrid ?? true;
    this.parameters = { ...DEFAULTS, ...options.parameters };
  }

  /** Judges the samples there are. */
  decide(extra: Partial<DecideInput> = {}): Decision {
    const result = decide({
      now: this.now,
      uptime_s: this.uptime,
      samples: { bms: this.bms, inverter: this.inverter },
      state: this.state,
      parameters: this.parameters,
      mode: this.mode,
      policy: this.policy,
      ...extra,
    });
    this.state = JSON.parse(JSON.stringify(result.state)) as GridSwitchState;
    this.decisions.push(result.decision);
    return result.decision;
  }

  /** Lets minutes pass with the same readings; returns the last decision. */
  pass(minutes: number, readings: Minute = {}, extra: Partial<DecideInput> = {}): Decision {
    let last = this.decisions.at(-1);
    for (let minute = 0; minute < minutes; minute += 1) {
      this.now += 60;
      if (this.uptime !== null) this.uptime += 60;
      const sample = readings.bms === null ? null : bmsSample(this.now, readings.bms);
      if (sample) this.bms.push(sample);
      if (readings.inverter !== null) {
        const sum = sample?.cells.reduce<number>((total, cell) => total + (cell ?? 0), 0);
        this.inverter.push(
          inverterSample(this.now, {
            ongrid_switch: this.onGrid,
            ...(sum ? { battery_voltage: Math.round(sum * 10) / 10 } : {}),
            ...readings.inverter,
          }),
        );
      }
      last = this.decide(extra);
    }
    return last as Decision;
  }

  /** Passes minutes until an order comes; returns its decision, or null when none came. */
  until(limit: number, readings: Minute = {}): Decision | null {
    for (let minute = 0; minute < limit; minute += 1) {
      const decision = this.pass(1, readings);
      if (decision.action.kind === "order") return decision;
    }
    return null;
  }

  /** Carries out the outstanding order. */
  obey(): void {
    const pending = this.state?.pending;
    if (pending) this.onGrid = pending.value;
  }

  /** Orders given so far, oldest first. */
  get orders(): boolean[] {
    return this.decisions.flatMap((decision) => (decision.action.kind === "order" ? [decision.action.value] : []));
  }
}

/**
 * The best any rule could do with the grid switch alone: a backward dynamic programme with perfect knowledge, in steps of 5 min,
 * then rolled out on the true plant without noise or delay.
 */
import { CELLS, restVoltage, storedEnergy } from "./battery.ts";
import { AC_EFFICIENCY, dcNeed, FLOAT_VOLTAGE, STANDBY, VARIANTS, type Variant, type VariantName } from "./inverter.ts";
import { account, makePlant, type RunResult, STORED_VALUE, UNSERVED_PRICE } from "./plant-run.ts";
import type { World } from "./scenario.ts";

const STEP = 5;
const HOURS = STEP / 60;
const POINTS = 301;
const TOP = 1.005;
const FLOOR = 0.08;
/** kWh per switch-over: prefers fewer of them. */
const SWITCH_COST = 0.002;
/** kWh per step below the floor. */
const FLOOR_COST = 1;
const CONNECTED = 0;
const FLOATING = 1;
const DETACHED = 2;

/** One step of the simplified plant; results are left in `soc`, `state` and `cost`. */
class Model {
  soc = 0;
  state = CONNECTED;
  cost = 0;
  readonly capacity: number;
  readonly variant: Variant;

  constructor(capacity: number, variant: Variant) {
    this.capacity = capacity;
    this.variant = variant;
  }

  #charge(soc: number, current: number): number {
    return Math.min(TOP, soc + ((current > 0 ? 0.998 : 1) * current * HOURS) / this.capacity);
  }

  step(soc: number, state: number, pv: number, load: number, grid: boolean): void {
    const { variant, capacity } = this;
    const low = 1 + 1.5 * Math.exp(-soc / 0.06);
    const resistance = CELLS * ((0.13 / capacity) * low + 0.00005);
    const emf = CELLS * restVoltage(soc);
    const currentFor = (power: number): number =>
      (-emf + Math.sqrt(Math.max(0, emf * emf + 4 * resistance * power))) / (2 * resistance);
    this.state = state;
    this.cost = 0;
    if (state === DETACHED || !grid) {
      const net = pv - dcNeed(load, variant.losses);
      const limit = Math.max(0, (variant.absorb - emf) / resistance);
      const next = this.#charge(soc, net >= 0 ? Math.min(limit, currentFor(net)) : currentFor(net));
      this.soc = next;
      if (next >= FLOOR || next >= soc) return;
      if (grid) this.cost = FLOOR_COST;
      else if (next < 0.03) {
        this.soc = soc;
        this.cost = (UNSERVED_PRICE * load * HOURS) / 1000;
      }
      return;
    }
    let buy = load + STANDBY;
    if (state === FLOATING && ((pv < 20 && !variant.sticky) || emf < variant.rebulk)) this.state = CONNECTED;
    if (this.state === FLOATING) {
      buy -= Math.min(buy, pv * variant.float_share * AC_EFFICIENCY);
      this.soc = soc;
      this.cost = (buy * HOURS) / 1000;
      return;
    }
    let free = pv;
    if (variant.load_first) {
      const offset = Math.min(pv * AC_EFFICIENCY, buy);
      buy -= offset;
      free -= offset / AC_EFFICIENCY;
    }
    const limit = Math.max(0, ((variant.constant_float ? FLOAT_VOLTAGE : variant.absorb) - emf) / resistance);
    const wanted = currentFor(free);
    let current = Math.min(limit, wanted);
    const tail = variant.constant_float ? 1 : 0.03 * capacity;
    if (pv >= 20 && wanted > limit && current < tail && variant.tail_minutes !== null) this.state = FLOATING;
    if (pv < 50) {
      const added = Math.min(variant.grid_charge_current, Math.max(0, (FLOAT_VOLTAGE - emf) / resistance - current));
      current += added;
      buy += (added * emf) / AC_EFFICIENCY;
    }
    this.soc = this.#charge(soc, current);
    this.cost = (buy * HOURS) / 1000;
  }
}

interface Steps {
  readonly count: number;
  readonly pv: Float64Array;
  readonly load: Float64Array;
  readonly grid: Uint8Array;
}

function average(world: World): Steps {
  const count = Math.floor(world.minutes / STEP);
  const pv = new Float64Array(count);
  const load = new Float64Array(count);
  const grid = new Uint8Array(count);
  for (let step = 0; step < count; step += 1) {
    grid[step] = 1;
    for (let minute = step * STEP; minute < (step + 1) * STEP; minute += 1) {
      pv[step] = (pv[step] as number) + (world.pv[minute] as number) / STEP;
      load[step] = (load[step] as number) + (world.load[minute] as number) / STEP;
      if (world.grid[minute] === 0) grid[step] = 0;
    }
  }
  return { count, pv, load, grid };
}

function valueAt(values: Float32Array, offset: number, soc: number): number {
  const position = Math.max(0, Math.min(POINTS - 1.000001, (soc / TOP) * (POINTS - 1)));
  const index = position | 0;
  const low = values[offset + index] as number;
  return low + ((values[offset + index + 1] as number) - low) * (position - index);
}

/** Cost to go in kWh by step, state and charge. */
function costToGo(steps: Steps, model: Model): Float32Array {
  const layer = 3 * POINTS;
  const values = new Float32Array((steps.count + 1) * layer);
  for (let point = 0; point < POINTS; point += 1) {
    const worth = -STORED_VALUE * storedEnergy((TOP * point) / (POINTS - 1), model.capacity);
    for (let state = 0; state < 3; state += 1) values[steps.count * layer + state * POINTS + point] = worth;
  }
  const result = [0, 0, 0];
  for (let step = steps.count - 1; step >= 0; step -= 1) {
    const pv = steps.pv[step] as number;
    const load = steps.load[step] as number;
    const grid = steps.grid[step] === 1;
    const next = (step + 1) * layer;
    for (let point = 0; point < POINTS; point += 1) {
      for (let state = 0; state < 3; state += 1) {
        model.step((TOP * point) / (POINTS - 1), state, pv, load, grid);
        result[state] = model.cost + valueAt(values, next + model.state * POINTS, model.soc);
      }
      const [connected, floating, detached] = result as [number, number, number];
      const base = step * layer + point;
      values[base + CONNECTED * POINTS] = Math.min(connected, detached + SWITCH_COST);
      values[base + FLOATING * POINTS] = Math.min(floating, detached + SWITCH_COST);
      values[base + DETACHED * POINTS] = Math.min(detached, connected + SWITCH_COST);
    }
  }
  return values;
}

/** Runs the clairvoyant policy over a world; `planned` = the programme's own idea of the net energy, kWh. */
export function runClairvoyant(
  world: World,
  capacityAh: number,
  variant: VariantName = "latch",
): RunResult & { readonly planned: number } {
  const steps = average(world);
  const model = new Model(capacityAh, VARIANTS[variant]);
  const values = costToGo(steps, model);
  const plant = makePlant(world, capacityAh, variant);
  const layer = 3 * POINTS;
  const planned = valueAt(values, 0, world.start_soc) + STORED_VALUE * storedEnergy(world.start_soc, capacityAh);
  let offGridMinutes = 0;
  for (let step = 0; step < steps.count; step += 1) {
    const next = (step + 1) * layer;
    const cost = (state: number): number => {
      model.step(plant.pack.soc, state, steps.pv[step] as number, steps.load[step] as number, steps.grid[step] === 1);
      return model.cost + valueAt(values, next + model.state * POINTS, model.soc);
    };
    const stay = plant.stage === 2 ? FLOATING : CONNECTED;
    const connected = plant.ongridSwitch ? cost(stay) : cost(CONNECTED) + SWITCH_COST;
    const detached = cost(DETACHED) + (plant.ongridSwitch ? SWITCH_COST : 0);
    plant.setOngridSwitch(connected <= detached);
    for (let minute = step * STEP; minute < (step + 1) * STEP; minute += 1) {
      plant.step(minute);
      if (!plant.ongridSwitch) offGridMinutes += 1;
    }
  }
  return { ...account(plant, offGridMinutes), planned };
}

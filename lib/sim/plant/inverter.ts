/** The inverter: losses, charger stages and the firmware quirk in its known and feared variants. */

/** DC own consumption while inverting, W. */
const OWN = 60;
const EFFICIENCY = 0.945;
const QUADRATIC = 6e-6;
/** AC taken from the grid while connected, besides the load, W. */
export const STANDBY = 30;
/** Grid to battery, and PV to grid side. */
export const AC_EFFICIENCY = 0.9;
export const CUT_OFF_VOLTAGE = 46;
export const RESTART_VOLTAGE = 51;
export const FLOAT_VOLTAGE = 54;

/** DC power needed for an AC load while inverting, W; `losses` = this machine's in relation to a usual one's. */
export function dcNeed(load: number, losses: number): number {
  const usual = load / EFFICIENCY + OWN + QUADRATIC * load * load;
  return usual + (losses - 1) * (usual - load);
}

export interface Variant {
  /** Share of the available PV that is still used in float while connected. */
  readonly float_share: number;
  readonly absorb: number;
  /** Pack voltage below which the charger leaves float. */
  readonly rebulk: number;
  readonly tail_minutes: number | null;
  readonly absorb_minutes: number;
  /** Connected: PV feeds the load first. */
  readonly load_first: boolean;
  /** Connected: regulates at the float voltage from the start. */
  readonly constant_float: boolean;
  /** Connected: the night does not end float. */
  readonly sticky: boolean;
  /** A DC. */
  readonly grid_charge_current: number;
  /** Of inverting, in relation to the machine that was measured. */
  readonly losses: number;
}

const LATCH: Variant = {
  float_share: 0.03,
  absorb: 56.4,
  rebulk: 52,
  tail_minutes: 10,
  absorb_minutes: 60,
  load_first: false,
  constant_float: false,
  sticky: false,
  grid_charge_current: 2,
  losses: 1,
};

/** What the firmware may do around a full battery while connected; "latch" is the one seen, "none" the healthy control. */
export const VARIANTS = {
  latch: LATCH,
  cvfloat: { ...LATCH, constant_float: true },
  mild: { ...LATCH, float_share: 0.25 },
  sticky: { ...LATCH, sticky: true, rebulk: 51.2 },
  longabs: { ...LATCH, tail_minutes: null, absorb_minutes: 480 },
  abs576: { ...LATCH, absorb: 57.6 },
  loadfirst: { ...LATCH, load_first: true },
  nogridchg: { ...LATCH, grid_charge_current: 0 },
  none: { ...LATCH, float_share: 1 },
  lossy: { ...LATCH, losses: 1.2 },
  lean: { ...LATCH, losses: 0.8 },
} as const satisfies Record<string, Variant>;

/** The same firmware on a machine of another class: `scale` = its voltages in relation to those of a 48 V one. */
export function scaled(variant: Variant, scale: number): Variant {
  return { ...variant, absorb: variant.absorb * scale, rebulk: variant.rebulk * scale };
}

export type VariantName = keyof typeof VARIANTS;

/** Stage as register 15203 has it: 0 stop, 1 absorb, 2 float. */
export type Stage = 0 | 1 | 2;

/** Charger stages of the MPPT part. */
export class Charger {
  stage: Stage = 1;
  #absorbMinutes = 0;
  #tailMinutes = 0;

  constructor(readonly variant: Variant) {}

  /** The grid switch moved: the charger starts over. */
  restart(): void {
    this.stage = 1;
    this.#absorbMinutes = 0;
    this.#tailMinutes = 0;
  }

  /** Before the minute: night, dawn, re-bulk. */
  before(pv: number, packVoltage: number, connected: boolean): void {
    if (pv < 20) {
      if (this.variant.sticky && connected && this.stage === 2) return;
      this.restart();
      this.stage = 0;
    } else if (this.stage === 0) {
      this.stage = 1;
    }
    if (this.stage === 2 && packVoltage < this.variant.rebulk) this.restart();
  }

  /** After the minute: `reached` = terminal voltage without slow parts at that current, `limited` = PV was left over. */
  after(reached: number, current: number, capacityAh: number, connected: boolean, limited: boolean): void {
    if (this.stage !== 1) return;
    const { variant } = this;
    if (variant.constant_float && connected) {
      if (limited && current < 1) this.stage = 2;
      return;
    }
    if (reached < variant.absorb - 0.15) return;
    this.#absorbMinutes += 1;
    this.#tailMinutes = current < 0.03 * capacityAh ? this.#tailMinutes + 1 : 0;
    const tail = variant.tail_minutes;
    if ((tail !== null && this.#tailMinutes >= tail) || this.#absorbMinutes >= variant.absorb_minutes) this.stage = 2;
  }
}

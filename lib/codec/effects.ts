/** What a write does where the name of its row does not say it, by code; the sentences are the languages'. */
export type Effect =
  | "address_changes"
  | "balancer_maybe_deaf"
  | "calibration_lost"
  | "charger_reset"
  | "charger_totals_cleared"
  | "computed_anew"
  | "equalising_harms"
  | "equalisation_starts"
  | "factory_reset"
  | "firmware_awaited"
  | "frequency_harms"
  | "house_detached"
  | "inverter_totals_cleared"
  | "limit_maybe_deaf"
  | "load_drops"
  | "no_charge"
  | "no_discharge"
  | "own_voltages"
  | "pv_charge_stops"
  | "restart"
  | "sells_battery"
  | "serial_overwritten"
  | "small_loads_starve"
  | "switches_replaced";

/** Effects that one position of a switch alone has, by its raw value; the other position has none to tell. */
const BY_POSITION: Partial<Record<Effect, 0 | 1>> = {
  equalising_harms: 1,
  house_detached: 0,
  load_drops: 0,
  no_charge: 0,
  no_discharge: 0,
  pv_charge_stops: 0,
  sells_battery: 1,
  small_loads_starve: 1,
};

/** Whether writing this raw value brings the effect about. */
export function bringsAbout(effect: Effect, raw: number): boolean {
  const position = BY_POSITION[effect];
  return position === undefined || position === raw;
}

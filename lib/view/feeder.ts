/** What the house lives on. */
export type Feeder = "sun" | "battery" | "grid";

/** Mean powers of a stretch of time, W; grid + = import. */
export interface HousePowers {
  readonly sun: number | null;
  readonly house: number | null;
  readonly grid: number | null;
}

/**
 * Who gave the house most of what it used. What is bought goes to the house first, then what the panels give; the rest came out of the
 * battery. Null where house or grid are not known; panels that do not report (a charger asleep) give nothing.
 */
export function feederOf({ sun, house, grid }: HousePowers): Feeder | null {
  if (house === null || grid === null || house <= 0) return null;
  const bought = Math.min(house, Math.max(0, grid));
  const from_sun = Math.min(house - bought, Math.max(0, sun ?? 0));
  const from_battery = house - bought - from_sun;
  if (bought >= from_sun && bought >= from_battery) return "grid";
  return from_sun >= from_battery ? "sun" : "battery";
}

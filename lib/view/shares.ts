/** Shares of a day, a month, a year: one definition each, whoever shows them. Energies in kWh, shares in whole percent. */

/**
 * Own share: what part of the house's use was not bought. Energy from the grid into the battery counts as bought: it feeds the house
 * later, and leaving it out would call a house that charges at night and lives on it by day self-sufficient. Such a day reads low
 * and the next one high; over a month it is right. 0..100; null when a counter is missing or nothing was used.
 */
export function ownShare(load: number | null, bought: number | null): number | null {
  return restOf(load, bought);
}

/** Self-consumption: what part of the PV energy was not sold. 0..100; null when a counter is missing or there was no sun. */
export function selfConsumption(pv: number | null, sold: number | null): number | null {
  return restOf(pv, sold);
}

function restOf(whole: number | null, part: number | null): number | null {
  if (whole === null || part === null || whole <= 0) return null;
  return Math.round(100 * Math.min(1, Math.max(0, 1 - part / whole)));
}

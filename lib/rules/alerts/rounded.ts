/** Rounds to `digits` decimals, so that a stored fact is no longer than it is known; null stays null. */
export function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

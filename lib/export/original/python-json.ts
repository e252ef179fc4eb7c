/** A number that Python held as a float: `60.0` in its JSON, where JavaScript would write `60`. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

export type PythonValue = number | string | null | PythonFloat | { readonly [key: string]: PythonValue };

/** As a float, rounded to `digits` the way the original rounds; null stays null. */
export function float(value: number | null, digits?: number): PythonFloat | null {
  if (value === null) return null;
  return new PythonFloat(digits === undefined ? value : Number(value.toFixed(digits)));
}

/**
 * One line of JSON as Python's json.dumps writes it: blanks behind comma and colon, a fraction on every float. A reader that tells
 * whole numbers and fractions apart (a database that fixes a column's type, for one) finds the types it knew.
 */
export function pythonJson(value: PythonValue): string {
  if (value instanceof PythonFloat) return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${pythonJson(inner)}`);
  return `{${parts.join(", ")}}`;
}

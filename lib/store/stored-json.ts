/**
 * What a column holds as JSON; null where it is none, or there is no row. A damaged page that holds nothing but a piece of a long text gives other bytes and
 * no error: such a row costs only itself, and reads as if it had never been written.
 */
export function storedJson<T>(text: () => unknown): T | null {
  try {
    const found = text();
    return typeof found === "string" ? (JSON.parse(found) as T) : null;
  } catch {
    return null;
  }
}

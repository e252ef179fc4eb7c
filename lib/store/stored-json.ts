/**
 * What a column holds as JSON; null where it is none. A damaged page that holds nothing but a piece of a long text gives other bytes and
 * no error: such a row costs only itself, and reads as if it had never been written.
 */
export function storedJson<T>(text: () => string): T | null {
  try {
    return JSON.parse(text()) as T;
  } catch {
    return null;
  }
}

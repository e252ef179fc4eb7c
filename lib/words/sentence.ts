/** Putting sentences together from what is known: what is missing leaves no trace of itself. */

type Part = string | null | false;

/** What `make` says of a value that is known; null otherwise. */
export function known<T>(value: T | null | undefined, make: (value: T) => string): string | null {
  return value === null || value === undefined ? null : make(value);
}

/** "Head: one, two." with the details that are there; "Head." without any. */
export function told(head: string, ...details: readonly Part[]): string {
  const there = details.filter((part) => typeof part === "string" && part !== "");
  return there.length === 0 ? `${head}.` : `${head}: ${there.join(", ")}.`;
}

/** Sentences one after the other. */
export function all(...sentences: readonly Part[]): string {
  return sentences.filter((part) => typeof part === "string" && part !== "").join(" ");
}

/** With a capital at its beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Inside of a sentence: with a small letter at its beginning, unless that begins an abbreviation. */
export function inside(text: string): string {
  return /^\p{Lu}{2}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** "One, two." of the details that are there; null without any. */
export function listed(...details: readonly Part[]): string | null {
  const there = details.filter((part) => typeof part === "string" && part !== "");
  return there.length === 0 ? null : `${capital(there.join(", "))}.`;
}

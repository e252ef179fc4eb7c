import { setTimeout as sleep } from "node:timers/promises";

/** Resolves with the first value that is neither false, null nor undefined. @throws when none comes within the limit (default 15 s) */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  what = "the condition",
  limitMs = 15_000,
): Promise<Exclude<T, false | null | undefined>> {
  const until = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>;
    if (performance.now() > until) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(5);
  }
}

import type { words } from "./en.ts";

/** All words of one language: the keys and values that every language must have, as the English file has them. */
export type Words = ReturnType<typeof words>;

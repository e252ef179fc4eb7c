/** Telling whether a sentence is fit for a person, and a language that no one speaks. */
import assert from "node:assert/strict";
import * as english from "../../lib/words/en.ts";
import { type Speech, speechOf } from "../../lib/words/index.ts";

/** Latin words that a Russian sentence may hold: names, abbreviations, what one types. */
const LATIN: readonly string[] = [
  ...["BMS", "batmon", "station", "doctor", "config", "yaml", "mode", "MOSFET", "PV", "DC", "AC", "MPPT", "GPS", "C"],
  ...["mqtt", "push", "SoC", "SoH", "A", "B", "JK", "MQTT", "Telegram", "crontab", "UART", "CAN"],
  ...["SBU", "SUB", "UTI", "SOL", "VDE", "UPS", "SBD", "SBE", "WiFi", "AGM", "LFP", "NMC", "LTO"],
];

/** Fails for what only a machine would say. `names`: words that the values brought in. */
export function assertForPeople(text: string, language: string, what: string, names: readonly string[] = []): void {
  let bare = text;
  for (const name of names) bare = bare.replaceAll(name, "1");
  assert.notEqual(text.trim(), "", `${what}: nothing is said`);
  assert.doesNotMatch(
    bare,
    /undefined|\bnull\b|NaN|unknown [%VAW]|[{}]|\[object|\btrue\b|\bfalse\b/,
    `${what}: ${text}`,
  );
  assert.doesNotMatch(bare, /[a-z]_[a-z]/i, `${what} holds a key: ${text}`);
  assert.doesNotMatch(bare, / {2}|[:,] ?\.|\.\.(?!\.)|\(\)|\u00a0\u00a0/, `${what}: ${text}`);
  assert.doesNotMatch(bare, /\d\.\d{4}|\d,\d{4}/, `${what} is finer than known: ${text}`);
  if (language !== "ru") return;
  const foreign = (bare.match(/[A-Za-z]+/g) ?? []).filter((word) => !LATIN.includes(word));
  assert.deepEqual(foreign, [], `${what}: ${text}`);
}

const MARK = "⟦";

/** Every text of the catalogue marked, so that whatever a person reads and is not marked did not come from it. */
export function pseudoSpeech(): Speech {
  return speechOf({ locale: english.locale, words: (format) => marked(english.words(format)) });
}

function marked<T>(part: T): T {
  if (typeof part === "string") return `${MARK}${part}⟧` as T;
  if (typeof part === "function") return ((...given: unknown[]) => marked(part(...given))) as T;
  if (Array.isArray(part)) return part.map(marked) as T;
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, marked(inner)])) as T;
}

/** What stands outside the marks. */
export function unmarked(text: string): string {
  let depth = 0;
  return [...text]
    .filter((letter) => {
      if (letter === MARK) depth += 1;
      const outside = depth === 0;
      if (letter === "⟧") depth -= 1;
      return outside;
    })
    .join("");
}

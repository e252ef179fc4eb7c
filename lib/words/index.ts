/** The languages of the station. A further one is a file beside en.ts, a line here, and nothing else. */
import { createRequire } from "node:module";
import type { Words } from "./catalogue.ts";
import { type Format, formatFor, type Locale } from "./format.ts";

export type { Words } from "./catalogue.ts";

/** One file of a language. */
interface LanguageFile {
  readonly locale: Locale;
  words(format: Format): Words;
}

/** Read only when it is needed: a run reads one language at most. */
export const LANGUAGES = {
  en: () => import("./en.ts"),
  ru: () => import("./ru.ts"),
} as const satisfies Readonly<Record<string, () => Promise<LanguageFile>>>;

export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as [Language, ...Language[]];

/** The language that this computer speaks to who runs the command, by LANG and its kin; English where we do not have it. */
export function spokenLanguage(env: NodeJS.ProcessEnv = process.env): Language {
  const spoken = (env.LC_ALL || env.LC_MESSAGES || env.LANG || "").slice(0, 2).toLowerCase();
  return LANGUAGE_CODES.find((code) => code === spoken) ?? "en";
}

/** Words of one language with its makers of numbers, units and times. */
export interface Speech extends Words {
  readonly format: Format;
}

const loaded = new Map<string, Speech>();

/** Makes the words of a language file. */
export function speechOf(file: LanguageFile): Speech {
  const format = formatFor(file.locale);
  return { ...file.words(format), format };
}

/** Reads a language; afterwards `speech` has it. */
export async function loadLanguage(language: Language): Promise<Speech> {
  const known = loaded.get(language);
  if (known) return known;
  const made = speechOf(await LANGUAGES[language]());
  loaded.set(language, made);
  return made;
}

/** The words of a language that was read before: every command reads the station's own at its start. */
export function speech(language: Language): Speech {
  const known = loaded.get(language);
  if (known) return known;
  // From source, nothing is packed and a file can be had at once.
  if (import.meta.url === undefined) throw new Error(`the language "${language}" has not been read`);
  const made = speechOf(createRequire(import.meta.url)(`./${language}.ts`) as LanguageFile);
  loaded.set(language, made);
  return made;
}

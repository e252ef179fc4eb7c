import type { Field, Flag } from "../codec/table.ts";
import { fieldName } from "../codec/values.ts";
import { BMS_FIELDS } from "../devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { FAULTS_RU, FIELDS_RU } from "../words/names-ru.ts";
import type { Lang } from "./model.ts";
import { STATES_EN, WORDS_EN } from "./words-en.ts";
import { STATES_RU, WORDS_RU } from "./words-ru.ts";

/** Rows that the page can name, of both devices. */
const PAGE_FIELDS = { ...INVERTER_SAMPLE_FIELDS, ...BMS_FIELDS } as const;

/** Name of a row of either sample table: every translation must hold all of them, the compiler sees to it. */
export type FieldKey = keyof typeof PAGE_FIELDS;

type LabelsOf<T, P extends "labels" | "bits"> = {
  [K in keyof T]: T[K] extends { readonly [Q in P]: infer L } ? L[keyof L] : never;
}[keyof T];

/** Every state word of the enum rows. */
export type StateWord = Extract<LabelsOf<typeof PAGE_FIELDS, "labels">, string>;
/** Every text of an error, warning or alarm bit. */
export type FaultWord = Exclude<Extract<LabelsOf<typeof PAGE_FIELDS, "bits">, string>, FlowWord>;
/** Bits of energy_flow: the picture shows them, words would only repeat it. */
type FlowWord = Extract<LabelsOf<Pick<typeof PAGE_FIELDS, "energy_flow">, "bits">, string>;

// A row or bit without a Russian name does not compile.
FIELDS_RU satisfies Readonly<Record<FieldKey, string>>;
FAULTS_RU satisfies Readonly<Record<FaultWord, string>>;

export type WordKey = keyof typeof WORDS_EN;
export type Words = Readonly<Record<WordKey, string>>;

/** The page's own words in one language. */
export function words(lang: Lang): Words {
  return lang === "ru" ? WORDS_RU : WORDS_EN;
}

/** Name of a field: from its table in English, from the translation otherwise. */
export function fieldLabel(key: FieldKey, lang: Lang): string {
  return lang === "ru" ? FIELDS_RU[key] : fieldName(key, PAGE_FIELDS[key] as Field);
}

/** A state for people; one that no table names keeps its number. */
export function stateLabel(state: string | null, lang: Lang): string {
  if (state === null) return "–";
  const table: Readonly<Record<string, string>> = lang === "ru" ? STATES_RU : STATES_EN;
  return Object.hasOwn(table, state) ? (table[state] as string) : state.replaceAll("_", " ");
}

/** A set bit for people: its text, or its number when the sheet reserves it. */
export function faultLabel(flag: Flag, lang: Lang): string {
  if (flag.label === null) return `${words(lang).reserved_bit} ${flag.bit}`;
  const table: Readonly<Record<string, string>> = FAULTS_RU;
  if (lang === "ru" && Object.hasOwn(table, flag.label)) return table[flag.label] as string;
  const text = flag.label.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the sentences about orders are told. */

type Value = string | number | boolean | null;

/** The values that stand beside a reason's code. */
export type ReasonValues = Readonly<Record<string, Value>>;

/** What a reason is about, in words of the same language. */
export interface ReasonSubject {
  /** Name of the setting, in quotation marks. */
  readonly name: string;
  /** A value of the reason as a value of the setting: "5.0 A", "off". */
  value(key: string): string;
  /** "; permitted: 1.0 to 21.7 A"; empty where nothing is known. */
  readonly permitted: string;
  /** Why the grid must not be left. */
  readonly guard: string;
  /** What the device made of the write. */
  readonly trouble: string;
  duration(seconds: number): string;
}

export type ReasonMaker = (values: ReasonValues, subject: ReasonSubject) => string;

/** Phrases by code. */
export type OrderPhrases = Readonly<Record<string, string>>;

export interface AdviceWords {
  permitted(what: string): string;
  near(name: string): string;
  units(names: string): string;
  unlock(name: string, effect: string | null): string;
  confirm(): string;
  list(): string;
  trace(command: string): string;
  limit(key: string): string;
  free(): string;
}

/** What the sentences about orders are told. */
import type { WriteClass } from "../codec/table.ts";

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

/** What `inverter-cmd` says of an order that somebody types. */
export interface ByHandWords {
  /** What a setting is; `doc`: in English, as its table has it. */
  about(doc: string, name: string): string;
  /** A present value that was never read. */
  readonly not_known: string;
  /** Behind the new value: when the old one comes back. */
  term(length: string): string;
  until(clock: string): string;
  /** From the one to the other, both as they are typed. */
  span(from: string, to: string): string;
  /** No value may be written; `grade`: class of the machine, V. */
  readonly nothing: string;
  nothing_on(grade: number | null): string;
  readonly not_queued: string;
  /** `poll`: the command that carries it out. */
  queued(id: number, poll: string, life: string): string;
  written(path: string, poll: string): string;
  readonly none_waits: string;
  readonly none_given: string;
  /** Address, name, present value, class, permitted values. */
  readonly columns: readonly [string, string, string, string, string];
  readonly classes: Readonly<Record<WriteClass, string>>;
  readonly never_read: string;
  read(age: string): string;
  readonly classes_told: string;
  at_line(file: string, line: number): string;
  /** An order that did not come to a good end; `what`: its number or its line. */
  ended(what: string | number, state: string, why: string | null): string;
  /** Behind an order that still waits. */
  readonly goes_on: string;
  /** Behind the first of many lines. */
  more(count: number): string;
}

import type { PythonValue } from "./python-json.ts";

/** Reads the value of one key of an original's file from what the file is made of; null = not known. */
export interface Reader<S> {
  (source: S): PythonValue;
  /** Where the value comes from, for the way back; absent = it is derived. */
  readonly of?: Origin;
}

/** A field of ours, and what the original divided its word by. */
export interface Origin {
  readonly key: string;
  readonly div: number;
}

/** A reader whose value can be read back. */
export function from<S>(key: string, div: number, read: (source: S) => PythonValue): Reader<S> {
  return Object.assign(read, { of: { key, div } });
}

/** A file (or a level of it): keys in the original's order, each with its reader or with the keys below it. */
export interface Shape<S> {
  readonly [key: string]: Reader<S> | Shape<S>;
}

/** The file's object. */
export function fill<S>(shape: Shape<S>, source: S): { readonly [key: string]: PythonValue } {
  const entries = Object.entries(shape).map(([key, below]): [string, PythonValue] => [
    key,
    typeof below === "function" ? below(source) : fill(below, source),
  ]);
  return Object.fromEntries(entries);
}

/** A value of an original's file beside the field of ours that it was made of. */
export interface ReadBack extends Origin {
  readonly value: unknown;
}

/** The way back: what an object holds under the keys of a shape. What is missing is left out. */
export function readBack<S>(shape: Shape<S>, object: unknown): ReadBack[] {
  return Object.entries(shape).flatMap(([key, below]) => {
    const value = (object as Record<string, unknown> | null | undefined)?.[key];
    if (value === undefined || value === null) return [];
    if (typeof below !== "function") return readBack(below as Shape<S>, value);
    return below.of ? [{ ...below.of, value }] : [];
  });
}

import type { PythonValue } from "./python-json.ts";

/** Reads the value of one key of an original's file from what the file is made of; null = not known. */
export type Reader<S> = (source: S) => PythonValue;

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

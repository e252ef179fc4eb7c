/** One line of lib/ that protects something, and how to break it. `npm run test:mutants` says whether the tests notice. */
export interface Mutant {
  readonly file: string;
  /** Found exactly once in the file. */
  readonly text: string;
  readonly to: string;
  /** Test files (words in their path) of which one must fail; small and fast ones. */
  readonly tests: readonly string[];
  /** Only the tests of these files whose names match: for files that take long. */
  readonly only?: string;
  /** What it protects. */
  readonly guards: string;
}

/** Mutants of one file: what it guards, text, replacement; `only` as in Mutant. */
export function mutantsOf(
  file: string,
  tests: readonly string[],
  rows: readonly (readonly [guards: string, text: string, to: string, only?: string])[],
): Mutant[] {
  return rows.map(([guards, text, to, only]) => ({
    ...{ file, text, to, guards, tests },
    ...(only === undefined ? {} : { only }),
  }));
}

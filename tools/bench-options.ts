/** How the benches of the planner take their options. */
import { wholeNumber } from "../lib/base/duration.ts";

export const atLeast = (least: number) => wholeNumber(least, 1_000_000);

/** Names between commas, each one of `all`; nothing said = all of them. */
export function names<Name extends string>(text: string | undefined, all: readonly Name[]): Name[] {
  const chosen = text === undefined ? [...all] : (text.split(",") as Name[]);
  for (const name of chosen) if (!all.includes(name)) throw new Error(`${name}: expected one of ${all.join(", ")}`);
  return chosen;
}

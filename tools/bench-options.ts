/** How the benches of the planner take their options: each parses and checks itself, and commander refuses it in a line. */
import { InvalidArgumentError } from "commander";
import { wholeNumber } from "../lib/base/duration.ts";
import { checkParameters, DEFAULTS, type Parameters } from "../lib/rules/grid-switch/parameters.ts";

type Parser<T> = (text: string) => T;

/** What goes wrong inside is told as the option's refusal. */
function refusing<T>(parse: Parser<T>): Parser<T> {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

export const atLeast = (least: number): Parser<number> => refusing(wholeNumber(least, 1_000_000));

/** Capacities of packs between commas, Ah. */
export const capacities: Parser<number[]> = refusing((text) =>
  text.split(",").map((one) => wholeNumber(10, 10_000)(one)),
);

/** Names between commas, each one of `all`; "all" = all of them. */
export function names<Name extends string>(all: readonly Name[]): Parser<Name[]> {
  return refusing((text) => {
    if (text === "all") return [...all];
    const chosen = text.split(",") as Name[];
    for (const name of chosen) if (!all.includes(name)) throw new Error(`${name}: expected one of ${all.join(", ")}.`);
    return chosen;
  });
}

/** `name=value` of one more parameter of the rules. */
export function parameter(text: string, before: Partial<Parameters>): Partial<Parameters> {
  const [name = "", value = ""] = text.split("=");
  if (!(name in DEFAULTS))
    throw new InvalidArgumentError(`${name}: expected one of ${Object.keys(DEFAULTS).join(", ")}.`);
  const given = value === "true" ? true : value === "false" ? false : value === "" ? Number.NaN : Number(value);
  const set = { ...before, [name]: given };
  const [problem] = checkParameters({ ...DEFAULTS, ...set });
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return set;
}

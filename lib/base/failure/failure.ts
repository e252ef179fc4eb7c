/**
 * What failed, as a code with values; sentences are made where somebody reads. English is the message of each error, so its table lies
 * below every room; the other languages are in lib/words.
 */
import { COMMAND_FAILURES } from "./command-failures.ts";
import { CONFIG_FAILURES } from "./config-failures.ts";
import { SERVICE_FAILURES } from "./service-failures.ts";
import { SETUP_FAILURES } from "./setup-failures.ts";
import { STATE_FAILURES } from "./state-failures.ts";
import { WIRE_FAILURES } from "./wire-failures.ts";

/** English by code: `{name}` is a value, `{count|try|tries}` a number with the form of a word that goes with it. */
export const FAILURES = {
  ...WIRE_FAILURES,
  ...STATE_FAILURES,
  ...SERVICE_FAILURES,
  ...CONFIG_FAILURES,
  ...COMMAND_FAILURES,
  ...SETUP_FAILURES,
} as const;

export type FailureCode = keyof typeof FAILURES;
/** A sentence for each failure, in one language. */
export type FailureWords = Readonly<Record<FailureCode, string>>;

/** A failure within a failure is told in the same language; several of them one after the other. */
export type FailureValue = string | number | Failure | readonly Failure[];

export interface Failure {
  readonly code: FailureCode;
  readonly values: Readonly<Record<string, FailureValue>>;
}

type Name<P extends string> = P extends `${infer N}|${string}` ? N : P;
type Names<T extends string> = T extends `${string}{${infer P}}${infer Rest}` ? Name<P> | Names<Rest> : never;
/** The values that the sentence of a code names. */
export type FailureValues<C extends FailureCode> = { readonly [N in Names<(typeof FAILURES)[C]>]: FailureValue };

/** What failed. The compiler asks for each value that the sentence names. */
export function failure<C extends FailureCode>(
  code: C,
  ...[values]: Names<(typeof FAILURES)[C]> extends never ? [] : [FailureValues<C>]
): Failure {
  return { code, values: (values ?? {}) as Failure["values"] };
}

/** What is words already, in the language of whoever reads them: of the catalogue, the system or a library. */
export function said(text: string): Failure {
  return failure("said", { text });
}

/** How one language tells failures. */
export interface FailureVoice {
  readonly failures: FailureWords;
  /** The one of the forms that goes with a count, in the language's own order of forms. */
  form(count: number, forms: readonly string[]): string;
}

/** English, the voice of errors' messages. */
export const ENGLISH: FailureVoice = {
  failures: FAILURES,
  form: (count, forms) => forms[count === 1 ? 0 : forms.length - 1] as string,
};

/** The sentence of a failure. */
export function failureText({ code, values }: Failure, voice: FailureVoice = ENGLISH): string {
  const between = code === "several" ? "\n" : "; ";
  const textOf = (value: FailureValue | undefined): string => {
    if (typeof value !== "object") return String(value);
    return "code" in value ? failureText(value, voice) : value.map((one) => failureText(one, voice)).join(between);
  };
  return voice.failures[code].replace(/\{([a-z_]+)(\|[^}]*)?\}/g, (_, name: string, forms?: string) => {
    const text = textOf(values[name]);
    return forms === undefined ? text : `${text} ${voice.form(Number(text), forms.slice(1).split("|"))}`;
  });
}

/** What the schema finds wrong with a value, as a failure with the value in it. */
import type { z } from "zod";
import { closest, nearest } from "../base/closest.ts";
import { FAILURES, type Failure, type FailureCode, type FailureValue, failure, said } from "../base/failure/failure.ts";

type Issue = z.core.$ZodIssue;

/** What is wrong with a value, and what was probably meant. */
export function issueFailure(issue: Issue, value: unknown): Failure {
  if (issue.code === "invalid_value") {
    const choices = issue.values.map(String);
    const near = nearest(String(value), choices);
    return failure("value_of_none", { value: String(value), choices: choices.join(", "), near });
  }
  const what = bare(issue, value);
  if (what.code === "form_time_zone") {
    return failure("value_no_zone", { value: String(value), near: nearestZone(String(value)) });
  }
  if (typeof value !== "string" && typeof value !== "number") {
    const isList = issue.code === "invalid_type" && issue.expected === "array";
    return isList ? failure("list_begins", { what }) : what;
  }
  if (issue.code === "custom" && names(what, String(value))) return what;
  const given = { what, value: JSON.stringify(value) };
  // YAML of an earlier day knew these as switches.
  const word = issue.code === "invalid_type" && issue.expected === "boolean" ? SWITCH_WORDS[String(value)] : undefined;
  return word === undefined ? failure("value_given", given) : failure("value_to_write", { ...given, word });
}

/** The sentence has the value in it already. */
function names({ values }: Failure, value: string): boolean {
  return Object.values(values).some((one) => {
    if (typeof one !== "object") return String(one) === value;
    return "code" in one ? names(one, value) : one.some((inner) => names(inner, value));
  });
}

const SWITCH_WORDS: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };

function nearestZone(given: string): readonly Failure[] {
  const near = closest(given, Intl.supportedValuesOf("timeZone"));
  return near === null ? [] : [failure("did_you_mean", { word: near })];
}

/** What is wrong, without the value. */
function bare(issue: Issue, value: unknown): Failure {
  switch (issue.code) {
    case "invalid_type":
      return failure("type_expected", { expected: typeNamed(issue.expected), received: typeNamed(typeOf(value)) });
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return tooBig(issue);
    case "invalid_format":
      return issue.format === "starts_with"
        ? failure("text_begins", { prefix: String((issue as { readonly prefix?: unknown }).prefix) })
        : ofMessage(issue.message);
    case "invalid_union":
      return failure("value_invalid");
    case "custom":
      return (issue.params?.failure as Failure | undefined) ?? ofMessage(issue.message);
    default:
      return said(issue.message);
  }
}

function tooSmall({ origin, minimum, inclusive, message }: z.core.$ZodIssueTooSmall): Failure {
  const least = String(minimum);
  if (origin === "string") return failure("string_least", { least });
  if (origin !== "number" && origin !== "int") return said(message);
  return failure(inclusive ? "number_least" : "number_above", { type: typeNamed(origin), least });
}

function tooBig({ origin, maximum, message }: z.core.$ZodIssueTooBig): Failure {
  const most = String(maximum);
  if (origin === "string") return failure("string_most", { most });
  if (origin === "array") return failure("array_most", { most });
  if (origin !== "number" && origin !== "int") return said(message);
  return failure("number_most", { type: typeNamed(origin), most });
}

/** A rule of the schema has the code of a failure for its message; what has none is zod's own. */
function ofMessage(message: string): Failure {
  return isCode(message) ? { code: message, values: {} } : said(message);
}

function isCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}

/** The name of a type as a value; one that is no word of ours stays as it is. */
function typeNamed(type: string): FailureValue {
  const code = `type_${type}`;
  return isCode(code) ? { code, values: {} } : type;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  // NaN, Infinity
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value;
}

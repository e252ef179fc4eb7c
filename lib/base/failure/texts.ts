import type { Failure, FailureValue } from "./failure.ts";

/** The same failure with another text for each of its values that is a text. */
export function withTexts({ code, values }: Failure, change: (text: string) => string): Failure {
  const changed = (value: FailureValue): FailureValue => {
    if (typeof value === "string") return change(value);
    if (typeof value === "number") return value;
    return "code" in value ? withTexts(value, change) : value.map((one) => withTexts(one, change));
  };
  return { code, values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, changed(value)])) };
}

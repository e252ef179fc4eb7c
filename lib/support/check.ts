/** One finding of the doctor: what was looked at, how it is, and (when not well) what to do. */
export interface Check {
  readonly name: string;
  readonly level: "ok" | "warn" | "fail" | "skip";
  readonly text: string;
  readonly hint: string | null;
}

export function ok(name: string, text: string): Check {
  return { name, level: "ok", text, hint: null };
}
export function warn(name: string, text: string, hint: string): Check {
  return { name, level: "warn", text, hint };
}
export function fail(name: string, text: string, hint: string): Check {
  return { name, level: "fail", text, hint };
}
/** Not looked at, and why. */
export function skip(name: string, text: string): Check {
  return { name, level: "skip", text, hint: null };
}

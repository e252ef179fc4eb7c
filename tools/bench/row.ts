/** One row of the table: what, measured, its floor in the same run (bare Node, the wire's own time), ratio, target. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly floor: string;
  readonly ratio: string;
  readonly target: string;
  /** Null = shown for comparison, without a target. */
  readonly kept: boolean | null;
}

/** A value with a limit of its own. */
export function limited(what: string, value: number, unit: string, limit: number, digits = 0): Row {
  const target = `≤ ${limit} ${unit}`;
  return { what, figure: `${value.toFixed(digits)} ${unit}`, floor: "", ratio: "", target, kept: value <= limit };
}

/** A time that may be `times` its floor. */
export function overFloor(what: string, ms: number, floor: number, times: number): Row {
  return {
    what,
    figure: `${ms.toFixed(0)} ms`,
    floor: `${floor.toFixed(0)} ms`,
    ratio: `${(ms / floor).toFixed(2)} ×`,
    target: `≤ ${times} ×`,
    kept: ms <= times * floor,
  };
}

/** What could not be measured here, and why. */
export function notMeasured(what: string, why: string): Row {
  return { what, figure: `not measured: ${why}`, floor: "", ratio: "", target: "", kept: null };
}

export function tableOf(rows: readonly Row[]): string {
  const heads = ["figure", "measured", "floor", "ratio", "target", ""];
  const verdicts = { true: "kept", false: "**missed**", null: "" };
  const line = (words: readonly string[]) => `| ${words.join(" | ")} |`;
  const cells = rows.map(({ what, figure, floor, ratio, target, kept }) => [
    ...[what, figure, floor, ratio, target],
    verdicts[`${kept}`],
  ]);
  return [line(heads), line(heads.map(() => "---")), ...cells.map(line)].join("\n");
}

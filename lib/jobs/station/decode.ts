import { readFileSync } from "node:fs";
import { BadFrame, UsageError } from "../../base/errors.ts";
import { failure, said } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { explainFrame } from "../../devices/explain-frame.ts";
import type { Explanation } from "../../devices/frame-parts.ts";
import { pastedFrames } from "../../devices/pasted-hex.ts";
import { impossibleOfBms } from "../../view/limits.ts";

/** `station decode HEX…`: explains every byte of one or several frames; a request also tells what its answer is about. */
export async function stationDecode(context: Context): Promise<Answer> {
  // A trace is long and full of signs that a shell would take for its own: it comes by a pipe.
  if (context.args.length === 0 && process.stdin.isTTY) throw new UsageError(failure("expected_hex"));
  const args = context.args.length > 0 ? context.args : [readFileSync(0, "utf8")];
  const frames = explainAll(args, (context.options.start as number | undefined) ?? null);
  const problems = frames.flatMap((frame) => frame.problems.filter((problem) => !problem.includes("assumed from")));
  return {
    json: { frames },
    text: () => frames.map(frameText).join("\n\n"),
    always: true,
    ...(problems.length > 0 ? { failure: new BadFrame("malformed", said(problems.join("; "))) } : {}),
  };
}

/** A frame in words, and what is wrong with it. */
type Explained = Omit<Explanation, "values">;

/** Frames as people paste them, each explained; an earlier request tells what its answer is about. @throws UsageError when there is no hex */
export function explainAll(args: readonly string[], start: number | null): Explained[] {
  let asked = start;
  return pastedFrames(args).map((bytes) => {
    const explanation = explain(bytes, asked);
    // A read request of eight bytes says which registers the next frame answers with.
    if (explanation.protocol === "Modbus RTU" && bytes.length === 8 && bytes[1] === 3) {
      asked = ((bytes[2] as number) << 8) | (bytes[3] as number);
    }
    return explanation;
  });
}

/** One frame, and whether a battery can have what it says. */
export function explain(bytes: Uint8Array, start: number | null): Explained {
  const { values, ...explanation } = explainFrame(bytes, start);
  const impossible = impossibleOfBms(values).map(([key, value]) => `${key} ${value}`);
  if (impossible.length === 0) return explanation;
  const doubt =
    `doubtful: no battery has ${impossible.slice(0, 4).join(", ")}; this frame may have another layout ` +
    "(older firmware of 24 cells has), so the values around these may be wrong too";
  return { ...explanation, problems: [...explanation.problems, doubt] };
}

function frameText(frame: Explained): string {
  const hexWidth = Math.min(24, Math.max(...frame.parts.map(({ hex }) => hex.length)));
  const nameWidth = Math.max(...frame.parts.map(({ name }) => name.length));
  const lines = frame.parts.map(({ offset, hex, name, value }) => {
    const short = hex.length > hexWidth ? `${hex.slice(0, hexWidth - 1)}…` : hex;
    return `${String(offset).padStart(4)}  ${short.padEnd(hexWidth)}  ${name.padEnd(nameWidth)}  ${value}`.trimEnd();
  });
  return [frame.protocol, ...lines, ...frame.problems.map((problem) => `! ${problem}`)].join("\n");
}

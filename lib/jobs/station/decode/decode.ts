import { readFileSync } from "node:fs";
import { BadFrame, UsageError } from "../../../base/errors.ts";
import type { Answer, Context } from "../../../cli/spec.ts";
import { explain4e57 } from "./explain-4e57.ts";
import { explainModbus, isModbus } from "./explain-modbus.ts";
import { explainPb } from "./explain-pb.ts";
import type { Explanation } from "./parts.ts";
import { pastedFrames } from "./pasted-hex.ts";

/** `station decode HEX…`: explains every byte of one or several frames; a request also tells what its answer is about. */
export async function stationDecode(context: Context): Promise<Answer> {
  // A trace is long and full of signs that a shell would take for its own: it comes by a pipe.
  if (context.args.length === 0 && process.stdin.isTTY) throw new UsageError("expected hex, or a trace by a pipe");
  const args = context.args.length > 0 ? context.args : [readFileSync(0, "utf8")];
  const frames = explainAll(args, (context.options.start as number | undefined) ?? null);
  const problems = frames.flatMap((frame) => frame.problems.filter((problem) => !problem.includes("assumed from")));
  return {
    json: { frames },
    text: () => frames.map(frameText).join("\n\n"),
    always: true,
    ...(problems.length > 0 ? { failure: new BadFrame("malformed", problems.join("; ")) } : {}),
  };
}

/** Frames as people paste them, each explained; an earlier request tells what its answer is about. @throws UsageError when there is no hex */
export function explainAll(args: readonly string[], start: number | null): Explanation[] {
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

/** The protocol is known by its start, else by the CRC at its end. */
export function explain(bytes: Uint8Array, start: number | null): Explanation {
  if (bytes[0] === 0x4e && bytes[1] === 0x57) return explain4e57(bytes);
  if (bytes[0] === 0x55 && bytes[1] === 0xaa && bytes[2] === 0xeb && bytes[3] === 0x90) return explainPb(bytes);
  if (isModbus(bytes)) return explainModbus(bytes, start);
  const inside = startInside(bytes);
  if (inside > 0) {
    const rest = explain(bytes.subarray(inside), start);
    const noise = {
      offset: 0,
      hex: Buffer.from(bytes.subarray(0, inside)).toString("hex"),
      name: "noise before the frame",
      value: "",
    };
    return { ...rest, parts: [noise, ...rest.parts.map((part) => ({ ...part, offset: part.offset + inside }))] };
  }
  return explainModbus(bytes, start);
}

function startInside(bytes: Uint8Array): number {
  for (let at = 1; at + 4 <= bytes.length; at++) {
    if (bytes[at] === 0x4e && bytes[at + 1] === 0x57) return at;
    if (bytes[at] === 0x55 && bytes[at + 1] === 0xaa && bytes[at + 2] === 0xeb && bytes[at + 3] === 0x90) return at;
  }
  return 0;
}

function frameText(frame: Explanation): string {
  const hexWidth = Math.min(24, Math.max(...frame.parts.map(({ hex }) => hex.length)));
  const nameWidth = Math.max(...frame.parts.map(({ name }) => name.length));
  const lines = frame.parts.map(({ offset, hex, name, value }) => {
    const short = hex.length > hexWidth ? `${hex.slice(0, hexWidth - 1)}…` : hex;
    return `${String(offset).padStart(4)}  ${short.padEnd(hexWidth)}  ${name.padEnd(nameWidth)}  ${value}`.trimEnd();
  });
  return [frame.protocol, ...lines, ...frame.problems.map((problem) => `! ${problem}`)].join("\n");
}

/** Frames of any device in words, byte by byte. */
import { explainModbus, isModbus } from "./explain-modbus.ts";
import type { Explanation } from "./frame-parts.ts";
import { explain4e57 } from "./jkbms/explain-4e57.ts";
import { explainPb } from "./jkbms/explain-pb.ts";

/** Protocols that are known by the bytes at their start. */
const BY_START = [
  { start: [0x4e, 0x57], explain: explain4e57 },
  { start: [0x55, 0xaa, 0xeb, 0x90], explain: explainPb },
] as const;

/** What can be explained, for help pages. */
export const EXPLAINED = "JK BMS 4E57 or 55AAEB90, Modbus RTU";

/** The protocol is known by its start, else by the CRC at its end. `start`: the register that was asked for; null = not known. */
export function explainFrame(bytes: Uint8Array, start: number | null): Explanation {
  const known = protocolAt(bytes, 0);
  if (known) return known.explain(bytes);
  if (isModbus(bytes)) return explainModbus(bytes, start);
  const inside = startInside(bytes);
  if (inside === 0) return explainModbus(bytes, start);
  const rest = explainFrame(bytes.subarray(inside), start);
  const hex = Buffer.from(bytes.subarray(0, inside)).toString("hex");
  const noise = { offset: 0, hex, name: "noise before the frame", value: "" };
  return { ...rest, parts: [noise, ...rest.parts.map((part) => ({ ...part, offset: part.offset + inside }))] };
}

function protocolAt(bytes: Uint8Array, at: number) {
  return BY_START.find(({ start }) => start.every((byte, index) => bytes[at + index] === byte));
}

function startInside(bytes: Uint8Array): number {
  for (let at = 1; at + 4 <= bytes.length; at++) if (protocolAt(bytes, at)) return at;
  return 0;
}

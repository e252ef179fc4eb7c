import { readdirSync, readFileSync } from "node:fs";
import type { Words } from "../../../lib/devices/pv1800/decode.ts";

const FOLDER = "test/captures/pv1800";

/** A recorded machine: its words, and frames of the line where those were recorded. */
export interface Dump {
  readonly id: string;
  readonly displayed: Readonly<Record<string, string | number>>;
  readonly words: Words;
  readonly frames: readonly { readonly role: string; readonly hex: string }[];
}

/** All dumps of the folder; files without registers hold frames only. */
export function dumps(): Dump[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return files.flatMap((file) => {
    const json = JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8"));
    const registers: Record<string, number> | undefined = json.registers ?? json.raw_derived;
    if (!registers) return [];
    const words = new Map(Object.entries(registers).map(([addr, word]) => [Number(addr), word]));
    return [{ id: json.id, displayed: json.displayed, words, frames: json.frames ?? [] }];
  });
}

/** One dump by the beginning of its id. */
export function dump(start: string): Dump {
  const found = dumps().find(({ id }) => id.startsWith(start));
  if (!found) throw new Error(`no dump ${start}`);
  return found;
}

/** All recorded frames of the folder. */
export function frames(): { role: string; hex: string; ack?: string }[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return files.flatMap((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")).frames ?? []);
}

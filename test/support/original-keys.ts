import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { valueLength } from "../../lib/devices/jkbms/sim-records.ts";

const FOLDER = resolve(import.meta.dirname, "../captures/original");

/** One row of json-keys.md: what the original wrote under a key, and where it had it from. */
export interface DocumentedKey {
  readonly file: string;
  /** `PV_charger.PV_volt`; `cells.voltages.{n}` stands for every cell. */
  readonly path: string;
  readonly type: "int" | "float" | "string" | "object";
  readonly unit: string;
  readonly source: string;
  readonly example: string;
}

/** Every row of json-keys.md. */
export function documentedKeys(): DocumentedKey[] {
  const text = readFileSync(join(FOLDER, "json-keys.md"), "utf8");
  return text.split(/^## /m).flatMap((section) => {
    const file = /^(\S+\.json)\n/.exec(section)?.[1];
    if (file === undefined) return [];
    return [...section.matchAll(/^\| `([^`]+)` \| (\w+)[^|]* \| ([^|]*) \| ([^|]*) \| `?([^|]*?)`? \|$/gm)].map(
      ([, path = "", type = "", unit = "", source = "", example = ""]) => ({
        file,
        path,
        type: type as DocumentedKey["type"],
        unit,
        source,
        example,
      }),
    );
  });
}

/** A file as the original wrote it. */
export function recordedOriginal(file: string): string {
  return readFileSync(join(FOLDER, file), "utf8");
}

/** Value below a dotted path; undefined when there is no such key. */
export function at(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((level, key) => (level as Record<string, unknown> | undefined)?.[key], object);
}

/** Register or record, scale and sign of a row, as its columns say. */
export function originOf(key: DocumentedKey) {
  const [, first, last] = /^([0-9A-F]{2,5})(?:-(\d+))?(?: |$)/.exec(key.source) ?? [];
  const scale = /×0?\.(0*1)/.exec(key.source)?.[1]?.length ?? 0;
  const signed = /signed/i.test(key.unit) && !/unsigned/i.test(key.unit);
  return { first: first ?? null, wide: last !== undefined, digits: scale, signed };
}

/** The registers that make the original write `object`, by the page alone. */
export function wordsFor(file: string, object: unknown): [number, number][] {
  return documentedKeys()
    .filter((key) => key.file === file)
    .flatMap((key): [number, number][] => {
      const { first, wide, digits } = originOf(key);
      const value = at(object, key.path);
      if (key.path === "machine_id") return [20000, 20001].map((a, i) => [a, i === 0 ? 0x5056 : 1800]);
      if (first === null || key.path === "config.batt_high_volt") return [];
      const address = Number(first);
      if (typeof value === "string") {
        return [0, 4].map((from, i) => [address + i, Number.parseInt(value.slice(from, from + 4), 16)]);
      }
      const number = value as number;
      if (wide)
        return [
          [address, Math.floor(number / 1000)],
          [address + 1, Math.round((number % 1000) * 10)],
        ];
      return [[address, Math.round(number * 10 ** digits) & 0xffff]];
    });
}

/** The 4E57 records that make the original write `object`. */
export function recordsFor(object: unknown): [number, Uint8Array][] {
  return documentedKeys()
    .filter(({ file, path }) => file === "jkbms_last.json" && !path.startsWith("cells") && path !== "bms_id")
    .flatMap((key): [number, Uint8Array][] => {
      const tag = key.path === "bms_params.prot_board_addr" ? 0xae : Number.parseInt(originOf(key).first ?? "", 16);
      const value = at(object, key.path);
      if (Number.isNaN(tag) || key.path === "ts") return [];
      const length = valueLength(tag) ?? 1;
      if (typeof value === "string") return [[tag, Buffer.alloc(length).fill(value, 0, value.length, "latin1")]];
      const number = value as number;
      const word =
        tag === 0x84
          ? 0x8000 + Math.round(number * 100)
          : tag === 0xb6
            ? Math.round(number * 60)
            : Math.round(number * 10 ** originOf(key).digits);
      const bytes = Buffer.alloc(length);
      bytes.writeUIntBE(word, 0, length);
      return [[tag, bytes]];
    });
}

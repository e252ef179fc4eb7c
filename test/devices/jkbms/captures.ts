import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex } from "../../../lib/codec/hex.ts";

/** One recorded exchange; `expected` is what its source states, `verified` what was checked by hand when it was collected. */
export interface Capture {
  readonly name: string;
  readonly source: string;
  readonly licence: string;
  readonly protocol: string;
  readonly request_hex?: string;
  readonly response_hex?: string;
  readonly ack_hex?: string;
  readonly negative?: true;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly items?: readonly CaptureItem[];
  readonly verified: {
    readonly decoded_by_us?: Readonly<Record<string, unknown>>;
    readonly response?: Readonly<Record<string, unknown>>;
  };
}

export interface CaptureItem {
  readonly what: string;
  readonly request_hex: string;
  readonly response_hex?: string;
  readonly negative?: true;
  readonly expected?: Readonly<Record<string, unknown>>;
}

const FOLDER = fileURLToPath(new URL("../../captures/jkbms/", import.meta.url));

/** Every capture of the folder. */
export const CAPTURES: readonly Capture[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .sort()
  .map((file) => ({ ...JSON.parse(readFileSync(FOLDER + file, "utf8")), name: file.replace(/\.json$/, "") }));

/** Captures of the 4E57 protocol with an answer that must decode. */
export const GOOD_4E57 = CAPTURES.filter((c) => c.protocol === "4E57" && c.response_hex && !c.negative);
/** Captures with a 55AAEB90 frame. */
export const GOOD_PB = CAPTURES.filter((c) => c.protocol.includes("55AAEB90") && c.response_hex);

/** Answer bytes of a capture. */
export function answerOf(capture: Capture): Uint8Array {
  return fromHex(capture.response_hex ?? "");
}

/** Answer bytes of a PB capture with the acknowledgement behind it. */
export function answerWithAck(capture: Capture): Uint8Array {
  return fromHex((capture.response_hex ?? "") + (capture.ack_hex ?? ""));
}

/** The capture whose name begins so. @throws when there is none */
export function capture(prefix: string): Capture {
  const found = CAPTURES.find((c) => c.name.startsWith(prefix));
  if (!found) throw new Error(`no capture ${prefix}`);
  return found;
}

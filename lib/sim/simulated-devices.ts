import { BadCommand } from "../base/errors.ts";
import { fromHex, toHex } from "../codec/hex.ts";
import { type Bms4e57Options, SimulatedBms4e57 } from "./bms-4e57.ts";
import { SimulatedBmsPb } from "./bms-pb.ts";
import { recordsOfFrame } from "./bms-records.ts";
import type { BmsSource } from "./bms-state.ts";
import { type InverterOptions, SimulatedInverter } from "./inverter.ts";
import { type InverterSource, RegisterImage } from "./inverter-source.ts";
import { imageOfFrames } from "./pb-blocks.ts";
import { RECORDED_BMS_16S } from "./recordings/bms-16s.ts";
import { RECORDED_PB_ABOUT, RECORDED_PB_SETTINGS, RECORDED_PB_STATUS } from "./recordings/bms-pb-8s.ts";
import { recordedInverterWords } from "./recordings/inverter-48v.ts";

/** The recorded 48 V inverter by day, or the words of another source. */
export function makeInverter(options: InverterOptions & { readonly source?: InverterSource } = {}): SimulatedInverter {
  return new SimulatedInverter(options.source ?? new RegisterImage(recordedInverterWords()), options);
}

/** A 4E57 BMS: the recorded 16-cell pack, or another recorded frame; with `source` its live values lie over the recording. */
export function makeBms4e57(
  options: Bms4e57Options & { readonly frame?: Uint8Array; readonly source?: BmsSource } = {},
): SimulatedBms4e57 {
  const records = recordsOfFrame(options.frame ?? RECORDED_BMS_16S, "recorded BMS");
  return new SimulatedBms4e57(records, options.source ?? null, options);
}

/** PB BMS at these addresses (default 1): the recorded 8-cell pack each, or the live pack given for an address. */
export function makeBmsPb(
  options: {
    readonly addresses?: readonly number[];
    readonly sources?: Readonly<Record<number, BmsSource>>;
    readonly ignoredWrites?: readonly number[];
    readonly name?: string;
  } = {},
): SimulatedBmsPb {
  const image = imageOfFrames({
    settings: RECORDED_PB_SETTINGS,
    status: RECORDED_PB_STATUS,
    device_info: RECORDED_PB_ABOUT,
  });
  const units = (options.addresses ?? [1]).map((address) => {
    const source = options.sources?.[address];
    return { address, image, ignoredWrites: options.ignoredWrites ?? [], ...(source ? { source } : {}) };
  });
  return new SimulatedBmsPb(units, options.name);
}

/** Read-all frame out of a capture: the last `<` line that begins with 4e57, or `response_hex` of a JSON. @throws BadCommand */
export function readFrameFile(text: string, name: string): Uint8Array {
  const json = text.trimStart().startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : null;
  const lines = json ? [String(json.response_hex ?? "")] : text.split(/\r?\n/).filter((line) => !/^\s*[#>]/.test(line));
  const frames = lines.map((line) => line.replace(/^\s*<?\s*/, "")).filter((line) => /^4e\s*57/i.test(line));
  const last = frames.at(-1);
  if (last === undefined) throw new BadCommand(`${name}: no 4E57 frame in it`);
  const frame = fromHex(last);
  recordsOfFrame(frame, `${name} (${toHex(frame).slice(0, 12)}…)`);
  return frame;
}

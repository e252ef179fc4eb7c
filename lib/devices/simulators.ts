import { BadCommand } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { fromHex, toHex } from "../codec/hex.ts";
import type { BmsSource } from "../sim/bms-state.ts";
import type { InverterSource } from "../sim/inverter-source.ts";
import { RECORDED_BMS_16S } from "./jkbms/recording-16s.ts";
import { RECORDED_PB_ABOUT, RECORDED_PB_SETTINGS, RECORDED_PB_STATUS } from "./jkbms/recording-pb-8s.ts";
import { type Bms4e57Options, SimulatedBms4e57 } from "./jkbms/sim-4e57.ts";
import { SimulatedBmsPb } from "./jkbms/sim-pb.ts";
import { imageOfFrames } from "./jkbms/sim-pb-blocks.ts";
import { recordsOfFrame } from "./jkbms/sim-records.ts";
import type { SimulatedBms } from "./kind.ts";
import { recordedInverterWords } from "./pv1800/recording-48v.ts";
import { type InverterOptions, SimulatedInverter } from "./pv1800/sim-inverter.ts";
import { RegisterImage, readRegisterFile } from "./pv1800/sim-source.ts";

/** The recorded 48 V inverter by day, the words of a capture (text of its file), or those of another source. */
export function makeInverter(
  options: InverterOptions & {
    readonly source?: InverterSource;
    readonly capture?: { readonly text: string; readonly name: string };
  } = {},
): SimulatedInverter {
  const { capture } = options;
  const words = capture ? readRegisterFile(capture.text, capture.name) : recordedInverterWords();
  return new SimulatedInverter(options.source ?? new RegisterImage(words), options);
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

/** A BMS of the 4E57 protocol as it is chosen on a command line. @throws BadCommand for a bad capture */
export function simulated4e57({ source, capture, refuses, old_protocol }: SimulatedBms): SimulatedBms4e57 {
  return makeBms4e57({
    ...(source ? { source } : {}),
    ...(capture === undefined ? {} : { frame: readFrameFile(capture.text, capture.name) }),
    ...(refuses === true ? { ignoredWrites: "settings" as const } : {}),
    ...(old_protocol === true ? { protocolVersion: 0 as const } : {}),
  });
}

/** Likewise of the Modbus protocol. */
export function simulatedPb({ source, addresses = [1] }: SimulatedBms): SimulatedBmsPb {
  return makeBmsPb({ addresses, ...(source ? { sources: { [addresses[0] ?? 1]: source } } : {}) });
}

/** Read-all frame out of a capture: the last `<` line that begins with 4e57, or `response_hex` of a JSON. @throws BadCommand */
export function readFrameFile(text: string, name: string): Uint8Array {
  const json = text.trimStart().startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : null;
  const lines = json ? [String(json.response_hex ?? "")] : text.split(/\r?\n/).filter((line) => !/^\s*[#>]/.test(line));
  const frames = lines.map((line) => line.replace(/^\s*<?\s*/, "")).filter((line) => /^4e\s*57/i.test(line));
  const last = frames.at(-1);
  if (last === undefined) throw new BadCommand(failure("file_no_frame", { name, protocol: "4E57" }));
  const frame = fromHex(last);
  recordsOfFrame(frame, `${name} (${toHex(frame).slice(0, 12)}…)`);
  return frame;
}

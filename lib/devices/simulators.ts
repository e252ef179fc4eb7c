import { BadCommand, UsageError } from "../base/errors.ts";
import { fromHex, toHex } from "../codec/hex.ts";
import type { BmsSource } from "../sim/bms-state.ts";
import type { SimulatedDevice } from "../sim/device.ts";
import { JBD_BAUD, SimulatedJbd } from "./jbd/jbd-simulator.ts";
import { RECORDED_BMS_16S } from "./jkbms/recording-16s.ts";
import { RECORDED_PB_ABOUT, RECORDED_PB_SETTINGS, RECORDED_PB_STATUS } from "./jkbms/recording-pb-8s.ts";
import { BMS_BAUD, type Bms4e57Options, SimulatedBms4e57 } from "./jkbms/sim-4e57.ts";
import { SimulatedBmsPb } from "./jkbms/sim-pb.ts";
import { imageOfFrames } from "./jkbms/sim-pb-blocks.ts";
import { recordsOfFrame } from "./jkbms/sim-records.ts";
import { recordedInverterWords } from "./pv1800/recording-48v.ts";
import { type InverterOptions, SimulatedInverter } from "./pv1800/sim-inverter.ts";
import { type InverterSource, RegisterImage } from "./pv1800/sim-source.ts";

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

/** How the simulated BMS of a dialect is made. */
export interface BmsChoice {
  /** `protocol` of a configuration's entry. */
  readonly dialect: string;
  /** A live pack in place of the recording; the first unit's. */
  readonly source?: BmsSource;
  /** A recorded answer that is replayed, as text of its file; of the dialects that answer with one frame. */
  readonly capture?: { readonly text: string; readonly name: string };
  readonly addresses?: readonly number[];
  /** Takes no settings, as some firmware. */
  readonly refuses?: boolean;
  /** As a board that tells no protocol version. */
  readonly old_protocol?: boolean;
}

/** The dialects that can be simulated. */
export const SIMULATED_DIALECTS = ["4e57", "modbus", "jbd"] as const;

/** A simulated BMS and the speed of its line. @throws UsageError for a recording that the dialect cannot replay, BadCommand for a bad one */
export function makeBms(choice: BmsChoice): { readonly device: SimulatedDevice; readonly baud: number } {
  const { dialect, source, capture, addresses = [1] } = choice;
  if (capture !== undefined && dialect !== "4e57") {
    throw new UsageError("--capture holds a 4E57 frame; the other dialects replay their own recording");
  }
  if (dialect === "jbd") return { device: new SimulatedJbd(), baud: JBD_BAUD };
  if (dialect === "modbus") {
    const live = source ? { sources: { [addresses[0] ?? 1]: source } } : {};
    return { device: makeBmsPb({ addresses, ...live }), baud: BMS_BAUD };
  }
  const device = makeBms4e57({
    ...(source ? { source } : {}),
    ...(capture === undefined ? {} : { frame: readFrameFile(capture.text, capture.name) }),
    ...(choice.refuses === true ? { ignoredWrites: "settings" as const } : {}),
    ...(choice.old_protocol === true ? { protocolVersion: 0 as const } : {}),
  });
  return { device, baud: BMS_BAUD };
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

import type { Raw } from "../../lib/codec/table.ts";
import type { BmsSample } from "../../lib/devices/bms/sample.ts";
import {
  INVERTER_SETTING_FIELDS,
  type InverterSample,
  type InverterSampleRaw,
  STATUS_FIELDS,
  sampleOf,
} from "../../lib/devices/inverter/sample.ts";
import { decodeCells, decodeInfo, sampleOf as jbdSample } from "../../lib/devices/jbd/jbd-decode.ts";
import { REGISTER } from "../../lib/devices/jbd/jbd-frame.ts";
import { RECORDED_JBD_4S } from "../../lib/devices/jbd/jbd-simulator.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { settingsFromRaw } from "../../lib/devices/jkbms/settings.ts";
import { decodeWords } from "../../lib/devices/pv1800/decode.ts";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";

/** The recorded 48 V inverter by day as a sample, with other scaled integers where given. */
export function recordedInverter(changes: Partial<InverterSampleRaw> = {}): InverterSample {
  return { raw: { ...sampleOf(decodeWords(STATUS_FIELDS, new Map(recordedInverterWords()))), ...changes } };
}

/** Its settings as scaled integers. */
export function recordedInverterSettings(): Readonly<Record<string, Raw>> {
  return decodeWords(INVERTER_SETTING_FIELDS, new Map(recordedInverterWords()));
}

/** The recorded 16-cell 4E57 pack as a sample. */
export function recordedBms(changes: Partial<BmsSample> = {}): BmsSample {
  return { ...sampleFromRecords(decoded(), "recorded"), ...changes };
}

/** The recorded 4-cell JBD board as a sample. */
export function recordedJbd(changes: Partial<BmsSample> = {}): BmsSample {
  const { [REGISTER.info]: info, [REGISTER.cells]: cells } = RECORDED_JBD_4S;
  const told = decodeInfo(info as Uint8Array, "recorded");
  return { ...jbdSample(told, decodeCells(cells as Uint8Array, "recorded"), "recorded"), ...changes };
}

export function recordedBmsSettings(): Readonly<Record<string, Raw>> {
  return settingsFromRaw("4e57", decoded().records).raw;
}

function decoded() {
  return decodeRecords(parseReply(RECORDED_BMS_16S, "recorded").data, "recorded");
}

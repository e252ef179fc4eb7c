/** The devices of a station as their readers see them now. */
import type { Raw } from "../codec/table.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import type { BmsSample } from "../devices/bms/sample.ts";
import type { Derived } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample, type InverterValues } from "../devices/inverter/sample.ts";
import type { BmsKind } from "../devices/kind.ts";
import type { Doubt } from "./doubt.ts";
import type { BmsInput } from "./record.ts";
import { bmsRecord } from "./records.ts";
import { WHOLE_INVERTER, wholeBattery, wholeDerived, wholeInverter } from "./whole.ts";

/** A value of the newest sample that is not believed. */
export interface DoubtView extends Doubt {
  /** Since when without a pause, UTC s; null = not known. */
  readonly since: number | null;
}

/** The inverter as its readers see it: values only when they are fresh. */
export interface LiveInverter {
  readonly name: string;
  readonly last_at: number | null;
  readonly at: number | null;
  readonly sample: InverterSample | null;
  readonly values: InverterValues | null;
  /** What no register holds, by class and counters too; null with the sample. */
  readonly derived: Derived | null;
  readonly facts: Readonly<Record<string, unknown>>;
  /** What of the fresh sample is not believed, and since when. */
  readonly doubts: readonly DoubtView[];
}

export interface LiveBms {
  readonly name: string;
  readonly last_at: number | null;
  readonly at: number | null;
  readonly sample: BmsSample | null;
  /** What it speaks; of a protocol that is not known yet, what is true of all. */
  readonly kind: BmsKind;
  /** Settings as last read, scaled integers, and in engineering values; null = never. */
  readonly stored: { readonly read_at: number; readonly raw: Readonly<Record<string, Raw>> } | null;
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly facts: Readonly<Record<string, unknown>>;
  /** What of the fresh sample is not believed, and since when. */
  readonly doubts: readonly DoubtView[];
}

/** Every device of the configuration, read once for all who show it. */
export interface LiveStation {
  readonly machines: readonly LiveInverter[];
  /** All of them as one; null when the station has none. */
  readonly inverter: LiveInverter | null;
  readonly bms: readonly LiveBms[];
}

/** All inverters as one: the only one as it is; null when the station has none. Without one of several nothing of the whole is live. */
export function wholeLive(machines: readonly LiveInverter[]): LiveInverter | null {
  const [first, ...others] = machines;
  if (first === undefined || others.length === 0) return first ?? null;
  const ats = machines.flatMap(({ at }) => at ?? []);
  const raws = machines.flatMap(({ sample }) => sample?.raw ?? []);
  const told = machines.flatMap(({ last_at }) => last_at ?? []);
  const complete = raws.length === machines.length;
  const sample = complete ? { raw: wholeInverter(raws) } : null;
  return {
    ...first,
    name: WHOLE_INVERTER,
    // The whole is as old as the machine that was heard longest ago.
    last_at: told.length === machines.length ? Math.min(...told) : null,
    at: complete ? Math.min(...ats) : null,
    sample,
    values: sample && snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw),
    derived: complete ? wholeDerived(machines.flatMap(({ derived }) => derived ?? [])) : null,
    doubts: [],
  };
}

/** All packs as one battery, of those that are live; `missing` names the others. */
export function wholeLiveBattery(packs: readonly LiveBms[], now: number): BmsInput {
  const records = packs.map(({ name, at, sample, doubts }) =>
    sample === null || at === null ? null : bmsRecord({ at, device: name, sample }, doubts),
  );
  const ats = records.flatMap((record) => record?.at ?? []);
  const at = ats.length === 0 ? now : Math.max(...ats);
  return wholeBattery(
    at,
    records,
    packs.map(({ name }) => name),
  );
}

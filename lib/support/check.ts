import type { Context } from "../cli/spec.ts";
import { areSeveral } from "../config/units.ts";
import type {
  CheckTopic,
  DeviceTopic,
  DoctorDevice,
  IllCode,
  IllValues,
  WellCode,
  WellValues,
} from "../words/doctor-values.ts";

/** One finding of the doctor as a fact: what was looked at, how it is, and what its sentence is told. Words are made by `tellCheck`. */
export type Check = WellCheck | IllCheck;

export interface WellCheck<C extends WellCode = WellCode> {
  readonly topic: CheckTopic;
  /** "skip": not looked at, and the code says why. */
  readonly level: "ok" | "skip";
  readonly code: C;
  readonly values: WellValues[C];
}
/** Its sentence comes with what to do. */
export interface IllCheck<C extends IllCode = IllCode> {
  readonly topic: CheckTopic;
  readonly level: "warn" | "fail";
  readonly code: C;
  readonly values: IllValues[C];
}

export function ok<C extends WellCode>(topic: CheckTopic, code: C, values: WellValues[C]): WellCheck<C> {
  return { topic, level: "ok", code, values };
}
export function skip<C extends WellCode>(topic: CheckTopic, code: C, values: WellValues[C]): WellCheck<C> {
  return { topic, level: "skip", code, values };
}
export function warn<C extends IllCode>(topic: CheckTopic, code: C, values: IllValues[C]): IllCheck<C> {
  return { topic, level: "warn", code, values };
}
export function fail<C extends IllCode>(topic: CheckTopic, code: C, values: IllValues[C]): IllCheck<C> {
  return { topic, level: "fail", code, values };
}

/** A device of the station as checks name it. */
export function deviceCalled({ config }: Context, kind: DoctorDevice["kind"], name: string): DoctorDevice {
  return { kind, name, is_only: !areSeveral(config, kind) };
}

/** What programs know a check by, in any language: names of `--json` never change. */
export function checkName(topic: CheckTopic): string {
  if (typeof topic === "string") return topic.replaceAll("_", " ");
  if ("job" in topic) return `job ${topic.job}`;
  if ("secret" in topic) return topic.secret;
  return DEVICE_NAMES[topic.topic](topic.device.name);
}

const DEVICE_NAMES: Readonly<Record<DeviceTopic, (device: string) => string>> = {
  port: (device) => `port ${device}`,
  port_name: (device) => `name ${device}`,
  device: (device) => device,
  identity: (device) => `${device} identity`,
  values: (device) => `${device} values`,
  line: (device) => `${device} line`,
  parts: (device) => `${device} parts`,
  dialect: (device) => `${device} dialect`,
  bus: (device) => `${device} bus`,
};

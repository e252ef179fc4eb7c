/** Shapes of a Home Assistant discovery message in the device form. Full names, no abbreviations. */
import type { Speech } from "../../words/index.ts";
import type { HomeKind } from "./vocabulary.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Platform = "sensor" | "binary_sensor" | "switch" | "number" | "select" | "button" | "event";

/** One entity: `platform`, `unique_id`, `name` and the options of its platform. */
export interface Component {
  readonly platform: Platform;
  readonly unique_id: string;
  readonly name: string;
  readonly [option: string]: Json;
}

export type Components = Readonly<Record<string, Component>>;

/** The `device` block: only strings, unknown facts left out (a null refuses the whole message). */
export type DeviceBlock = Readonly<Record<string, string | readonly string[]>>;

/** A device as Home Assistant shall see it. `key` is its topic level below the base topic. */
export interface HomeDevice {
  readonly key: string;
  readonly block: DeviceBlock;
  readonly components: Components;
  /** False: the device has no availability topic of its own (the station itself). */
  readonly ownAvailability: boolean;
}

/** The words that entities and their states are made of. */
export type HomeSpeech = Pick<Speech, "entity" | "unproven" | "fault" | "page">;

/** What the components of one device are made with. */
export interface DeviceContext {
  readonly topics: Topics;
  readonly kind: HomeKind;
  /** Names are in the station's language; ids are not made of them. */
  readonly speech: HomeSpeech;
  /** Topic level and part of every id. */
  readonly device: string;
  /** s after the last message until a sensor shows as unavailable. */
  readonly expire_after_s: number;
  /** s after which the broker drops a command that nobody has fetched. */
  readonly command_expiry_s: number;
}

/** Every topic of one station. */
export interface Topics {
  /** Identity of the station: begins every unique id and discovery topic. */
  readonly station: string;
  readonly base: string;
  readonly prefix: string;
}

/** Topic level of the station itself; no device may have this name. */
export const STATION_DEVICE = "station";

export const statusTopic = (t: Topics): string => `${t.base}/status`;
/** Retained counter of our visits: tells whether the broker still knows the last one. */
export const runTopic = (t: Topics): string => `${t.base}/run`;
export const fenceTopic = (t: Topics): string => `${t.base}/fence`;
/** Refused and failed commands, for Home Assistant's event entity. */
export const eventTopic = (t: Topics): string => `${t.base}/${STATION_DEVICE}/event`;
export const commandFilter = (t: Topics): string => `${t.base}/+/+/set`;
export const deviceId = (t: Topics, device: string): string => `${t.station}_${device}`;
export const configTopic = (t: Topics, device: string): string => `${t.prefix}/device/${deviceId(t, device)}/config`;
export const stateTopic = (t: Topics, device: string): string => `${t.base}/${device}/state`;
export const attributesTopic = (t: Topics, device: string): string => `${t.base}/${device}/attributes`;
export const availabilityTopic = (t: Topics, device: string): string => `${t.base}/${device}/availability`;
/** Samples in order with their true time, those of a broker outage included. */
export const historyTopic = (t: Topics, device: string): string => `${t.base}/${device}/history`;
export const commandTopic = (t: Topics, device: string, key: string): string => `${t.base}/${device}/${key}/set`;
export const resultTopic = (t: Topics, device: string, key: string): string => `${t.base}/${device}/${key}/result`;

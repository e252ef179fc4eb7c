/** What a model makes of the registers where it is not what the sheet says: data beside the tables. */
import { rowMakers } from "../../codec/rows.ts";
import type { Field, Table } from "../../codec/table.ts";
import { INVERTER_SETTING_FIELDS } from "../inverter/sample.ts";
import type { InverterModels, Told, Variant } from "../kind.ts";
import { type Block, SETTING_BLOCKS } from "./blocks.ts";
import { type At, REGISTERS } from "./registers.ts";

/** One model, or several that are alike. */
export interface Model {
  /** As people call it. */
  readonly name: string;
  /** Rows whose address means something else on it, or has a meaning only on it. */
  readonly rows: Table<At>;
  /** Blocks of settings beside those of every machine. */
  readonly blocks: readonly Block[];
  /** False: nobody has told what its registers do, so nothing is written. */
  readonly writable: boolean;
}

/** One owner's LCD beside the registers, program by program; not in the vendor's sheet, so nothing of it is written by an order. */
const SEEN = "seen PV18-3224 VPM II";
const { choice, flags, u16 } = rowMakers("addr", undefined, "setting");
const BATTERIES = { 0: "agm", 1: "flooded", 2: "user_defined", 3: "lithium" } as const;

// biome-ignore format: a row a line
const VPM2_ROWS = {
  battery_type: choice(10110, BATTERIES, "Type of battery; other numbers than on the PV1800", SEEN),
  battery_type_mirror: choice(20129, BATTERIES, "Copy of 10110", SEEN),
  bms_control_method: choice(20137, { 0: "soc", 1: "voltage" }, "What ends charge and discharge: the state of charge that a BMS tells, or the voltage", SEEN),
  bms_link_loss: choice(20140, { 0: "stop", 1: "go_on" }, "What the machine does when the BMS on its own port falls silent", SEEN),
  bms_protocol: u16(20141, "", 1, "Number of the protocol of the BMS on the machine's own port", SEEN),
  system_settings: flags(20142, { 0: "overload_bypass", 1: "buzzer", 2: "overload_restart", 3: "over_temperature_restart", 4: "display_light", 5: "page_auto_turn", 6: "fault_record", 7: "source_loss_alarm" }, "Switches of the display and of restarts; other bits than on the PV1800", SEEN),
  soc_cutoff: u16(20146, "%", 1, "Inverter cuts off below this charge, where the BMS tells it", SEEN),
  soc_stop_discharge: u16(20147, "%", 1, "With the grid present discharging stops at this charge", SEEN),
  soc_stop_charge: u16(20148, "%", 1, "Charging stops at this charge", SEEN),
} as const satisfies Table<At>;

/** Every model that is known to differ; the first one is what the sheet describes. */
export const MODELS = {
  pv18: { name: "PV18 / PH18", rows: {}, blocks: [], writable: true },
  vpm2: { name: "PV18 VPM II", rows: VPM2_ROWS, blocks: [{ start: 20146, count: 3, instead: [] }], writable: true },
  unknown: { name: "an unknown model", rows: {}, blocks: [], writable: false },
} as const satisfies Readonly<Record<string, Model>>;
export type ModelName = keyof typeof MODELS;

/** Numbers that machines with the map of the sheet tell, whatever stands on their front. */
const OF_THE_SHEET: readonly number[] = [1800, 1900, 3000, 3300, 3500, 1600];
/** PV18-1012 and PV18-3224 of the second VPM series. */
const OF_VPM2: readonly number[] = [1500];
/** Letters of machines whose map is that of the sheet; an EP on the same address gives other meanings to the same registers. */
const TYPES: readonly string[] = ["PV", "PH"];
/** Editions of the register protocol that the tables were made from: 1.xx.xx. */
const EDITIONS = { from: 10_000, to: 19_999 };

/**
 * The model that these words are of; null while a machine has not told who it is. Letters and edition came with later protocols: where
 * they are missing the number alone counts.
 */
export function modelOf({ machine_type, machine_number, protocol_version }: Told): ModelName | null {
  if (typeof machine_number !== "number") return null;
  if (typeof machine_type === "string" && !TYPES.includes(machine_type)) return "unknown";
  const edition = typeof protocol_version === "number" && protocol_version > 0 ? protocol_version : EDITIONS.from;
  if (edition < EDITIONS.from || edition > EDITIONS.to) return "unknown";
  if (OF_VPM2.includes(machine_number)) return "vpm2";
  return OF_THE_SHEET.includes(machine_number) ? "pv18" : "unknown";
}

/** "PV1500", or as much of it as was told. */
export function modelText({ machine_type, machine_number }: Told): string {
  return `${machine_type ?? ""}${machine_number ?? ""}`;
}

/** Rows of class "never" that become ordinary ones with the owner's written consent, because only he can know what his grid allows. */
const FEED_IN_ROWS: readonly string[] = ["discharge_to_grid"];

/** True for a row that needs the consent, so that the client is told to let it through. */
export function needsFeedInConsent(key: string): boolean {
  return FEED_IN_ROWS.includes(key);
}

/** All registers of a machine; with consent to feed in, the rows that need it may be written by any order. */
export function registersOf(variant: Variant): Table<At> {
  return variantOf(REGISTERS, variant);
}

/** The settings, likewise. */
export function settingsOf(variant: Variant): Table<At> {
  return variantOf(INVERTER_SETTING_FIELDS, variant);
}

/** Blocks that the settings of a machine are read by. */
export function settingBlocksOf(model: string | null): readonly Block[] {
  return [...SETTING_BLOCKS, ...dataOf(model).blocks];
}

function dataOf(model: string | null): Model {
  return MODELS[model !== null && Object.hasOwn(MODELS, model) ? (model as ModelName) : "pv18"];
}

function variantOf(table: Table<At>, { model, feed_in = false }: Variant): Table<At> {
  const { rows, writable } = dataOf(model);
  if (Object.keys(rows).length === 0 && writable && !feed_in) return table;
  const other = new Set(Object.values(rows).map(({ addr }) => addr));
  const kept = Object.entries(table).filter(([, { addr }]) => !other.has(addr));
  const all: [string, Field & At][] = [...kept, ...Object.entries(rows)];
  return Object.fromEntries(all.map(([key, row]) => [key, permitted(key, row, { writable, feed_in })]));
}

function permitted(key: string, row: Field & At, may: { writable: boolean; feed_in: boolean }): Field & At {
  if (!may.writable) {
    const { write: _write, ...readable } = row;
    return readable as Field & At;
  }
  if (!may.feed_in || !row.write || !FEED_IN_ROWS.includes(key)) return row;
  return { ...row, write: { ...row.write, class: "normal" } };
}

export const PV1800_MODELS: InverterModels = {
  ...{ modelOf, modelText, registersOf, settingsOf, needsFeedInConsent },
  isUnknown: (model) => !dataOf(model).writable,
};

/** Every kind of device that the toolset knows: one line a kind. */
import { JBD } from "./jbd/jbd-kind.ts";
import { JK, JK_4E57, JK_PB } from "./jkbms/jk-kinds.ts";
import type { BmsKind, InverterKind, Kind } from "./kind.ts";
import { PV1800 } from "./pv1800/pv1800-kind.ts";

export const KINDS = {
  pv1800: PV1800,
  jk: JK,
  "jk-4e57": JK_4E57,
  "jk-pb": JK_PB,
  jbd: JBD,
} as const satisfies Readonly<Record<string, Kind>>;

/** The command that polls the devices of a role. */
export const POLLS = { inverter: "pv1800-dump", bms: "jkbms-dump" } as const satisfies Record<Kind["role"], string>;

/** Where the orders for the devices of a role are dropped, named as the original names them. */
export const ORDER_FILES = { inverter: "inverter_cmd.lst", bms: "jkbms_cmd.lst" } as const satisfies Record<
  Kind["role"],
  string
>;

/** Names that the original's station has for a role: files that others read, where its days were kept, MQTT topics, scripts. */
export const ORIGINAL_NAMES = {
  inverter: {
    last: "inverter_last.json",
    stats: "inverter_stats.json",
    days: "inverter",
    topic: "solar_station_inv",
    script: "pv1800_ctrl.py",
  },
  bms: {
    last: "jkbms_last.json",
    stats: "jkbms_stats.json",
    days: "jkbms",
    topic: "solar_station_jkbms",
    script: "jkbms_ctrl.py",
    switch_script: "jkbms_enable_chg.sh",
  },
} as const satisfies Record<Kind["role"], object>;

/** The kind of every inverter of a station: there is one so far. */
export const INVERTER_KIND: InverterKind = KINDS.pv1800;

/** The kinds of BMS, in the order of the list. */
export const BMS_KINDS: readonly BmsKind[] = Object.values<Kind>(KINDS).filter((kind) => kind.role === "bms");

/** The kind of this name, or null. */
export function kindOf(name: unknown): Kind | null {
  return typeof name === "string" && Object.hasOwn(KINDS, name) ? KINDS[name as keyof typeof KINDS] : null;
}

/** The kind of BMS that speaks this protocol, or null. */
export function bmsKindOf(protocol: unknown): BmsKind | null {
  return BMS_KINDS.find((kind) => kind.protocol === protocol) ?? null;
}

/** The kind that stands for a protocol which is not known: what is true of all that can be found. */
export function unknownBmsKind(): BmsKind {
  return BMS_KINDS.find((kind) => kind.is_looked_for) as BmsKind;
}

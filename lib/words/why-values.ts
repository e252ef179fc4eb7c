/** What the explanation of a decision is told: V, W, %, null = not known. */
import type { Format } from "./format.ts";

/** What a language has already when it makes these words. */
export interface WhyNames {
  readonly format: Format;
  readonly field: (key: string) => string;
  readonly fault: (label: string | null, bit: number | null) => string;
  readonly causes: Readonly<Record<string, string>>;
}

/** What the charge was read from. */
export type WhySource = "voltage" | "counter" | "neither";

/** The figures that a decision went by. */
export interface WhyFigures {
  readonly soc: number | null;
  readonly source: WhySource | null;
  readonly lowest: number | null;
  readonly pv: number | null;
  readonly load: number | null;
  readonly needed: number | null;
}

/** The sun rule: PV and charge against what it asks, and how long that has held, min. */
export interface WhySun {
  readonly pv: number | null;
  readonly needed: number | null;
  readonly soc: number | null;
  readonly start: number | null;
  readonly held: number;
  readonly hold: number;
}

export type WhyDevice = "bms" | "inverter";
export type WhyPart = "battery" | "mosfet" | "inverter";

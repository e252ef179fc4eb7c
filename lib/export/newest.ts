/** What formats of newest values are made of, and what they make. */
import type { Raw } from "../codec/table.ts";
import type { LiveBms, LiveInverter } from "../view/live.ts";

/** The station as it stands now. */
export interface Newest {
  readonly version: string;
  readonly station: { readonly name: string; readonly time_zone: string };
  /** Every device of the configuration; without a fresh sample it has no values. */
  readonly inverters: readonly NewestInverter[];
  readonly bms: readonly NewestBms[];
  readonly jobs: readonly {
    readonly name: string;
    readonly last_ok_at: number | null;
    readonly failing_code: number | null;
  }[];
  /** Open alerts; null where the rules have stopped: an old list would look like calm. */
  readonly alerts: readonly { readonly severity: "critical" | "warning" | "info"; readonly title: string }[] | null;
  /** Of the grid-switch rules, % and V. */
  readonly limits: { readonly reserve: number; readonly grid_voltage_low: number };
  /** `export:` of the configuration. */
  readonly options: ExportOptions;
}

export interface NewestInverter extends LiveInverter {
  /** Settings as last read, scaled integers; null = never. */
  readonly settings: Readonly<Record<string, Raw>> | null;
}

export interface NewestBms extends LiveBms {
  /** The answer that the fresh sample was made of; null = it was not kept. */
  readonly answer: Uint8Array | null;
}

/** What the owner chose for the formats. */
export interface ExportOptions {
  readonly original_names: Readonly<Record<string, string>>;
  readonly original_mended: boolean;
  readonly original_stats_mb: number;
  readonly nut_low_charge: number | null;
}

/** A file for other programs, as it is to be now. */
export interface LiveFile {
  /** Its name in the folder of a format of several files. */
  readonly name?: string;
  /** Null: there is nothing fresh to tell, and the file goes. */
  readonly text: string | null;
  /** A file beside it that gets the text as one more line, and begins anew above so many bytes. */
  readonly line_in?: { readonly name: string; readonly limit: number };
}

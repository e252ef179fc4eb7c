/** The one list of export formats: the command line, its help and the reference are made from it. */

import { influxText } from "./influx.ts";
import type { LiveFile, Newest } from "./newest.ts";
import { nutLive } from "./nut.ts";
import { originalLive } from "./original/live-files.ts";
import { prometheusLive } from "./prometheus.ts";
import type { ExportRow } from "./rows.ts";
import { csvText, jsonLines } from "./table-text.ts";

/** What a format of samples may need beside the rows. */
export interface TextContext {
  /** Id of the station. */
  readonly station: string;
  /** Columns of the one device, where the format has columns. */
  readonly columns: readonly string[];
  /** The first portion of the output: headers stand here. */
  readonly first: boolean;
}

/** Samples over time, in portions, oldest first. */
export interface SampleFormat {
  readonly name: string;
  readonly kind: "samples";
  readonly about: string;
  /** It has one header, hence columns of one device. */
  readonly one_device?: true;
  readonly text: (rows: readonly ExportRow[], context: TextContext) => string;
}

/** The newest values. */
export interface LiveFormat {
  readonly name: string;
  readonly kind: "live";
  readonly about: string;
  /** Where it goes without --output: a key of `export:`, else below the state directory; null = stdout. */
  readonly place: { readonly key?: "prometheus_file" | "original_dir" | "nut_file"; readonly usual: string | null };
  /** It writes several files into a folder. */
  readonly is_folder?: true;
  readonly files: (newest: Newest) => readonly LiveFile[];
}

/** Every format, in the order of the help. */
export const EXPORT_FORMATS: readonly (SampleFormat | LiveFormat)[] = [
  {
    name: "prometheus",
    kind: "live",
    about: "the newest values for node_exporter's textfile collector",
    place: { key: "prometheus_file", usual: null },
    files: prometheusLive,
  },
  {
    name: "influx",
    kind: "samples",
    about: "samples in InfluxDB's line protocol, times in seconds",
    text: (rows, { station }) => influxText(rows, station),
  },
  {
    name: "csv",
    kind: "samples",
    about: "samples of one device, with a header",
    one_device: true,
    text: (rows, { columns, first }) => {
      const text = csvText(rows, columns);
      return first ? text : text.slice(text.indexOf("\n") + 1);
    },
  },
  { name: "jsonl", kind: "samples", about: "samples, one JSON object a line", text: (rows) => jsonLines(rows) },
  {
    name: "original",
    kind: "live",
    about: "the newest values in the files of the original scripts",
    place: { key: "original_dir", usual: "export" },
    is_folder: true,
    files: originalLive,
  },
  {
    name: "nut",
    kind: "live",
    about: "the battery as a UPS, for the driver dummy-ups of Network UPS Tools",
    place: { key: "nut_file", usual: "export/solar.dev" },
    files: nutLive,
  },
];

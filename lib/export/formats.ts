/** The one list of export formats: the command line, its help and the reference are made from it. */
import { influxText } from "./influx.ts";
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

/** The newest values; what fetches them is named in lib/jobs/station/export.ts, which does not compile without it. */
export interface LiveFormat<Name extends string = string> {
  readonly name: Name;
  readonly kind: "live";
  readonly about: string;
}

const FORMATS = [
  { name: "prometheus", kind: "live", about: "the newest values for node_exporter's textfile collector" },
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
  { name: "original", kind: "live", about: "the newest values in the files of the original scripts" },
  { name: "nut", kind: "live", about: "the battery as a UPS, for the driver dummy-ups of Network UPS Tools" },
] as const satisfies readonly (SampleFormat | LiveFormat)[];

/** Names of the formats of newest values. */
export type LiveFormatName = Extract<(typeof FORMATS)[number], { kind: "live" }>["name"];

/** Every format, in the order of the help. */
export const EXPORT_FORMATS: readonly (SampleFormat | LiveFormat<LiveFormatName>)[] = FORMATS;

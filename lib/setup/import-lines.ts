import { createReadStream, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { isFromFuture } from "../base/clock.ts";
import { localStamp } from "../base/local-time.ts";
import { type LineFault, readOriginalLine, withCountersAndSwitches } from "../export/original/read-line.ts";
import { takeAnswer } from "../poll/take-kept.ts";
import type { Store } from "../store/database.ts";
import { hasSample } from "../store/samples.ts";
import { parseMoment } from "../view/time-span.ts";

/** Why a line gave no sample: not understood, of the future, refused by the judge, or of a moment that is already stored. */
export type NotTaken = LineFault | "future" | "refused" | "known";

export interface FileReport {
  readonly path: string;
  /** Lines that are not empty. */
  lines: number;
  taken: number;
  /** How many were not, by reason. */
  readonly not_taken: Partial<Record<NotTaken, number>>;
  /** The first ones that were not understood, by number. */
  readonly examples: { readonly line: number; readonly why: NotTaken }[];
  /** The file could not be read at all. */
  trouble: string | null;
  from: number | null;
  to: number | null;
}

/** Whose samples the lines become, and whose clock wrote their times. */
export interface ImportInto {
  readonly store: Store;
  readonly devices: { readonly bms: string; readonly inverter: string };
  readonly time_zone: string;
}

/** A file opened while its rights still allow it: the store belongs to another user than the original's files. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number | null;
  readonly trouble: string | null;
  /** Counters and switches that were written beside an `inverter_last.json`. */
  readonly accum: unknown;
  readonly cfg: unknown;
}

export function openLines(path: string): OpenFile {
  const beside = (name: string) => (path.endsWith("inverter_last.json") ? readJson(join(dirname(path), name)) : null);
  const more = { accum: beside("inverter_accum.json"), cfg: beside("inverter_cfg.json") };
  try {
    return { path, fd: openSync(path, "r"), trouble: null, ...more };
  } catch (error) {
    return { path, fd: null, trouble: (error as Error).message, ...more };
  }
}

/** Lines of one transaction. */
const AT_ONCE = 500;
const MOST_EXAMPLES = 5;

/** Every line of a file, judged as an answer of that moment and stored once. What is not taken is counted with its reason. */
export async function importLines(into: ImportInto, file: OpenFile): Promise<FileReport> {
  const report: FileReport = {
    ...{ path: file.path, lines: 0, taken: 0, not_taken: {}, examples: [] },
    ...{ trouble: file.trouble, from: null, to: null },
  };
  if (file.fd === null) return report;
  const clock = clockOf(into);
  let number = 0;
  let batch: { readonly number: number; readonly text: string }[] = [];
  const flush = () => {
    into.store.write(() => {
      for (const line of batch) note(report, line.number, takeLine(into, file, line.text, clock, report));
    });
    batch = [];
  };
  try {
    for await (const text of linesOf(file.fd, file.path)) {
      number += 1;
      if (text.trim() === "") continue;
      batch.push({ number, text });
      if (batch.length >= AT_ONCE) flush();
    }
  } catch (error) {
    // A cut-off archive: what came before it is taken.
    report.trouble = (error as Error).message;
  }
  flush();
  return report;
}

function note(report: FileReport, line: number, why: NotTaken | null): void {
  report.lines += 1;
  if (why === null) {
    report.taken += 1;
    return;
  }
  report.not_taken[why] = (report.not_taken[why] ?? 0) + 1;
  if (why !== "known" && report.examples.length < MOST_EXAMPLES) report.examples.push({ line, why });
}

function takeLine(
  { store, devices }: ImportInto,
  { accum, cfg }: OpenFile,
  text: string,
  clock: (ts: string) => number | null,
  report: FileReport,
): NotTaken | null {
  const line = readOriginalLine(text);
  if (typeof line === "string") return line;
  const at = clock(line.ts);
  if (at === null) return "no_time";
  if (isFromFuture(at, store.clock.now())) return "future";
  const device = devices[line.kind];
  report.from = Math.min(report.from ?? at, at);
  report.to = Math.max(report.to ?? at, at);
  if (hasSample(store, line.kind, device, at)) return "known";
  const sample = line.kind === "bms" ? line.answer : { raw: withCountersAndSwitches(line.answer, accum, cfg) };
  return takeAnswer(store, line.kind, device, { at, sample }) ? null : "refused";
}

/**
 * Local times as UTC seconds, in the order of the file: an hour that comes twice in autumn comes as the later one once the file has
 * gone past it.
 */
function clockOf({ store, time_zone }: ImportInto): (ts: string) => number | null {
  const hours = new Map<string, number>();
  const here = { now: store.clock.now(), time_zone };
  let before = 0;
  return (ts) => {
    const hour = ts.slice(0, 13);
    try {
      const start = hours.get(hour) ?? parseMoment(`${hour}:00`, here);
      hours.set(hour, start);
      const at = start + Number(ts.slice(14, 16)) * 60 + Number(ts.slice(17, 19));
      const isTwice = at < before && localStamp(at + 3600, time_zone) === ts.slice(0, 16);
      before = isTwice ? at + 3600 : at;
      return before;
    } catch {
      return null;
    }
  };
}

function linesOf(fd: number, path: string): AsyncIterable<string> {
  const stream = createReadStream(path, { fd });
  const plain = path.endsWith(".gz") ? stream.pipe(createGunzip()) : stream;
  return createInterface({ input: plain, crlfDelay: Number.POSITIVE_INFINITY });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

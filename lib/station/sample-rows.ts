/** Samples of several devices as rows for other programs. */
import type { StationUnit } from "../config/units.ts";
import { bmsRow, type ExportRow, inverterRow } from "../export/rows.ts";
import { columnNames } from "../export/table-text.ts";
import type { Store } from "../store/database.ts";
import { bmsSamples, latestBmsSample } from "../store/samples.ts";
import { firstSampleAt } from "../store/series.ts";
import { derivedSamples } from "../store/view.ts";

/** Samples are read and written in portions of this many seconds, so that a year fits into a small board's memory. */
const PORTION_S = 86_400;

/** Rows of one device, in portions, oldest first. */
type Portions = Iterable<ExportRow[]>;

/** CSV columns of a device; of a BMS with the cells of its newest sample. */
export function columnsOf(store: Store, device: StationUnit, now: number): string[] {
  if (device.kind === "inverter") return columnNames("inverter", 0);
  const newest = latestBmsSample(store, device.name, { now, max_age_s: now });
  return columnNames("bms", newest?.sample.cells.length ?? 0);
}

/** Samples of several devices in order of time, a day at a time. */
export function* merged(store: Store, devices: readonly StationUnit[], span: { from: number; to: number }): Portions {
  const first = firstSample(store, devices, span);
  for (let from = first; from < span.to; from += PORTION_S) {
    const to = Math.min(span.to, from + PORTION_S);
    const rows = devices.flatMap(({ kind, name }) =>
      kind === "inverter"
        ? derivedSamples(store, name, from, to).map(({ at, sample, derived }) => inverterRow(at, name, sample, derived))
        : bmsSamples(store, name, from, to).map(({ at, sample }) => bmsRow(at, name, sample)),
    );
    if (rows.length > 0) yield rows.sort((a, b) => a.at - b.at);
  }
}

/** Nothing is older than the first sample: a cursor at 0 must not walk through half a century. */
function firstSample(store: Store, devices: readonly StationUnit[], span: { from: number; to: number }): number {
  const ats = devices.flatMap(
    ({ kind, name }) =>
      firstSampleAt(store, kind === "inverter" ? "inverter_samples" : "bms_samples", name, span.from) ?? [],
  );
  return ats.length === 0 ? span.to : Math.min(...ats);
}

/** Portions of at most about `limit` rows: those of one second stay together, because the cursor is a second. */
export function* inPortions(rows: Portions, limit: number): Portions {
  for (const portion of rows) {
    let from = 0;
    while (from < portion.length) {
      let to = Math.min(portion.length, from + limit);
      while (to < portion.length && portion[to]?.at === portion[to - 1]?.at) to++;
      yield portion.slice(from, to);
      from = to;
    }
  }
}

/** At most about `limit` rows in all, likewise. */
export function* limited(portions: Portions, limit: number): Portions {
  let left = limit;
  for (const rows of portions) {
    const [first = []] = inPortions([rows], left);
    yield first;
    left -= first.length;
    if (left <= 0) return;
  }
}

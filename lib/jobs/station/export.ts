import { rmSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { type StationUnit, stationUnits, unitNamed } from "../../config/units.ts";
import { EXPORT_FORMATS, type LiveFormat, type SampleFormat } from "../../export/formats.ts";
import type { LiveFile } from "../../export/newest.ts";
import type { ExportRow } from "../../export/rows.ts";
import { readSecretFile } from "../../publish/notifiers/secret-file.ts";
import { type Destination, sendRows } from "../../publish/row-sender.ts";
import { hereOf } from "../../station/here.ts";
import { newestOf } from "../../station/newest-values.ts";
import { columnsOf, inPortions, limited, merged } from "../../station/sample-rows.ts";
import { speechOfStation } from "../../station/voice.ts";
import { addLine, growingFile, writeAtomically } from "../../store/atomic-file.ts";
import type { Store } from "../../store/database.ts";
import { cursor, setCursor, timeCursor } from "../../store/publish.ts";
import { parseFromTo } from "../../view/time-span.ts";

/** `station export`: the newest values, or samples over time, in a format of the list. */
export async function stationExport(context: Context): Promise<Answer | undefined> {
  if (context.options.commit !== undefined) return commitCursor(context, String(context.options.commit));
  const format = EXPORT_FORMATS.find(({ name }) => name === context.options.format);
  if (format === undefined) {
    throw new UsageError(failure("no_such_format", { formats: EXPORT_FORMATS.map(({ name }) => name).join(", ") }));
  }
  return format.kind === "live" ? exportLive(context, format) : exportSamples(context, format);
}

/** The newest values: a text, a file that goes when there is nothing fresh to tell, or a folder of files. @throws StateError */
function exportLive(context: Context, { place, is_folder, files }: LiveFormat): Answer {
  const { config, options, dryRun } = context;
  const made = files(newestOf(context, context.openStore({ readonly: true })));
  const chosen = options.output ?? (place.key && config.export[place.key]);
  const path = String(chosen ?? (place.usual === null ? "-" : join(config.station.state_dir, place.usual)));
  if (is_folder) {
    if (!dryRun) for (const file of made) writeLive(path, file);
    const written = made.map(({ name }) => join(path, name ?? ""));
    return { json: { files: written }, text: () => written.join("\n") };
  }
  const text = made[0]?.text ?? null;
  const bytes = Buffer.byteLength(text ?? "");
  if (path === "-") return { json: { path: null, bytes, text }, text: () => text ?? "", always: true };
  if (!dryRun) {
    if (text === null) rmSync(path, { force: true });
    else writeAtomically(path, text);
  }
  const said = text === null ? speechOfStation(context).answers.export.removed(path) : path;
  return { json: { path, bytes, fresh: text !== null }, text: () => said };
}

function writeLive(folder: string, { name, text, line_in }: LiveFile): void {
  if (name === undefined || text === null) return;
  writeAtomically(join(folder, name), text);
  if (line_in) addLine(join(folder, line_in.name), text, line_in.limit);
}

/** Whether `--to` names a place and no time. */
export function isUrl(to: unknown): boolean {
  return /^https?:/.test(String(to));
}

/** `--to http…`; null when it is a time. Times come in whole seconds, and the URL says so unless it says otherwise. @throws UsageError, ConfigError */
function destinationOf(context: Context): Destination | null {
  const { to, tokenFile } = context.options;
  if (!isUrl(to)) {
    if (tokenFile !== undefined) throw new UsageError(failure("token_without_url"));
    return null;
  }
  if (!URL.canParse(String(to))) throw new UsageError(failure("no_url"));
  const url = new URL(String(to));
  if (url.username !== "" || url.password !== "" || /[?&](p|token)=/.test(url.search)) {
    throw new UsageError(failure("secret_in_url"));
  }
  if (!url.searchParams.has("precision")) url.searchParams.set("precision", "s");
  if (tokenFile === undefined) return { url, authorization: null };
  const secret = readSecretFile(String(tokenFile));
  return { url, authorization: secret.includes(" ") ? secret : `Token ${secret}` };
}

async function exportSamples(context: Context, format: SampleFormat): Promise<Answer | undefined> {
  const destination = destinationOf(context);
  return destination === null ? writeSamples(context, format) : sendSamples(context, format, destination);
}

/** What came since the last run, to a database: nothing is lost while it is away, and what arrived is not sent again. */
async function sendSamples(context: Context, format: SampleFormat, destination: Destination): Promise<Answer> {
  const { options, config, clock, dryRun } = context;
  if (format.one_device) throw new UsageError(failure("format_not_sent", { format: format.name }));
  const name = String(options.cursor ?? destination.url.host);
  const store = context.openStore();
  const span = { from: firstAfter(store, name, clock.now()), to: clock.now() + 1 };
  const rows = inPortions(merged(store, chosenDevices(context, format), span), config.export.batch_rows);
  const words = speechOfStation(context).answers.export;
  if (dryRun) return { json: { cursor: name, from: span.from }, text: () => words.would_begin(name, span.from) };
  const text = (some: readonly ExportRow[]) =>
    format.text(some, { station: config.station.id, columns: [], first: true });
  const arrived = (until: number) => store.write(() => setCursor(store, cursorName(name), until));
  const { rows: count, refused } = await sendRows(context, destination, rows, text, arrived);
  return { json: { cursor: name, rows: count, refused }, text: () => words.sent(name, count, refused) };
}

function writeSamples(context: Context, format: SampleFormat): Answer | undefined {
  const { options, config, clock, dryRun } = context;
  const name = options.cursor === undefined ? null : String(options.cursor);
  const store = context.openStore(name === null ? { readonly: true } : undefined);
  const span =
    name === null
      ? parseFromTo(String(options.from), String(options.to), hereOf(context))
      : { from: firstAfter(store, name, clock.now()), to: clock.now() + 1 };
  const devices = chosenDevices(context, format);
  const limit = name === null ? Number.POSITIVE_INFINITY : config.export.batch_rows;
  const rows = limited(merged(store, devices, span), limit);
  const columns = format.one_device ? columnsOf(store, devices[0] as StationUnit, clock.now()) : [];
  const output = outputFor(context);
  let until = 0;
  let count = 0;
  try {
    for (const portion of rows) {
      output.write(format.text(portion, { station: config.station.id, columns, first: count === 0 }));
      count += portion.length;
      until = portion.at(-1)?.at ?? until;
    }
    if (count === 0) output.write(format.text([], { station: config.station.id, columns, first: true }));
    output.finish();
  } catch (error) {
    output.discard();
    throw error;
  }
  if (name !== null && until > 0 && !dryRun) store.later(() => setCursor(store, pendingName(name), until));
  if (output.path === null) return undefined;
  return { json: { path: output.path, rows: count, until: until || null }, text: () => `${output.path} (${count})` };
}

/** Where an export goes: stdout at once, or a file that appears when it is complete. */
interface Output {
  readonly path: string | null;
  write(text: string): void;
  finish(): void;
  discard(): void;
}

function outputFor(context: Context): Output {
  const { output } = context.options;
  if (output === undefined || output === "-") {
    return { path: null, write: (text) => context.print(text), finish: () => {}, discard: () => {} };
  }
  const path = String(output);
  if (context.dryRun) return { path, write: () => {}, finish: () => {}, discard: () => {} };
  return { path, ...growingFile(path) };
}

/** One device, or all; CSV has one header, so it takes one device. @throws UsageError */
function chosenDevices(context: Context, format: SampleFormat): readonly StationUnit[] {
  const all = stationUnits(context.config);
  const wanted = context.options.device;
  const chosen = wanted === undefined ? all : [unitNamed(all, wanted, "device")];
  if (format.one_device && chosen.length > 1) {
    const names = all.map(({ name }) => name).join(", ");
    throw new UsageError(failure("format_of_one_device", { format: format.name, names }));
  }
  return chosen;
}

/** A cursor that a wrong clock moved into the future begins this long ago again, s. */
const LOST_CURSOR_S = 31 * 86_400;

function firstAfter(store: Store, name: string, now: number): number {
  const { at, lost } = timeCursor(store, cursorName(name));
  return lost ? now - LOST_CURSOR_S : (at ?? 0) + 1;
}

function commitCursor(context: Context, name: string): Answer {
  const store = context.openStore();
  const until = cursor(store, pendingName(name));
  if (until === null) throw new UsageError(failure("nothing_to_commit", { cursor: name }));
  store.later(() => setCursor(store, cursorName(name), until));
  return { json: { cursor: name, exported_until: until }, text: () => `${name}: ${until}` };
}

function cursorName(name: string): string {
  return `export:${name}`;
}
function pendingName(name: string): string {
  return `export:${name}:pending`;
}

import type { Raw } from "../codec/table.ts";
import { BMS_FIELDS, type BmsRaw, type BmsSample } from "../devices/bms/sample.ts";
import type { InverterSample } from "../devices/inverter/sample.ts";
import { FUTURE_TOLERANCE_S } from "../view/age.ts";
import type { Refusal } from "../view/doubt.ts";
import { bootOfSample } from "./boots.ts";
import { packCells, unpackCells } from "./cells.ts";
import type { Store } from "./database.ts";
import { deviceId } from "./device-rows.ts";
import { DEVICES_MOST, keyFrom, OF_NAMED_IN_SPAN, sampleKey } from "./sample-key.ts";
import { readColumns, SAMPLE_COLUMNS, type SampleTable } from "./schema.ts";
import { packSwitches, SWITCHES, SWITCHES_COLUMN } from "./switches.ts";

/** A stored sample with its time (UTC seconds) and device name. */
export interface Stored<T> {
  readonly at: number;
  readonly device: string;
  readonly sample: T;
}

/** Stores one inverter sample; a second one of the same second replaces the first. Call inside write or later. */
export function saveInverterSample(store: Store, device: string, at: number, sample: InverterSample): void {
  insert(store, "inverter_samples", { at, device: deviceId(store, "inverter", device), ...sample.raw });
}

/** Stores one BMS sample with its answer counts. Call inside write or later. */
export function saveBmsSample(store: Store, device: string, at: number, sample: BmsSample): void {
  insert(store, "bms_samples", { ...sample, at, device: deviceId(store, "bms", device), ...packCells(sample.cells) });
}

/** The newest inverter sample not older than `max_age_s` and not from the future, or null. */
export function latestInverterSample(store: Store, device: string, age: Age): Stored<InverterSample> | null {
  return latest(store, "inverter_samples", device, age, toInverter);
}

/** The newest BMS sample not older than `max_age_s` and not from the future, or null. */
export function latestBmsSample(store: Store, device: string, age: Age): Stored<BmsSample> | null {
  return latest(store, "bms_samples", device, age, toBms);
}

/** Inverter samples with from <= at < to, oldest first. */
export function inverterSamples(store: Store, device: string, from: number, to: number): Stored<InverterSample>[] {
  return between(store, "inverter_samples", device, from, to, toInverter);
}

/** BMS samples with from <= at < to, oldest first. */
export function bmsSamples(store: Store, device: string, from: number, to: number): Stored<BmsSample>[] {
  return between(store, "bms_samples", device, from, to, toBms);
}

/** Time of the newest sample of any age, for "silent since"; `until`: those dated later come from a wrong clock. Null = none. */
export function lastSampleAt(store: Store, device: string, until = Number.MAX_SAFE_INTEGER): number | null {
  const at = store.read(() => {
    const row = store.db.prepare("SELECT id, kind FROM devices WHERE name = ?").get(device);
    if (row === undefined) return null;
    const { id, kind } = row as { id: number; kind: "inverter" | "bms" };
    const sql = `SELECT max(id) / ${DEVICES_MOST} FROM ${kind}_samples WHERE device = ? AND id < ${keyFrom("? + 1")}`;
    return store.db.prepare(sql).pluck().get(id, until);
  });
  return at === null || at === undefined ? null : Number(at);
}

/** Whether a device has a sample of this very second. */
export function hasSample(store: Store, kind: "inverter" | "bms", device: string, at: number): boolean {
  const sql = `SELECT 1 FROM ${kind}_samples WHERE ${OF_NAMED_IN_SPAN} LIMIT 1`;
  return store.read(() => store.db.prepare(sql).get(device, at, at + 1)) !== undefined;
}

/** Keeps what was known of an answer that was refused as a whole, under the code of the refusal; the newest hundred of each device. */
export function saveRejected(
  store: Store,
  kind: "inverter" | "bms",
  device: string,
  at: number,
  refusal: Refusal,
  raw: unknown,
): void {
  const id = deviceId(store, kind, device);
  store.db
    .prepare("INSERT INTO rejected_samples (at, device, reason, raw) VALUES (?, ?, ?, ?)")
    .run(at, id, refusal.code, JSON.stringify({ evidence: refusal.evidence, raw }));
  store.db
    .prepare(
      "DELETE FROM rejected_samples WHERE device = ? AND id NOT IN " +
        "(SELECT id FROM rejected_samples WHERE device = ? ORDER BY id DESC LIMIT 100)",
    )
    .run(id, id);
}

/** "Latest" is a question with an age. */
export interface Age {
  readonly now: number;
  readonly max_age_s: number;
}

function insert(store: Store, table: SampleTable, values: Readonly<Record<string, unknown>>): void {
  const row = storedRow(table, { ...values, boot: bootOfSample(store) });
  const columns = Object.keys(row);
  const sql = `INSERT OR REPLACE INTO ${table} (${columns.map((c) => `"${c}"`).join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  store.db.prepare(sql).run(...Object.values(row));
}

type ColumnValue = Raw | Uint8Array;

/** The columns of a sample as they are stored: known ones only, switches packed. */
export function storedRow(
  table: SampleTable,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, ColumnValue>> {
  const switches: readonly string[] = SWITCHES[table];
  const known = new Set<string>(["good_answers", "bad_answers", "boot", ...SAMPLE_COLUMNS[table]]);
  const plain = Object.entries(values).filter(([key]) => known.has(key) && !switches.includes(key));
  return {
    id: sampleKey(Number(values.at), Number(values.device)),
    ...Object.fromEntries(plain.map(([key, value]) => [key, (value as ColumnValue | undefined) ?? null])),
    [SWITCHES_COLUMN]: packSwitches(switches, values),
  };
}

type Row = Readonly<Record<string, number | null>>;

function latest<T>(
  store: Store,
  table: SampleTable,
  device: string,
  age: Age,
  convert: (row: Row) => T,
): Stored<T> | null {
  const sql = `SELECT ${selected(table)} FROM ${table} WHERE ${OF_NAMED_IN_SPAN} ORDER BY id DESC LIMIT 1`;
  const bounds = [age.now - age.max_age_s, age.now + FUTURE_TOLERANCE_S + 1];
  const found = store.read(() =>
    store.db
      .prepare(sql)
      .expand()
      .get(device, ...bounds),
  ) as Expanded | undefined;
  return found ? stored(table, device, found, convert) : null;
}

function between<T>(
  store: Store,
  table: SampleTable,
  device: string,
  from: number,
  to: number,
  convert: (row: Row) => T,
): Stored<T>[] {
  const sql = `SELECT ${selected(table)} FROM ${table} WHERE ${OF_NAMED_IN_SPAN} ORDER BY id`;
  const rows = store.read(() => store.db.prepare(sql).expand().all(device, from, to)) as Expanded[];
  return rows.map((row) => stored(table, device, row, convert));
}

/** A row as its table has it, and beside it what the query computes: the columns are the sample, and are not copied. */
type Expanded = Readonly<Record<SampleTable, Row>> & { readonly $: { readonly taken: number } };

function stored<T>(table: SampleTable, device: string, row: Expanded, convert: (row: Row) => T): Stored<T> {
  return { at: Number(row.$.taken), device, sample: convert(row[table]) };
}

function selected(table: SampleTable): string {
  return ["at + 0 AS taken", ...readColumns(table).map((column) => `"${column}"`)].join(", ");
}

function toInverter(row: Row): InverterSample {
  return { raw: row as unknown as InverterSample["raw"] };
}

const BMS_KEYS = Object.keys(BMS_FIELDS);

function toBms(row: Row): BmsSample {
  const cells = unpackCells(row.cell_min ?? null, (row as { readonly cells?: Uint8Array | null }).cells ?? null);
  while (cells.length > 0 && cells.at(-1) === null) cells.pop();
  return {
    ...(pick(row, BMS_KEYS) as BmsRaw),
    cells,
    good_answers: Number(row.good_answers),
    bad_answers: Number(row.bad_answers),
  };
}

function pick(row: Row, keys: readonly string[]): Record<string, number | null> {
  const picked: Record<string, number | null> = {};
  for (const key of keys) picked[key] = row[key] ?? null;
  return picked;
}

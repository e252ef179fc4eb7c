import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BmsSample } from "../../lib/devices/bms/sample.ts";
import type { InverterSample, InverterSampleRaw } from "../../lib/devices/inverter/sample.ts";
import { SETTING_FIELDS } from "../../lib/devices/jkbms/settings.ts";
import { influxText } from "../../lib/export/influx.ts";
import { prometheusText } from "../../lib/export/prometheus.ts";
import { bmsRow, EXPORT_FIELDS, type ExportRow, exportedFields, inverterRow } from "../../lib/export/rows.ts";
import { columnNames, csvText, jsonLines } from "../../lib/export/table-text.ts";
import { devicesNow } from "../../lib/home/published-devices.ts";
import { runBatmon } from "../../lib/jobs/batmon/batmon-run.ts";
import { renderPage } from "../../lib/page/page.ts";
import { attributesOf, stateOf } from "../../lib/publish/homeassistant/device.ts";
import { bmsRows, inverterRows } from "../../lib/publish/homeassistant/rows.ts";
import { pageModel } from "../../lib/station/page-model.ts";
import { statusJson } from "../../lib/station/status-json.ts";
import type { Store } from "../../lib/store/database.ts";
import { saveDoubts } from "../../lib/store/doubts.ts";
import { latestBmsSample, latestInverterSample, saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { latestInverterRecord } from "../../lib/store/view.ts";
import { stateChecks } from "../../lib/support/state-checks.ts";
import { statusText } from "../../lib/terminal/status-text.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import { inverterRecord } from "../../lib/view/records.ts";
import { speech } from "../../lib/words/index.ts";
import { told } from "../support/doctor.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";
import { recordedBms, recordedInverter, recordedJbd } from "../support/recorded-samples.ts";

/**
 * Every field of both devices × {absent, low, high, frozen} × every reader: one odd value costs itself, never another field or a reader.
 * What lies in the state file may be older than the judge of samples, so values beyond all limits are put there as they are.
 */
type Kind = "inverter" | "bms";
type Fault = "absent" | "low" | "high" | "frozen";
const FAULTS: readonly Fault[] = ["absent", "low", "high", "frozen"];
const MINUTES = 10;
const CELLS = recordedBms().cells.length;

/** The kinds of devices, with a recorded sample of each BMS. */
interface Device {
  readonly name: string;
  readonly kind: Kind;
  readonly protocol: "4e57" | "jbd";
  readonly base: typeof recordedBms;
}
const DEVICES: readonly Device[] = [
  { name: "inverter", kind: "inverter", protocol: "4e57", base: recordedBms },
  { name: "BMS", kind: "bms", protocol: "4e57", base: recordedBms },
  { name: "board of JBD", kind: "bms", protocol: "jbd", base: recordedJbd },
];

const KEYS: readonly (readonly [Kind, string])[] = [
  ...Object.keys(EXPORT_FIELDS.inverter).map((key) => ["inverter", key] as const),
  ...Object.keys(EXPORT_FIELDS.bms).map((key) => ["bms", key] as const),
  ...Array.from({ length: CELLS }, (_, index) => ["bms", `cell_${String(index + 1).padStart(2, "0")}`] as const),
];

/** Has this device the cell? Keys that are no cells, it has. */
function isCellOf({ base }: Device, key: string): boolean {
  const cell = /^cell_(\d\d)$/.exec(key)?.[1];
  return cell === undefined || Number(cell) <= base().cells.length;
}

/** "No sun" is no fault of the charger, and its sun is what tells it. */
const DEPENDS: Readonly<Record<string, readonly string[]>> = {
  pv_power: ["charger_errors"],
  pv_voltage: ["charger_errors"],
};

function faulty(before: number | null, fault: Fault): number | null {
  if (fault === "absent") return null;
  if (fault === "frozen") return before;
  return fault === "low" ? -32_768 : 65_535;
}

/** A plant in motion: the field that is faulty is so in every minute. */
function inverterAt(minute: number, fault?: readonly [string, Fault]): InverterSample {
  const moving = { pv_power: 900 + 10 * minute, load_power: 700 + 5 * minute, inverter_power: 700 - minute };
  const { raw } = recordedInverter(moving);
  if (fault === undefined) return { raw };
  const [key, kind] = fault;
  const still = (recordedInverter().raw as Readonly<Record<string, number | null>>)[key] ?? null;
  const value = faulty(still, kind);
  return { raw: { ...raw, [key]: value } as InverterSampleRaw };
}

function bmsAt(minute: number, base: typeof recordedBms, fault?: readonly [string, Fault]): BmsSample {
  const sample = base({ battery_current: 1000 * minute });
  if (fault === undefined) return sample;
  const [key, kind] = fault;
  const cell = /^cell_(\d\d)$/.exec(key)?.[1];
  if (cell === undefined) {
    const still = (base() as unknown as Readonly<Record<string, number | null>>)[key] ?? null;
    return { ...sample, [key]: faulty(still, kind) };
  }
  return { ...sample, cells: sample.cells.map((mv, index) => (index + 1 === Number(cell) ? faulty(mv, kind) : mv)) };
}

function fill(station: OrderStation, { kind, base }: Device, fault?: readonly [string, Fault]): void {
  const { store, now } = station;
  // Only the newest minutes differ: the others are as they were.
  const first = fault === undefined ? 0 : MINUTES - 3;
  store.write(() => {
    for (let minute = first; minute <= MINUTES; minute++) {
      const at = now - 60 * (MINUTES - minute) - 5;
      if (kind === "inverter") saveInverterSample(store, kind, at, inverterAt(minute, fault));
      else saveBmsSample(store, kind, at, bmsAt(minute, base, fault));
    }
  });
}

function station(t: TestContext, device: Device = DEVICES[1] as Device): OrderStation {
  const made = orderStation(t, {
    mqtt: { enabled: true },
    bms: [{ name: "bms", port: "/dev/null", protocol: device.protocol }],
  });
  fill(made, { ...device, kind: "inverter" });
  fill(made, { ...device, kind: "bms" });
  return made;
}

type Fields = Readonly<Record<string, unknown>>;

/** What every reader says of one device, by reader. */
function readAll({ context, store, now }: OrderStation, kind: Kind): Record<string, Fields> {
  const row =
    kind === "inverter"
      ? inverterRow(
          now,
          kind,
          inverterOf(store, now),
          latestInverterRecord(store, kind, { now, max_age_s: 60 })?.derived ?? null,
        )
      : bmsRow(now, kind, bmsOf(store, now));
  const device = devicesNow({ ...context, dryRun: true }, store, new Map()).find(({ home }) => home.key === kind);
  assert.ok(device?.at, "the device is live over MQTT");
  attributesOf(device.rows, speech("en"), device.doubts);
  return {
    status: (statusJson(context, store)[kind] ?? {}) as Fields,
    mqtt: stateOf(device.rows, device.at, speech("en"), device.doubts),
    ...exportsOf(row),
  };
}

function exportsOf(row: ExportRow): Record<string, Fields> {
  const columns = columnNames(row.kind, row.cells.length);
  const [header = "", line = ""] = csvText([row], columns).split("\n");
  const names = header.split(",");
  const json = JSON.parse(jsonLines([row])) as Fields & { readonly cells?: readonly unknown[] };
  const influx = influxText([row], "home").split(" ").slice(1, -1).join(" ");
  const device = { kind: row.kind, name: row.device, last_at: row.at, row };
  const metrics = prometheusText({ version: "1", devices: [device], jobs: [], open_alerts: null }).split("\n");
  return {
    csv: Object.fromEntries(line.split(",").map((text, index) => [names[index] as string, text])),
    jsonl: { ...json, ...Object.fromEntries((json.cells ?? []).map((volt, index) => [cellName(index), volt])) },
    influx: Object.fromEntries(influx.split(/(?<!\\),/).map((pair) => pair.split("=") as [string, string])),
    prometheus: byField(row.kind, metrics),
  };
}

/** Metric lines by field; the longest name that begins the metric's is its own. */
function byField(kind: Kind, metrics: readonly string[]): Fields {
  const names = exportedFields(kind).map(
    ([key]) => [key, `solar_station_${kind}_${key.replace(/_count$/, "s")}`] as const,
  );
  const found: Record<string, string> = {};
  for (const metric of metrics.filter((line) => !line.startsWith("#"))) {
    const fitting = names.filter(([, name]) => metric.startsWith(name)).sort((a, b) => b[1].length - a[1].length);
    const key = fitting[0]?.[0];
    if (key !== undefined) found[key] = `${found[key] ?? ""}${metric};`;
  }
  return found;
}

function cellName(index: number): string {
  return `cell_${String(index + 1).padStart(2, "0")}`;
}

function inverterOf(store: Store, now: number): InverterSample {
  const found = latestInverterSample(store, "inverter", { now, max_age_s: 60 });
  assert.ok(found);
  return found.sample;
}
function bmsOf(store: Store, now: number): BmsSample {
  const found = latestBmsSample(store, "bms", { now, max_age_s: 60 });
  assert.ok(found);
  return found.sample;
}

/** Keys of every field of a device but the faulty one and what is made of it. */
function others(kind: Kind, faultyKey: string): string[] {
  const without = [faultyKey, ...(DEPENDS[faultyKey] ?? [])];
  return KEYS.filter(([of, key]) => of === kind && !without.includes(key)).map(([, key]) => key);
}

for (const one of DEVICES) {
  const { name, kind } = one;
  const keys = KEYS.filter(([of, key]) => of === kind && isCellOf(one, key));

  test(`readers: one odd field of the ${name} costs itself`, async (t) => {
    const made = station(t, one);
    const good = readAll(made, kind);
    const lost: string[] = [];
    for (const [, key] of keys) {
      for (const fault of FAULTS) {
        fill(made, one, [key, fault]);
        const found = readAll(made, kind);
        for (const [reader, fields] of Object.entries(found)) {
          for (const other of others(kind, key)) {
            if (JSON.stringify(fields[other]) !== JSON.stringify(good[reader]?.[other])) {
              lost.push(
                `${key} ${fault}: ${reader} shows ${other} as ${fields[other]} instead of ${good[reader]?.[other]}`,
              );
            }
          }
        }
        if (fault === "absent") assert.ok((found.status?.[key] ?? null) === null, `${key} absent is null in status`);
      }
      fill(made, one);
    }
    assert.deepEqual(lost.slice(0, 20), []);
  });

  test(`page, terminal and rules: no odd field of the ${name} stops them`, async (t) => {
    const made = station(t, one);
    const context = { ...made.context, dryRun: true };
    for (const [, key] of keys) {
      for (const fault of FAULTS) {
        fill(made, one, [key, fault]);
        const model = pageModel(context, made.store);
        const live = kind === "inverter" ? model.inverter?.values : model.bms[0]?.sample;
        assert.ok(live, `${key} ${fault}: the device is live`);
        // What is shown, without the program that reads it out.
        const page = renderPage(model).replace(/<script>[\s\S]*?<\/script>/g, "");
        const text = statusText(model, false);
        assert.ok(!/NaN|undefined|Infinity/.test(page + text), `${key} ${fault}: no nonsense is shown`);
        const answer = await runBatmon(context);
        assert.ok(
          (answer?.json as { readonly decision?: unknown } | undefined)?.decision,
          `${key} ${fault}: the rules decide`,
        );
      }
      fill(made, one);
    }
  });
}

/** A small generator with a seed: a failure names the case, and the same case comes again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("10,000 random double faults: every export and MQTT row stays, nothing throws", () => {
  const next = random(20_261_125);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const value = () =>
    pick([null, -2_147_483_648, -32_768, -1, 0, 1, 255, 65_535, 4_294_967_295, Math.floor(next() * 65_536)]);
  const inverter = recordedInverter();
  const bms = recordedBms();
  for (let count = 0; count < 10_000; count++) {
    const faults = [pick(KEYS), pick(KEYS)].map(([kind, key]) => [kind, key, value()] as const);
    const raw: Record<string, number | null> = { ...(inverter.raw as Record<string, number | null>) };
    const pack: Record<string, unknown> = { ...bms, cells: [...bms.cells] };
    for (const [kind, key, odd] of faults) {
      const cell = /^cell_(\d\d)$/.exec(key)?.[1];
      if (kind === "inverter") raw[key] = odd;
      else if (cell === undefined) pack[key] = odd;
      else (pack.cells as (number | null)[])[Number(cell) - 1] = odd;
    }
    const derived = inverterRecord({ at: 1_800_000_000, sample: { raw: raw as InverterSampleRaw } }).derived ?? null;
    const rows = [
      inverterRow(1_800_000_000, "inverter", { raw: raw as InverterSampleRaw }, derived),
      bmsRow(1_800_000_000, "bms", pack as unknown as BmsSample),
    ];
    const text = `${influxText(rows, "home")}${jsonLines(rows)}`;
    const home = [
      ...inverterRows({ raw: raw as InverterSampleRaw }, null, {}, {}, derived),
      ...bmsRows(pack as unknown as BmsSample, CELLS, { table: SETTING_FIELDS["4e57"], raw: null }, null),
    ];
    const state = JSON.stringify(stateOf(home, 1_800_000_000, speech("en")));
    assert.ok(!/NaN|undefined|Infinity/.test(text + state), JSON.stringify(faults));
    if (count % 20 !== 0) continue;
    const devices = rows.map((row) => ({ kind: row.kind, name: row.device, last_at: row.at, row }));
    const metrics = prometheusText({ version: "1", devices, jobs: [], open_alerts: null });
    assert.ok(!/NaN|undefined|Infinity/.test(metrics), JSON.stringify(faults));
  }
});

test("a doubted value is named everywhere: page, terminal, doctor, JSON, MQTT; silent with the sample", (t) => {
  const made = station(t);
  const { store, context } = made;
  const at = made.now - 5;
  const hot: Doubt = { key: "transformer_temperature", code: "out_of_range", raw: 200, low: -60, high: 150 };
  const broken: Doubt = { key: "cell_7", code: "out_of_range", raw: 0, low: 1, high: 4.6 };
  store.write(() => {
    saveInverterSample(store, "inverter", at, inverterAt(MINUTES, ["transformer_temperature", "absent"]));
    saveDoubts(store, "inverter", "inverter", at, [hot]);
    saveBmsSample(store, "bms", at, bmsAt(MINUTES, recordedBms, ["cell_07", "absent"]));
    saveDoubts(store, "bms", "bms", at, [broken]);
  });
  const model = pageModel(context, store);
  const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
  const page = spaced(renderPage(model));
  assert.ok(page.includes("Not believed: Transformer temperature: sent 200 °C, outside what is possible"));
  assert.ok(page.includes("Not believed: Cell 7: sent 0.000 V, outside what is possible"));
  const russian = spaced(renderPage({ ...model, speech: speech("ru") }));
  assert.match(russian, /Не верим: [^<]*: прислано 200 °C, вне возможного/);
  const text = spaced(statusText(model, false));
  assert.match(text, /Not believed +inverter: Transformer temperature: sent 200 °C/);
  assert.match(text, /Not believed +bms: Cell 7: sent 0\.000 V/);
  const checks = told(context, stateChecks(context, store)).filter(({ name }) => name.endsWith(" values"));
  assert.deepEqual(
    checks.map(({ name, level, text: why }) => [name, level, why]),
    [
      ["inverter values", "warn", "not believed: Transformer temperature: sent 200 °C, outside what is possible"],
      ["bms values", "warn", "not believed: Cell 7: sent 0.000 V, outside what is possible"],
    ],
  );
  const json = statusJson(context, store) as Record<string, { readonly doubts: readonly unknown[] }>;
  assert.deepEqual(json.inverter?.doubts, [{ ...hot, since: at }]);
  const devices = devicesNow({ ...context, dryRun: true }, store, new Map());
  for (const { home, rows, doubts, at: sampled } of devices) {
    assert.equal(stateOf(rows, sampled ?? 0, speech("en"), doubts).doubted_values, "ON");
    assert.ok(home.components.doubted_values);
    const attributes = attributesOf(rows, speech("en"), doubts).doubted_values as {
      readonly active: readonly unknown[];
    };
    assert.equal(attributes.active.length, 1);
  }
  made.now += 3600;
  const later = pageModel(context, store);
  assert.deepEqual([later.inverter?.doubts, later.bms[0]?.doubts], [[], []]);
});

import type { Field, Unit } from "../codec/table.ts";
import { fieldName, valueFromRaw } from "../codec/values.ts";
import type { LiveFile, Newest } from "./newest.ts";
import { bmsRow, type DeviceKind, type ExportRow, exportedFields, inverterRow } from "./rows.ts";

/** A device and its newest sample, if that is fresh. */
export interface MeasuredDevice {
  readonly kind: DeviceKind;
  readonly name: string;
  /** Newest sample of any age, UTC s; null = never. */
  readonly last_at: number | null;
  /** Null when stale: an old value is never exported as a live one. */
  readonly row: ExportRow | null;
}

export interface PrometheusModel {
  readonly version: string;
  readonly devices: readonly MeasuredDevice[];
  readonly jobs: Newest["jobs"];
  /** Open alerts by severity; null = not known. */
  readonly open_alerts: Readonly<Record<string, number>> | null;
}

interface Metric {
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly lines: string[];
}

/** Suffix and factor of each unit: Prometheus wants base units, kWh stays because every meter says kWh. */
const UNITS: Readonly<Record<Unit, { suffix: string; divide?: number; times?: number }>> = {
  V: { suffix: "_volts" },
  mV: { suffix: "_volts", divide: 1000 },
  A: { suffix: "_amperes" },
  mA: { suffix: "_amperes", divide: 1000 },
  W: { suffix: "_watts" },
  VA: { suffix: "_va" },
  var: { suffix: "_var" },
  kWh: { suffix: "_kwh" },
  Hz: { suffix: "_hertz" },
  "°C": { suffix: "_celsius" },
  "%": { suffix: "_percent" },
  Ah: { suffix: "_ah" },
  mAh: { suffix: "_ah", divide: 1000 },
  s: { suffix: "_seconds" },
  min: { suffix: "_seconds", times: 60 },
  h: { suffix: "_seconds", times: 3600 },
  d: { suffix: "_seconds", times: 86_400 },
  us: { suffix: "_seconds", divide: 1_000_000 },
  mOhm: { suffix: "_ohms", divide: 1000 },
  uOhm: { suffix: "_ohms", divide: 1_000_000 },
};

/** The newest values of a station, and its jobs and alerts. */
export function prometheusLive({ version, inverters, bms, jobs, alerts }: Newest): LiveFile[] {
  const devices: MeasuredDevice[] = [
    ...inverters.map(({ name, last_at, at, sample, derived }) => {
      return { kind: "inverter" as const, name, last_at, row: sample && inverterRow(at ?? 0, name, sample, derived) };
    }),
    ...bms.map(({ name, last_at, at, sample }) => {
      return { kind: "bms" as const, name, last_at, row: sample && bmsRow(at ?? 0, name, sample) };
    }),
  ];
  const open_alerts = alerts && { critical: 0, warning: 0, info: 0 };
  for (const { severity } of alerts ?? []) if (open_alerts) open_alerts[severity] += 1;
  return [{ text: prometheusText({ version, devices, jobs, open_alerts }) }];
}

/**
 * Text for node_exporter's textfile collector. Stale devices have no values, only `device_up 0` and the time of their last
 * sample, so that alerts on silence need no arithmetic with staleness.
 */
export function prometheusText(model: PrometheusModel): string {
  const metrics = new Map<string, Metric>();
  const put = (name: string, help: string, type: Metric["type"], labels: Labels, value: number) => {
    const metric = metrics.get(name) ?? { help, type, lines: [] };
    metrics.set(name, metric);
    metric.lines.push(`${name}${labelText(labels)} ${value}`);
  };
  put("solar_station_build_info", "Version of the toolset.", "gauge", { version: model.version }, 1);
  for (const device of model.devices) {
    const labels = { device: device.name, kind: device.kind };
    put("solar_station_device_up", "1 when the newest sample is fresh.", "gauge", labels, device.row ? 1 : 0);
    if (device.last_at === null) continue;
    const help = "When the newest sample was taken.";
    put("solar_station_device_last_sample_timestamp_seconds", help, "gauge", labels, device.last_at);
  }
  for (const job of model.jobs) {
    // Not `job`: that label is the scrape's own, and ours would come out as exported_job.
    const labels = { command: job.name };
    const failing = "1 while the job fails.";
    put("solar_station_job_failing", failing, "gauge", labels, job.failing_code === null ? 0 : 1);
    if (job.last_ok_at === null) continue;
    const help = "When the job last succeeded.";
    put("solar_station_job_last_success_timestamp_seconds", help, "gauge", labels, job.last_ok_at);
  }
  for (const [severity, count] of Object.entries(model.open_alerts ?? {})) {
    put("solar_station_open_alerts", "Open alerts by severity.", "gauge", { severity }, count);
  }
  for (const device of model.devices) {
    if (device.row) putSample(device.row, put);
  }
  return [...metrics]
    .map(([name, metric]) => {
      const help = metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
      return `# HELP ${name} ${help}\n# TYPE ${name} ${metric.type}\n${metric.lines.join("\n")}\n`;
    })
    .join("");
}

type Labels = Readonly<Record<string, string>>;
type Put = (name: string, help: string, type: Metric["type"], labels: Labels, value: number) => void;

function putSample(row: ExportRow, put: Put): void {
  const labels = { device: row.device };
  for (const [key, field] of exportedFields(row.kind)) {
    const raw = row.raw[key] ?? null;
    // Days, hours and minutes of the charger's run time are parts of one clock: no series.
    const isPart = "unit" in field && (field.unit === "d" || field.unit === "h" || field.unit === "min");
    if (typeof raw === "number" && !isPart) putField(`solar_station_${row.kind}_${key}`, key, field, raw, labels, put);
  }
  for (const [index, mv] of row.cells.entries()) {
    if (mv === null) continue;
    const cell = { ...labels, cell: String(index + 1) };
    put("solar_station_bms_cell_voltage_volts", "Cell voltage.", "gauge", cell, mv / 1000);
  }
}

function putField(name: string, key: string, field: Field, raw: number, labels: Labels, put: Put): void {
  const help = `${fieldName(key, field)}: ${field.doc}.`;
  switch (field.kind) {
    case "enum": {
      const state = String(valueFromRaw(field, raw));
      const known = Object.values(field.labels);
      for (const label of known.includes(state) ? known : [...known, state]) {
        put(
          name,
          `${help} One series a state, 1 = now.`,
          "gauge",
          { ...labels, state: label },
          label === state ? 1 : 0,
        );
      }
      return;
    }
    case "flags": {
      for (let bit = 0; bit < 32; bit++) {
        const isSet = Math.floor(raw / 2 ** bit) % 2 === 1;
        const text = field.bits[bit];
        if (text === undefined && !isSet) continue;
        const flag = text ?? `reserved_bit_${bit}`;
        put(name, `${help} One series a bit, 1 = set.`, "gauge", { ...labels, flag }, isSet ? 1 : 0);
      }
      return;
    }
    case "ascii":
    case "version":
      return;
    case "bool":
      put(name, help, "gauge", labels, raw === 0 ? 0 : 1);
      return;
    default: {
      const unit = "unit" in field && field.unit ? UNITS[field.unit] : { suffix: "" };
      const value = Number(valueFromRaw(field, raw));
      const scaled = unit.divide ? value / unit.divide : value * (unit.times ?? 1);
      const isTotal = field.role === "total";
      // "_count" is kept for histograms, counters end in _total.
      const plural = name.replace(/_count$/, "s");
      put(`${plural}${unit.suffix}${isTotal ? "_total" : ""}`, help, isTotal ? "counter" : "gauge", labels, scaled);
    }
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([key, value]) => {
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${key}="${escaped}"`;
  });
  return `{${parts.join(",")}}`;
}

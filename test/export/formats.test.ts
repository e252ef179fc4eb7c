import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { BMS_DERIVED } from "../../lib/devices/bms/derived-fields.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { INVERTER_DERIVED } from "../../lib/devices/inverter/derived-fields.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw } from "../../lib/devices/inverter/sample.ts";
import { EXPORT_FORMATS } from "../../lib/export/formats.ts";
import { influxLine, influxText } from "../../lib/export/influx.ts";
import { type PrometheusModel, prometheusText } from "../../lib/export/prometheus.ts";
import { bmsRow, type ExportRow, exportedFields, inverterRow } from "../../lib/export/rows.ts";
import { columnNames, csvText, jsonLines } from "../../lib/export/table-text.ts";
import { stationExport } from "../../lib/jobs/station/export.ts";
import { bmsSample } from "../page/samples.ts";
import { orderStation } from "../support/orders.ts";
import { requirePart } from "../support/parts.ts";
import { storeSunnyDays } from "../support/sunny-days.ts";

const AT = 1_795_412_802;

function inverter(raw: Readonly<Record<string, number | null>>, device = "inverter"): ExportRow {
  const empty = Object.fromEntries(Object.keys(INVERTER_SAMPLE_FIELDS).map((key) => [key, null]));
  return inverterRow(AT, device, { raw: { ...empty, ...raw } as InverterSampleRaw }, null);
}
const pack = (device = "bms") =>
  bmsRow(
    AT,
    device,
    bmsSample({ pack_voltage: 53_604, battery_current: -9615, soc: 78, warnings: 1 << 10 }, [3352, null, 3361]),
  );

const MODEL: PrometheusModel = {
  version: '1.0 "quoted" \\ back\nline',
  devices: [
    {
      kind: "inverter",
      name: "inverter",
      last_at: AT,
      row: inverter({
        work_state: 2,
        battery_voltage: 536,
        pv_energy: 12_345,
        charger_run_days: 3,
        ongrid_switch: 0,
        inverter_errors_1: 4,
      }),
    },
    { kind: "bms", name: "bms", last_at: AT, row: pack() },
    { kind: "bms", name: "bms_2", last_at: AT - 4000, row: null },
    { kind: "bms", name: "bms_3", last_at: null, row: null },
  ],
  jobs: [
    { name: "pv1800-dump", last_ok_at: AT - 20, failing_code: null },
    { name: "batmon", last_ok_at: null, failing_code: 70 },
  ],
  open_alerts: { critical: 1, warning: 0, info: 0 },
};

/** Reads the text format strictly: HELP and TYPE once and first, one block a metric, no series twice. */
function parseMetrics(text: string): Map<string, { type: string; series: Map<string, number> }> {
  assert.ok(text.endsWith("\n"));
  const metrics = new Map<string, { type: string; series: Map<string, number> }>();
  let open: string | null = null;
  for (const line of text.trimEnd().split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/.exec(line);
    if (comment?.[1] === "HELP") {
      assert.ok(!metrics.has(comment[2] as string), `${comment[2]} comes twice`);
      open = comment[2] as string;
      metrics.set(open, { type: "", series: new Map() });
    } else if (comment) {
      assert.equal(comment[2], open);
      (metrics.get(open as string) as { type: string }).type = comment[3] as string;
    } else {
      const sample =
        /^([a-z_][a-z0-9_]*)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line);
      assert.ok(sample, line);
      assert.equal(sample[1], open, "a series stands below its own metric");
      const { series } = metrics.get(open as string) as { series: Map<string, number> };
      assert.ok(!series.has(sample[2] as string), `${line}: twice`);
      series.set(sample[2] as string, Number(sample[3]));
    }
  }
  return metrics;
}

test("Prometheus text is well formed, and counters and gauges are called what they are", () => {
  const metrics = parseMetrics(prometheusText(MODEL));
  const value = (name: string, labels: string) => metrics.get(name)?.series.get(labels);
  assert.equal(value("solar_station_inverter_battery_voltage_volts", 'device="inverter"'), 53.6);
  assert.equal(metrics.get("solar_station_inverter_pv_energy_kwh_total")?.type, "counter");
  assert.equal(value("solar_station_inverter_pv_energy_kwh_total", 'device="inverter"'), 1234.5);
  assert.equal(value("solar_station_inverter_work_state", 'device="inverter",state="off_grid"'), 1);
  assert.equal(value("solar_station_inverter_work_state", 'device="inverter",state="bypass"'), 0);
  assert.equal(value("solar_station_bms_cell_voltage_volts", 'device="bms",cell="3"'), 3.361);
  assert.equal(value("solar_station_bms_cell_voltage_volts", 'device="bms",cell="2"'), undefined, "missing is no 0");
  assert.equal(value("solar_station_bms_warnings", 'device="bms",flag="cell over-voltage"'), 1);
  assert.equal(value("solar_station_job_last_success_timestamp_seconds", 'command="pv1800-dump"'), AT - 20);
  assert.equal(value("solar_station_job_failing", 'command="batmon"'), 1);
  for (const [name, { type }] of metrics) {
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.doesNotMatch(name, /_count$|_(days|hours|minutes)(_|$)/);
  }
});

test("a stale device has its age and no values", () => {
  const text = prometheusText(MODEL);
  assert.match(text, /solar_station_device_up\{device="bms_2",kind="bms"\} 0/);
  assert.match(text, /last_sample_timestamp_seconds\{device="bms_2",kind="bms"\} 1795408802/);
  assert.doesNotMatch(text, /timestamp_seconds\{device="bms_3"/, "never seen: no time to tell");
  assert.doesNotMatch(text, /pack_voltage_volts\{device="bms_2"/);
});

test("promtool has nothing to say", { skip: requirePart("promtool") }, () => {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: prometheusText(MODEL) });
  assert.equal(`${stdout}${stderr}`, "");
  assert.equal(status, 0);
});

test("Influx lines: numbers as floats, states as strings, nothing for what is not known", () => {
  const line = influxLine(
    inverter({ work_state: 2, pv_power: 3334, battery_voltage: 536, ongrid_switch: 0 }),
    "my station,1",
  );
  assert.equal(
    line,
    `inverter,device=inverter,station=my\\ station\\,1 work_state="off_grid",battery_voltage=53.6,pv_power=3334,ongrid_switch=f ${AT}`,
  );
  assert.equal(influxLine(inverter({}), "x"), "", "a line without fields would be refused");
  assert.match(influxLine(pack(), "x"), /warnings=1024,.*cell_01=3\.352,cell_03=3\.361 /);
  assert.equal(influxText([inverter({}), inverter({ pv_power: 1 })], "x").split("\n").length, 2);
});

test("a name cannot break out of its line", () => {
  const line = influxLine(inverter({ pv_power: 1 }, 'a b,c=d\n"e\\'), "s");
  assert.equal(line, `inverter,device=a\\ b\\,c\\=d\\ "e,station=s pv_power=1 ${AT}`);
});

test("CSV quotes what needs it and no cell becomes a formula", () => {
  const rows = [
    inverter({ work_state: 2, pv_power: 3334, battery_power: -5 }),
    inverter({ inverter_errors_1: 5 }, "=1+1,x"),
  ];
  const text = csvText(rows, ["work_state", "pv_power", "battery_power", "inverter_errors_1"]);
  assert.equal(
    text,
    "time,device,work_state,pv_power,battery_power,inverter_errors_1\n" +
      "2026-11-23T05:46:42Z,inverter,off_grid,3334,-5,\n" +
      `2026-11-23T05:46:42Z,"'=1+1,x",,,,fan_locked;battery_voltage_high\n`,
  );
  const columns = columnNames("bms", 2);
  const before = [...Object.keys(BMS_FIELDS), "cell_01", "cell_02"];
  assert.deepEqual(columns.slice(0, before.length), before, "derived values behind the columns of old");
});

test("one list: what no record holds stands in every format, with the same value", () => {
  const row = pack();
  const wanted = { cell_min_voltage: 3.352, cell_max_voltage: 3.361, cell_voltage_difference: 0.009 };
  const columns = columnNames("bms", 3);
  const line = csvText([row], columns).split("\n")[1]?.split(",") ?? [];
  const [json] = jsonLines([row]).trimEnd().split("\n");
  const device = { kind: "bms", name: "bms", last_at: AT, row } as const;
  const metrics = prometheusText({ version: "1", devices: [device], jobs: [], open_alerts: null });
  for (const [key, value] of Object.entries(wanted)) {
    assert.equal(Number(line[columns.indexOf(key) + 2]), value, "CSV");
    assert.equal(JSON.parse(json ?? "{}")[key], value, "JSONL");
    assert.match(influxLine(row, "x"), new RegExp(`${key}=${value}[, ]`), "Influx");
    assert.ok(metrics.includes(`solar_station_bms_${key}_volts{device="bms"} ${value}\n`), "Prometheus");
  }
  for (const kind of ["bms", "inverter"] as const) {
    const keys = exportedFields(kind).map(([key]) => key);
    const own = kind === "bms" ? BMS_DERIVED : INVERTER_DERIVED;
    assert.deepEqual(
      Object.keys(own).filter((key) => !keys.includes(key)),
      [],
    );
  }
});

test("JSON lines hold every field, null where it is not known", () => {
  const [line] = jsonLines([pack()])
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));
  assert.equal(line.time, "2026-11-23T05:46:42Z");
  assert.equal(line.pack_voltage, 53.604);
  assert.equal(line.soh, null);
  assert.deepEqual(line.cells, [3.352, null, 3.361]);
});

test("every format of the one list is served; what is not in it is refused by name", async (t) => {
  const station = orderStation(t);
  storeSunnyDays(station.store, station.now - 600, station.now);
  for (const { name, about } of EXPORT_FORMATS) {
    assert.ok(about.length > 0);
    const printed: string[] = [];
    const options = {
      format: name,
      from: "1h",
      to: "now",
      device: "inverter",
      output: name === "original" ? station.folder : "-",
    };
    const context = { ...station.context, options, print: (text: string) => void printed.push(text) };
    const answer = await stationExport(context);
    const text = printed.join("") || answer?.text?.(false) || "";
    assert.ok(text.length > 0, `${name} writes something`);
  }
  await assert.rejects(async () => stationExport({ ...station.context, options: { format: "xml" } }), {
    message: `--format: expected one of ${EXPORT_FORMATS.map(({ name }) => name).join(", ")}`,
  });
});

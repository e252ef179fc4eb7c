/** Formats of newest values beside devices that tell little, nothing, or are not there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPORT_FORMATS } from "../../lib/export/formats.ts";
import { nutLive } from "../../lib/export/nut.ts";
import { originalLive } from "../../lib/export/original/live-files.ts";
import { prometheusLive } from "../../lib/export/prometheus.ts";
import { bmsRow } from "../../lib/export/rows.ts";
import { columnNames } from "../../lib/export/table-text.ts";
import { recordedBms } from "../support/recorded-samples.ts";
import { AT, newest, newestBms, newestInverter } from "./newest.ts";

/** Lines of the driver's file by name; null = there is none. */
function nut(more: Parameters<typeof newest>[0]): Readonly<Record<string, string>> | null {
  const [file] = nutLive(newest(more));
  if (file?.text == null) return null;
  return Object.fromEntries(file.text.split("\n").flatMap((line) => (line.includes(": ") ? [line.split(": ")] : [])));
}

test("NUT: without a fresh sample of the inverter there is no file", () => {
  assert.equal(nut({ inverters: [newestInverter({}, { sample: null })] }), null);
  assert.equal(nut({ inverters: [] }), null);
});

test("NUT: without a BMS, or with one of two silent, the inverter tells voltage and current, and nobody the charge", () => {
  const inverters = [newestInverter({ battery_voltage: 531, battery_current: -6 })];
  const silent = newestBms({}, { name: "shed", sample: null });
  for (const bms of [[], [silent], [newestBms(), silent]]) {
    const told = nut({ inverters, bms });
    assert.deepEqual(
      [told?.["battery.voltage"], told?.["battery.current"], told?.["battery.charge"], told?.["battery.runtime"]],
      ["53.10", "-6.00", undefined, undefined],
    );
  }
});

test("NUT: a value that the pack does not tell is the inverter's", () => {
  const inverters = [newestInverter({ battery_voltage: 531, battery_current: -6 })];
  const told = nut({ inverters, bms: [newestBms({ pack_voltage: null, battery_current: null, soc: 70 })] });
  assert.deepEqual(
    [told?.["battery.voltage"], told?.["battery.current"], told?.["battery.charge"]],
    ["53.10", "-6.00", "70"],
  );
});

test("NUT: the computers shut down when no pack lets anything out, or the inverter says low; not while nobody knows", () => {
  const status = (bms: Parameters<typeof newestBms>[0], inverter: Parameters<typeof newestInverter>[0] = {}) =>
    nut({
      bms: [newestBms({ soc: 80, battery_current: 0, ...bms })],
      inverters: [newestInverter({ grid_voltage: 0, ongrid_switch: 1, ...inverter })],
    })?.["ups.status"];
  assert.equal(status({ discharge_mosfet_on: 1 }), "OB");
  assert.equal(status({ discharge_mosfet_on: 0 }), "OB LB");
  assert.equal(status({ discharge_mosfet_on: null }), "OB");
  const unknown = { inverter_warnings_1: null, inverter_errors_1: null };
  assert.equal(status({ discharge_mosfet_on: 1 }, unknown), "OB", "warnings that nobody tells are none");
});

test("NUT: the rating of all machines is a sum, and none where one does not tell it", () => {
  const rated = (...va: readonly (number | undefined)[]) =>
    nut({
      inverters: va.map((rated_apparent_power, index) =>
        newestInverter(
          {},
          { name: `l${index}`, facts: rated_apparent_power ? { ratings: { rated_apparent_power } } : {} },
        ),
      ),
    })?.["ups.power.nominal"];
  assert.deepEqual([rated(5000), rated(5000, 3000), rated(5000, undefined)], ["5000", "8000", undefined]);
});

test("Prometheus: a device that is silent is told to be so, without values, and open alerts are counted", () => {
  const [file] = prometheusLive(
    newest({
      inverters: [newestInverter({}, { sample: null })],
      alerts: [{ severity: "critical", title: "Cell 4 is nearly empty" }],
    }),
  );
  const text = file?.text ?? "";
  assert.match(text, /device_up\{device="inverter",kind="inverter"\} 0/);
  assert.match(text, /device_up\{device="bms",kind="bms"\} 1/);
  assert.doesNotMatch(text, /solar_station_inverter_/);
  assert.match(text, /open_alerts\{severity="critical"\} 1/);
  assert.doesNotMatch(
    prometheusLive(newest({ alerts: null }))[0]?.text ?? "",
    /open_alerts/,
    "stopped rules are no calm",
  );
});

test("CSV has its header once, however many portions there are", () => {
  const csv = EXPORT_FORMATS.find(({ name }) => name === "csv");
  assert.ok(csv?.kind === "samples");
  const rows = [bmsRow(AT, "bms", recordedBms({ soc: 71 }))];
  const context = { station: "home", columns: columnNames("bms", 16) };
  const [first, next] = [true, false].map((one) =>
    csv
      .text(rows, { ...context, first: one })
      .trimEnd()
      .split("\n"),
  );
  assert.equal(first?.length, 2);
  assert.deepEqual(next, first?.slice(1));
});

/** The original's files of a station, by name. */
function originals(more: Parameters<typeof newest>[0]): Readonly<Record<string, Record<string, unknown>>> {
  const files = originalLive(newest(more));
  return Object.fromEntries(files.map(({ name = "", text }) => [name, JSON.parse(text ?? "null")]));
}

test("the original's files: a device that is silent or not there keeps its file, and settings never read make none", () => {
  assert.deepEqual(originals({ inverters: [], bms: [] }), {});
  assert.deepEqual(Object.keys(originals({ bms: [newestBms({}, { sample: null })] })), [
    "inverter_last.json",
    "inverter_accum.json",
  ]);
  const known = originals({ inverters: [newestInverter({}, { settings: { ongrid_switch: 1 } })], bms: [] });
  assert.ok(known["inverter_cfg.json"]);
});

test("the original's files: what the pack does not tell is null, and never a 0 or a state that nobody read", () => {
  const unknown = newestBms({ pack_voltage: null, battery_current: null, charge_mosfet_on: null, soc: null });
  const pack = originals({ bms: [unknown] })["jkbms_last.json"];
  assert.deepEqual(
    [pack?.battery_voltage, pack?.battery_current, pack?.battery_SoC, pack?.battery_status_info, pack?.bms_id],
    [null, null, null, null, null],
  );
  const on = newestBms({ charge_mosfet_on: 1, discharge_mosfet_on: 0, balancing: 1 });
  assert.equal(originals({ bms: [on] })["jkbms_last.json"]?.battery_status_info, 0b101);
});

test("the original's files: an owner's names are those of values and settings; what nobody knows is null", () => {
  const original_names = { soh: "health", battery_voltage: "volts", max_charge_current: "limit", nonsense: "what" };
  const options = { ...newest().options, original_names };
  const told = originals({
    options,
    bms: [newestBms({ soh: 97 })],
    inverters: [newestInverter({ battery_voltage: 531 }, { settings: { max_charge_current: 600 } })],
  });
  assert.equal(told["jkbms_last.json"]?.health, 97);
  assert.deepEqual([told["inverter_last.json"]?.volts, told["inverter_last.json"]?.what], [53.1, null]);
  const alone = originals({ options, bms: [], inverters: [newestInverter({ battery_voltage: 531 })] });
  assert.deepEqual([alone["inverter_last.json"]?.volts, alone["inverter_last.json"]?.health], [53.1, undefined]);
  const pack = originals({ options, inverters: [], bms: [newestBms({ soh: null })] })["jkbms_last.json"];
  assert.equal(pack?.health, null);
});

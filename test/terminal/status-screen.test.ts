import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageModel } from "../../lib/page/model.ts";
import { statusText } from "../../lib/terminal/status-text.ts";
import { NOON, SITUATIONS } from "../page/fixtures.ts";

const shown = (model: PageModel, rows: number | null = null): string[] =>
  statusText(model, false, { columns: 100, text: 100, rows }).split("\n");

/** The line that begins with this label, without it. */
function after(lines: readonly string[], label: string): string | undefined {
  return lines
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim();
}

test("a new station says of each device that nothing has come yet, and shows no figure", () => {
  assert.deepEqual(
    shown(SITUATIONS.empty("en")).map((line) => line.trimEnd()),
    [
      "Solar station, cottage  13:00",
      "Waiting for the first data",
      "inverter no data yet   bms no data yet",
      "",
      "Inverter        –",
      "Sun                      –",
      "House                    –",
      "Grid                     –",
      "Battery                  –  –",
      "",
      "Today           Sun –   House –   From the grid –",
      "This month      Sun –   House –   From the grid –",
    ],
  );
});

test("of a silent pack there is its silence and its alert, and none of its cells", () => {
  const lines = shown(SITUATIONS.silent("en"));
  assert.equal(lines[2], "inverter 24 s ago   bms silent for 4 h 21 min");
  assert.equal(lines[4], "● BMS silent no reply from /dev/ttyUSB1 in 500 ms (3 tries) (since 08:39)");
  assert.equal(after(lines, "Battery "), "+2,011 W  –  53.60 V  charging");
  assert.equal(after(lines, "Cells"), undefined);
});

test("faults of the devices and a switch that does not follow its setting stand on the screen", () => {
  const lines = shown(SITUATIONS.alarm("en"));
  assert.equal(after(lines, "Errors"), "Battery voltage high");
  assert.equal(after(lines, "Warnings"), "Cell over-voltage");
  assert.equal(after(lines, "Cells"), "▅▄▅ ▅▄▄▅▅▁▄▅█▄▄▅  3.338 V (10) … 3.652 V (13), spread 314 mV");
  assert.ok(lines.some((line) => line.trim() === "Charging on ⇒ off   Discharging on ⇒ on"));
  const [pack] = SITUATIONS.alarm("en").bms;
  assert.ok(pack?.sample);
  const unknown = { ...pack, wanted: { ...pack.wanted, charge: false, discharge: null } };
  const told = shown({
    ...SITUATIONS.alarm("en"),
    bms: [{ ...unknown, sample: { ...pack.sample, charge_mosfet_on: null, warnings: null } }],
  });
  assert.ok(told.some((line) => line.trim() === "Charging off ⇒ –   Discharging – ⇒ on"));
  assert.equal(after(told, "Warnings"), undefined);
});

test("the lower the screen, the less of the alerts: texts, titles, the worst and a count", () => {
  const third = { severity: "info", title: "Never full", text: "For 31 d.", since: NOON - 3600 } as const;
  const alarm = { ...SITUATIONS.alarm("en"), alerts: [...(SITUATIONS.alarm("en").alerts ?? []), third] };
  const alerts = (rows: number | null) => shown(alarm, rows).filter((line) => line.startsWith("●"));
  const hasCurves = (rows: number | null) => shown(alarm, rows).some((line) => line.startsWith("SoC"));
  const titles = [
    "● Cell 13 at 3.652 V (since 12:57)",
    "● Cells differ by 314 mV (since 12:51)",
    "● Never full (since 12:00)",
  ];
  assert.equal(hasCurves(null), true);
  assert.equal(hasCurves(30), false);
  assert.match(alerts(30)[1] as string, /^● Cells differ by 314 mV The limit is 60 mV\./);
  assert.ok(shown(alarm, 30).includes(""), "air between the blocks");
  assert.ok(!shown(alarm, 22).includes(""), "no air where lines are dear");
  assert.match(alerts(22)[0] as string, /Above the limit of 3\.600 V/);
  assert.deepEqual(alerts(21), titles);
  assert.deepEqual(alerts(20), ["● Cell 13 at 3.652 V (since 12:57)", "● +2: open alerts"]);
  const two = { ...alarm, alerts: (alarm.alerts ?? []).slice(0, 2) };
  const lines = shown(two, 20).filter((line) => line.startsWith("●"));
  assert.equal(lines.length, 2);
  assert.doesNotMatch(lines[1] ?? "", /\+1/, "the second has a line of its own");
});

test("of several machines each has its line, its faults carry its name, and a silent one shows nothing", () => {
  const noon = SITUATIONS.noon("en");
  assert.ok(noon.inverter?.values);
  const faults = {
    inverter_errors_1: [{ bit: 2, label: "battery_voltage_high" }],
    inverter_warnings_1: [{ bit: 0, label: "fan_1_locked" }],
  };
  const house = { ...noon.inverter, name: "house", values: { ...noon.inverter.values, ...faults } };
  const garage = { ...noon.inverter, name: "garage", values: null, derived: null, last_at: NOON - 4000 };
  const unknown = {
    ...noon.inverter,
    name: "shed",
    values: { ...noon.inverter.values, pv_power: null },
    derived: null,
  };
  const lines = shown({ ...noon, machines: [house, garage, unknown] as PageModel["machines"] });
  assert.equal(lines[2], "house 24 s ago   garage silent for 1 h 7 min   shed 24 s ago   bms 41 s ago");
  assert.equal(after(lines, "Errors"), "house: Battery voltage high");
  assert.equal(after(lines, "Warnings"), "house: Fan 1 locked");
  assert.equal(
    lines.filter((line) => line.startsWith("house ")).at(-1),
    "house            3,334 W  1,246 W      0 W  Off grid",
  );
  assert.ok(lines.includes("garage          –"));
  assert.ok(lines.some((line) => /^shed +– +1,246 W +– +Off grid$/.test(line)));
});

test("a machine that does not tell its faults has no line for them, and a station of packs alone none for a machine", () => {
  const noon = SITUATIONS.noon("en");
  assert.ok(noon.inverter?.values);
  const untold = Object.fromEntries(
    Object.keys(noon.inverter.values)
      .filter((key) => /_(errors|warnings)(_\d)?$/.test(key))
      .map((key) => [key, null]),
  );
  const silent = { ...noon.inverter, values: { ...noon.inverter.values, ...untold } };
  const lines = shown({ ...noon, inverter: silent as PageModel["inverter"] });
  assert.ok(!lines.some((line) => /^(Errors|Warnings)/.test(line)));
  const packs = shown({ ...noon, inverter: null });
  assert.equal(packs[2], "bms 41 s ago");
  assert.equal(after(packs, "Inverter"), "–");
});

test("on a terminal the headline has the colour of its trouble", () => {
  const colour = (model: PageModel) =>
    statusText(model, true, { columns: 100, text: 100, rows: null }).split("\n")[1]?.slice(0, 5);
  const noon = SITUATIONS.noon("en");
  assert.equal(colour(SITUATIONS.outage("en")), "\u001b[31m");
  assert.equal(colour({ ...noon, headline: { ...noon.headline, severity: "warning" } }), "\u001b[33m");
  assert.equal(colour(noon)?.slice(0, 4), "\u001b[1m");
});

test("values that are not believed are named with the reason", () => {
  const noon = SITUATIONS.noon("en");
  const [pack] = noon.bms;
  assert.ok(pack);
  const doubts = [{ key: "soc", code: "out_of_range", raw: 300, low: 0, high: 100 }] as unknown as typeof pack.doubts;
  const text = shown({ ...noon, bms: [{ ...pack, doubts }] }).find((line) => line.includes("bms: "));
  assert.match(text as string, /^Not believed +bms: SoC: sent 300 %, outside what is possible$/);
});

test("energy that was sold is told where there was any", () => {
  const noon = SITUATIONS.noon("en");
  assert.ok(noon.energy.today);
  const sold = { ...noon.energy, today: { ...noon.energy.today, grid_export_energy: 2.5 } };
  assert.match(after(shown({ ...noon, energy: sold }), "Today") as string, /To the grid 2\.5 kWh$/);
  assert.doesNotMatch(after(shown(noon), "Today") as string, /To the grid/);
});

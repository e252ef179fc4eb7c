/** Values of the original's files one by one, both ways: as it wrote them, faults included or mended, and read back from its lines. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RECORDS } from "../../lib/devices/original-tables.ts";
import { BMS_LAST, type BmsSource } from "../../lib/export/original/bms-file.ts";
import { INVERTER_CFG, INVERTER_LAST, type InverterSource } from "../../lib/export/original/inverter-files.ts";
import { originalStates } from "../../lib/export/original/mqtt-states.ts";
import { pythonJson } from "../../lib/export/original/python-json.ts";
import { readOriginalLine } from "../../lib/export/original/read-line.ts";
import { findOriginals, lineFiles } from "../../lib/export/original/scripts.ts";
import { fill } from "../../lib/export/original/shape.ts";
import { recordedOriginal } from "../support/original-keys.ts";
import { scratchDirectory } from "../support/scratch.ts";

const TS = "2026-11-25 15:56:12";

function pack(source: Partial<BmsSource>) {
  const none = { ts: TS, voltage: null, current: null, cells: [], answer: null, values: {} };
  const words = { warnings: null, status: null };
  return JSON.parse(pythonJson(fill(BMS_LAST, { ...none, words, mended: false, ...source })));
}

function inverter(raw: InverterSource["raw"], mended = false) {
  return JSON.parse(pythonJson(fill(INVERTER_LAST, { raw, ts: TS, mended })));
}

describe("the pack's file", () => {
  it("has null for a cell that was not read, and the word of a state that is told by its name", () => {
    assert.deepEqual(pack({ cells: [3300, null] }).cells, { count: 2, voltages: { 1: 3.3, 2: null } });
    const [word, name] = Object.entries(RECORDS.cell_chemistry.labels)[1] ?? [];
    assert.equal(pack({ values: { cell_chemistry: name ?? null } }).bms_params.battery_type, Number(word));
    assert.equal(pack({ values: { cell_chemistry: "never heard" } }).bms_params.battery_type, null);
    assert.equal(pack({ values: { balancer_enabled: true } }).bms_params.balance_switch, 1);
  });

  it("takes the word 100 for 100 °C as the original did, and for 0 °C where that is mended", () => {
    const answer = {
      ...{ terminal: 1, complete: false, records: { mosfet_temperature: 0 } },
      bytes: new Map([["mosfet_temperature", Uint8Array.of(0, 100)]]),
    } as unknown as BmsSource["answer"];
    assert.deepEqual([pack({ answer }).MOS_temp, pack({ answer, mended: true }).MOS_temp], [100, 0]);
    assert.equal(pack({ answer }).complete, 0, "an answer that was not understood to its end");
    assert.equal(pack({}).complete, 1);
  });
});

describe("the inverter's file", () => {
  it("reads temperatures without their sign as the original did, and with it where that is mended", () => {
    const raw = { ac_radiator_temperature: -5 };
    assert.equal(inverter(raw).temp_sensors.AC_radiator, 65_531);
    assert.equal(inverter(raw, true).temp_sensors.AC_radiator, -5);
    assert.equal(inverter({}, true).temp_sensors.AC_radiator, null);
    const probeless = { charger_radiator_temperature: 30 };
    assert.equal(typeof inverter(probeless).PV_charger.ext_temp, "number", "the word for a probe that is not there");
    assert.equal(inverter(probeless, true).PV_charger.ext_temp, null);
  });

  it("estimates a power that reads 0 from what it has, and says 0 or nothing where it has not", () => {
    const both = { grid_power: 0, grid_apparent_power: 500, grid_reactive_power: 300 };
    assert.equal(inverter(both).power.grid, 400);
    assert.equal(inverter({ grid_power: 0 }).power.grid, 0);
    assert.equal(inverter({ ...both, grid_reactive_power: 600 }).power.grid, 0, "which stopped the original");
    assert.equal(inverter({}).power.grid, null);
    assert.equal(inverter({}).PF.grid, null);
    assert.equal(inverter({ grid_power: 90, grid_apparent_power: 0 }).PF.grid, 0);
  });

  it("divides the battery's power by a hundred, which is mended with its sign", () => {
    // The register counts what goes out of the battery.
    assert.deepEqual(
      [-1500, 1500].map((battery_power) => inverter({ battery_power }).battery.power),
      [15, 640.36],
    );
    const mended = [-1500, 1500].map((battery_power) => inverter({ battery_power }, true).battery.power);
    assert.deepEqual(mended, [1500, -1500]);
    assert.deepEqual([inverter({}).battery.power, inverter({}, true).battery.power], [null, null]);
  });

  it("names a machine by what is known of it", () => {
    const id = (raw: InverterSource["raw"]) => fill(INVERTER_CFG, { raw, ts: TS, mended: false }).machine_id;
    assert.equal(id({ machine_number: 1800, machine_type: "PV" } as InverterSource["raw"]), "PV1800");
    assert.equal(id({ machine_number: 1800 }), "1800");
    assert.equal(id({ machine_type: "PV" } as InverterSource["raw"]), null);
  });
});

describe("its topics", () => {
  const states = (files: Parameters<typeof originalStates>[0], topic: string) =>
    JSON.parse((originalStates(files) as Record<string, string>)[topic] ?? "null");

  it("of a pack without cells have no lowest, highest or mean, and without a number of cells in its settings count those that are there", () => {
    const none = states({ "jkbms_last.json": { battery_voltage: 52.8 } }, "sensor/solar_station_jkbms/state");
    assert.deepEqual([none.min_cell_volt, none.max_cell_volt, none.avg_cell_volt], [null, null, null]);
    const two = { battery_voltage: 6.62, cells: { count: 2, voltages: { 1: 3.3, 2: null } } };
    const told = states({ "jkbms_last.json": two }, "sensor/solar_station_jkbms/state");
    assert.deepEqual([told.min_cell_volt, told.max_cell_volt, told.avg_cell_volt], [3.3, 3.3, 3.31]);
  });

  it("say null for a state that the original had no word for, and for one that was not read", () => {
    const file = { PV_charger: { workstate: 9, charging_state: 2 } };
    const told = states({ "inverter_last.json": file }, "sensor/solar_station_inv/state");
    assert.deepEqual([told.pvc_workstate, told.chg_state, told.MPPT_state], [null, "float", null]);
  });
});

describe("a line of the original", () => {
  const line = (object: object) => readOriginalLine(JSON.stringify({ ts: TS, ...object }));
  const answer = (object: object) => {
    const found = line(object);
    assert.ok(typeof found === "object");
    return found.answer as unknown as Record<string, unknown>;
  };

  it("of its inverter without powers, or with a value that no word can be, costs only these", () => {
    const told = answer({ PV_charger: { PV_volt: 120.5 }, voltages: { battery: 1e9, bus: "0210", grid: 230.1 } });
    assert.deepEqual(
      [told.pv_voltage, told.battery_voltage, told.bus_voltage, told.grid_voltage, told.grid_power],
      [1205, null, null, 2301, null],
    );
  });

  it("of its BMS means 0 °C by the 100 that it took for degrees", () => {
    const told = answer({ cells: {}, MOS_temp: 100, battery1_temp: 23 });
    assert.deepEqual([told.mosfet_temperature, told.battery_temperature_1], [0, 230]);
  });

  it("of its BMS without a status knows no switch, and without a list no cell", () => {
    const told = answer({ cells: { count: 3 } });
    assert.deepEqual([told.charge_mosfet_on, told.discharge_mosfet_on, told.balancing], [null, null, null]);
    assert.deepEqual(told.cells, [null, null, null]);
    const more = answer({ cells: { voltages: { 2: 3.3, odd: 1 } }, battery_status_info: 5 });
    assert.deepEqual([more.cells, more.charge_mosfet_on, more.discharge_mosfet_on], [[null, 3300], 1, 0]);
    assert.equal((answer({ cells: { count: 1e9 } }).cells as unknown[]).length, 32, "no board has more");
  });

  it("as recorded is read whole", () => {
    const found = readOriginalLine(recordedOriginal("jkbms_last.json"));
    assert.ok(typeof found === "object" && found.kind === "bms");
    assert.equal(found.answer.cells.length, 16);
    assert.ok(found.answer.cells.every((mv) => mv !== null));
  });
});

describe("what lies about of the original", () => {
  it("is looked for in /tmp and its backups, or only where the owner points", (t) => {
    const root = scratchDirectory(t);
    for (const folder of ["tmp", "backup", "mine"]) mkdirSync(join(root, folder));
    for (const name of ["tmp/jkbms_last.json", "tmp/other.json", "mine/jkbms_stats-2026.json.gz", "mine/notes.txt"]) {
      writeFileSync(join(root, name), "{}");
    }
    const inside = (paths: readonly string[]) => paths.map((path) => path.slice(root.length + 1));
    assert.deepEqual(inside(lineFiles(root, [])), ["tmp/jkbms_last.json"]);
    assert.deepEqual(inside(lineFiles(root, [join(root, "mine")])), ["mine/jkbms_stats-2026.json.gz"]);
    assert.deepEqual(inside(lineFiles(root, [join(root, "tmp/other.json")])), ["tmp/other.json"], "a file by its name");
    assert.deepEqual(lineFiles(root, [join(root, "nowhere")]), []);
  });

  it("that cannot be read is named as not recognised, and stops nothing", (t) => {
    const root = scratchDirectory(t);
    mkdirSync(join(root, "usr/sbin/batmon.php"), { recursive: true });
    const { constants, unrecognised, creds, telebot } = findOriginals(root);
    assert.deepEqual([constants, creds, telebot], [[], null, null]);
    assert.ok(unrecognised.some(({ path, name }) => path.endsWith("batmon.php") && name === "cell_low"));
  });
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { originalStates } from "../../lib/export/original/mqtt-states.ts";
import { recordedOriginal } from "../support/original-keys.ts";

const files = Object.fromEntries(
  ["jkbms_last.json", "inverter_last.json", "inverter_cfg.json", "inverter_accum.json"].map((name) => [
    name,
    JSON.parse(recordedOriginal(name)),
  ]),
);
const PAGE = readFileSync(resolve(import.meta.dirname, "../captures/original/json-keys.md"), "utf8");

/** The keys that the page lists for a topic. */
function listed(name: "jkbms" | "inv", what: "sensor" | "switch"): string[] {
  const text = new RegExp(`^${name}: (.*)$`, "m").exec(PAGE)?.[1] ?? "";
  const [sensors = "", switches = ""] = text.split("; switch: ");
  const part = (what === "sensor" ? sensors : switches).replace(/\([^)]*\)/g, "");
  return part.split(",").map((key) => key.replace(/[. ]/g, ""));
}

test("the original's topics have its keys, all of them and no others", () => {
  const states = originalStates(files);
  for (const name of ["jkbms", "inv"] as const) {
    for (const what of ["sensor", "switch"] as const) {
      const state = JSON.parse(states[`${what}/solar_station_${name}/state`] ?? "{}");
      assert.deepEqual(Object.keys(state).sort(), listed(name, what).sort(), `${what} ${name}`);
      assert.ok(!Object.values(state).includes(null), "the recorded devices tell everything");
    }
  }
});

test("values, words and the sum that it made", () => {
  const states = originalStates(files);
  const inverter = JSON.parse(states["sensor/solar_station_inv/state"] ?? "{}");
  assert.deepEqual(
    [inverter.grid_p, inverter.pvc_workstate, inverter.grid_relay, inverter.N_relay, inverter.accu_gen_power],
    [-112, "work", "ON", "OFF", 2456.4],
  );
  const pack = JSON.parse(states["sensor/solar_station_jkbms/state"] ?? "{}");
  assert.deepEqual([pack.min_cell_volt, pack.max_cell_volt, pack.avg_cell_volt], [3.309, 3.316, 3.312]);
  assert.deepEqual(JSON.parse(states["switch/solar_station_inv/state"] ?? "{}"), {
    ongrid_sw: "ON",
    offgrid_sw: "ON",
    dis_to_grid: "OFF",
  });
});

test("a file that is not fresh makes no message; what was 0 and would be no reading is left out", () => {
  assert.deepEqual(originalStates({}), {});
  const dark = structuredClone(files["inverter_last.json"]);
  dark.PV_charger.PV_volt = 0;
  const state = JSON.parse(originalStates({ "inverter_last.json": dark })["sensor/solar_station_inv/state"] ?? "{}");
  assert.ok(!Object.hasOwn(state, "PV_voltage"));
  assert.equal(state.accu_buy_power, null);
});

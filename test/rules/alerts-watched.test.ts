/** An alert on any value of the view is one row of the table: nothing else knows of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Watch } from "../../lib/rules/alerts/alert-definition.ts";
import { viewBms, viewInverter } from "../../lib/rules/alerts/samples.ts";
import { watchedFindings, watchedRow } from "../../lib/rules/alerts/watched.ts";
import { bmsRecord, inverterRecord } from "../../lib/view/records.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";
import { assertForPeople } from "../words/support.ts";

const inverter = viewInverter(inverterRecord({ at: 1, sample: recordedInverter({ bus_voltage: 4510 }) }));
const bms = viewBms(bmsRecord({ at: 1, device: "bms", sample: { ...recordedBms(), soh: 71 } }));
const above = (value: Watch["value"], more = {}): Watch => ({ value, beyond: "above", ...more });
const level = (...[watch, limits, sample]: Parameters<typeof watchedFindings>) => {
  const [found] = watchedFindings(watch, limits, sample) ?? [];
  return found && [found.level, found.severity, found.values];
};

test("a field of the sample, a derived value and one of the BMS are watched by their key", () => {
  const bus = { value: 451, limit: 450 };
  assert.deepEqual(level(above("bus_voltage"), { raise_above: 450, clear_back: 5 }, inverter), ["bad", undefined, bus]);
  const critical = level(above("bus_voltage", { critical_excess: 10 }), { raise_above: 440, clear_back: 5 }, inverter);
  assert.deepEqual(critical?.slice(0, 2), ["bad", "critical"]);
  assert.equal(level(above("bus_voltage"), { raise_above: 453, clear_back: 5 }, inverter)?.[0], "between");
  assert.equal(level(above("bus_voltage"), { raise_above: 456, clear_back: 5 }, inverter)?.[0], "good");
  assert.equal(level(above("power_factor"), { raise_above: 2, clear_back: 0 }, inverter)?.[0], "good");
  const health: Watch = { value: "soh", beyond: "below" };
  assert.deepEqual(level(health, { raise_below: 80, clear_back: 2 }, bms)?.[2], { value: 71, limit: 80 });
});

test("a value that is doubted or not told says nothing", () => {
  const doubted = viewInverter(inverterRecord({ at: 1, sample: recordedInverter({ bus_voltage: 65_535 }) }));
  assert.equal(watchedFindings(above("bus_voltage"), { raise_above: 450, clear_back: 5 }, doubted), null);
  assert.equal(watchedFindings(above("soh"), { raise_above: 1, clear_back: 1 }, inverter), null);
});

for (const language of LANGUAGE_CODES) {
  test(`it has words in "${language}" without anybody having written them`, () => {
    for (const beyond of ["above", "below"] as const) {
      const unit = "unit" in watchedRow(above("bus_voltage")) ? "V" : null;
      const words = speech(language).watched({ key: "bus_voltage", beyond, unit, digits: 1 });
      for (const values of [
        { device: null, value: 451.2, limit: 450 },
        { device: "north", value: null, limit: null },
      ]) {
        for (const text of [words.title, words.raised(values), words.cleared(values)]) {
          assertForPeople(text, language, text, ["north"]);
        }
      }
    }
  });
}

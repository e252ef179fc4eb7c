import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../../lib/cli/spec.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { bmsRecord, inverterRecord } from "../../lib/view/records.ts";
import { repeatsSince } from "../../lib/view/standing.ts";
import { batmonStation } from "../support/batmon.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";

const T = 1_800_000_000;
const record = (minute: number, changes: Parameters<typeof recordedBms>[0] = {}) =>
  bmsRecord({ at: T + 60 * minute, device: "bms", sample: recordedBms({ capacity: 100_000, soc: 60, ...changes }) });
const inverter = (minute: number, volts: number) =>
  inverterRecord({ at: T + 60 * minute, sample: recordedInverter({ battery_voltage: Math.round(10 * volts) }) });
const minutes = (count: number) => Array.from({ length: count }, (_, minute) => minute);

const CASES: readonly {
  name: string;
  last: number;
  amps: number;
  change?: number;
  soc?: number;
  moved?: number;
  want: number | null;
}[] = [
  { name: "18 A for half an hour, and nothing moves", last: 31, amps: -18, want: T },
  { name: "not yet half an hour", last: 28, amps: -18, want: null },
  { name: "something moved 31 minutes ago", last: 40, amps: -18, change: 9, want: T + 540 },
  { name: "something moved a moment ago", last: 40, amps: -18, change: 39, want: null },
  { name: "charging counts as well", last: 31, amps: 18, want: T },
  { name: "a small current need not show yet", last: 50, amps: -2, want: null },
  { name: "a full pack that takes a current", last: 50, amps: 18, soc: 100, want: null },
  { name: "an idle battery", last: 50, amps: 0, want: null },
  { name: "an idle battery that the inverter sees move", last: 50, amps: 0, moved: 0.6, want: T },
  { name: "noise of the inverter", last: 50, amps: 0, moved: 0.2, want: null },
];
for (const { name, last, amps, change = 0, soc = 60, moved = 0, want } of CASES) {
  test(`a BMS that repeats its answer: ${name}`, () => {
    const records = minutes(last + 1).map((minute) =>
      record(minute, { battery_current: 1000 * amps, soc: minute < change ? soc - 1 : soc }),
    );
    const inverters = minutes(last + 1).map((minute) => inverter(minute, 52.8 + (minute % 2) * moved));
    assert.equal(repeatsSince(records, inverters), want);
    assert.equal(repeatsSince(records.slice(0, 2), inverters), null);
    assert.equal(repeatsSince([], []), null);
  });
}

test("one odd reading of the inverter, and what it sees after the BMS has fallen silent, contradict nothing", () => {
  const records = minutes(51).map((minute) => record(minute, { battery_current: 0, soc: 60 }));
  const odd = minutes(51).map((minute) => inverter(minute, minute === 40 ? 50.1 : 52.8));
  assert.equal(repeatsSince(records, odd), null);
  const later = minutes(70).map((minute) => inverter(minute, minute <= 51 ? 52.8 : 51.6));
  assert.equal(repeatsSince(records, later), null);
});

for (const lang of ["en", "ru"] as const) {
  test(`it is told as what it is (${lang})`, async (t) => {
    const station = batmonStation(t, { station: { state_dir: "/nowhere", lang } });
    Object.assign(station.context.config.station, { state_dir: station.folder });
    let told = "";
    for (let minute = 0; minute <= 45; minute++) {
      station.store.write(() => {
        saveBmsSample(
          station.store,
          "bms",
          station.now,
          recordedBms({ battery_current: -18_000, capacity: 100_000, soc: 60 }),
        );
        saveInverterSample(station.store, "inverter", station.now, recordedInverter());
      });
      const answer = await station.pass(1, { without: ["bms", "inverter"] });
      const { events } = (answer as Answer).json as {
        readonly events: readonly { readonly key: string; readonly text: string }[];
      };
      told += events.flatMap(({ key, text }) => (key.startsWith("data_stale") ? text : [])).join("\n");
    }
    assert.match(
      told.replace(/[\u00a0\u202f]/g, " "),
      lang === "en"
        ? /The data of [^:]+ stands still: one and the same answer for (29|3\d) min/
        : /Данные [^:]+ не меняются: один и тот же ответ уже (29|3\d) мин/,
    );
  });
}

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { StateError } from "../../lib/base/errors.ts";
import type { Raw } from "../../lib/codec/table.ts";
import { BMS_FIELDS, type BmsRaw, type BmsSample } from "../../lib/devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample } from "../../lib/devices/inverter/sample.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { deviceFacts, rememberFacts } from "../../lib/store/device-rows.ts";
import { MIGRATIONS } from "../../lib/store/migrations/index.ts";
import {
  bmsSamples,
  inverterSamples,
  lastSampleAt,
  latestBmsSample,
  latestInverterSample,
  saveBmsSample,
  saveInverterSample,
  saveRejected,
} from "../../lib/store/samples.ts";
import { latestSettings, saveSettings, settingChanges } from "../../lib/store/setting-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "station-store-"));
after(() => rmSync(folder, { recursive: true, force: true }));
/** As SQLite numbers how it flushes: with every commit. */
const FULL = 2;
let files = 0;
const newPath = () => join(folder, `${files++}.db`);

function bmsSample(overrides: Partial<BmsSample> = {}): BmsSample {
  const raw = Object.fromEntries(Object.keys(BMS_FIELDS).map((key) => [key, null])) as unknown as BmsRaw;
  return { ...raw, cells: [3250, 3251, null, 3249], good_answers: 2, bad_answers: 3, ...overrides };
}

function inverterSample(values: Readonly<Record<string, Raw>>): InverterSample {
  const raw = Object.fromEntries(Object.keys(INVERTER_SAMPLE_FIELDS).map((key) => [key, values[key] ?? null]));
  return { raw: raw as InverterSample["raw"] };
}

function stored<T>(work: (store: Store) => T): T {
  const store = openStore(newPath());
  try {
    return work(store);
  } finally {
    store.close();
  }
}

test("a new state file is not for others, flushes what is committed, and takes no rows of no device", () => {
  const before = process.umask(0);
  try {
    stored((store) => {
      assert.equal(statSync(store.path).mode & 0o777, 0o640);
      assert.equal(store.db.pragma("synchronous", { simple: true }), FULL);
      const row = store.db.prepare("INSERT INTO settings_read (device, at) VALUES (99, 1)");
      assert.throws(() => row.run(), /FOREIGN KEY/);
    });
  } finally {
    process.umask(before);
  }
});

test("a BMS sample comes back as it went in: negatives, nulls, missing cells and counts", () => {
  stored((store) => {
    const sample = bmsSample({ pack_voltage: 51980, battery_current: -690, mosfet_temperature: -125, soc: 2 });
    store.write(() => saveBmsSample(store, "bms", 1000, sample));
    assert.deepEqual(latestBmsSample(store, "bms", { now: 1000, max_age_s: 60 })?.sample, sample);
  });
});

test("an inverter sample comes back as it went in", () => {
  stored((store) => {
    const sample = inverterSample({ work_state: 3, grid_power: -165, battery_voltage: 521, pv_energy: 18563 });
    store.write(() => saveInverterSample(store, "inverter", 1000, sample));
    assert.deepEqual(inverterSamples(store, "inverter", 0, 2000)[0], { at: 1000, device: "inverter", sample });
  });
});

test("latest is a question with an age: old and future samples are absent", () => {
  stored((store) => {
    store.write(() => saveBmsSample(store, "bms", 1000, bmsSample()));
    const at = (now: number) => latestBmsSample(store, "bms", { now, max_age_s: 180 })?.at ?? null;
    assert.equal(at(1180), 1000);
    assert.equal(at(1181), null);
    assert.equal(at(998), 1000);
    assert.equal(at(997), null);
    assert.equal(latestInverterSample(store, "bms", { now: 1000, max_age_s: 180 }), null);
    assert.equal(lastSampleAt(store, "bms"), 1000);
    assert.equal(lastSampleAt(store, "never_seen"), null);
  });
});

test("several devices of a kind keep their own samples", () => {
  stored((store) => {
    store.write(() => {
      saveBmsSample(store, "left", 1000, bmsSample({ soc: 10 }));
      saveBmsSample(store, "right", 1000, bmsSample({ soc: 20 }));
    });
    assert.equal(bmsSamples(store, "left", 0, 9999)[0]?.sample.soc, 10);
    assert.equal(bmsSamples(store, "right", 0, 9999)[0]?.sample.soc, 20);
  });
});

test("values are stored as integers and shown in engineering units", () => {
  stored((store) => {
    store.write(() =>
      saveInverterSample(store, "inverter", 1000, inverterSample({ battery_voltage: 521, work_state: 3 })),
    );
    const row = store.db.prepare("SELECT typeof(battery_voltage) AS type FROM inverter_samples").get();
    assert.deepEqual(row, { type: "integer" });
    const view = store.db.prepare("SELECT time, name, battery_voltage, work_state FROM inverter_view").get();
    const want = { time: "1970-01-01 00:16:40", name: "inverter", battery_voltage: 52.1, work_state: "grid_tie" };
    assert.deepEqual(view, want);
  });
});

test("settings are stored when they change, the first reading is no change", () => {
  stored((store) => {
    const save = (at: number, raw: Record<string, Raw>) =>
      store.write(() => saveSettings(store, "inverter", "inverter", at, raw, () => "foreign"));
    assert.deepEqual(save(100, { ongrid_switch: 1, name: "PV" }), []);
    assert.deepEqual(save(200, { ongrid_switch: 1, name: "PV" }), []);
    assert.deepEqual(save(300, { ongrid_switch: 0, name: "PV" }), [{ key: "ongrid_switch", old_raw: 1, new_raw: 0 }]);
    assert.deepEqual(latestSettings(store, "inverter"), { read_at: 300, raw: { ongrid_switch: 0, name: "PV" } });
    const change = { at: 300, key: "ongrid_switch", old_raw: 1, new_raw: 0, source: "foreign" };
    assert.deepEqual(settingChanges(store, "inverter", 0), [change]);
    assert.equal(latestSettings(store, "nobody"), null);
  });
});

test("facts of a device are merged", () => {
  stored((store) => {
    rememberFacts(store, "bms", "bms", { protocol: "4e57" });
    store.flush();
    rememberFacts(store, "bms", "bms", { firmware: "11.26" });
    store.flush();
    assert.deepEqual(deviceFacts(store, "bms"), { protocol: "4e57", firmware: "11.26" });
    assert.deepEqual(deviceFacts(store, "other"), {});
  });
});

test("rejected samples are kept with the code of their refusal, the newest hundred", () => {
  stored((store) => {
    store.write(() => {
      for (let i = 0; i < 120; i++)
        saveRejected(store, "inverter", "inverter", i, { code: "foreign", evidence: [] }, { word: i });
    });
    const rows = store.db
      .prepare("SELECT count(*) AS n, min(at) AS first, min(reason) AS code FROM rejected_samples")
      .get();
    assert.deepEqual(rows, { n: 100, first: 20, code: "foreign" });
  });
});

test("what is put off is written in one transaction at the flush, or not at all", () => {
  stored((store) => {
    store.later(() => saveBmsSample(store, "bms", 1, bmsSample()));
    store.later(() => {
      throw new Error("no");
    });
    assert.throws(() => store.flush(), /no/);
    assert.equal(lastSampleAt(store, "bms"), null);
  });
});

test("the schema is at its newest, and a file of a newer program is refused untouched", () => {
  const path = newPath();
  const store = openStore(path);
  assert.equal(store.db.pragma("user_version", { simple: true }), MIGRATIONS.length);
  store.db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  store.close();
  for (const readonly of [false, true]) {
    assert.throws(
      () => openStore(path, { readonly }),
      (error: Error) =>
        error instanceof StateError && error.exitCode === 74 && /newer than this program/.test(error.message),
    );
  }
});

test("a damaged file is refused with what to do", () => {
  const path = newPath();
  writeFileSync(path, "this is no database, but long enough to look like one".repeat(100));
  assert.throws(() => openStore(path), /damaged .*backup-stats restore/);
});

test("a reader of a file that is not there says so", () => {
  assert.throws(() => openStore(join(folder, "none.db"), { readonly: true }), /no state file yet/);
});

test("a column for a new row of the field table appears in an old file", () => {
  const path = newPath();
  const store = openStore(path);
  store.db.exec("DROP VIEW bms_view");
  store.db.exec("ALTER TABLE bms_samples DROP COLUMN soh");
  store.db.exec("UPDATE meta SET value = '{}' WHERE key = 'sample_columns'");
  store.close();
  const again = openStore(path);
  again.write(() => saveBmsSample(again, "bms", 5, bmsSample({ soh: 99 })));
  assert.equal(latestBmsSample(again, "bms", { now: 5, max_age_s: 1 })?.sample.soh, 99);
  again.close();
});

test("samples come back in the order of time, whatever order they were stored in", () => {
  stored((store) => {
    store.write(() => {
      for (const at of [300, 100, 200]) saveBmsSample(store, "bms", at, bmsSample({ soc: at / 10 }));
    });
    assert.deepEqual(
      bmsSamples(store, "bms", 100, 300).map(({ at }) => at),
      [100, 200],
    );
  });
});

test("cells far apart, missing ones and whole packs come back, and the view shows volts", () => {
  const packs: readonly (readonly (number | null)[])[] = [
    [3300, 3301, 3553, 3299],
    [2500, 3650, null, 3300],
    [null, 3300],
    Array.from({ length: 32 }, (_, index) => 3200 + index),
    [2800, 2925],
    [2800, 2926],
    [0, 5000, null, 4999],
    [],
  ];
  for (const cells of packs) {
    stored((store) => {
      store.write(() => saveBmsSample(store, "bms", 1000, bmsSample({ cells })));
      assert.deepEqual(bmsSamples(store, "bms", 0, 2000)[0]?.sample.cells, cells);
      const view = store.db.prepare("SELECT * FROM bms_view").get() as Record<string, number | null>;
      const shown = Array.from({ length: 32 }, (_, index) => view[`cell_${String(index + 1).padStart(2, "0")}`]);
      assert.deepEqual(
        shown,
        Array.from({ length: 32 }, (_, index) =>
          (cells[index] ?? null) === null ? null : (cells[index] as number) / 1000,
        ),
      );
    });
  }
});

test("switches share a column and are read under their own names", () => {
  stored((store) => {
    const values = { grid_relay_closed: 0, load_relay_closed: 1, pv_relay_closed: 1 };
    store.write(() => saveInverterSample(store, "inverter", 1000, inverterSample(values)));
    store.write(() => saveBmsSample(store, "bms", 1000, bmsSample({ charge_mosfet_on: 1, balancing: 0 })));
    const { raw } = (inverterSamples(store, "inverter", 0, 2000)[0] as { sample: InverterSample }).sample;
    assert.deepEqual([raw.grid_relay_closed, raw.load_relay_closed, raw.pv_relay_closed], [0, 1, 1]);
    assert.equal(raw.earth_relay_closed, null);
    const bms = latestBmsSample(store, "bms", { now: 1000, max_age_s: 60 }) as { sample: BmsSample };
    const { charge_mosfet_on, discharge_mosfet_on, balancing } = bms.sample;
    assert.deepEqual([charge_mosfet_on, discharge_mosfet_on, balancing], [1, null, 0]);
    const sql = "SELECT count(*) FROM inverter_samples WHERE grid_relay_closed = 0 AND earth_relay_closed IS NULL";
    assert.equal(store.db.prepare(sql).pluck().get(), 1);
  });
});

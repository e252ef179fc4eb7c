import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openStore, type Store } from "../../lib/store/database.ts";
import { DAY, every, MONDAY, storeBms, storeInverter } from "../store/history-support.ts";
import { type TestStation, testStation } from "../support/command.ts";

/** Eight days of minutes end here. */
export const NOW = MONDAY + 8 * DAY + 600;

/** A station with eight days of samples of both devices, every tenth minute (every minute on the last two days). */
export function filledStation(t: TestContext, sections = ""): TestStation {
  const station = testStation(t, sections);
  const store = openWritable(station, NOW);
  const moments = [...every(600, MONDAY, MONDAY + 6 * DAY), ...every(60, MONDAY + 6 * DAY, NOW)];
  storeInverter(store, moments, (at) => ({ pv_energy: Math.floor((at - MONDAY) / 900), pv_power: at % 1777 }));
  storeBms(store, moments, (at) => ({ soc: at % 100 }));
  store.close();
  return station;
}

export function openWritable(station: TestStation, now: number): Store {
  return openStore(join(station.folder, "station.db"), { clock: { now: () => now, monotonic: () => 0 } });
}

/** Names of the backups of a folder, oldest first. */
export function backupsOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".db.gz"))
    .sort();
}

/** integrity_check of the state file, in words of SQLite. */
export function integrity(station: TestStation): unknown {
  return station.look((store) => store.db.pragma("integrity_check", { simple: true }));
}

/** Another station with the same state and backups. */
export function sameStation(t: TestContext, template: TestStation, sections: string): TestStation {
  const station = testStation(t, sections);
  for (const name of ["station.db", "backups"]) {
    const from = join(template.folder, name);
    if (existsSync(from)) cpSync(from, join(station.folder, name), { recursive: true });
  }
  return station;
}

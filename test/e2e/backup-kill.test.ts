import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { stateFacts } from "../../lib/store/backup.ts";
import { DAY, storeInverter } from "../store/history-support.ts";
import { tries } from "../support/campaign.ts";
import type { TestStation } from "../support/command.ts";
import { backupsOf, filledStation, integrity, NOW, openWritable, sameStation } from "./backup-support.ts";

/** Where a run can be cut off, in the order in which it passes them. */
const RUN_POINTS = [
  ...["rollup_read", "rollup_half_written", "days_half_written", "rolled_up", "day_file_written", "day_files_written"],
  ...["backup_copied", "backup_checked", "backup_packed", "backup_checksum_written", "backup_named", "one_removed"],
  ...["old_removed", "thin_half_written", "prune_half_written"],
];
/** Each point costs some seconds of backups: by day every fifth. */
const TRIED_POINTS = RUN_POINTS.filter((_, index) => index % tries(5, 1) === 0);
const RESTORE_POINTS = ["restore_old_copied", "restored"];

const killedAt = (point: string, now: number) => ({ now, env: { SOLAR_STATION_FAULT_POINT: point } });

/** More than the days of samples that a filled station has to lose. */
const SHARES = 8;

const history = (station: TestStation) =>
  station.look((store) => {
    const all = (sql: string) => store.db.prepare(sql).all();
    return {
      quarters: all("SELECT * FROM inverter_quarters"),
      days: all("SELECT * FROM inverter_days"),
      bms: all("SELECT * FROM bms_days"),
      samples: all("SELECT count(*) AS n, sum(at) AS times FROM inverter_samples"),
    };
  });

test("killed anywhere: the database is good, older backups stay good, and the next runs end where undisturbed ones do", async (t) => {
  const sections = "backup: {daily: 2, weekly: 0, monthly: 0, samples_days: 3}";
  const undisturbed = filledStation(t, sections);
  for (const now of [NOW - DAY, NOW]) assert.equal((await undisturbed.run("backup-stats", [], { now })).code, 0);
  // A run prunes a day's share; one that is killed after its share is followed by one more share than others.
  const settle = async (station: TestStation, enough: () => boolean) => {
    for (let run = 1; run <= SHARES && !enough(); run++) {
      assert.equal((await station.run("backup-stats", [], { now: NOW + 60 * run })).code, 0);
    }
  };
  await settle(undisturbed, () => false);
  const want = history(undisturbed);
  const template = filledStation(t, sections);
  for (const now of [NOW - 2 * DAY, NOW - DAY]) assert.equal((await template.run("backup-stats", [], { now })).code, 0);
  for (const point of TRIED_POINTS) {
    const station = sameStation(t, template, sections);
    const home = join(station.folder, "backups");
    const before = backupsOf(home);
    // A minute before the run that follows: backups are told apart by the second they were made in.
    const finished = station.start("backup-stats", [], killedAt(point, NOW - 60));
    const { code } = await finished.finished;
    assert.equal(finished.child.signalCode, "SIGKILL", `${point} was passed by`);
    assert.equal(code, null);
    assert.equal(integrity(station), "ok", point);
    const left = backupsOf(home);
    assert.ok(left.length >= 2, `${point}: ${left.join(" ")}`);
    assert.ok(left.includes(before[1] as string), point);
    const verify = await station.run("backup-stats", ["verify", "--all"], { now: NOW });
    assert.equal(verify.code, 0, `${point}: ${verify.stdout}`);
    assert.equal((await station.run("backup-stats", [], { now: NOW })).code, 0, point);
    await settle(station, () => isDeepStrictEqual(history(station), want));
    assert.deepEqual(history(station), want, point);
    const partials = readdirSync(home).filter((name) => name.includes("partial"));
    assert.deepEqual(partials, [], point);
    assert.equal(backupsOf(home).length, 2, point);
  }
});

test("a restore that is killed leaves the old file or the new one, whole, and the old one kept", async (t) => {
  const station = filledStation(t);
  await station.run("backup-stats", [], { now: NOW });
  const home = join(station.folder, "backups");
  const backup = join(home, backupsOf(home)[0] as string);
  const rows = () => station.look((store) => stateFacts(store).tables.inverter_samples?.rows);
  const count = rows();
  const damaged = Buffer.alloc(8192, "no database");
  for (const point of [...RESTORE_POINTS, "restore_old_moved"]) {
    const state = join(station.folder, "station.db");
    if (point === "restore_old_moved") writeFileSync(state, damaged);
    const cut = station.start("backup-stats", ["restore", backup, "--yes"], killedAt(point, NOW + 60));
    await cut.finished;
    assert.equal(cut.child.signalCode, "SIGKILL", `${point} was passed by`);
    const asides = readdirSync(station.folder).filter((name) => name.includes("before-restore"));
    assert.ok(asides.length > 0, point);
    if (point !== "restore_old_moved") {
      assert.equal(integrity(station), "ok", point);
      assert.equal(rows(), count, point);
    } else {
      const kept = asides.map((name) => readFileSync(join(station.folder, name)));
      assert.ok(
        kept.some((bytes) => bytes.equals(damaged)),
        "the damaged file is kept",
      );
    }
    assert.equal((await station.run("backup-stats", ["restore", backup, "--yes"], { now: NOW + 120 })).code, 0, point);
    assert.equal(rows(), count, point);
    assert.deepEqual(
      readdirSync(station.folder).filter((name) => name.includes("partial")),
      [],
      point,
    );
  }
});

test("a restore killed at any moment leaves the old file or the new one", async (t) => {
  const station = filledStation(t);
  await station.run("backup-stats", [], { now: NOW });
  const home = join(station.folder, "backups");
  const backup = join(home, backupsOf(home)[0] as string);
  const rows = () => station.look((store) => stateFacts(store).tables.inverter_samples?.rows ?? 0);
  const inBackup = rows();
  const store = openWritable(station, NOW);
  storeInverter(store, [NOW + 60, NOW + 120], () => ({}));
  store.close();
  // Moments that are left to chance; the journal of a write that was cut is played back by the next command.
  for (let round = 0; round < 6; round++) {
    const cut = station.start("backup-stats", ["restore", backup, "--yes"], { now: NOW + round });
    const timer = setTimeout(() => cut.child.kill("SIGKILL"), 100 + 70 * round);
    await cut.finished;
    clearTimeout(timer);
    const check = await station.run("backup-stats", ["--dry-run"], { now: NOW });
    assert.equal(check.code, 0, check.stderr);
    assert.equal(integrity(station), "ok");
    assert.ok([inBackup, inBackup + 2].includes(rows()), `${rows()}`);
  }
});

/** The parts of a backup run, each by itself: the owner's command, the second directory, day files, pruning, what is refused. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { DAY_FOLDERS, pruneDayFiles, writeDayFile } from "../../lib/backup/day-files.ts";
import { pruneAll } from "../../lib/backup/keep-house.ts";
import { makeBackup } from "../../lib/backup/make-backup.ts";
import { runPostBackup } from "../../lib/backup/post-backup.ts";
import { copyToSecond } from "../../lib/backup/second-copies.ts";
import { backupName } from "../../lib/store/backup-files.ts";
import { checkChecksum } from "../../lib/store/backup-pack.ts";
import { historyDevices } from "../../lib/store/history-rollup.ts";
import { NEW_JOB, recordJobRun } from "../../lib/store/jobs.ts";
import { saveBmsSample } from "../../lib/store/samples.ts";
import { orderStation } from "../support/orders.ts";
import { recordedBms } from "../support/recorded-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";

const MONDAY = Date.UTC(2026, 5, 1) / 1000;
const DAY = 86_400;

// biome-ignore format: a row a line
const FAILING: readonly { name: string; command: readonly string[]; limit_s?: number; want: RegExp }[] = [
  { name: "says why on its last line", command: ["sh", "-c", "echo first >&2; echo no route >&2; exit 3"], want: /^post_backup "sh" failed \(3\): no route$/ },
  { name: "fails in silence", command: ["false"], want: /^post_backup "false" failed \(1\)$/ },
  { name: "is not there", command: ["/none/program"], want: /^post_backup "\/none\/program" failed \(ENOENT\)$/ },
  { name: "takes too long", command: ["sleep", "60"], limit_s: 0.05, want: /^post_backup "sleep" took more than 0\.05 s and was stopped$/ },
];

for (const { name, command, limit_s = 30, want } of FAILING) {
  test(`the owner's command that ${name} is told`, async () => {
    await assert.rejects(runPostBackup(command, "/b/x.db.gz", limit_s), { message: want });
  });
}

test("the owner's command gets file and directory as one word each, whatever stands in them", async (t) => {
  const folder = scratchDirectory(t);
  const [file, out] = [join(folder, "a b; $(c)", "x.db.gz"), join(folder, "out")];
  await runPostBackup(["sh", "-c", `printf '%s\\n' "$@" > "${out}"`, "sh", "{file}", "in {directory}"], file, 30);
  assert.equal(readFileSync(out, "utf8"), `${file}\nin ${dirname(file)}\n`);
});

const COUNTS = { daily: 2, weekly: 1, monthly: 1 };

test("the second directory gets what it lacks, once, each backup with its checksum, and is pruned by itself", async (t) => {
  const [first, second] = [scratchDirectory(t), scratchDirectory(t)];
  const days = join(first, DAY_FOLDERS.bms_samples);
  mkdirSync(days);
  writeFileSync(join(days, "stats_2026-05-31.json.gz"), "a day");
  writeFileSync(join(days, "notes.txt"), "the owner's own");
  for (const back of [0, 1]) writeFileSync(join(first, backupName(MONDAY - back * DAY)), `backup ${back}`);
  writeFileSync(join(second, backupName(MONDAY - 3 * DAY)), "an old one");
  const copy = (now = MONDAY) => copyToSecond(first, second, { counts: COUNTS, now, time_zone: "UTC" });
  const copied = [backupName(MONDAY), backupName(MONDAY - DAY)].map((name) => join(second, name));
  assert.deepEqual(await copy(), [...copied, join(second, DAY_FOLDERS.bms_samples, "stats_2026-05-31.json.gz")]);
  for (const path of copied) assert.equal(await checkChecksum(path), true, path);
  assert.ok(
    !existsSync(join(second, backupName(MONDAY - 3 * DAY))),
    "neither of the last days nor the newest of its week",
  );
  assert.deepEqual(readdirSync(join(second, DAY_FOLDERS.bms_samples)), ["stats_2026-05-31.json.gz"]);
  assert.deepEqual(await copy(), []);
  const gone = copyToSecond(first, join(second, "stick"), { counts: COUNTS, now: MONDAY, time_zone: "UTC" });
  await assert.rejects(gone, /the second directory is not there; is the disk mounted\?/);
});

test("of the day files too old the oldest goes, one a run and folder; a year ahead counts for nothing", (t) => {
  const root = scratchDirectory(t);
  const folder = join(root, DAY_FOLDERS.inverter_samples);
  mkdirSync(folder);
  const names = ["2026-05-28", "2026-05-27", "2026-05-30", "2026-05-31", "2027-05-31"].map(
    (day) => `stats_${day}.json.gz`,
  );
  for (const name of [...names, "stats_old.json.gz", "readme"]) writeFileSync(join(folder, name), "");
  const run = () => pruneDayFiles(root, 2, "2026-06-01").map((path) => path.slice(folder.length + 1));
  assert.deepEqual(run(), ["stats_2026-05-27.json.gz"]);
  assert.deepEqual(run(), ["stats_2026-05-28.json.gz"]);
  assert.deepEqual(run(), []);
  assert.deepEqual(readdirSync(folder).length, 5);
});

test("a day file holds whole values: warnings by name, or by number where none is known; a day without samples is an empty list", async (t) => {
  const { store, folder } = orderStation(t);
  store.write(() => saveBmsSample(store, "bms", MONDAY, recordedBms({ warnings: (1 << 15) | 1 })));
  const devices = historyDevices(store);
  const written = async (day: string) => {
    const path = join(folder, `stats_${day}.json.gz`);
    await writeDayFile(store, { path, day, devices }, "UTC");
    return JSON.parse(gunzipSync(readFileSync(path)).toString());
  };
  const [sample, ...others] = await written("2026-06-01");
  assert.deepEqual([sample.time, sample.device, others], ["2026-06-01T00:00:00Z", "bms", []]);
  const [known, unknown] = sample.warnings;
  assert.match(known, /[a-z]/);
  assert.equal(unknown, "bit_15");
  assert.deepEqual(await written("2026-06-02"), []);
});

test("pruning tells how many rows of its own bookkeeping went", async (t) => {
  const station = orderStation(t);
  const { store, context, now } = station;
  store.write(() => {
    for (let run = 0; run < 230; run++) {
      const row = { job: "batmon", started_at: now - 40 * DAY + run, duration_ms: 5, exit_code: 70, message: "no" };
      recordJobRun(store, row, { ...NEW_JOB, failing_since: row.started_at, failing_code: 70 });
    }
  });
  const before = Number(store.db.prepare("SELECT count(*) FROM job_runs").pluck().get());
  const { job_runs_and_rejected: gone, samples } = await pruneAll(context, store);
  assert.deepEqual([gone, samples], [30, 0], "the newest 200 stay");
  assert.equal(Number(store.db.prepare("SELECT count(*) FROM job_runs").pluck().get()), before - gone);
});

test("a backup is refused before it fills the disk", async (t) => {
  const { store, context, folder } = orderStation(t);
  // As long as no disk is free, without taking room on this one.
  truncateSync(store.path, 2 ** 42);
  await assert.rejects(makeBackup(context, store), /: no space left on the disk: 6597070 MB needed, \d+ MB free$/);
  assert.deepEqual(readdirSync(join(folder, "backups")), []);
});

test("rows of no device are a fault of the copy, not a reason to replace the state file", async (t) => {
  const { store, context, now } = orderStation(t);
  store.write(() => saveBmsSample(store, "bms", now, recordedBms()));
  store.db.pragma("foreign_keys = OFF");
  store.db.exec("DELETE FROM devices");
  await assert.rejects(makeBackup(context, store), (error: Error) => {
    assert.match(error.message, /\.partial-\d+: damaged: \d+ rows of no device$/);
    assert.equal(error.constructor.name, "StateError");
    return true;
  });
});

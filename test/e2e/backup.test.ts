import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import BetterSqlite from "better-sqlite3";
import { checkState, stateFacts } from "../../lib/store/backup.ts";
import { backupName } from "../../lib/store/backup-files.ts";
import { DAY, MONDAY, storeInverter } from "../store/history-support.ts";
import { backupsOf, filledStation, integrity, NOW, openWritable } from "./backup-support.ts";

interface DaySample {
  readonly at: number;
  readonly device: string;
  readonly pv_power?: number;
  readonly soc?: number;
  readonly cells?: readonly number[];
}

function dayFile(path: string): DaySample[] {
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as DaySample[];
}

test("a run makes a proved backup and the day files, and says nothing", async (t) => {
  const station = filledStation(t);
  const { code, stdout, stderr } = await station.run("backup-stats", [], { now: NOW });
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  const folder = join(station.folder, "backups");
  const [name = ""] = backupsOf(folder);
  assert.match(name, /^station_20260609T0010\d\dZ\.db\.gz$/);
  assert.deepEqual(
    readdirSync(folder).filter((file) => file.includes("partial")),
    [],
  );
  execFileSync("sha256sum", ["--check", "--status", `${name}.sha256`], { cwd: folder });
  const copy = join(station.folder, "copy.db");
  writeFileSync(copy, gunzipSync(readFileSync(join(folder, name))));
  const now = station.look((store) => stateFacts(store));
  assert.deepEqual(checkState(copy).tables.inverter_samples, now.tables.inverter_samples);
  for (const [device, folderName] of [
    ["inverter", "inverter"],
    ["bms", "jkbms"],
  ]) {
    const files = readdirSync(join(folder, folderName as string)).sort();
    assert.equal(files.length, 8);
    assert.equal(files.at(-1), "stats_2026-06-08.json.gz");
    const samples = dayFile(join(folder, folderName as string, "stats_2026-06-08.json.gz"));
    assert.equal(samples.length, 1440);
    assert.deepEqual([samples[0]?.at, samples[0]?.device], [MONDAY + 7 * DAY, device]);
  }
  const [first] = dayFile(join(folder, "jkbms", "stats_2026-06-08.json.gz"));
  assert.equal(first?.cells?.length, 16);
  assert.ok((first?.cells?.[0] ?? 0) > 3);
});

test("pruning leaves the totals, and --json tells what was done", async (t) => {
  const station = filledStation(t, "backup: {samples_days: 3}");
  const { code, stdout } = await station.run("backup-stats", ["--json"], { now: NOW });
  assert.equal(code, 0);
  const done = JSON.parse(stdout);
  // A run takes one day's share of both devices, whatever the clock says.
  assert.equal(done.pruned.samples, 2 * 144, stdout);
  assert.equal(done.pruned.samples_of_wrong_time, 0);
  station.look((store) => {
    const count = (table: string) => Number(store.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    assert.equal(count("inverter_days"), 8);
  });
  const next = await station.run("backup-stats", ["--json"], { now: NOW + 60 });
  assert.equal(JSON.parse(next.stdout).pruned.samples, 2 * 144, next.stdout);
});

test("one flipped byte is recognised wherever it is, and an older backup is not removed for a bad one", async (t) => {
  const station = filledStation(t);
  await station.run("backup-stats", [], { now: NOW });
  const folder = join(station.folder, "backups");
  const path = join(folder, backupsOf(folder)[0] as string);
  const good = readFileSync(path);
  for (const position of [0, 12, Math.floor(good.length / 2), good.length - 5]) {
    const bad = Buffer.from(good);
    bad.writeUInt8((bad.readUInt8(position) ^ 0x01) & 0xff, position);
    writeFileSync(path, bad);
    const verify = await station.run("backup-stats", ["verify"], { now: NOW });
    assert.equal(verify.code, 74);
    assert.match(verify.stdout, /^BAD .*its checksum differs/m);
    const restore = await station.run("backup-stats", ["restore", path, "--yes"], { now: NOW });
    assert.equal(restore.code, 74);
    // Byte 12 is in a field of the gzip header that its own checksum does not cover.
    const alone = join(station.folder, "alone.db.gz");
    writeFileSync(alone, bad);
    if (position !== 12) assert.equal((await station.run("backup-stats", ["verify", alone], { now: NOW })).code, 74);
  }
  writeFileSync(path, good.subarray(0, good.length - 100));
  assert.equal((await station.run("backup-stats", ["verify"], { now: NOW })).code, 74);
  writeFileSync(path, good);
  const verify = await station.run("backup-stats", ["verify"], { now: NOW });
  assert.equal(verify.code, 0, verify.stdout);
  const day = join(folder, "jkbms", "stats_2026-06-08.json.gz");
  const bytes = readFileSync(day);
  bytes.writeUInt8(bytes.readUInt8(200) ^ 0x10, 200);
  writeFileSync(day, bytes);
  const again = await station.run("backup-stats", ["verify"], { now: NOW });
  assert.equal(again.code, 74);
  assert.match(again.stdout, /^BAD .*stats_2026-06-08/m);
});

test("restore drill: a lost, a damaged and a newer state file", async (t) => {
  const station = filledStation(t);
  await station.run("backup-stats", [], { now: NOW });
  const folder = join(station.folder, "backups");
  const path = join(folder, backupsOf(folder)[0] as string);
  const state = join(station.folder, "station.db");
  const restore = (...args: string[]) => station.run("backup-stats", ["restore", path, ...args], { now: NOW + 600 });
  const rows = () => station.look((store) => stateFacts(store).tables.inverter_samples?.rows);
  const before = rows();

  for (const ending of ["", "-wal", "-shm"]) rmSync(state + ending, { force: true });
  const lost = await restore();
  assert.equal(lost.code, 0, lost.stderr);
  assert.match(lost.stdout, /^restored /);
  assert.equal(rows(), before);
  assert.equal(integrity(station), "ok");

  writeFileSync(state, "no database at all ".repeat(500));
  const damaged = await restore();
  assert.equal(damaged.code, 0, damaged.stderr);
  assert.equal(rows(), before);

  const store = openWritable(station, NOW);
  storeInverter(store, [NOW + 300], () => ({}));
  store.close();
  const refused = await restore();
  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /newer than the backup: .* --yes/);
  assert.equal(rows(), (before ?? 0) + 1);
  assert.equal((await restore("--dry-run", "--yes")).code, 0);
  assert.equal(rows(), (before ?? 0) + 1);
  const done = await restore("--yes", "--json");
  assert.equal(done.code, 0, done.stderr);
  assert.equal(rows(), before);
  const kept = JSON.parse(done.stdout).old_kept_at as string;
  assert.equal(checkState(kept).tables.inverter_samples?.rows, (before ?? 0) + 1, "the newer file is kept");
  assert.deepEqual(
    readdirSync(station.folder).filter((name) => name.includes("partial")),
    [],
  );
});

test("an order that was open in the backup is not carried out after a restore", async (t) => {
  const station = filledStation(t);
  const store = openWritable(station, NOW);
  const order =
    "INSERT INTO commands (kind, device, queued_at, expires_at, source, text, state) VALUES ('inverter', 'inverter', ?, ?, 'hand', 'x=1', 'queued')";
  store.write(() => store.db.prepare(order).run(NOW, NOW + 900));
  store.close();
  await station.run("backup-stats", [], { now: NOW });
  const folder = join(station.folder, "backups");
  const path = join(folder, backupsOf(folder)[0] as string);
  const done = await station.run("backup-stats", ["restore", path, "--yes", "--json"], { now: NOW + 60 });
  assert.equal(JSON.parse(done.stdout).cancelled_orders, 1);
  const states = station.look((open) => open.db.prepare("SELECT state FROM commands").pluck().all());
  assert.deepEqual(states, ["cancelled"]);
});

test("something that is no backup is refused, and the state file stays", async (t) => {
  const station = filledStation(t);
  const other = join(station.folder, "other.db");
  new BetterSqlite(other).exec("CREATE TABLE t (x)").close();
  for (const [file, why] of [
    [other, /no state file of solar-station/],
    [station.configPath, /not a database/],
    [join(station.folder, "none"), /no such file/],
  ] as const) {
    const { code, stderr } = await station.run("backup-stats", ["restore", file, "--yes"], { now: NOW });
    assert.equal(code, 74);
    assert.match(stderr, why);
  }
  assert.equal(integrity(station), "ok");
});

test("second directory and post_backup get the new files; a missing one is told, the rest is done", async (t) => {
  const second = "SECOND";
  const sections = (folder: string, program: string) =>
    `backup: {second_directory: "${folder}", post_backup: ["${program}", "{file}", "$(touch hacked)"]}`;
  const station = filledStation(t);
  const stick = join(station.folder, second);
  const config = (text: string) =>
    writeFileSync(station.configPath, `station: {state_dir: "${station.folder}"}\n${text}\n`);
  mkdirSync(stick);
  const told = join(station.folder, "told");
  const script = join(station.folder, "post.sh");
  writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' "$@" > ${told}\n`, { mode: 0o755 });
  config(sections(stick, script));
  const first = await station.run("backup-stats", [], { now: NOW });
  assert.equal(first.code, 0, first.stderr);
  const home = join(station.folder, "backups");
  assert.deepEqual(backupsOf(stick), backupsOf(home));
  assert.deepEqual(readdirSync(join(stick, "jkbms")), readdirSync(join(home, "jkbms")));
  assert.deepEqual(readFileSync(told, "utf8").trim().split("\n"), [
    join(home, backupsOf(home)[0] as string),
    "$(touch hacked)",
  ]);
  assert.equal((await station.run("backup-stats", ["verify"], { now: NOW })).code, 0);

  rmSync(stick, { recursive: true });
  config(sections(stick, "false"));
  const next = await station.run("backup-stats", [], { now: NOW + DAY });
  assert.equal(next.code, 74);
  assert.match(next.stderr, /second directory is not there; is the disk mounted/);
  assert.match(next.stderr, /post_backup "false" failed \(1\)/);
  assert.equal(existsSync(stick), false, "not made on the wrong disk");
  assert.equal(backupsOf(home).length, 2);
});

test("kept: 7 daily, 4 weekly, 12 monthly; nothing goes when the new backup fails", async (t) => {
  const station = filledStation(t);
  await station.run("backup-stats", [], { now: NOW });
  const home = join(station.folder, "backups");
  const [made = ""] = backupsOf(home);
  for (let days = 1; days <= 500; days++) {
    const at = new Date((NOW - days * DAY) * 1000).toISOString().slice(0, 10).replaceAll("-", "");
    copyFileSync(join(home, made), join(home, `station_${at}T010000Z.db.gz`));
  }
  // Something stands under the name of the file to come.
  const place = join(home, backupName(NOW + DAY));
  mkdirSync(place);
  const failed = await station.run("backup-stats", [], { now: NOW + DAY });
  assert.equal(failed.code, 74, failed.stderr);
  rmdirSync(place);
  assert.equal(backupsOf(home).length, 501);
  const dry = await station.run("backup-stats", ["--dry-run", "--json"], { now: NOW + DAY });
  assert.ok(JSON.parse(dry.stdout).remove.length > 400);
  assert.equal(backupsOf(home).length, 501);
  assert.equal((await station.run("backup-stats", [], { now: NOW + DAY })).code, 0);
  const kept = backupsOf(home).map((name) => name.slice(8, 16));
  // 2026-06-10 is a Wednesday. Newest of each of 7 days, 4 weeks (Sundays), 12 months (their last days).
  const wanted = [
    ...["20250731", "20250831", "20250930", "20251031", "20251130", "20251231", "20260131", "20260228", "20260331"],
    ...["20260430", "20260524", "20260531", "20260604", "20260605", "20260606", "20260607", "20260608", "20260609"],
    "20260610",
  ];
  assert.deepEqual(kept, wanted);
});

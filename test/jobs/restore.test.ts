import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeBackup } from "../../lib/backup/make-backup.ts";
import { backupStats } from "../../lib/jobs/backup-stats/backup-run.ts";
import { restoreBackup } from "../../lib/jobs/backup-stats/restore.ts";
import { verifyBackups } from "../../lib/jobs/backup-stats/verify.ts";
import { openStore } from "../../lib/store/database.ts";
import { insertOrder, latestOrders, openOrders } from "../../lib/store/orders.ts";
import { saveInverterSample } from "../../lib/store/samples.ts";
import { orderStation } from "../support/orders.ts";
import { recordedInverter } from "../support/recorded-samples.ts";

/** A station with a backup in which an order was open and one was being sent. */
async function backedUp(t: TestContext) {
  const { store, context, now, folder } = orderStation(t);
  const order = {
    kind: "inverter",
    device: "inverter",
    queued_at: now,
    expires_at: now + 900,
    source: "hand",
  } as const;
  store.write(() => {
    saveInverterSample(store, "inverter", now, recordedInverter({}));
    for (const state of ["queued", "sending"] as const)
      insertOrder(store, { ...order, text: "20105=0", key: "ongrid_switch", wanted_raw: 0, state });
  });
  const { path } = await makeBackup(context, store);
  const restore = (options: Readonly<Record<string, unknown>> = {}) =>
    restoreBackup({ ...context, args: [path], options });
  return { store, context, now, folder, path, restore };
}

test("orders that were open in a backup are not carried out after a restore, and the file before is kept", async (t) => {
  const { store, folder, restore } = await backedUp(t);
  store.close();
  await restore();
  const restored = openStore(join(folder, "station.db"));
  t.after(() => restored.close());
  assert.deepEqual(openOrders(restored), []);
  assert.deepEqual(
    latestOrders(restored, 9).map(({ state }) => state),
    ["cancelled", "cancelled"],
  );
  const aside = readdirSync(folder).find((name) => name.includes("before-restore")) as string;
  const before = openStore(join(folder, aside));
  t.after(() => before.close());
  assert.equal(openOrders(before).length, 2);
});

test("a state file newer than the backup is not overwritten unasked", async (t) => {
  const { store, now, restore } = await backedUp(t);
  store.write(() => saveInverterSample(store, "inverter", now + 3600, recordedInverter({})));
  store.close();
  await assert.rejects(restore(), /is newer than the backup: 60 min .*--yes restores all the same/);
  await restore({ yes: true });
});

test("one flipped byte in a backup is recognised, and the state file stays", async (t) => {
  const { store, folder, path, restore } = await backedUp(t);
  store.close();
  const bytes = readFileSync(path);
  // The operating system in gzip's head: nothing but the checksum beside the file notices.
  bytes[9] = 0x55;
  writeFileSync(path, bytes);
  await assert.rejects(restore(), /its checksum differs/);
  assert.ok(!readdirSync(folder).some((name) => name.includes("before-restore")));
  assert.ok(existsSync(join(folder, "station.db")));
});

test("what is told of a restore: how old, without a checksum, and what became of its orders", async (t) => {
  const { store, folder, path, restore } = await backedUp(t);
  store.close();
  rmSync(`${path}.sha256`);
  const text = (await restore()).text?.(false) ?? "";
  assert.match(text, /^restored .*station\.db from .* \(until 2027-01-15T08:00:00\.000Z\)$/m);
  assert.match(
    text,
    new RegExp(`^the file before is kept at ${folder}/station.db.before-restore-20270115T080000;`, "m"),
  );
  assert.match(text, /^there was no checksum file beside the backup; gzip's and SQLite's own checks passed$/m);
  assert.match(text, /^2 orders that were open then are cancelled$/m);
});

test("an empty backup takes everything from a state file that has samples; a folder that is missing takes none", async (t) => {
  const { store, context, now, folder } = orderStation(t);
  const { path } = await makeBackup(context, store);
  store.write(() => saveInverterSample(store, "inverter", now, recordedInverter({})));
  store.close();
  const restore = (options: Readonly<Record<string, unknown>>) => restoreBackup({ ...context, args: [path], options });
  await assert.rejects(restore({}), /is newer than the backup: everything would be missing/);
  assert.match((await restore({ yes: true })).text?.(false) ?? "", /\(empty\)$/m);
  const station = { ...context.config.station, state_dir: join(folder, "gone") };
  const moved = restoreBackup({ ...context, config: { ...context.config, station }, args: [path] });
  await assert.rejects(moved, /gone: no such directory \(station\.state_dir\)$/);
});

test("verify: no backup at all, the newest one unpacked, others by their checksum, files by name", async (t) => {
  const station = orderStation(t);
  const { store, context, folder } = station;
  const verify = async (args: readonly string[] = [], options: Readonly<Record<string, unknown>> = {}) => {
    const { text, failure } = await verifyBackups({ ...context, args, options });
    return { lines: text?.(false).split("\n") ?? [], failure: failure?.message };
  };
  const backups = join(folder, "backups");
  assert.deepEqual(await verify(), {
    lines: [`BAD  ${backups}: ${backups}: there is no backup`],
    failure: `${backups}: there is no backup`,
  });
  assert.equal((await verify(["/nowhere/x.db.gz"])).failure, "/nowhere/x.db.gz: no such file");
  const first = (await makeBackup(context, store)).path;
  store.write(() => saveInverterSample(store, "inverter", station.now, recordedInverter({})));
  station.now += 60;
  const { path } = await makeBackup(context, store);
  const newest = new RegExp(
    `^ok {3}${path}: checksum, unpacking and every page good; \\d+ rows until 2027-01-15T08:00:00`,
  );
  const usual = await verify();
  assert.match(usual.lines[0] ?? "", newest);
  assert.equal(usual.lines[1], `ok   ${first}: checksum as noted`);
  rmSync(`${first}.sha256`);
  const all = await verify([], { all: true });
  assert.match(all.lines[1] ?? "", /: no checksum file; unpacking and every page good; \d+ rows empty$/);
  const day_file = join(folder, "inverter_stats_20270114.json.gz");
  writeFileSync(day_file, gzipSync("{}"));
  assert.match((await verify([day_file])).lines[0] ?? "", /: unpacks, [0-9a-f]{8}$/);
  // Somewhere else than in the station's own folder of backups, which need not be there.
  const elsewhere = join(folder, "copy.db.gz");
  renameSync(path, elsewhere);
  rmSync(backups, { recursive: true });
  assert.match((await verify([elsewhere])).lines[0] ?? "", /^ok .* no checksum file; unpacking and every page good/);
});

test("a backup that cannot be made is told, and nothing else is left out for it", async (t) => {
  const { context, store, folder, now } = orderStation(t);
  store.write(() => saveInverterSample(store, "inverter", now - 90_000, recordedInverter({})));
  writeFileSync(join(folder, "backups"), "a file, no folder");
  const { text, json, failure } = await backupStats(context);
  assert.match(text?.(false) ?? "", /^no backup was made$/m);
  assert.deepEqual(json, {
    ...(json as object),
    ...{ backup: null, day_files: [], removed: [], copied_to_second: [], pruned: null },
  });
  assert.match(failure?.message ?? "", /backups/);
});

test("without day files none is written, nor foreseen", async (t) => {
  const { context, store, now } = orderStation(t, { backup: { day_files: false } });
  store.write(() => saveInverterSample(store, "inverter", now - 90_000, recordedInverter({})));
  const would = await backupStats({ ...context, dryRun: true });
  assert.match(would.text?.(false) ?? "", /^would back up .*station\.db to .*backups$/);
  const { json } = await backupStats(context);
  assert.deepEqual((json as { day_files: unknown }).day_files, []);
});

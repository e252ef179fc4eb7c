import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeBackup } from "../../lib/backup/make-backup.ts";
import { restoreBackup } from "../../lib/jobs/backup-stats/restore.ts";
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

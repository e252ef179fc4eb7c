import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../lib/base/clock.ts";
import { StateDamaged } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { orderReason, orderWhat } from "../../lib/orders/order-reason.ts";
import { openStore } from "../../lib/store/database.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { recoverState } from "../../lib/store/recover.ts";
import { orderStation } from "../support/orders.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("a state file that was begun anew says so in its journal, for what was ordered before is not in it", async (t) => {
  const path = join(scratchDirectory(t), "station.db");
  openStore(path).close();
  // What a power cut leaves.
  writeFileSync(path, "");
  const done = await recoverState(new StateDamaged(path, "empty", said("empty")), { backups: [], clock: systemClock });
  assert.deepEqual([done?.backup, done?.orders_known], [null, false]);
  const store = openStore(path);
  t.after(() => store.close());
  const [note, ...others] = latestOrders(store, 10);
  assert.ok(note);
  assert.deepEqual([note.source, note.state, note.code, others], ["recovery", "cancelled", "state_begun", []]);
  const russian = orderStation(t, { station: { state_dir: scratchDirectory(t), lang: "ru" } });
  assert.equal(orderWhat(orderStation(t).context, store, note), "state file begun anew");
  assert.equal(orderWhat(russian.context, store, note), "файл состояния начат заново");
  assert.match(orderReason(orderStation(t).context, store, note) ?? "", /what was ordered before this is not known/);
});

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rollUpAll } from "../../lib/backup/keep-house.ts";
import { statusPage } from "../../lib/jobs/status-page.ts";
import { orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("one page of the past is made at a time, the newest first, and a month has its days; what nobody made here stays", async (t) => {
  // On a disk: there the page is not drawn anew every minute.
  const folder = scratchDirectory(t, "/var/tmp");
  const station = orderStation(t, { page: { file: join(folder, "index.html") } });
  const { context, store } = station;
  store.write(() => {
    // A Thursday, and the Sunday with which its month and both their weeks are complete.
    for (const noon of [Date.UTC(2026, 11, 10, 12), Date.UTC(2027, 0, 3, 12)])
      for (const minute of [0, 10, 20]) savePlantSamples(store, noon / 1000 + 60 * minute, { pv: 900 });
  });
  await rollUpAll(context, store);
  mkdirSync(join(folder, "day"));
  for (const name of ["2019-01-01.html", "notes.html"]) writeFileSync(join(folder, "day", name), "x");
  const made = () =>
    ["day", "week", "month"].flatMap((kind) => (existsSync(join(folder, kind)) ? readdirSync(join(folder, kind)) : []));
  const draw = async (after_s: number) => {
    station.now += after_s;
    const { json } = await statusPage(context);
    store.flush();
    return (json as { written: boolean }).written;
  };
  assert.equal(await draw(0), true);
  assert.deepEqual(made(), ["2027-01-03.html", "notes.html"], "a page of a day that is not known any more is gone");
  await draw(60);
  assert.equal(made().length, 2, "the next one waits");
  const order: string[] = [];
  for (let more = 0; more < 4; more++) {
    const before = made();
    await draw(300);
    order.push(...made().filter((name) => !before.includes(name)));
  }
  assert.deepEqual(order, ["2026-W53.html", "2026-12.html", "2026-W50.html", "2026-12-10.html"]);
  const month = readFileSync(join(folder, "month", "2026-12.html"), "utf8");
  assert.match(month, /December 2026/);
  assert.match(readFileSync(join(folder, "week", "2026-W50.html"), "utf8"), /W53\.html/);
});

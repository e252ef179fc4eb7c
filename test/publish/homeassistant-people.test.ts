import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { everyEntity } from "../support/home-devices.ts";

/** Ids of the first edition. Home Assistant keeps history, dashboards and automations by them: none may ever change. */
const FIRST_IDS = readFileSync(resolve(import.meta.dirname, "../fixtures/home-assistant-ids.txt"), "utf8")
  .trim()
  .split("\n");

test("every id of the first edition is still there, on its platform", () => {
  const devices = everyEntity();
  const ids = new Set<string>();
  for (const [device, components] of Object.entries(devices)) {
    for (const [key, { platform, unique_id, default_entity_id }] of Object.entries(components)) {
      assert.equal(unique_id, `solar_station_${device}_${key}`);
      assert.equal(default_entity_id, `${platform}.${unique_id}`);
      ids.add(String(default_entity_id));
    }
  }
  assert.deepEqual(
    FIRST_IDS.filter((id) => !ids.has(id)),
    [],
  );
});

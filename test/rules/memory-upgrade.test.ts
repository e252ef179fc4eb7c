/** What the version before wrote (a simulated day of it, `former-memory.json`) is taken over, field by field. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { openAlerts } from "../../lib/rules/alerts/evaluate.ts";
import { readAlertState } from "../../lib/rules/alerts/state.ts";
import type { AlertState } from "../../lib/rules/alerts/types.ts";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { restore } from "../../lib/rules/grid-switch/restore.ts";
import { freshState } from "../../lib/rules/grid-switch/state.ts";

type Fields = Readonly<Record<string, unknown>>;
const former = JSON.parse(readFileSync(new URL("former-memory.json", import.meta.url), "utf8")) as {
  readonly now: number;
  readonly grid_switch: Fields;
  readonly alerts: Fields & { readonly tracks: Readonly<Record<string, Fields>> };
};
const { now } = former;

function without(value: Fields, key: string): Fields {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

describe("memory of the version before", () => {
  it("of the grid switch is whole: lock-out, hold, budget and the order under way", () => {
    const read = restore(former.grid_switch, now);
    assert.deepEqual(read?.repaired, []);
    for (const [key, value] of Object.entries(former.grid_switch)) {
      assert.deepEqual(read?.state[key as keyof typeof read.state], value, key);
    }
    const { decision } = decide({
      now: now + 60,
      samples: { bms: [], inverter: [] },
      state: former.grid_switch,
      parameters: DEFAULTS,
      mode: "auto",
    });
    assert.ok(decision.flags.includes("locked") && decision.flags.includes("manual"));
    assert.equal(decision.order?.attempts, 1);
    assert.equal(decision.on_grid, false);
  });

  it("of the grid switch with a field missing, or one that nobody knows: nothing else is forgotten", () => {
    for (const missing of Object.keys(former.grid_switch)) {
      const read = restore({ ...without(former.grid_switch, missing), of_a_later_version: [1] }, now);
      assert.deepEqual(read?.repaired, [], missing);
      for (const [key, value] of Object.entries(former.grid_switch)) {
        if (key !== missing) assert.deepEqual(read?.state[key as keyof typeof read.state], value, `${missing}: ${key}`);
      }
      assert.ok(!Object.hasOwn(read?.state ?? {}, "of_a_later_version"));
    }
  });

  it("of the grid switch with a field of nonsense: it is begun anew and named, nothing else is forgotten", () => {
    for (const broken of Object.keys(former.grid_switch).filter((key) => key !== "version")) {
      const read = restore({ ...former.grid_switch, [broken]: { of: ["nonsense"] } }, now);
      assert.deepEqual(read?.repaired, [broken]);
      for (const [key, value] of Object.entries({
        ...former.grid_switch,
        [broken]: freshState(now)[broken as "since"],
      })) {
        assert.deepEqual(read?.state[key as keyof typeof read.state], value, `${broken}: ${key}`);
      }
    }
  });

  it("of the alerts is whole, a missing field or an unknown track costs only itself", () => {
    const open = openAlerts(readAlertState(former.alerts) as AlertState);
    assert.deepEqual(open.map(({ id }) => id).sort(), ["battery_temperature_high", "foreign_write"]);
    for (const missing of Object.keys(former.alerts)) {
      const tracks = { ...former.alerts.tracks, "gone:x": { id: "gone" } };
      const read = readAlertState(without({ ...former.alerts, tracks }, missing)) as AlertState;
      for (const key of Object.keys(former.alerts)) {
        if (key === missing || key === "tracks") continue;
        assert.deepEqual(read[key as keyof AlertState], former.alerts[key], `${missing}: ${key}`);
      }
      if (missing !== "tracks") assert.deepEqual(openAlerts(read), open, missing);
      assert.ok(!Object.hasOwn(read.tracks, "gone:x"));
    }
    for (const [name, track] of Object.entries(former.alerts.tracks)) {
      for (const missing of Object.keys(track).filter((key) => key !== "id")) {
        const tracks = { ...former.alerts.tracks, [name]: without(track, missing) };
        const read = readAlertState({ ...former.alerts, tracks }) as AlertState;
        for (const key of Object.keys(track)) {
          if (key === missing) continue;
          assert.deepEqual(read.tracks[name]?.[key as "values"], track[key], `${name} without ${missing}: ${key}`);
        }
      }
    }
  });
});

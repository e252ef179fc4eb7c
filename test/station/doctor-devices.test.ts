import assert from "node:assert/strict";
import { test } from "node:test";
import { rememberFacts } from "../../lib/store/device-rows.ts";
import { deviceChecks } from "../../lib/support/device-checks.ts";
import { orderStation } from "../support/orders.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const levels = (checks: Awaited<ReturnType<typeof deviceChecks>>) =>
  Object.fromEntries(checks.map(({ name, level }) => [name, level]));

test("the doctor names the block that keeps silent, and looks at the rest", async (t) => {
  const faults = [15201, 10001].map((target) => ({ kind: "silent", target }) as const);
  const { url } = await startSimulatedInverter(t, { faults });
  const { context, store } = orderStation(t, {
    inverter: { port: url, gap_ms: 5, timeout_ms: 200, retries: 1 },
    bms: [],
  });
  const checks = await deviceChecks(context, store);
  const silent = checks.find(({ name }) => name === "inverter parts");
  assert.deepEqual(
    [silent?.level, silent?.text],
    ["warn", "no answer from registers from 10001, registers from 15201"],
  );
  assert.equal(levels(checks)["inverter identity"], "ok");
});

test("the doctor names another machine and another protocol than those that are remembered", async (t) => {
  const { url } = await startSimulatedBms(t);
  const bms = [{ port: url, polls: 1 }];
  const { context, store } = orderStation(t, { inverter: { enabled: false }, bms });
  rememberFacts(store, "bms", "bms", { dialect: "modbus", identity: { model: "JK_PB2A16S15P" } });
  store.flush();
  const checks = await deviceChecks(context, store);
  assert.deepEqual(levels(checks), { bms: "ok", "bms identity": "fail", "bms dialect": "warn" });
  const hint = checks.find(({ name }) => name === "bms identity")?.hint ?? "";
  assert.match(hint, /jkbms-dump --accept-machine/);
});

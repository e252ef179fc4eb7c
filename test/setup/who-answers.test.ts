import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Found, misplaced, whoIsAt } from "../../lib/setup/who-answers.ts";
import { orderStation } from "../support/orders.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

test("a port that is not there, a machine of older firmware, and one that tells nothing of itself", async (t) => {
  const { context } = orderStation(t);
  const gone = await whoIsAt(context, "/dev/ttyNowhere");
  assert.equal(gone.device, "unusable");
  assert.match(gone.text, /\/dev\/ttyNowhere/);
  const refusing = (target: "all" | number) =>
    startSimulatedInverter(t, { faults: [{ kind: "exception", code: 2, target }] });
  for (const [target, text] of [
    [20000, "MUST 1800 at slave 4"],
    ["all", "MUST inverter of unknown model at slave 4"],
  ] as const) {
    const { url } = await refusing(target);
    assert.deepEqual(await whoIsAt(context, url), { port: url, device: "inverter", protocol: null, text });
  }
});

test("plugs in the wrong place are told by the device behind the name; a switched-off inverter is expected nowhere", (t) => {
  const folder = scratchDirectory(t);
  const [tty, link] = [join(folder, "ttyUSB0"), join(folder, "usb-1a86")];
  writeFileSync(tty, "");
  symlinkSync(tty, link);
  const found = (device: Found["device"]): Found[] => [{ port: tty, device, protocol: null, text: "" }];
  const one = orderStation(t, { inverter: { enabled: false }, bms: [{ port: link }] }).context;
  assert.deepEqual(misplaced(one, found("inverter")), [
    `the inverter answers at ${link}, where the configuration has the BMS bms`,
  ]);
  assert.deepEqual(misplaced(one, found("bms")), []);
  const other = orderStation(t, { inverter: { port: link }, bms: [] }).context;
  assert.deepEqual(misplaced(other, found("bms")), [
    `a BMS answers at ${link}, where the configuration has the inverter`,
  ]);
});

import assert from "node:assert/strict";
import { chownSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testStation } from "../support/command.ts";

const NOBODY = 65_534;

test("root's command acts as the owner of the state also where Node runs on io_uring, as Debian's does", {
  skip: process.getuid?.() === 0 ? false : "needs root",
}, async (t) => {
  const station = testStation(t, "");
  chownSync(station.folder, NOBODY, NOBODY);
  const run = await station.run("inverter-cmd", ["set", "ongrid_switch", "on"], { env: { UV_USE_IO_URING: "1" } });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(statSync(join(station.folder, "station.db")).uid, NOBODY);
});

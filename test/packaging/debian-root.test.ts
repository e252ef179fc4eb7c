import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { tries } from "../support/campaign.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Of cron's own work; only at night. */
const minutes = tries(0, 10);
const canChroot = process.getuid?.() === 0 && spawnSync("debootstrap", ["--version"]).status === 0;
const skip =
  minutes === 0 ? "a quarter of an hour: npm run test:nightly" : canChroot ? false : "needs root and debootstrap";

test("a bare Debian becomes a station, is upgraded and goes back without a lost minute, and is bare again", {
  skip,
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "solar-station-debs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();
  const debs = ["1", "2"].map((revision) => {
    const make = ["--import", "tsx", "packaging/deb.mjs", architecture, "--revision", revision, "--out", folder];
    execFileSync(process.execPath, make, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    return join(folder, `solar-station_0.1.0-${revision}_${architecture}.deb`);
  });
  const run = spawnSync("sh", ["test/packaging/debian-root.sh", ...debs, String(minutes)], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
});

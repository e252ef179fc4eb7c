import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stationSection } from "../../lib/config/sections/station.ts";
import { ownFolders } from "../../lib/store/own-folders.ts";

const { id } = stationSection.parse({});

/** A new folder that goes away with the test, and what a station in it kept outside. `parent`: where what lies in memory will not do. */
export function scratchDirectory(t: TestContext, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "solar-station-test-"));
  t.after(() => {
    for (const one of [folder, ...ownFolders({ id, state_dir: folder })]) rmSync(one, { recursive: true, force: true });
  });
  return folder;
}

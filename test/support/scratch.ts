import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A new folder that goes away with the test. `parent`: where what lies in memory will not do. */
export function scratchDirectory(t: TestContext, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "solar-station-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

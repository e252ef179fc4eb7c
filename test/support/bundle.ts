import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { sourceDigest } from "../../tools/build/digest.mjs";

const DIST = resolve(import.meta.dirname, "../../dist");
let checked = false;

/** The bundled command `name`, made of what is in lib/ now; throws when dist/ is missing or older. */
export function bundled(name: string): string {
  // Where the run asks which lines of lib are run: the same command with a map to its sources (tools/coverage.mjs).
  const covered = process.env.SOLAR_COVERED_COMMANDS;
  if (covered !== undefined) return join(covered, `${name}.cjs`);
  if (!checked && !existsSync(join(DIST, `parts-${sourceDigest(join(DIST, ".."))}`)))
    throw new Error("dist/ is not made of what is in lib/ now, so its commands would be tested in vain: npm run build");
  checked = true;
  return join(DIST, `${name}.cjs`);
}

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { sourceDigest } from "../../tools/build/digest.mjs";

const DIST = resolve(import.meta.dirname, "../../dist");
let checked = false;

/** The bundled command `name`, made of what is in lib/ now; throws when dist/ is missing or older. */
export function bundled(name: string): string {
  if (!checked && !existsSync(join(DIST, `parts-${sourceDigest(join(DIST, ".."))}`)))
    throw new Error("dist/ is not made of what is in lib/ now, so its commands would be tested in vain: npm run build");
  checked = true;
  return join(DIST, `${name}.cjs`);
}

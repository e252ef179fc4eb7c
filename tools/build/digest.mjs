import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Names a build by the sources below `root` that it is made of: 16 hex digits. What a command remembers between runs holds only
 * for its own build, and tests that run dist/ check with it that they test what is in lib/.
 */
export function sourceDigest(root) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const digest = createHash("sha256").update(version);
  for (const folder of ["lib", "bin", "tools/build"]) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(ts|cjs|mjs)$/.test(name),
    );
    for (const name of files.sort()) digest.update(name).update(readFileSync(join(root, folder, name)));
  }
  digest.update(readFileSync(join(root, "package-lock.json")));
  return digest.digest("hex").slice(0, 16);
}

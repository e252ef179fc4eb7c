// Bundles every command of bin/ into dist/NAME.cjs. CommonJS, because on Node 20 `require` of the packages we use costs
// 10-55 ms less than `import`; dynamic import() becomes a lazy require, so heavy packages load only on the path that needs them.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const commands = readdirSync("bin").filter((name) => name.endsWith(".ts"));
const built = commands.map((name) => name.replace(/\.ts$/, ".cjs"));

/** Names this build: what a bundle remembers between runs holds only for the sources it was made of. */
function sourceDigest() {
  const digest = createHash("sha256").update(version);
  const files = readdirSync("lib", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  for (const name of files.sort()) digest.update(name).update(readFileSync(`lib/${name}`));
  return digest.digest("hex").slice(0, 16);
}

// Built aside and renamed into place, so that cron never starts half a file.
mkdirSync("dist", { recursive: true });
const aside = mkdtempSync("dist/.build-");
try {
  await build({
    entryPoints: commands.map((name) => `bin/${name}`),
    outdir: aside,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    supported: { "dynamic-import": false },
    external: ["better-sqlite3", "serialport"],
    // import.meta.url finds package.json when run from source; a bundle knows its version.
    define: {
      __SOLAR_STATION_VERSION__: JSON.stringify(version),
      __SOLAR_STATION_BUILD__: JSON.stringify(sourceDigest()),
      "import.meta.url": "undefined",
    },
    legalComments: "none",
    logLevel: "warning",
  });
  for (const name of built) {
    chmodSync(`${aside}/${name}`, 0o755);
    renameSync(`${aside}/${name}`, `dist/${name}`);
  }
} finally {
  rmSync(aside, { recursive: true });
}
for (const name of readdirSync("dist")) {
  if (name.endsWith(".cjs") && !built.includes(name)) rmSync(`dist/${name}`);
}

import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { sha256 } from "../base/sha256.ts";
import type { LoadedConfig } from "./load.ts";
import { locateConfig } from "./locate.ts";
import type { Config } from "./schema.ts";

/**
 * The configuration as loadConfig gives it, from a private copy of the last check while file and program are the same: YAML parser
 * and schema are a third of what a short command costs a small board. `build` names the program's build; null = no copy is kept.
 * @throws ConfigError as loadConfig does
 */
export async function cachedConfig(
  given: string | undefined,
  build: string | null,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<LoadedConfig> {
  const path = locateConfig(given, environment);
  const key = build === null ? null : keyOf(path, build);
  const file = copyFile(path, environment);
  const known = key === null ? null : readCopy(file, key);
  if (known) return { config: known, path };
  const { loadConfig } = await import("./load.ts");
  const loaded = loadConfig(given, environment);
  if (key !== null) keepCopy(file, key, loaded.config);
  return loaded;
}

/** What must be the same for the copy to hold; null when the file cannot be looked at, so that loading tells why. */
function keyOf(path: string | null, build: string): string | null {
  if (path === null) return `${build} defaults`;
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [build, resolve(path), ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return null;
  }
}

function copyFile(path: string | null, environment: NodeJS.ProcessEnv): string {
  const folder = join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "solar-station");
  const name = sha256(path === null ? "" : resolve(path))
    .toString("hex")
    .slice(0, 16);
  return join(folder, `config-${name}.json`);
}

/** Only a plain file of our own that nobody else may touch is believed. */
function readCopy(file: string, key: string): Config | null {
  try {
    const { mode, uid } = lstatSync(file);
    const isPrivateFile = (mode & 0o170077) === 0o100000;
    if (!isPrivateFile || uid !== process.getuid?.()) return null;
    const copy = JSON.parse(readFileSync(file, "utf8")) as { key?: unknown; config?: Config };
    return copy.key === key && copy.config ? copy.config : null;
  } catch {
    return null;
  }
}

/** A copy that cannot be kept costs time at the next start and nothing else. */
function keepCopy(file: string, key: string, config: Config): void {
  try {
    makeFolder(dirname(file));
    const aside = `${file}.${process.pid}`;
    writeFileSync(aside, JSON.stringify({ key, config }), { mode: 0o600, flag: "wx" });
    renameSync(aside, file);
  } catch {
    // Read-only home, full disk: the next start checks the file again.
  }
}

/** The folder and the one above it. Not `recursive`, which never ends where the system refuses every folder (/proc). */
function makeFolder(folder: string): void {
  for (const one of [dirname(folder), folder]) {
    if (!existsSync(one)) mkdirSync(one, { mode: 0o700 });
  }
}

import { readFileSync } from "node:fs";

declare const __SOLAR_STATION_VERSION__: string | undefined;
declare const __SOLAR_STATION_BUILD__: string | undefined;

/** The package's version: put in by the bundler, read from package.json when run from source. */
export function version(): string {
  if (typeof __SOLAR_STATION_VERSION__ === "string") return __SOLAR_STATION_VERSION__;
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Digest of the sources that this bundle was made of; null when run from source, where they change at any moment. */
export function build(): string | null {
  return typeof __SOLAR_STATION_BUILD__ === "string" ? __SOLAR_STATION_BUILD__ : null;
}

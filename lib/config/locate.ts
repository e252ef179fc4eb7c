import { existsSync } from "node:fs";

export const DEFAULT_CONFIG_PATH = "/etc/solar-station/config.yaml";

/** The file to read: the given one, else $SOLAR_STATION_CONFIG, else the default place; null when nothing is there and none was named. */
export function locateConfig(given: string | undefined, environment: NodeJS.ProcessEnv): string | null {
  const named = given ?? environment.SOLAR_STATION_CONFIG;
  if (named !== undefined) return named;
  return existsSync(DEFAULT_CONFIG_PATH) ? DEFAULT_CONFIG_PATH : null;
}

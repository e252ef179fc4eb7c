import { stringify } from "yaml";
import type { Config } from "./schema.ts";

/** The configuration in use as YAML, as it could stand in the file. */
export function configText(config: Config): string {
  return stringify(config, { lineWidth: 0 });
}

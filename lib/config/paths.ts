import { join } from "node:path";
import type { Config } from "./schema.ts";

/** The state file. */
export function stateFile(config: Config): string {
  return join(config.station.state_dir, "station.db");
}

/** Directory of the backups: as configured, or in the state directory. */
export function backupDirectory(config: Config): string {
  return config.backup.directory ?? join(config.station.state_dir, "backups");
}

/** Where backups may lie, the nearest first. */
export function backupDirectories(config: Config): readonly string[] {
  const { second_directory } = config.backup;
  return [backupDirectory(config), ...(second_directory === null ? [] : [second_directory])];
}

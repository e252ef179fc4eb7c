import { join } from "node:path";
import type { Config } from "./schema.ts";
import { PAGE_IN_MEMORY, USUAL_STATE_DIR } from "./usual-places.ts";

/** The state file. */
export function stateFile(config: Config): string {
  return join(config.station.state_dir, "station.db");
}

/** The status page: as configured; of the station in its usual place in memory, of another one in its state directory. */
export function pageFile({ page, station: { state_dir } }: Config): string {
  return page.file ?? (state_dir === USUAL_STATE_DIR ? PAGE_IN_MEMORY : join(state_dir, "www", "index.html"));
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

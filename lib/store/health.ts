import { statSync } from "node:fs";
import type { Store } from "./database.ts";
import { DEVICES_MOST } from "./sample-key.ts";

/** State of the file itself. */
export interface FileHealth {
  /** Null = sound; else the first complaint of SQLite. */
  readonly damage: string | null;
  readonly bytes: number;
  /** Bytes inside of the file that are free again. */
  readonly free_bytes: number;
  /** Samples of all devices, and the time of the first and the last. */
  readonly samples: number;
  readonly first_at: number | null;
  readonly last_at: number | null;
}

/** Checks every page of the file and counts. Reads the whole file. */
export function fileHealth(store: Store): FileHealth {
  return store.read(() => {
    const [first] = store.db.pragma("quick_check(1)") as { quick_check: string }[];
    const pragma = (name: string) => Number(store.db.pragma(name, { simple: true }));
    const count = (table: string) =>
      store.db
        .prepare(
          `SELECT count(*) AS n, min(id) / ${DEVICES_MOST} AS first, max(id) / ${DEVICES_MOST} AS last FROM ${table}`,
        )
        .get() as {
        n: number;
        first: number | null;
        last: number | null;
      };
    const tables = [count("inverter_samples"), count("bms_samples")];
    const known = (values: (number | null)[]) => values.filter((value) => value !== null);
    const firsts = known(tables.map((table) => table.first));
    const lasts = known(tables.map((table) => table.last));
    return {
      damage: first === undefined || first.quick_check === "ok" ? null : first.quick_check,
      bytes: statSync(store.path).size,
      free_bytes: pragma("freelist_count") * pragma("page_size"),
      samples: tables.reduce((sum, table) => sum + table.n, 0),
      first_at: firsts.length > 0 ? Math.min(...firsts) : null,
      last_at: lasts.length > 0 ? Math.max(...lasts) : null,
    };
  });
}

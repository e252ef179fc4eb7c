/** Which protocol a BMS speaks: as configured, else as found. Null = not known yet, and nobody may guess: the write tables differ. */
import { type Dialect, isDialect } from "../devices/jkbms/settings.ts";

/** `configured`: the unit's `protocol`; `found`: what is remembered of an earlier contact. */
export function dialectOf(configured: Dialect | "auto", found: unknown): Dialect | null {
  if (configured !== "auto") return configured;
  return isDialect(found) ? found : null;
}

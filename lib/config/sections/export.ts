import { z } from "zod";
import { ORIGINAL_NAMES } from "../../devices/index.ts";
import { flag, whole } from "../keys.ts";

const { bms, inverter } = ORIGINAL_NAMES;
const path = z.string().startsWith("/").nullable().default(null);

/** `export:` files for other programs. */
// biome-ignore format: a key a line
export const exportSection = z.strictObject({
  prometheus_file: path.describe(
    "Where station export --format prometheus writes without --output; must end in .prom for node_exporter; null = stdout",
  ),
  original_dir: path.describe(
    `Directory of ${bms.last}, ${inverter.last}, inverter_cfg.json and inverter_accum.json; null = export/ in station.state_dir`,
  ),
  original_names: z
    .record(z.string().regex(/^[a-z0-9_]+$/), z.string().min(1).max(64))
    .default({})
    .describe(
      "More keys on the top level of the original's files: our key, then the name under which it shall stand there",
    ),
  original_mended: flag(false, "Write right what the original got wrong (docs/how-to/original.md names the keys); false = as it was"),
  original_stats_mb: whole(1, 1024, 16, `MB after which ${bms.stats} and ${inverter.stats} begin anew; the full one stays as .old`),
  nut_file: path.describe(
    "File that station export --format nut writes for dummy-ups; null = export/solar.dev in station.state_dir",
  ),
  nut_low_charge: z
    .int()
    .min(1)
    .max(95)
    .nullable()
    .default(null)
    .describe(
      "% at which the battery counts as low for NUT while the grid is away; null = the reserve of the grid-switch rules",
    ),
  batch_rows: whole(10, 100_000, 5000, "Samples of one run of an export with a cursor; what remains comes with the next run"),
});

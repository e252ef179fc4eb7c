import { z } from "zod";

const path = z.string().startsWith("/").nullable().default(null);

/** `export:` files for other programs. */
export const exportSection = z.strictObject({
  prometheus_file: path.describe(
    "Where station export --format prometheus writes without --output; must end in .prom for node_exporter; null = stdout",
  ),
  original_dir: path.describe(
    "Directory of jkbms_last.json, inverter_last.json, inverter_cfg.json and inverter_accum.json; null = export/ in station.state_dir",
  ),
  original_names: z
    .record(z.string().regex(/^[a-z0-9_]+$/), z.string().min(1).max(64))
    .default({})
    .describe("Other names in the original's files, by our key, where your items and pages expect them"),
  batch_rows: z
    .int()
    .min(10)
    .max(100_000)
    .default(5000)
    .describe("Samples of one run of an export with a cursor; what remains comes with the next run"),
});

export type ExportConfig = z.infer<typeof exportSection>;

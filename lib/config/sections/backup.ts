import { z } from "zod";
import { ORIGINAL_NAMES } from "../../devices/index.ts";
import { flag, whole } from "../keys.ts";

const { bms, inverter } = ORIGINAL_NAMES;
const directory = z.string().startsWith("/").nullable();
const days = (least: number) => z.int().min(least).max(36500);

/** `backup:` where copies of the state go, how many are kept, and how long samples are kept at all. */
export const backupSection = z.strictObject({
  directory: directory
    .default(null)
    .describe("Directory of the backups and day files; null = backups in station.state_dir"),
  second_directory: directory
    .default(null)
    .describe("Every new file is copied here too: a USB stick or a mounted share. It must exist"),
  daily: whole(1, 366, 7, "Daily backups that are kept"),
  weekly: whole(0, 520, 4, "Weeks of which the newest backup is kept beyond that"),
  monthly: whole(0, 240, 12, "Months of which the newest backup is kept beyond that"),
  day_files: flag(true, `Write ${bms.days}/stats_DATE.json.gz and ${inverter.days}/stats_DATE.json.gz`),
  day_files_days: days(1).default(366).describe("Days for which day files are kept"),
  post_backup: z
    .array(z.string().min(1))
    .max(64)
    .default([])
    .describe(
      "Program and arguments run after a good backup, without a shell; {directory} and {file} become the backup's. [] = none",
    ),
  post_backup_timeout_s: whole(1, 3600, 300, "s after which post_backup is stopped"),
  every_sample_days: days(1)
    .default(1)
    .describe("Days for which every sample is kept; older ones are thinned to one a minute"),
  samples_days: days(2).default(92).describe("Days for which samples are kept; then quarter hours remain"),
  quarters_days: days(31).default(3660).describe("Days for which quarter hours are kept; days are kept for ever"),
});

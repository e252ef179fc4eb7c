#!/usr/bin/env node
import { run } from "../lib/cli/run-command.ts";
import { backupStats } from "../lib/jobs/backup-stats/backup-run.ts";
import { restoreBackup } from "../lib/jobs/backup-stats/restore.ts";
import { verifyBackups } from "../lib/jobs/backup-stats/verify.ts";

const LIMIT_S = 3600;

run({
  spec: {
    name: "backup-stats",
    about: "Roll the history up, back the state file up and prove the copy, write day files, prune what is old. Daily.",
    job: true,
    writes: true,
    deadline_s: LIMIT_S,
  },
  handler: backupStats,
  commands: [
    {
      spec: {
        name: "restore",
        about: "Put a backup in the place of the state file; the old one is kept aside.",
        writes: true,
        deadline_s: LIMIT_S,
        arguments: [{ name: "<file>", about: "station_….db.gz, or one unpacked by hand" }],
        options: [{ flags: "--yes", about: "also over a state file that is newer than the backup" }],
      },
      handler: restoreBackup,
    },
    {
      spec: {
        name: "verify",
        about: "Prove backups and day files: checksums, unpacking, every page of the database.",
        deadline_s: LIMIT_S,
        arguments: [{ name: "[files...]", about: "only these; default: all in the backup directories" }],
        options: [{ flags: "--all", about: "unpack and look through every backup, not only the newest" }],
      },
      handler: verifyBackups,
    },
  ],
});

import { dueDayFiles, pruneDayFiles, writeDayFile } from "../../backup/day-files.ts";
import { pruneAll, rollUpAll, type Tidied } from "../../backup/keep-house.ts";
import { type Made, makeBackup } from "../../backup/make-backup.ts";
import { runPostBackup } from "../../backup/post-backup.ts";
import { copyToSecond } from "../../backup/second-copies.ts";
import { EXIT } from "../../base/errors.ts";
import { Failures } from "../../base/failures.ts";
import { faultPoint } from "../../base/fault-point.ts";
import { localTime } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { backupDirectory } from "../../config/paths.ts";
import { type BackupFile, dispensable, listBackups, removeBackup } from "../../store/backup-files.ts";
import type { Store } from "../../store/database.ts";
import { speech } from "../../words/index.ts";

/** What a run did. */
interface Done {
  rolled_up_transactions: number;
  backup: Made | null;
  day_files: string[];
  removed: string[];
  copied_to_second: string[];
  pruned: Tidied | null;
}

/**
 * `backup-stats`: roll-up, backup, day files, pruning, second directory, post_backup. A step that fails does not stop the ones that
 * do not need it; nothing is removed or pruned without a new backup that was proved.
 */
export async function backupStats(context: Context): Promise<Answer> {
  const store = context.openStore();
  if (context.dryRun) return whatWouldBeDone(context, store);
  const failures = new Failures();
  const done: Done = {
    rolled_up_transactions: (await failures.attempt(() => rollUpAll(context, store))) ?? 0,
    backup: null,
    day_files: [],
    removed: [],
    copied_to_second: [],
    pruned: null,
  };
  faultPoint("rolled_up");
  done.day_files = (await failures.attempt(() => writeDayFiles(context, store))) ?? [];
  faultPoint("day_files_written");
  done.backup = (await failures.attempt(() => makeBackup(context, store))) ?? null;
  if (done.backup !== null) {
    const made = done.backup;
    done.removed = (await failures.attempt(async () => removeOld(context, made.path))) ?? [];
    faultPoint("old_removed");
    done.pruned = (await failures.attempt(() => pruneAll(context, store))) ?? null;
    done.copied_to_second = (await failures.attempt(() => second(context))) ?? [];
    await failures.attempt(() => afterwards(context, made.path));
  }
  const failure = failures.asOne(EXIT.io);
  return { json: toJson(done), text: () => toText(context, done), ...(failure ? { failure } : {}) };
}

async function writeDayFiles(context: Context, store: Store): Promise<string[]> {
  if (!context.config.backup.day_files) return [];
  const written: string[] = [];
  for (const due of dueDayFiles(context, store)) {
    await writeDayFile(store, due, context.config.station.time_zone);
    written.push(due.path);
    faultPoint("day_file_written");
  }
  return written;
}

function toGo(context: Context): BackupFile[] {
  const { config, clock } = context;
  return dispensable(listBackups(backupDirectory(config)), config.backup, clock.now(), config.station.time_zone);
}

function removeOld(context: Context, made: string): string[] {
  const { config } = context;
  const removed = toGo(context)
    .map(({ path }) => path)
    .filter((path) => path !== made);
  for (const path of removed) {
    removeBackup(path);
    faultPoint("one_removed");
  }
  const day_files = pruneDayFiles(
    backupDirectory(config),
    config.backup.day_files_days,
    localTime(context.clock.now(), config.station.time_zone).day,
  );
  return [...removed, ...day_files];
}

async function second(context: Context): Promise<string[]> {
  const { config, clock } = context;
  const { second_directory } = config.backup;
  if (second_directory === null) return [];
  const rules = { counts: config.backup, now: clock.now(), time_zone: config.station.time_zone };
  return copyToSecond(backupDirectory(config), second_directory, rules);
}

async function afterwards(context: Context, file: string): Promise<void> {
  const { post_backup, post_backup_timeout_s } = context.config.backup;
  if (post_backup.length > 0) await runPostBackup(post_backup, file, post_backup_timeout_s);
}

function whatWouldBeDone(context: Context, store: Store): Answer {
  const directory = backupDirectory(context.config);
  const day_files = context.config.backup.day_files ? dueDayFiles(context, store).map(({ path }) => path) : [];
  const remove = toGo(context).map(({ path }) => path);
  const words = speech(context.config.station.lang).backup;
  return {
    json: { backup_directory: directory, day_files, remove },
    text: () =>
      [
        words.would_back_up(store.path, directory),
        ...day_files.map((path) => words.would_write(path)),
        ...remove.map((path) => words.would_remove(path)),
      ].join("\n"),
  };
}

function toJson({ backup, ...rest }: Done): unknown {
  const made = backup && { path: backup.path, at: backup.at, bytes: backup.bytes, newest_at: backup.facts.newest_at };
  return { backup: made, ...rest };
}

function toText({ config }: Context, { backup, day_files, removed, copied_to_second, pruned }: Done): string {
  const words = speech(config.station.lang).backup;
  const lines = [backup ? words.made(backup.path, (backup.bytes / 1e6).toFixed(1)) : words.none_made];
  lines.push(...day_files.map((path) => words.wrote(path)), ...removed.map((path) => words.removed(path)));
  lines.push(...copied_to_second.map((path) => words.copied_to(path)));
  if (pruned) {
    lines.push(words.pruned(pruned));
    if (pruned.samples_of_wrong_time > 0) lines.push(words.wrong_clock(pruned.samples_of_wrong_time));
  }
  return lines.join("\n");
}

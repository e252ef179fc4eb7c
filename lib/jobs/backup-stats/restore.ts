import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lasted } from "../../base/duration.ts";
import { BadCommand, StateError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { cancelOpenOrders, readableFacts, replaceState } from "../../store/backup.ts";
import { partialPath, removePartials } from "../../store/backup-files.ts";
import { unpackVerified } from "../../store/backup-pack.ts";
import { FAMILY } from "../../store/damage.ts";
import { openStore } from "../../store/database.ts";
import { type Speech, speech } from "../../words/index.ts";

/**
 * `backup-stats restore FILE`: proves the backup, then puts it in the place of the state file. The old one is kept beside it.
 * @throws BadCommand when the present file is newer and --yes was not given; StateError when the backup is no good
 */
export async function restoreBackup(context: Context): Promise<Answer> {
  const file = context.args[0] as string;
  const { state_dir, lang } = context.config.station;
  const words = speech(lang).backup;
  const target = join(state_dir, "station.db");
  if (!existsSync(file)) throw new StateError(failure("file_gone", { path: file }));
  if (!existsSync(state_dir)) throw new StateError(failure("restore_no_directory", { path: state_dir }));
  const now = context.clock.now();
  removePartials(state_dir);
  const copy = partialPath(join(state_dir, "station.db"));
  const aside = freeName(
    `${target}.before-restore-${new Date(now * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "")}`,
  );
  try {
    const { facts, checksum } = await unpackVerified(file, copy);
    refuseOverNewer(context, target, facts.newest_at);
    if (context.dryRun) return { json: { file, would_replace: target }, text: () => words.would_replace(target) };
    // Older schemas are brought up to date before the file takes its place.
    openStore(copy, { clock: context.clock }).closeWhole();
    const cancelled = cancelOpenOrders(copy, now);
    const old = await replaceState(copy, target, aside);
    const kept = old === "kept aside" ? aside : null;
    const json = {
      restored: target,
      from: file,
      newest_at: facts.newest_at,
      old_kept_at: kept,
      checksum,
      cancelled_orders: cancelled,
    };
    return { json, always: true, text: () => restoredText(words, json) };
  } finally {
    for (const ending of FAMILY) rmSync(copy + ending, { force: true });
  }
}

function refuseOverNewer(context: Context, target: string, newest_at: number | null): void {
  const present = readableFacts(target)?.newest_at ?? null;
  if (present === null || context.options.yes === true || present <= (newest_at ?? 0)) return;
  const lost = newest_at === null ? failure("lost_everything") : lasted(present - newest_at);
  throw new BadCommand(failure("restore_over_newer", { path: target, lost }));
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let count = 2; existsSync(name); count++) name = `${wanted}-${count}`;
  return name;
}

function restoredText(
  words: Speech["backup"],
  done: {
    readonly restored: string;
    readonly from: string;
    readonly newest_at: number | null;
    readonly old_kept_at: string | null;
    readonly checksum: boolean;
    readonly cancelled_orders: number;
  },
): string {
  const until = done.newest_at === null ? null : new Date(done.newest_at * 1000).toISOString();
  const lines = [words.restored({ restored: done.restored, from: done.from, until })];
  if (done.old_kept_at !== null) lines.push(words.kept_at(done.old_kept_at));
  if (!done.checksum) lines.push(words.without_checksum);
  if (done.cancelled_orders > 0) lines.push(words.cancelled(done.cancelled_orders));
  return lines.join("\n");
}

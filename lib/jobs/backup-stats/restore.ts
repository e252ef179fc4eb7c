import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { formatDuration } from "../../base/duration.ts";
import { BadCommand, StateError } from "../../base/errors.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { cancelOpenOrders, readableFacts, replaceState } from "../../store/backup.ts";
import { partialPath, removePartials } from "../../store/backup-files.ts";
import { unpackVerified } from "../../store/backup-pack.ts";
import { FAMILY } from "../../store/damage.ts";
import { openStore } from "../../store/database.ts";

/**
 * `backup-stats restore FILE`: proves the backup, then puts it in the place of the state file. The old one is kept beside it.
 * @throws BadCommand when the present file is newer and --yes was not given; StateError when the backup is no good
 */
export async function restoreBackup(context: Context): Promise<Answer> {
  const file = context.args[0] as string;
  const { state_dir } = context.config.station;
  const target = join(state_dir, "station.db");
  if (!existsSync(file)) throw new StateError(`${file}: no such file`);
  if (!existsSync(state_dir)) throw new StateError(`${state_dir}: no such directory (station.state_dir)`);
  const now = context.clock.now();
  removePartials(state_dir);
  const copy = partialPath(join(state_dir, "station.db"));
  const aside = freeName(
    `${target}.before-restore-${new Date(now * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "")}`,
  );
  try {
    const { facts, checksum } = await unpackVerified(file, copy);
    refuseOverNewer(context, target, facts.newest_at);
    if (context.dryRun) return { json: { file, would_replace: target }, text: () => `would replace ${target}` };
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
    return { json, always: true, text: () => restoredText(json) };
  } finally {
    for (const ending of FAMILY) rmSync(copy + ending, { force: true });
  }
}

function refuseOverNewer(context: Context, target: string, newest_at: number | null): void {
  const present = readableFacts(target)?.newest_at ?? null;
  if (present === null || context.options.yes === true || present <= (newest_at ?? 0)) return;
  const lost = newest_at === null ? "everything" : formatDuration(present - newest_at);
  throw new BadCommand(
    `${target} is newer than the backup: ${lost} would be missing; --yes restores all the same and keeps the present file aside`,
  );
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let count = 2; existsSync(name); count++) name = `${wanted}-${count}`;
  return name;
}

function restoredText(done: {
  readonly restored: string;
  readonly from: string;
  readonly newest_at: number | null;
  readonly old_kept_at: string | null;
  readonly checksum: boolean;
  readonly cancelled_orders: number;
}): string {
  const until = done.newest_at === null ? "empty" : `until ${new Date(done.newest_at * 1000).toISOString()}`;
  const lines = [`restored ${done.restored} from ${done.from} (${until})`];
  if (done.old_kept_at !== null)
    lines.push(`the file before is kept at ${done.old_kept_at}; delete it when all is well`);
  if (!done.checksum) lines.push("there was no checksum file beside the backup; gzip's and SQLite's own checks passed");
  if (done.cancelled_orders > 0) lines.push(`${done.cancelled_orders} orders that were open then are cancelled`);
  return lines.join("\n");
}

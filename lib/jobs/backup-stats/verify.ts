import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_FOLDERS, dayFiles } from "../../backup/day-files.ts";
import { StateError, StationError } from "../../base/errors.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { backupDirectories, backupDirectory } from "../../config/paths.ts";
import { listBackups } from "../../store/backup-files.ts";
import { checkChecksum, unpackedChecksum, unpackVerified } from "../../store/backup-pack.ts";

interface Verdict {
  readonly path: string;
  readonly ok: boolean;
  readonly what: string;
}

/**
 * `backup-stats verify [FILE...]`: the newest backup of each directory is unpacked and looked through, the others and the day files
 * are compared with their checksums; files given by name, or --all, are unpacked. Exit code 74 when one is not good.
 */
export async function verifyBackups(context: Context): Promise<Answer> {
  const verdicts = context.args.length > 0 ? await named(context) : await everything(context);
  const bad = verdicts.filter(({ ok }) => !ok);
  const text = () => verdicts.map(({ path, ok, what }) => `${ok ? "ok  " : "BAD "} ${path}: ${what}`).join("\n");
  const failure = bad.length > 0 ? new StateError(bad.map(({ what }) => what).join("\n")) : null;
  return { json: { files: verdicts }, text, always: true, ...(failure ? { failure } : {}) };
}

async function named(context: Context): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const path of context.args) verdicts.push(await verdict(path, () => drill(context, path)));
  return verdicts;
}

async function everything(context: Context): Promise<Verdict[]> {
  const directories = backupDirectories(context.config);
  const verdicts: Verdict[] = [];
  for (const directory of directories) {
    const backups = listBackups(directory);
    if (backups.length === 0) verdicts.push({ path: directory, ok: false, what: `${directory}: there is no backup` });
    for (const [index, { path }] of backups.entries()) {
      const thorough = index === 0 || context.options.all === true;
      verdicts.push(await verdict(path, () => (thorough ? drill(context, path) : quick(path))));
    }
    for (const folder of Object.values(DAY_FOLDERS)) {
      for (const { path } of dayFiles(join(directory, folder))) {
        verdicts.push(await verdict(path, async () => `unpacks, ${(await unpackedChecksum(path)).slice(0, 8)}`));
      }
    }
  }
  return verdicts;
}

async function verdict(path: string, work: () => Promise<string>): Promise<Verdict> {
  try {
    return { path, ok: true, what: await work() };
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    return { path, ok: false, what: error.message };
  }
}

async function quick(path: string): Promise<string> {
  if (await checkChecksum(path)) return "checksum as noted";
  return `no checksum file beside it; unpacks, ${(await unpackedChecksum(path)).slice(0, 8)}`;
}

/** The whole restore but for its last step. */
async function drill(context: Context, path: string): Promise<string> {
  if (!existsSync(path)) throw new StateError(`${path}: no such file`);
  if (/stats_[^/]*\.json\.gz$/.test(path)) return `unpacks, ${(await unpackedChecksum(path)).slice(0, 8)}`;
  const home = backupDirectory(context.config);
  const copy = join(existsSync(home) ? home : tmpdir(), `verify.db.partial-${process.pid}`);
  try {
    const { facts, checksum } = await unpackVerified(path, copy);
    const rows = Object.values(facts.tables).reduce((sum, table) => sum + table.rows, 0);
    const until = facts.newest_at === null ? "empty" : `until ${new Date(facts.newest_at * 1000).toISOString()}`;
    return `${checksum ? "checksum, " : "no checksum file; "}unpacking and every page good; ${rows} rows ${until}`;
  } finally {
    rmSync(copy, { force: true });
  }
}

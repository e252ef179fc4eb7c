import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_FOLDERS, dayFiles } from "../../backup/day-files.ts";
import { StateError, StationError } from "../../base/errors.ts";
import { type Failure, failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { backupDirectories, backupDirectory } from "../../config/paths.ts";
import { listBackups } from "../../store/backup-files.ts";
import { checkChecksum, unpackedChecksum, unpackVerified } from "../../store/backup-pack.ts";
import { type Speech, speech } from "../../words/index.ts";
import { tellFailure } from "../../words/tell-failure.ts";

interface Verdict {
  readonly path: string;
  /** What is wrong; null = nothing. */
  readonly wrong: Failure | null;
  /** The same, or what was found good, in the station's language. */
  readonly what: string;
}

/**
 * `backup-stats verify [FILE...]`: the newest backup of each directory is unpacked and looked through, the others and the day files
 * are compared with their checksums; files given by name, or --all, are unpacked. Exit code 74 when one is not good.
 */
export async function verifyBackups(context: Context): Promise<Answer> {
  const look = new Look(context);
  const verdicts = context.args.length > 0 ? await look.named() : await look.everything();
  const { good, bad } = speech(context.config.station.lang).backup;
  const lines = verdicts.map(({ path, wrong, what }) => `${wrong === null ? good : bad} ${path}: ${what}`);
  const failures = verdicts.flatMap(({ wrong }) => wrong ?? []);
  return {
    json: { files: verdicts.map(({ path, wrong, what }) => ({ path, ok: wrong === null, what })) },
    text: () => lines.join("\n"),
    always: true,
    ...(failures.length > 0 ? { failure: new StateError(failure("several", { failures })) } : {}),
  };
}

/** One look at backups and day files. */
class Look {
  readonly #speech: Speech;

  constructor(private readonly context: Context) {
    this.#speech = speech(context.config.station.lang);
  }

  async named(): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const path of this.context.args) verdicts.push(await this.#verdict(path, () => this.#drill(path)));
    return verdicts;
  }

  async everything(): Promise<Verdict[]> {
    const { config, options } = this.context;
    const verdicts: Verdict[] = [];
    for (const directory of backupDirectories(config)) {
      const backups = listBackups(directory);
      if (backups.length === 0) verdicts.push(this.#bad(directory, failure("no_backup", { path: directory })));
      for (const [index, { path }] of backups.entries()) {
        const thorough = index === 0 || options.all === true;
        verdicts.push(await this.#verdict(path, () => (thorough ? this.#drill(path) : this.#quick(path))));
      }
      for (const folder of Object.values(DAY_FOLDERS)) {
        for (const { path } of dayFiles(join(directory, folder))) {
          verdicts.push(await this.#verdict(path, () => this.#unpacked(path)));
        }
      }
    }
    return verdicts;
  }

  async #verdict(path: string, work: () => Promise<string>): Promise<Verdict> {
    try {
      return { path, wrong: null, what: await work() };
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      return this.#bad(path, error.failure);
    }
  }

  #bad(path: string, wrong: Failure): Verdict {
    return { path, wrong, what: tellFailure(wrong, this.#speech) };
  }

  async #quick(path: string): Promise<string> {
    const words = this.#speech.backup;
    if (await checkChecksum(path)) return words.checksum_as_noted;
    return words.unpacks_unnoted(await shortChecksum(path));
  }

  async #unpacked(path: string): Promise<string> {
    return this.#speech.backup.unpacks(await shortChecksum(path));
  }

  /** The whole restore but for its last step. */
  async #drill(path: string): Promise<string> {
    if (!existsSync(path)) throw new StateError(failure("file_gone", { path }));
    if (/stats_[^/]*\.json\.gz$/.test(path)) return this.#unpacked(path);
    const home = backupDirectory(this.context.config);
    const copy = join(existsSync(home) ? home : tmpdir(), `verify.db.partial-${process.pid}`);
    try {
      const { facts, checksum } = await unpackVerified(path, copy);
      const rows = Object.values(facts.tables).reduce((sum, table) => sum + table.rows, 0);
      const until = facts.newest_at === null ? null : new Date(facts.newest_at * 1000).toISOString();
      return this.#speech.backup.all_good(checksum, rows, until);
    } finally {
      rmSync(copy, { force: true });
    }
  }
}

async function shortChecksum(path: string): Promise<string> {
  return (await unpackedChecksum(path)).slice(0, 8);
}

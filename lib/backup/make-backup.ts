import { mkdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { StateError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { Context } from "../cli/spec.ts";
import { backupDirectory } from "../config/paths.ts";
import { checkState, copyState, differences, type StateFacts, stateFacts } from "../store/backup.ts";
import { backupName, onDisk, partialPath, removePartials } from "../store/backup-files.ts";
import { pack } from "../store/backup-pack.ts";
import { damaged, damageOfPages } from "../store/damage.ts";
import type { Store } from "../store/database.ts";

/** A backup that was made, and proved to be one. */
export interface Made {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
  readonly facts: StateFacts;
}

/** The copy and its packed form, as a share of the state file: what must be free on the disk. */
const ROOM_NEEDED = 1.5;
/** Another command's pruning between two looks can make a good copy look wrong once. */
const TRIES = 2;

/** Copies the state file, proves the copy, packs it, proves the packed one. Nothing older is touched. @throws StateError */
export async function makeBackup(context: Context, store: Store): Promise<Made> {
  const directory = backupDirectory(context.config);
  const at = context.clock.now();
  const path = join(directory, backupName(at));
  await onDisk(directory, async () => mkdirSync(directory, { recursive: true, mode: 0o750 }));
  removePartials(directory);
  assertRoom(directory, store.path);
  const copy = `${path.replace(/\.gz$/, "")}.partial-${process.pid}`;
  try {
    const facts = await provedCopy(store, copy);
    context.log.info("copied and checked", { path: copy, newest_at: facts.newest_at });
    faultPoint("backup_checked");
    await pack(copy, path);
    faultPoint("backup_named");
    return { path, at, bytes: statSync(path).size, facts };
  } finally {
    rmSync(copy, { force: true });
    rmSync(partialPath(path), { force: true });
  }
}

async function provedCopy(store: Store, copy: string): Promise<StateFacts> {
  let wrong: Failure[] = [];
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    rmSync(copy, { force: true });
    const before = stateFacts(store);
    await copyState(store, copy);
    faultPoint("backup_copied");
    const facts = soundFacts(store, copy);
    wrong = differences(before, facts, stateFacts(store));
    if (wrong.length === 0) return facts;
  }
  throw new StateError(failure("copy_differs", { copy, path: store.path, tries: TRIES, differences: wrong }));
}

/** A copy is as damaged as what it was made of. @throws StateDamaged of the state file then: the last backup is to take its place */
function soundFacts(store: Store, copy: string): StateFacts {
  try {
    return checkState(copy);
  } catch (error) {
    const found = store.read(() => damageOfPages(store.db, "integrity_check"));
    throw found === null ? error : damaged(store.path, found, error);
  }
}

function assertRoom(directory: string, source: string): void {
  const { bavail, bsize } = statfsSync(directory);
  const needed = statSync(source).size * ROOM_NEEDED;
  if (bavail * bsize >= needed) return;
  const mega = (bytes: number) => Math.ceil(bytes / 1e6);
  const room = { needed: mega(needed), free: mega(bavail * bsize) };
  throw new StateError(failure("disk_too_small", { path: directory, ...room }));
}

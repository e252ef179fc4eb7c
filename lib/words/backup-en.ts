/** What `backup-stats` answers to who types it, in English. */
/** Rows of each kind that are gone; of the samples some were thinned out. */
interface Pruned {
  readonly samples: number;
  readonly thinned: number;
  readonly quarters: number;
}

/** What a restore did. `until`: time of the newest value, UTC; null = the file was empty. */
interface Restored {
  readonly restored: string;
  readonly from: string;
  readonly until: string | null;
}

const until = (time: string | null): string => (time === null ? "empty" : `until ${time}`);

export const BACKUP = {
  would_back_up: (path: string, directory: string): string => `would back up ${path} to ${directory}`,
  would_write: (path: string): string => `would write ${path}`,
  would_remove: (path: string): string => `would remove ${path}`,
  would_replace: (path: string): string => `would replace ${path}`,
  /** `size`: MB. */
  made: (path: string, size: string): string => `${path}: ${size} MB, proved`,
  none_made: "no backup was made",
  wrote: (path: string): string => `wrote ${path}`,
  removed: (path: string): string => `removed ${path}`,
  copied_to: (path: string): string => `copied to ${path}`,
  pruned: (v: Pruned): string => `pruned ${v.samples} samples, ${v.quarters} quarter hours; thinned out ${v.thinned}`,
  wrong_clock: (samples: number): string => `${samples} samples of a wrong clock are kept, unused`,

  restored: (v: Restored): string => `restored ${v.restored} from ${v.from} (${until(v.until)})`,
  kept_at: (path: string): string => `the file before is kept at ${path}; delete it when all is well`,
  without_checksum: "there was no checksum file beside the backup; gzip's and SQLite's own checks passed",
  cancelled: (orders: number): string => `${orders} orders that were open then are cancelled`,

  /** Before each verdict, of one width. */
  good: "ok  ",
  bad: "BAD ",
  checksum_as_noted: "checksum as noted",
  unpacks: (checksum: string): string => `unpacks, ${checksum}`,
  unpacks_unnoted: (checksum: string): string => `no checksum file beside it; unpacks, ${checksum}`,
  /** `checksum`: whether one was noted. */
  all_good: (checksum: boolean, rows: number, time: string | null): string =>
    `${checksum ? "checksum, " : "no checksum file; "}unpacking and every page good; ${rows} rows ${until(time)}`,
};

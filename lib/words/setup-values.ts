/** What the words of `station setup` and `adopt` are told; times and figures as they are to be read. */

/** A constant of the original: where it stands, and what became of it. */
export interface Taken {
  readonly where: string;
  readonly what: string;
  readonly value: string;
  /** Our line; null = not taken over. */
  readonly ours: string | null;
  readonly note: string | null;
}

/** Switch-overs, and hours off the grid. */
export interface Stretch {
  readonly switches: number;
  readonly hours: string;
}

/** A time for which our rules would have had the switch otherwise; null: they saw no reason to move. */
export interface OwnStretch {
  readonly at: string;
  readonly hours: string;
  readonly on: boolean;
  readonly cause: string | null;
}

/** An alarm that the original told so many hours later; null: not at all. */
export interface LateAlarm {
  readonly at: string;
  readonly later: string | null;
  readonly alarm: string;
}

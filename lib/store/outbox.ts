import type { Store } from "./database.ts";
import { ruleState, saveRuleState } from "./rules.ts";

/** A message before it is stored, for one channel. Times are UTC seconds; `at` is when it happened. */
export interface NewOutboxRow<Kind extends string = string, Severity extends string = string> {
  readonly channel: string;
  readonly kind: Kind;
  readonly severity: Severity;
  readonly key: string;
  readonly at: number;
  readonly dated: boolean;
  readonly text: string;
  readonly next_attempt_at: number;
}

/** A message that is not at its end yet. */
export interface OutboxRow<Kind extends string = string, Severity extends string = string>
  extends NewOutboxRow<Kind, Severity> {
  readonly id: number;
  readonly state: "pending" | "sending";
  readonly state_at: number;
  readonly attempts: number;
  readonly reason: string | null;
}

/** What is remembered of a channel between runs. */
export interface OutboxChannelRow {
  readonly failures: number;
  readonly not_before: number;
  readonly failing_since: number | null;
  readonly blocked_reason: string | null;
  readonly dropped: number;
}

const OPEN = "state IN ('pending', 'sending')";
/** Messages that were sent or given up are kept until there are so many. */
const MOST_MESSAGES = 5000;

/** Stores messages. Call inside store.write. */
export function addMessages(store: Store, messages: readonly NewOutboxRow[]): void {
  if (messages.length === 0) return;
  const statement = store.db.prepare(
    "INSERT INTO outbox (channel, kind, severity, key, at, dated, text, next_attempt_at, state, state_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)",
  );
  for (const { channel, kind, severity, key, at, dated, text, next_attempt_at } of messages) {
    statement.run(channel, kind, severity, key, at, dated ? 1 : 0, text, next_attempt_at, store.clock.now());
  }
  store.db
    .prepare(`DELETE FROM outbox WHERE id <= (SELECT max(id) FROM outbox) - ? AND NOT ${OPEN}`)
    .run(MOST_MESSAGES);
}

/** Messages of all channels that wait, and those without a channel of this list: nobody will deliver them. */
export function countWaiting(store: Store): number {
  return Number(store.read(() => store.db.prepare(`SELECT count(*) FROM outbox WHERE ${OPEN}`).pluck().get()));
}

/** Gives up what waits for channels that are configured no more. Call inside store.write. */
export function dropOtherChannels(store: Store, channels: readonly string[]): void {
  const marks = channels.map(() => "?").join(", ");
  store.db
    .prepare(
      `UPDATE outbox SET state = 'failed', reason = 'no such channel' WHERE ${OPEN} AND channel NOT IN (${marks})`,
    )
    .run(...channels);
}

/** The outbox as delivery needs it; each call is one transaction. Kinds and severities are the caller's own words. */
export function outboxIn<Kind extends string, Severity extends string>(store: Store) {
  const end = (ids: readonly number[], at: number, state: string, reason: string | null, next: number | null) => {
    store.write(() => {
      const statement = store.db.prepare(
        "UPDATE outbox SET state = ?, state_at = ?, reason = ?, next_attempt_at = coalesce(?, next_attempt_at) WHERE id = ?",
      );
      for (const id of ids) statement.run(state, at, reason, next, id);
    });
  };
  return {
    add: (messages: readonly NewOutboxRow<Kind, Severity>[]): void => store.write(() => addMessages(store, messages)),
    waiting: (channel: string): OutboxRow<Kind, Severity>[] => {
      const sql =
        "SELECT id, channel, kind, severity, key, at, dated, text, next_attempt_at, state, state_at, attempts, reason " +
        `FROM outbox WHERE channel = ? AND ${OPEN} ORDER BY at, id`;
      const rows = store.read(() => store.db.prepare(sql).all(channel)) as (Omit<OutboxRow<Kind, Severity>, "dated"> & {
        dated: number;
      })[];
      return rows.map((row) => ({ ...row, dated: row.dated === 1 }));
    },
    claim: (messages: readonly { id: number; attempts: number }[], at: number, reason: string | null): boolean =>
      store.write(() => {
        const same = store.db.prepare(`SELECT 1 FROM outbox WHERE id = ? AND attempts = ? AND ${OPEN}`);
        if (!messages.every(({ id, attempts }) => same.get(id, attempts) !== undefined)) return false;
        const statement = store.db.prepare(
          "UPDATE outbox SET state = 'sending', state_at = ?, attempts = attempts + 1, reason = ? WHERE id = ?",
        );
        for (const { id } of messages) statement.run(at, reason, id);
        return true;
      }),
    markSent: (ids: readonly number[], at: number): void => end(ids, at, "sent", null, null),
    markRetry: (ids: readonly number[], at: number, next_attempt_at: number, reason: string): void =>
      end(ids, at, "pending", reason, next_attempt_at),
    markFailed: (ids: readonly number[], at: number, reason: string): void => end(ids, at, "failed", reason, null),
    channelAddress: (channel: string): string | null => {
      const known = ruleState(store, addressOf(channel)) as { address?: unknown } | null;
      return typeof known?.address === "string" ? known.address : null;
    },
    saveChannelAddress: (channel: string, address: string): void =>
      store.write(() => saveRuleState(store, addressOf(channel), store.clock.now(), { address })),
    channelState: (channel: string): OutboxChannelRow | null => channelRow(store, channel),
    saveChannelState: (channel: string, row: OutboxChannelRow): void => {
      if (JSON.stringify(channelRow(store, channel)) === JSON.stringify(picked(row))) return;
      store.write(() =>
        store.db
          .prepare(
            "INSERT OR REPLACE INTO outbox_channels (channel, failures, not_before, failing_since, blocked_reason, dropped) " +
              "VALUES (?, ?, ?, ?, ?, ?)",
          )
          .run(channel, row.failures, row.not_before, row.failing_since, row.blocked_reason, row.dropped),
      );
    },
  };
}

/** Name of the memory of where a channel has moved to. */
function addressOf(channel: string): string {
  return `channel_address:${channel}`;
}

function channelRow(store: Store, channel: string): OutboxChannelRow | null {
  const sql =
    "SELECT failures, not_before, failing_since, blocked_reason, dropped FROM outbox_channels WHERE channel = ?";
  return (store.read(() => store.db.prepare(sql).get(channel)) as OutboxChannelRow | undefined) ?? null;
}

function picked({ failures, not_before, failing_since, blocked_reason, dropped }: OutboxChannelRow): OutboxChannelRow {
  return { failures, not_before, failing_since, blocked_reason, dropped };
}

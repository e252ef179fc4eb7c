import type { Store } from "./database.ts";

/** A message to the bot as the journal has it. Times UTC s. */
export interface ChatRow {
  readonly at: number;
  readonly chat: string;
  readonly user: string | null;
  /** 1: a chat of the configuration. */
  readonly ours: number;
  /** As it came: nothing for a terminal before it was made harmless. */
  readonly said: string | null;
  readonly outcome: string;
}

/** Rows kept: of our chats, and of strangers, who must not drive ours out. */
const MOST = { 1: 2000, 0: 200 } as const;

/** Call inside store.write. */
export function noteChats(store: Store, rows: readonly ChatRow[]): void {
  if (rows.length === 0) return;
  const insert = store.db.prepare(
    "INSERT INTO chat_messages (at, chat, user, ours, said, outcome) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const { at, chat, user, ours, said, outcome } of rows) insert.run(at, chat, user, ours, said, outcome);
  const prune = store.db.prepare(
    "DELETE FROM chat_messages WHERE ours = ? AND id <= (SELECT id FROM chat_messages WHERE ours = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
  );
  for (const ours of [0, 1] as const) prune.run(ours, ours, MOST[ours]);
}

/** The newest messages, oldest first. */
export function latestChats(store: Store, limit: number): ChatRow[] {
  const sql = "SELECT at, chat, user, ours, said, outcome FROM chat_messages ORDER BY id DESC LIMIT ?";
  return (store.read(() => store.db.prepare(sql).all(limit)) as ChatRow[]).reverse();
}

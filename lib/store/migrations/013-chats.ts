/** What was said to the bot, and what became of it. `said` is null for chats that are not ours: their words are nobody's business. */
export const CHATS = `
CREATE TABLE chat_messages (
  id      INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  chat    TEXT NOT NULL,
  user    TEXT,
  ours    INTEGER NOT NULL CHECK (ours IN (0, 1)),
  said    TEXT,
  outcome TEXT NOT NULL
) STRICT;
`;

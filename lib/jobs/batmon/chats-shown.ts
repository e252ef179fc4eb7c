import { localStamp } from "../../base/local-time.ts";
import { printable } from "../../base/printable.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import type { Outcome } from "../../publish/chat/gate.ts";
import { speechOfStation } from "../../station/voice.ts";
import { latestChats } from "../../store/chats.ts";

/** Messages shown. */
const MOST = 50;

/** `batmon --chats`: what was said to the bot, and what became of it. */
export async function showChats(context: Context): Promise<Answer> {
  const messages = latestChats(context.openStore({ readonly: true }), MOST).map(({ ours, ...row }) => ({
    ...row,
    ours: ours === 1,
  }));
  const { time_zone } = context.config.station;
  const { hand: w } = speechOfStation(context);
  // A row of a later edition may hold another one.
  const outcomes: Readonly<Record<Outcome, string> & Record<string, string>> = w.outcomes;
  const width = Math.max(...Object.values(w.outcomes).map((text) => text.length));
  const lines = messages.map(({ at, chat, user, said, outcome }) => {
    const who = user === null || user === chat ? chat : `${chat} (${user})`;
    return `${localStamp(at, time_zone)}  ${(outcomes[outcome] ?? outcome).padEnd(width)}  ${who}${said === null ? "" : `  ${printable(said)}`}`;
  });
  return {
    json: { messages },
    text: () => (lines.length > 0 ? lines.join("\n") : w.nothing_said),
    always: true,
  };
}

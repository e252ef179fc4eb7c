/** What somebody says to the bot: an update of the Bot API, and what its text asks for. Everything in it is from outside. */
import { type GridMode, MODES } from "../../rules/grid-switch/types.ts";

export interface ChatMessage {
  readonly update_id: number;
  readonly chat: string;
  /** A chat with one person; anything else has several readers. */
  readonly is_private: boolean;
  /** Who said it; null: nobody knows, because a channel or a hidden administrator speaks, or another bot. */
  readonly user: string | null;
  readonly message_id: number;
  /** By Telegram's own clock, UTC s. */
  readonly at: number;
  readonly text: string;
}

/** An update as far as it concerns us; `message` null: nothing that was said, or not as the Bot API has it. */
export interface Update {
  readonly update_id: number;
  readonly message: ChatMessage | null;
}

/** The updates of an answer of getUpdates, in order; what is none is left out. */
export function readUpdates(result: unknown): Update[] {
  if (!Array.isArray(result)) return [];
  return result
    .flatMap((one): Update[] => {
      const update_id = field(one, "update_id");
      return isWhole(update_id) ? [{ update_id, message: readMessage(update_id, field(one, "message")) }] : [];
    })
    .sort((a, b) => a.update_id - b.update_id);
}

function readMessage(update_id: number, message: unknown): ChatMessage | null {
  const [chat, from] = [field(message, "chat"), field(message, "from")];
  const [id, at, message_id, text] = [
    ...[field(chat, "id"), field(message, "date"), field(message, "message_id"), field(message, "text")],
  ];
  if (!isWhole(id) || !isWhole(at) || !isWhole(message_id) || typeof text !== "string") return null;
  const user = field(from, "id");
  const borrowed = ["sender_chat", "forward_origin", "forward_date", "via_bot"].some(
    (key) => field(message, key) !== null,
  );
  const is_person = isWhole(user) && field(from, "is_bot") === false && !borrowed;
  return {
    ...{ update_id, chat: String(id), is_private: field(chat, "type") === "private" },
    ...{ user: is_person ? String(user) : null, message_id, at, text },
  };
}

function field(holder: unknown, key: string): unknown {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
    ? (holder as Record<string, unknown>)[key]
    : null;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

export const QUESTIONS = ["status", "why", "plan", "report", "chart", "help"] as const;
export type Question = (typeof QUESTIONS)[number];

/** What may be ordered from a chat. */
export type ChatOrder =
  | {
      readonly kind: "grid";
      readonly on: boolean;
      /** As a line of the command file says it: `for 2h`, `until 07:00`; null = for good. */
      readonly term: string | null;
    }
  | { readonly kind: "mode"; readonly mode: GridMode };

export type Said =
  | { readonly kind: "question"; readonly question: Question }
  | { readonly kind: "order"; readonly order: ChatOrder }
  | { readonly kind: "bad_order"; readonly name: "grid" | "mode" }
  | { readonly kind: "code"; readonly digits: string }
  | { readonly kind: "cancel" }
  /** A command that is none of ours. */
  | { readonly kind: "unknown" }
  /** People talking, or a command for another bot. */
  | { readonly kind: "talk" };

/** What a text asks for. `bot`: our name, for `/status@name`; null = not known, and no such command is taken. */
export function readText(text: string, bot: string | null): Said {
  if (text.length > 100) return { kind: "talk" };
  const words = text.trim().split(/\s+/);
  const first = (words.shift() ?? "").toLowerCase();
  if (/^\/?\d{4}$/.test(first) && words.length === 0) return { kind: "code", digits: first.slice(-4) };
  if (!first.startsWith("/")) return { kind: "talk" };
  const [name = "", addressee] = first.slice(1).split("@");
  if (addressee !== undefined && addressee !== bot?.toLowerCase()) return { kind: "talk" };
  const rest = words.map((word) => word.toLowerCase());
  if (name === "start") return { kind: "question", question: "help" };
  const question = QUESTIONS.find((one) => one === name);
  if (question !== undefined) return { kind: "question", question };
  if (name === "cancel") return { kind: "cancel" };
  if (name === "grid") return readGrid(rest);
  if (name !== "mode") return { kind: "unknown" };
  const mode = MODES.find((one) => one === rest[0]);
  return mode && rest.length === 1 ? { kind: "order", order: { kind: "mode", mode } } : { kind: "bad_order", name };
}

/** `off`, `off 2h`, `off for 2h`, `off 07:00`, `off until 07:00`, and the same with `on`. */
function readGrid([position, ...term]: readonly string[]): Said {
  const bad = { kind: "bad_order", name: "grid" } as const;
  if (position !== "on" && position !== "off") return bad;
  const order = (line: string | null): Said => ({
    kind: "order",
    order: { kind: "grid", on: position === "on", term: line },
  });
  if (term.length === 0) return order(null);
  const match = /^(for |until )?(\d{1,3}(?:m|min|h|d)|\d{1,2}:\d\d)$/.exec(term.join(" "));
  if (!match) return bad;
  const word = match[2]?.includes(":") ? "until" : "for";
  return match[1] === undefined || match[1].trim() === word ? order(`${word} ${match[2]}`) : bad;
}

/** What a terminal obeys instead of showing: control characters, line separators, marks that turn the direction of writing. */
const OBEYED = "[\\p{Cc}\\p{Bidi_Control}\\u2028\\u2029]";
const ANY = new RegExp(OBEYED, "gu");
/** JSON itself escapes what is below U+0020; its own line ends and indents stay. */
const IN_JSON = new RegExp(`(?![\\n\\r\\t])${OBEYED}`, "gu");
/** A cleared screen or line to begin with, our colours, line ends and tabs are kept. */
const KEPT_OR_OBEYED = new RegExp(
  `(^\\x1b\\[H\\x1b\\[2J|^\\r\\x1b\\[K|\\x1b\\[(?:[012]|[39][0-7])(?:;[39][0-7])?m|\\n|\\t)|${OBEYED}`,
  "gu",
);

/** What shows as nothing too: it would make two names look alike. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text from outside as one line that may be put on a terminal or into a log: what a terminal obeys becomes `?`; cut at `limit` by `…`. */
export function printable(text: string, limit = 200): string {
  const safe = text.replace(ANY, "?");
  return safe.length <= limit ? safe : `${safe.slice(0, limit - 1)}…`;
}

/** A text of several lines as a terminal may have it: line ends, tabs and our own colours stay, anything else it obeys becomes `?`. */
export function printableText(text: string): string {
  return text.replace(KEPT_OR_OBEYED, (_, kept: string | undefined) => kept ?? "?");
}

/** The same JSON, indented by `indent` or on one line, with nothing in it that a terminal obeys. */
export function printableJson(value: unknown, indent = 2): string {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(IN_JSON, escaped);
}

/** A name or a sentence that holds one, with nothing in it that a terminal obeys or leaves out: such characters become U+FFFD. */
export function harmless(text: string): string {
  return text.replace(UNSEEN, "\ufffd");
}

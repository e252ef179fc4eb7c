/** Finished markup. Only `html` and `raw` make it, so that text from devices and config cannot become markup unescaped. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What a place in a template may hold; null, undefined and false leave nothing. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** Template tag: every text is escaped, markup made by `html` goes in as it is. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = literals[0] as string;
  for (const [index, part] of parts.entries()) text += shown(part) + literals[index + 1];
  return new Html(text);
}

/** Markup from this folder's own constants (style, script). Never for anything that came from outside. */
export function raw(text: string): Html {
  return new Html(text);
}

/** Text for element content and quoted attributes; control characters, which no document may hold, become a visible mark. */
export function escapeText(text: string): string {
  return text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function shown(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(shown).join("");
  return escapeText(String(part));
}

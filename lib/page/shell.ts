import { type Html, html, raw } from "./html.ts";
import { SCRIPT, SCRIPT_HASH } from "./script.ts";
import { STYLE } from "./style.ts";

/** Nothing may load or run but what is in the file; the page fetches only itself. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${SCRIPT_HASH}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'`;

/** The frame of every page: policy, style, script, and what the script needs to know in data attributes. */
export function shell(page: {
  readonly lang: string;
  readonly title: string;
  readonly head: Html | null;
  readonly data: Readonly<Record<string, string | number>>;
  readonly body: Html;
}): string {
  const data = Object.entries(page.data).map(([key, value]) => html` ${raw(`data-${key}`)}="${value}"`);
  return html`<!doctype html>
<html lang="${page.lang}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>${page.title}</title>${page.head}
<style>${raw(STYLE)}</style></head>
<body data-lang="${page.lang}"${data}>${page.body}
<script>${raw(SCRIPT)}</script></body></html>
`.text;
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { PageModel } from "../../lib/page/model.ts";
import { renderPage } from "../../lib/page/page.ts";
import type { Language } from "../../lib/words/index.ts";
import { NOON, SITUATIONS } from "./fixtures.ts";
import { PAGES } from "./situations.ts";

/** Where Debian's package puts it. */
export const CHROMIUM = "/usr/bin/chromium";

export interface View {
  /** A key of PAGES. */
  readonly situation: string;
  readonly lang: Language;
  readonly width: number;
  readonly scheme: "light" | "dark";
}

/** Pages in Debian's Chromium, from file://, with networking off and every request noted. */
export class Views {
  readonly #folder = mkdtempSync(join(tmpdir(), "solar-station-page-"));
  private constructor(readonly browser: Browser) {}

  static async open(): Promise<Views> {
    const args = ["--no-sandbox", "--disable-background-networking"];
    return new Views(await chromium.launch({ executablePath: CHROMIUM, args }));
  }

  /** Opens a page at the moment it tells; `requests` fills with every address that was asked for beside the file itself. */
  async show(view: View, made = PAGES[view.situation]?.(view.lang)) {
    if (made === undefined) throw new Error(`there is no page ${view.situation}`);
    const { html, now } = made;
    const path = join(this.#folder, `${view.situation}-${view.lang}.html`);
    writeFileSync(path, html);
    const context = await this.browser.newContext({
      viewport: { width: view.width, height: 900 },
      colorScheme: view.scheme,
      offline: true,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await page.clock.setFixedTime(now * 1000);
    const requests: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => {
      if (request.url() !== `file://${path}` && !request.url().startsWith("data:")) requests.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.goto(`file://${path}`);
    return { page, requests, errors, now, close: () => context.close() };
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The page of a station at noon, with something changed. */
export function noonPage(change: (model: PageModel) => Partial<PageModel>) {
  const model = SITUATIONS.noon("en");
  return { html: renderPage({ ...model, ...change(model) }), now: NOON };
}

/** Runs JavaScript text in the page. */
export function inPage<T>(page: Page, script: string): Promise<T> {
  return page.evaluate(script) as Promise<T>;
}

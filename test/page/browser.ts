import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { PageModel } from "../../lib/page/model.ts";
import { renderPage } from "../../lib/page/page.ts";
import type { Language } from "../../lib/words/index.ts";
import { SITUATIONS, type Situation } from "./fixtures.ts";

/** Where Debian's package puts it. */
export const CHROMIUM = "/usr/bin/chromium";

export interface View {
  readonly situation: Situation;
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

  /** Opens a situation at the moment it tells; `requests` fills with every address that was asked for beside the file itself. */
  async show(view: View, change: (model: PageModel) => PageModel = (model) => model) {
    const model = change(SITUATIONS[view.situation](view.lang));
    const path = join(this.#folder, `${view.situation}-${view.lang}.html`);
    writeFileSync(path, renderPage(model));
    const context = await this.browser.newContext({
      viewport: { width: view.width, height: 900 },
      colorScheme: view.scheme,
      offline: true,
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await page.clock.setFixedTime(model.now * 1000);
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
    return { page, requests, errors, model, close: () => context.close() };
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Runs JavaScript text in the page. */
export function inPage<T>(page: Page, script: string): Promise<T> {
  return page.evaluate(script) as Promise<T>;
}

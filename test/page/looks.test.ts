import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import { partOfNight, tries } from "../support/campaign.ts";
import { requirePart } from "../support/parts.ts";
import { waitFor } from "../support/wait.ts";
import { inPage, noonPage, type View, Views } from "./browser.ts";
import { PAGES } from "./situations.ts";

const skip = requirePart("chromium");
let views: Views;
before(async () => {
  if (!skip) views = await Views.open();
});
after(async () => {
  if (!skip) await views.close();
});

const WIDTHS = [320, 390, 768, 1280];
const EVERY: View[] = Object.keys(PAGES).flatMap((situation) =>
  (["en", "ru"] as const).flatMap((lang) =>
    WIDTHS.flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ situation, lang, width, scheme }))),
  ),
);
/** By day a share that has each situation, width, language and scheme. */
const NIGHT = partOfNight(3);
const STEP = tries(19, NIGHT.of);
const FIRST = tries(0, NIGHT.first);
const ALL = EVERY.filter((_, index) => index % STEP === FIRST);

/** Texts that stick out of the page or their card, or lie on each other. */
const MISPLACED = `(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push("page is " + root.scrollWidth + " wide");
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || ["SCRIPT", "STYLE", "TITLE", "NOSCRIPT"].includes(element.tagName.toUpperCase())) continue;
    // Spoken only, or folded away.
    if (element.closest(".vh") || (element.closest("details:not([open])") && !element.closest("summary"))) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      if (r.width === 0 || r.height === 0) continue;
      const text = node.data.trim().slice(0, 30);
      if (r.left < -0.5 || r.right > root.clientWidth + 0.5) found.push("outside of the page: " + text);
      const card = element.closest(".card, .note, .age");
      if (card) {
        const c = card.getBoundingClientRect();
        if (r.left < c.left - 0.5 || r.right > c.right + 0.5) found.push("outside of its card: " + text);
      }
      // Lines of a font reach into each other a little; the letters themselves do not.
      boxes.push({ text, top: r.top + r.height * 0.22, bottom: r.bottom - r.height * 0.22, left: r.left + 0.5, right: r.right - 0.5 });
    }
  }
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, b] = [boxes[i], boxes[j]];
    if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push("overlap: " + a.text + " | " + b.text);
  }
  const ring = [...document.querySelectorAll(".hero svg circle")].filter((c) => +c.getAttribute("r") > 40).map((c) => c.getBoundingClientRect());
  for (const text of document.querySelectorAll(".hero svg text")) {
    const t = text.getBoundingClientRect();
    if (t.width === 0) continue;
    for (const c of ring) {
      const inside = t.left > c.left && t.right < c.right && t.top > c.top && t.bottom < c.bottom;
      const dx = Math.max(t.left - (c.left + c.width / 2), 0, c.left + c.width / 2 - t.right);
      const dy = Math.max(t.top + 3 - (c.top + c.height / 2), 0, c.top + c.height / 2 - t.bottom + 3);
      if (!inside && Math.hypot(dx, dy) < c.width / 2) found.push("on a ring: " + text.textContent);
    }
  }
  return found;
})()`;

/** Texts whose contrast with what is behind them is below 4.5 (3 from 24 px on, or 18.7 px bold): WCAG 2 AA. */
const PALE = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (c) => { const [r, g, b] = c.map((v) => { const s = v / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
  const grounds = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const s = getComputedStyle(e);
      const stops = s.backgroundImage.match(/(rgba?|color)\\([^)]+\\)/g);
      if (stops) { layers.push(stops.map(parse)); break; }
      const own = parse(s.backgroundColor);
      if (own[3] > 0) layers.push([own]);
      if (own[3] === 1) break;
    }
    let result = [[255, 255, 255, 1]];
    for (const layer of layers.reverse()) result = layer.flatMap((colour) => result.map((below) => over(colour, below)));
    return result;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.getClientRects().length || ["SCRIPT", "STYLE", "TITLE"].includes(element.tagName.toUpperCase())) continue;
    const s = getComputedStyle(element);
    const isSvg = element instanceof SVGElement;
    const size = parseFloat(s.fontSize) * (isSvg ? element.ownerSVGElement.getBoundingClientRect().width / 400 : 1);
    const large = size >= 24 || (size >= 18.7 && +s.fontWeight >= 650);
    const colour = parse(isSvg ? s.fill : s.color);
    const card = isSvg ? [...grounds(element.closest("section")), parse(s.getPropertyValue("--card"))] : grounds(element);
    const worst = Math.min(...card.map((ground) => ratio(over(colour, ground), ground)));
    if (worst < (large ? 3 : 4.5)) found.push(node.data.trim().slice(0, 30) + " " + worst.toFixed(2));
    if (size < 10.5) found.push(node.data.trim().slice(0, 30) + " is " + size.toFixed(1) + " px");
  }
  return found;
})()`;

/** What keeps people with a screen reader, a keyboard or poor eyes from using it. */
const HARD_TO_USE = `${axe.source}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 120))))`;

for (const [index, view] of ALL.entries()) {
  const name = `${view.situation}, ${view.lang}, ${view.width} px, ${view.scheme}`;
  test(`nothing overlaps, is cut, pale, or asked for: ${name}`, { skip }, async () => {
    const shown = await views.show(view);
    assert.deepEqual(await inPage(shown.page, MISPLACED), []);
    assert.deepEqual(await inPage(shown.page, PALE), []);
    if (index % tries(4, 1) === 0) assert.deepEqual(await inPage(shown.page, HARD_TO_USE), []);
    assert.deepEqual(shown.requests, []);
    assert.deepEqual(shown.errors, []);
    await shown.close();
  });
}

test("a finger, a mouse and the arrow keys read the charts out", { skip }, async () => {
  const { page, errors, close } = await views.show({ situation: "noon", lang: "en", width: 768, scheme: "light" });
  const read = async (plot: string, x: number, y: number) => {
    const place = page.locator(plot).first();
    await place.scrollIntoViewIfNeeded();
    const { left, top, width, height } = await inPage<{ left: number; top: number; width: number; height: number }>(
      page,
      `document.querySelector(${JSON.stringify(plot)}).getBoundingClientRect().toJSON()`,
    );
    await page.mouse.move(left + x * width, top + y * height);
    return ((await page.locator(".tip").textContent()) ?? "").replace(/\u00a0/g, " ");
  };
  assert.match(await read(".plot[data-unit=W]", 0.5, 0.3), /^Sun 0?1:00Sun 0 W.*Grid \d+ W.*House \d+ W$/);
  assert.match(await read('.plot[data-unit="%"]', 0.99, 0.3), /^Mon 00:\d\dplanned \d+ %$/, "what is planned");
  assert.match(await read(".plot[data-tips]", 0.99, 0.5), /^21 Jun: Sun \d.* kWh, House .* kWh, From the grid .* kWh$/);
  assert.match(await read(".plot[data-cells]", 0.51, 0.01), /^25 May, 12–13 h: Sun$/);
  await page.mouse.move(0, 0);
  assert.equal(await page.locator(".tip").count(), 0);
  await page.locator(".plot").first().focus();
  await page.keyboard.press("ArrowLeft");
  const before = await page.locator(".tip").textContent();
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await page.locator(".tip").textContent(), before);
  assert.deepEqual(errors, []);
  await close();
});

const ONE: View = { situation: "noon", lang: "en", width: 390, scheme: "light" };

test("ages count on, devices turn stale, and a page that is not renewed says so", { skip }, async () => {
  const { page, now, close } = await views.show(ONE);
  const ages = () =>
    inPage<string[]>(
      page,
      `[...document.querySelectorAll(".age i")].map((e) => e.textContent.replace("\\u00a0", " "))`,
    );
  const stale = () => inPage<number>(page, `document.querySelectorAll(".age.stale").length`);
  assert.deepEqual(await ages(), ["24 s", "41 s"]);
  assert.equal(await stale(), 0);
  assert.equal(await page.locator("#old").isVisible(), false);
  await page.clock.setFixedTime((now + 170) * 1000);
  await waitFor(async () => (await stale()) === 2);
  assert.equal(await page.locator("#old").isVisible(), false, "the page itself is younger than 180 s");
  await page.clock.setFixedTime((now + 4000) * 1000);
  await waitFor(() => inPage<boolean>(page, `document.body.classList.contains("old")`));
  assert.equal(await page.locator("#old").isVisible(), true);
  assert.match((await page.locator("#old").textContent()) ?? "", /made 1\sh 7\smin ago/);
  await close();
});

test("a reader's clock that is behind makes no age smaller than it is", { skip }, async () => {
  const { page, close } = await views.show(ONE);
  await page.clock.setFixedTime(0);
  await page.reload();
  assert.deepEqual(
    await inPage(page, `[...document.querySelectorAll(".age i")].map((e) => e.textContent.replace("\\u00a0", " "))`),
    ["24 s", "41 s"],
  );
  await close();
});

test("it reads the same without script, and renews itself by its meta element", { skip }, async () => {
  const context = await views.browser.newContext({ javaScriptEnabled: false, offline: true });
  const page = await context.newPage();
  const shown = await views.show(ONE);
  await page.goto(shown.page.url());
  assert.match((await page.locator(".ages").textContent()) ?? "", /24\s?s ago/);
  assert.equal(await page.locator('meta[http-equiv="refresh"]').getAttribute("content"), "60");
  await context.close();
  await shown.close();
});

test("markup in names stays text in the browser too", { skip }, async () => {
  const evil = '<script>document.title="taken"</script><b onmouseover=x>';
  const page_of_evil = noonPage(({ bms }) => ({
    station: evil,
    bms: bms.map((one) => ({ ...one, identity: [evil] })),
  }));
  const { page, errors, close } = await views.show(ONE, page_of_evil);
  assert.equal(await page.locator("header b").textContent(), evil);
  assert.ok((await page.title()).endsWith(` · ${evil}`));
  assert.equal(await page.locator("[onmouseover]").count(), 0);
  assert.deepEqual(errors, []);
  await close();
});

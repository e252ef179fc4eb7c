import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageModel } from "../../lib/page/model.ts";
import { renderPage } from "../../lib/page/page.ts";
import { mustRenew } from "../../lib/page/renewal.ts";
import { SITUATIONS } from "./fixtures.ts";

const standing = SITUATIONS.noon("en");
const later = (seconds: number, change: Partial<PageModel> = {}): PageModel => ({
  ...standing,
  now: standing.now + seconds,
  ...change,
});
const due = (model: PageModel) => mustRenew(renderPage(standing), renderPage(model), model.now, 0);

test("a page that would say the same but for its clock is left until half of its time is over", () => {
  assert.equal(due(later(60)), false);
  assert.equal(due(later(90)), false);
  assert.equal(due(later(91)), true);
  assert.equal(mustRenew("", renderPage(standing), standing.now, 0), true, "the first one");
});

test("any other word is news", () => {
  assert.equal(due(later(60, { alerts: null })), true);
  assert.equal(due(later(10, { version: "9.9" })), true);
});

test("newer data of the same values renews the page before its ages look old; a silent device does not", () => {
  const inverter = { ...(standing.inverter as NonNullable<PageModel["inverter"]>) };
  const last_at = Number(inverter.last_at);
  assert.equal(due(later(60, { inverter: { ...inverter, last_at: last_at + 60 } })), false, "84 of 180 s old");
  assert.equal(due(later(80, { inverter: { ...inverter, last_at: last_at + 60 } })), true, "104 of 180 s old");
  assert.equal(due(later(80)), false, "there is nothing newer to show");
});

test("on a card all but news waits: a day writes 5 MB", () => {
  const every_s = 1200;
  const onCard = renderPage({ ...standing, every_s });
  const isDue = (model: PageModel) => mustRenew(onCard, renderPage({ ...model, every_s }), model.now, every_s);
  assert.equal(isDue(later(1199, { version: "9.9" })), false);
  assert.equal(isDue(later(1200, { version: "9.9" })), true);
  assert.equal(isDue(later(-60, { version: "9.9" })), true, "made by a clock that was ahead");
  const trouble = { severity: "warning", title: "Low cell", text: "", since: standing.now } as const;
  assert.equal(isDue(later(60, { alerts: [trouble] })), true);
  const outage = { ...standing.headline, state: "outage" } as const;
  assert.equal(isDue(later(60, { headline: outage })), true);
  assert.match(onCard, /renewed every 20\u00a0min/);
  assert.match(onCard, / data-made="\d+" data-max="1380"/, "its values are live until the next one comes");
  assert.ok((86_400 / every_s) * Buffer.byteLength(onCard) < 5e6);
  assert.equal(mustRenew("", onCard, standing.now, every_s), true, "the first one");
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { escapeText } from "../../lib/page/html.ts";
import { renderPage } from "../../lib/page/page.ts";
import { SCRIPT, SCRIPT_HASH } from "../../lib/page/script.ts";
import { SITUATIONS, withHeadline } from "./fixtures.ts";

const HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>\u0000\u001b[31m';

test("text from devices, rules and configuration is shown as text", () => {
  const base = SITUATIONS.alarm("en");
  const page = renderPage({
    ...base,
    station: HOSTILE,
    version: HOSTILE,
    inverter: base.inverter && { ...base.inverter, identity: [HOSTILE] },
    bms: [...base.bms, ...base.bms].map((bms) => ({ ...bms, name: HOSTILE, identity: [HOSTILE] })),
    grid_switch: { at: base.now, mode: HOSTILE, why: HOSTILE },
    alerts: [{ severity: "critical", title: HOSTILE, text: HOSTILE, since: base.now }],
    orders: [{ at: base.now, device: HOSTILE, text: HOSTILE, source: HOSTILE, state: "refused", reason: HOSTILE }],
  });
  assert.equal(page.match(/<script>/g)?.length, 1, "only our own script");
  assert.equal(page.match(/<img/g), null);
  assert.equal(page.match(/onerror=alert\(1\)>/g), null);
  assert.equal(page.includes("\u0000"), false);
  assert.ok(page.includes("&#60;script&#62;alert(&#34;x&#34;)"), "it can be read");
});

test("the policy names the script that the page has", () => {
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(renderPage(SITUATIONS.noon("en"))) ?? [];
  assert.equal(script, SCRIPT);
  assert.equal(SCRIPT_HASH, createHash("sha256").update(SCRIPT).digest("base64"));
});

test("control characters and lone surrogates become a visible mark, other writing stays", () => {
  assert.equal(escapeText("a\u0007b\ud800c"), "a\ufffdb\ufffdc");
  assert.equal(escapeText("Дом 🏠 & <b>"), "Дом 🏠 &#38; &#60;b&#62;");
});

test("a page asks for nothing but itself", () => {
  for (const [name, situation] of Object.entries(SITUATIONS)) {
    const page = renderPage(situation("en"));
    const links = [
      ...page.matchAll(/ (?:src|href|action|poster|data)="([^"]+)"|url\(([^)]+)\)|@import\s+([^;]+)/g),
    ].map((match) => match[1] ?? match[2] ?? match[3]);
    assert.deepEqual(
      links.filter((link) => !/^(data:|(day|week|month)\/\d{4}-[\dW-]+\.html$)/.test(link ?? "")),
      [],
      name,
    );
  }
});

test("a page stays small", () => {
  const page = renderPage(SITUATIONS.noon("ru"));
  assert.ok(Buffer.byteLength(page) <= 70_000);
  assert.ok(gzipSync(page).length <= 18_000);
});

test("Russian is used throughout: no English word of ours is left", () => {
  for (const situation of ["noon", "night", "empty"] as const) {
    const page = renderPage({ ...SITUATIONS[situation]("ru"), orders: [], grid_switch: null });
    const text = page
      .replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/PV1800|JK_B2A24S15P|solar-station|fw|BMS|PV|MPPT|MOSFET|AC|DC/g, "");
    assert.deepEqual(text.match(/[A-Za-z]{3,}/g) ?? [], [], situation);
  }
});

test("a silent device has its age and no values", () => {
  const page = renderPage(SITUATIONS.silent("en"));
  assert.match(page, /class="age stale"[^>]*>.*?4\u00a0h 21\u00a0min/);
  assert.match(page, /No live values\. Last answer: 08:39/);
  assert.doesNotMatch(page, /3\.338/);
});

test("an old value never stands as a live one: the picture shows dashes", () => {
  const base = SITUATIONS.noon("en");
  const page = renderPage(
    withHeadline({ ...base, inverter: base.inverter && { ...base.inverter, values: null }, bms: [] }),
  );
  assert.match(page, /The inverter has been silent since/);
  assert.match(page, /aria-label="Sun –, Grid –, Battery –, House –"/);
});

test("errors and a switch that is not as wanted stand out, in words", () => {
  const en = renderPage(SITUATIONS.alarm("en"));
  assert.match(en, /<li class="critical">Errors: Battery voltage high<\/li>/);
  assert.match(en, /<li class="critical">Cell over-voltage<\/li>/);
  assert.match(en, /Charging<\/span><span>on ⇒ <b class="off">off/);
  assert.match(renderPage(SITUATIONS.alarm("ru")), /Высокое напряжение ячейки/);
});

test("pv_voltage_low at night is no error", () => {
  assert.match(renderPage(SITUATIONS.night("en")), /Errors: none/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { inverterOrders } from "../../lib/orders/order-table.ts";
import { reasonText } from "../../lib/orders/reasons.ts";
import { ALERT_IDS } from "../../lib/rules/alerts/definitions.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { NAMES } from "../../tools/reference/alert-examples.ts";
import { SITUATIONS } from "../../tools/reference/sentences.ts";
import { assertForPeople } from "./support.ts";

for (const language of LANGUAGE_CODES) {
  test(`what the owner reads in each situation is fit to be read aloud, in ${language}`, () => {
    assert.ok(SITUATIONS.length >= 60);
    for (const { group, name, tell, typed = [] } of SITUATIONS) {
      const text = tell(speech(language));
      assertForPeople(text, language, `${group}: ${name}`, [...NAMES, ...typed]);
      assert.match(text, /^([\p{Lu}"«“\d]|mqtt-push )/u, `${name} begins like a sentence: ${text}`);
      assert.match(text, /[.!?]$/, `${name} ends like one: ${text}`);
      // Powers of a house are known to tens of watts, times of a forecast to minutes of five.
      for (const [, watts = ""] of text.matchAll(/([\d.,\u00a0\u202f]+)\u00a0(?:W|Вт)/g)) {
        const value = Number(watts.replace(/[^\d]/g, ""));
        assert.ok(value < 100 || value % 10 === 0, `${name} is finer than known: ${text}`);
      }
      const about = /(?:about|примерно на|около) (?:(\d+)\u00a0(?:h|ч) )?(\d+)\u00a0(?:min|мин)/.exec(text);
      if (about) assert.equal(Number(about[2]) % 5, 0, `${name} is finer than known: ${text}`);
    }
  });
}

test("every alert, every cause of a switch-over and every guard is among the situations", () => {
  const told = (group: string): string =>
    SITUATIONS.filter((one) => one.group === group)
      .map(({ tell }) => tell(speech("en")))
      .join("\n");
  assert.equal(SITUATIONS.filter(({ group }) => group === "alert").length, ALERT_IDS.length);
  for (const [code, cause] of Object.entries(speech("en").causes)) assert.ok(told("grid switch").includes(cause), code);
  for (const code of Object.keys(speech("en").guards)) {
    const codes = SITUATIONS.flatMap(({ guard }) => guard ?? []);
    assert.ok(codes.includes(code), code);
  }
});

test("a band that is one figure is said as one, and what is not promised is said so", () => {
  const [en, ru] = [speech("en").plan, speech("ru").plan];
  assert.equal(en.band("99", "99", "22:10"), "at 22:10 the charge will be about 99 %");
  assert.equal(ru.band("99", "99", "22:10"), "в 22:10 заряд будет около 99 %");
  assert.equal(ru.band("61", "74", "22:10"), "в 22:10 заряд будет от 61 до 74 %");
  assert.equal(ru.full("17:40", false), "полный заряд — возможно, около 17:40");
});

test("a limit of writes that was used up once is told in the singular", () => {
  const about = { table: inverterOrders(), key: "max_discharge_current" };
  const told = (language: (typeof LANGUAGE_CODES)[number], count: number) =>
    reasonText(speech(language), { code: "write_cap", scope: "setting", count, limit: count }, about);
  assert.equal(told("en", 1), "programs have changed “Max discharge current” once in 24 h; one is permitted");
  assert.match(told("en", 2) ?? "", /2 times in 24 h; 2 are permitted$/);
  assert.match(told("ru", 1) ?? "", /меняли «Предел тока разряда» 1 раз за сутки, допустимо 1$/);
});

test("an order that came to no good end is told by its number or its line, with the reason where there is one", () => {
  const [en, ru] = [speech("en").orders.by_hand, speech("ru").orders.by_hand];
  assert.equal(en.ended(7, "failed", null), "order 7 failed");
  assert.equal(ru.ended(7, "не удалось", null), "команда 7: не удалось");
  assert.equal(ru.ended("файл, строка 3", "отклонено", "занято"), "файл, строка 3: отклонено (занято)");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { LANGUAGES, speechOf } from "../../lib/words/index.ts";

test("numbers are written as Intl writes them", async () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const given = [0, 0.5, 1.005, 2.5, 0.05, 999.995, 1234567.891, 1e-9, 0.001, 8.345, 99_999.5, 1e12];
  for (let i = 0; i < 2000; i++)
    given.push(Math.round(random() * 10 ** (i % 9)) / 10 ** (i % 4), random() * 10 ** (i % 7));
  for (const read of Object.values(LANGUAGES)) {
    const { format } = speechOf(await read());
    for (const digits of [0, 1, 2, 3]) {
      const intl = new Intl.NumberFormat(format.tag, { minimumFractionDigits: digits, maximumFractionDigits: digits });
      for (const value of given) assert.equal(format.number(value, digits), intl.format(value), `${value} ${digits}`);
    }
  }
});

test("days carry the month's short name behind them", async () => {
  const days = async (language: keyof typeof LANGUAGES) => {
    const { format } = speechOf(await LANGUAGES[language]());
    return [format.day("2026-09-01"), format.day("2026-11-24"), format.day("2026-05-31")];
  };
  assert.deepEqual(await days("en"), ["1\u00a0Sept", "24\u00a0Nov", "31\u00a0May"]);
  assert.deepEqual(await days("ru"), ["1\u00a0сент.", "24\u00a0нояб.", "31\u00a0мая"]);
});

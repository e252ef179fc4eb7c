import assert from "node:assert/strict";
import { test } from "node:test";
import { harmless, printable, printableJson, printableText } from "../../lib/base/printable.ts";

const EVIL = "a\u001b]0;owned\u0007b\r\n\u009b2Jc\u202ed";

test("one line from outside holds nothing that a terminal obeys", () => {
  assert.equal(printable(EVIL), "a?]0;owned?b???2Jc?d");
  assert.equal(printable("x".repeat(300), 10), `${"x".repeat(9)}…`);
  assert.equal(printable("Напряжение 54 °C ≤"), "Напряжение 54 °C ≤");
});

test("a text keeps its lines and our colours, and nothing else that a terminal obeys", () => {
  const ours = "\u001b[H\u001b[2J\u001b[1mHead\u001b[0m\tx\n\u001b[31mbad\u001b[0m";
  assert.equal(printableText(ours), ours);
  assert.equal(printableText(`x${ours.slice(0, 7)}`), "x?[H?[2J");
  assert.equal(printableText("\u001b[8mhidden \u001b]52;c;x\u0007"), "?[8mhidden ?]52;c;x?");
  assert.equal(printableText(EVIL), "a?]0;owned?b?\n?2Jc?d");
});

test("a name holds nothing that a terminal leaves out either", () => {
  assert.equal(harmless("a\u001b\u200bb\ud800\u00adc\u202e"), "a\ufffd\ufffdb\ufffd\ufffdc\ufffd");
  assert.equal(harmless("Станция 1 °C"), "Станция 1 °C");
});

test("JSON stays the same JSON", () => {
  const text = printableJson({ name: EVIL });
  assert.doesNotMatch(text, /(?!\n)\p{Cc}|\u202e/u);
  assert.deepEqual(JSON.parse(text), { name: EVIL });
});

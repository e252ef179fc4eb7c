import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { DeviceTimeout, failureOf, UsageError } from "../../lib/base/errors.ts";
import { FAILURES, type FailureCode, failure, failureText } from "../../lib/base/failure/failure.ts";
import { Failures } from "../../lib/base/failures.ts";
import { speech } from "../../lib/words/index.ts";
import { tellFailure } from "../../lib/words/tell-failure.ts";

/** Names of values and how many forms of a word go with each. */
function holes(text: string): [name: string, forms: number][] {
  const found = [...text.matchAll(/\{([^}]*)\}/g)].map(([, hole = ""]) => hole.split("|"));
  return found.map(([name = "", ...forms]) => [name, forms.length]);
}

test("each failure names the same values in Russian as in English, with the forms that a language has", () => {
  const { failures } = speech("ru");
  for (const code of Object.keys(FAILURES) as FailureCode[]) {
    const english = holes(FAILURES[code]);
    const russian = holes(failures[code]);
    assert.deepEqual(new Set(russian.map(([name]) => name)), new Set(english.map(([name]) => name)), code);
    for (const [name, forms] of english) assert.ok(forms === 0 || forms === 2, `${code}: ${name}`);
    for (const [name, forms] of russian) assert.ok(forms === 0 || forms === 3, `${code}: ${name}`);
    assert.doesNotMatch(failures[code], /\{[^}]*$/, `${code}: an open bracket`);
  }
});

test("no code stands in two tables", async () => {
  const folder = resolve(import.meta.dirname, "../../lib/base/failure");
  const tables = readdirSync(folder).filter((file) => file.endsWith("-failures.ts"));
  const modules = await Promise.all(tables.map((file) => import(join(folder, file))));
  const codes = modules.flatMap((table) => Object.values<object>(table).flatMap((codes) => Object.keys(codes)));
  assert.deepEqual(codes.sort(), Object.keys(FAILURES).sort());
});

test("a failure is English in its error's message and Russian for who reads Russian", () => {
  const what = failure("no_reply", { place: "/dev/ttyUSB0", ms: 1000, tries: 3 });
  assert.equal(new DeviceTimeout(what).message, "no reply from /dev/ttyUSB0 in 1000 ms (3 tries)");
  assert.equal(tellFailure(what, speech("en")), "no reply from /dev/ttyUSB0 in 1000 ms (3 tries)");
  assert.equal(tellFailure(what, speech("ru")), "/dev/ttyUSB0 не отвечает 1000 мс (3 попытки)");
  const once = failure("no_reply", { place: "/dev/ttyUSB0", ms: 1000, tries: 1 });
  assert.equal(failureText(once), "no reply from /dev/ttyUSB0 in 1000 ms (1 try)");
});

test("a failure within another is told in the same language, and a library's words as they are", () => {
  const failures = new Failures();
  failures.add(new DeviceTimeout(failure("no_reply", { place: "a", ms: 20, tries: 5 })));
  failures.add(new UsageError(failureOf(new Error("EBADF: {bad} descriptor"))));
  const both = failures.asOne();
  assert.equal(both?.message, "no reply from a in 20 ms (5 tries)\nEBADF: {bad} descriptor");
  assert.equal(
    both && tellFailure(both.failure, speech("ru")),
    "a не отвечает 20 мс (5 попыток)\nEBADF: {bad} descriptor",
  );
});

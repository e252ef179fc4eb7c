import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const FILES = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).map((name) => `test/${name}`);

for (const page of ["docs/promises.md", "docs/security.md"]) {
  test(`${page} names tests that exist`, () => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const named = [...text.matchAll(/`(test\/[^`]+)`((?:[:,] "[^"]+")*)/g)];
    assert.ok(named.length > 10);
    for (const [, path = "", names = ""] of named) {
      const [head = "", tail = ""] = path.split("*");
      const found = path.includes("*")
        ? FILES.some((file) => file.startsWith(head) && file.endsWith(tail))
        : existsSync(join(ROOT, path));
      assert.ok(found, path);
      for (const [, name = ""] of names.matchAll(/"([^"]+)"/g)) {
        const source = readFileSync(join(ROOT, path), "utf8");
        assert.ok(
          [`"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted)),
          `${path}: ${name}`,
        );
      }
    }
  });
}

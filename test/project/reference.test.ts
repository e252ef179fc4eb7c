import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { referencePages } from "../../tools/reference/pages.ts";

const folder = resolve(import.meta.dirname, "../../docs/reference");

test("docs/reference is what the tables and commands say (renew with npm run docs)", async () => {
  for (const [name, text] of Object.entries(await referencePages())) {
    assert.equal(readFileSync(join(folder, name), "utf8"), text, name);
  }
});

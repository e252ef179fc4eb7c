import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sha256 } from "../../lib/base/sha256.ts";

test("the digest is Node's, around every edge of a block and for letters of any language", () => {
  const texts = Array.from({ length: 200 }, (_, length) => "x".repeat(length));
  for (const text of ["", "/dev/ttyUSB0", "станция\n/var/lib/solar", "😀", ...texts]) {
    assert.equal(sha256(text).toString("hex"), createHash("sha256").update(text).digest("hex"), text);
  }
});

import assert from "node:assert/strict";
import test from "node:test";
import { requirePart } from "../support/parts.ts";
import { waitFor } from "../support/wait.ts";

test("a missing part is a reason to skip, and a failure under CI=true", (t) => {
  const before = process.env.CI;
  t.after(() => {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  });
  delete process.env.CI;
  assert.equal(requirePart("no-such-program"), "no-such-program is not installed");
  process.env.CI = "true";
  assert.throws(() => requirePart("no-such-program"), /CI=true/);
  assert.equal(requirePart("sh"), false);
});

test("waitFor gives the value, or says what it waited for", async () => {
  let calls = 0;
  assert.equal(await waitFor(() => (++calls === 3 ? "now" : null)), "now");
  await assert.rejects(
    waitFor(() => false, "the sun", 20),
    /the sun/,
  );
});

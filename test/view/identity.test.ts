import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeIdentity } from "../../lib/view/identity.ts";

const KNOWN = { machine_type: "PV", machine_number: 1800, serial_number: 12345, software_version: "1.02" };

// biome-ignore format: a case a line
const CASES: readonly (readonly [what: string, now: Readonly<Record<string, unknown>>, code: string, keys?: readonly string[]])[] = [
  ["the same words", KNOWN, "same"],
  ["another firmware", { ...KNOWN, software_version: "1.03" }, "changed", ["software_version"]],
  ["another serial number", { ...KNOWN, serial_number: 54321 }, "other_machine", ["serial_number"]],
  ["another model", { ...KNOWN, machine_number: 3000 }, "other_machine", ["machine_number"]],
  ["a serial number that reads FFFFFFFF now", { ...KNOWN, serial_number: 4_294_967_295 }, "changed", ["serial_number"]],
  ["a serial number that reads 0 now", { ...KNOWN, serial_number: 0 }, "changed", ["serial_number"]],
  ["an unread word", { ...KNOWN, serial_number: null }, "same"],
];
for (const [what, now, code, keys = []] of CASES) {
  test(`${what}: ${code}`, () => {
    const verdict = judgeIdentity(KNOWN, now);
    assert.equal(verdict.code, code);
    assert.deepEqual(
      verdict.evidence.map(({ key }) => key),
      keys,
    );
  });
}

test("a machine that has a number now and had none before is no other one", () => {
  assert.equal(judgeIdentity({ serial_number: 65_535 }, { serial_number: 12345 }).code, "changed");
  assert.equal(judgeIdentity(null, KNOWN).code, "first");
});

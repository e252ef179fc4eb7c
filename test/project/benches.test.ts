/** Options of the benches of the planner: what is no name, number or parameter is refused before a run of minutes begins. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { capacities, names, parameter } from "../../tools/bench-options.ts";

describe("an option of a bench", () => {
  it("is a list of known names, of capacities, or a parameter of the rules within its range", () => {
    const kinds = names(["right", "gaps"] as const);
    assert.deepEqual(
      [kinds("gaps"), kinds("gaps,right"), kinds("all")],
      [["gaps"], ["gaps", "right"], ["right", "gaps"]],
    );
    assert.deepEqual(capacities("100,280"), [100, 280]);
    assert.deepEqual(parameter("charger_source_rule=true", parameter("reserve=40", {})), {
      reserve: 40,
      charger_source_rule: true,
    });
    assert.throws(() => kinds("gap"), /gap: expected one of right, gaps/);
    for (const text of ["", "abc", "100,", "-5", "1e9"]) assert.throws(() => capacities(text), /whole number/, text);
    for (const text of ["reserve=99", "reserve=abc", "reserve=", "reserve", "no_such=1", "charger_source_rule=2"]) {
      assert.throws(() => parameter(text, {}), /reserve: NaN|outside 12\.\.70|expected/, text);
    }
  });

  it("is refused in a line, without a run", () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", "tools/bench-policy.ts", "--packs", "abc"],
      { encoding: "utf8" },
    );
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^error: option '--packs <Ah>' argument 'abc' is invalid\. .*\n$/);
  });
});

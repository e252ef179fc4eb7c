import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { configSchema } from "../../lib/config/schema.ts";
import { runCase, stationCase } from "../../lib/jobs/station/case.ts";
import { CASE_FORMAT } from "../../lib/support/case-file.ts";
import { publicConfig } from "../../lib/support/redact.ts";
import { orderStation } from "../support/orders.ts";

const STATIONS = "test/captures/stations";
const EMPTY = { case: CASE_FORMAT, inverter_samples: [], bms_samples: [], decisions: [], traces: [] };

test("a file that is no case, cut off, or of a later program is refused with what was expected", async (t) => {
  const { context, folder } = orderStation(t);
  const path = join(folder, "case.json");
  const replay = (text: string | null) => {
    if (text !== null) writeFileSync(path, text);
    return runCase({ ...context, args: [path] });
  };
  for (const [text, message] of [
    [null, /case\.json: no such file; expected a file that station case has written$/],
    ['{"case": 1, ', /case\.json: .*JSON.*; expected a file that station case has written$/],
    ["null", /case\.json: is no case; expected/],
    [JSON.stringify({ ...EMPTY, case: 99 }), /case\.json: format 99 is newer than this program's 1$/],
  ] as const) {
    await assert.rejects(replay(text), { name: "UsageError", message });
  }
});

test("what of a case cannot be replayed says so, and is no failure", async (t) => {
  const { context, folder } = orderStation(t);
  const path = join(folder, "case.json");
  const trace = {
    kind: "inverter",
    command: "pv1800-dump",
    dialect: null,
    slave: 4,
    lines: [],
    exit_code: 69,
    said: "",
  };
  const foreign = { ...trace, kind: "bms", command: "jkbms-dump", dialect: "jbd", answer: {} };
  writeFileSync(path, JSON.stringify({ ...EMPTY, traces: [{ ...trace, answer: null }, foreign] }));
  const { text, failure } = await runCase({ ...context, args: [path] });
  assert.deepEqual(text?.(false).split("\n"), [
    "–     pv1800-dump on the recorded inverter: it had no answer to compare with",
    "–     jkbms-dump on the recorded bms: a BMS that speaks jbd is not simulated from a trace; station decode explains its frames",
  ]);
  assert.equal(failure, undefined);
  writeFileSync(path, JSON.stringify(EMPTY));
  assert.equal((await runCase({ ...context, args: [path] })).text?.(false), "there is nothing to replay in it");
});

test("a case of a program that noted neither facts nor doubts is judged by its samples alone", async (t) => {
  const { context, folder } = orderStation(t);
  const [file = ""] = readdirSync(STATIONS);
  const given = JSON.parse(readFileSync(join(STATIONS, file), "utf8"));
  const path = join(folder, "case.json");
  writeFileSync(path, JSON.stringify({ ...given, traces: [], facts: {}, doubts: {} }));
  const { text, failure } = await runCase({ ...context, args: [path] });
  assert.equal(text?.(false), `same  ${given.decisions.length} decisions of the grid switch`);
  assert.equal(failure, undefined);
});

test("a decision of an earlier edition, which kept sentences, is compared by what was decided", async (t) => {
  const { context, folder } = orderStation(t);
  const [file = ""] = readdirSync(STATIONS);
  const given = JSON.parse(readFileSync(join(STATIONS, file), "utf8"));
  const [{ record, ...first }, ...others] = given.decisions;
  assert.equal(typeof record.decision.reason, "string");
  const [rule, ...rules] = record.decision.rules;
  const decision = { ...record.decision, wish: false, rules: [{ ...rule, met: !rule.met }, ...rules] };
  const path = join(folder, "case.json");
  const decisions = [{ ...first, record: { ...record, decision } }, ...others];
  writeFileSync(path, JSON.stringify({ ...given, traces: [], decisions }));
  const { text } = await runCase({ ...context, args: [path] });
  assert.match(
    text?.(false) ?? "",
    /^ELSE .*\n +\S+ \S+: wish: null, in the case false; rules\.0\.met: true, in the case false$/,
  );
});

test("a case without traces asks no device and says so", async (t) => {
  const { context } = orderStation(t);
  const { text, json } = await stationCase({ ...context, options: { at: "now", probe: false } });
  assert.deepEqual((json as { traces: unknown[] }).traces, []);
  assert.match(text?.(false) ?? "", /^ {2}traces: none \(--no-probe\)$/m);
  assert.deepEqual(publicConfig(configSchema.parse({})), { config: {}, left_out: [] });
});

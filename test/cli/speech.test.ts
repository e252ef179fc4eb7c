import assert from "node:assert/strict";
import { test } from "node:test";
import { speechFor } from "../../lib/cli/speech.ts";
import { type JobState, NEW_JOB } from "../../lib/store/jobs.ts";

const failing = (since: number, told: number, code = 69): JobState => ({
  last_ok_at: 50,
  failing_since: since,
  failing_code: code,
  last_told_at: told,
});

const cases: {
  name: string;
  before: JobState;
  at: number;
  exit_code: number;
  tells: boolean;
  recovered: number | null;
}[] = [
  { name: "first success ever", before: NEW_JOB, at: 100, exit_code: 0, tells: false, recovered: null },
  { name: "first failure", before: NEW_JOB, at: 100, exit_code: 69, tells: true, recovered: null },
  {
    name: "same failure a minute later",
    before: failing(100, 100),
    at: 160,
    exit_code: 69,
    tells: false,
    recovered: null,
  },
  {
    name: "same failure just under an hour later",
    before: failing(100, 100),
    at: 3699,
    exit_code: 69,
    tells: false,
    recovered: null,
  },
  {
    name: "same failure an hour later",
    before: failing(100, 100),
    at: 3700,
    exit_code: 69,
    tells: true,
    recovered: null,
  },
  { name: "another failure", before: failing(100, 100), at: 160, exit_code: 76, tells: true, recovered: null },
  { name: "clock set back", before: failing(9000, 9000), at: 160, exit_code: 69, tells: true, recovered: null },
  { name: "recovery", before: failing(100, 100), at: 700, exit_code: 0, tells: false, recovered: 600 },
];

for (const { name, before, at, exit_code, tells, recovered } of cases) {
  test(`speech: ${name}`, () => {
    const speech = speechFor(before, { at, exit_code });
    assert.equal(speech.tellFailure, tells);
    assert.equal(speech.recoveredAfter, recovered);
    assert.equal(speech.state.failing_since === null, exit_code === 0);
  });
}

test("speech: a loose wire speaks 24 times a day, not 1440", () => {
  let state = NEW_JOB;
  let told = 0;
  for (let minute = 0; minute < 1440; minute++) {
    const speech = speechFor(state, { at: minute * 60, exit_code: 69 });
    state = speech.state;
    if (speech.tellFailure) told++;
  }
  assert.equal(told, 24);
});

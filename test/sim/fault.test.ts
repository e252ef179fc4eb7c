import assert from "node:assert/strict";
import test from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { planAnswer, type Step, seededBytes, twistOf } from "../../lib/sim/answer.ts";
import { FAULT_KINDS, type Fault, FaultScript, faultText, parseFault } from "../../lib/sim/fault.ts";
import type { RequestInfo } from "../../lib/sim/wire-log.ts";

const READ: RequestInfo = { what: "read", unit: 4, start: 25201, count: 79, values: null };
const WRITE: RequestInfo = { what: "write", unit: 4, start: 20105, count: 1, values: [1] };

const TEXTS: { text: string; want: Fault }[] = [
  { text: "silent", want: { kind: "silent" } },
  { text: "silent:3", want: { kind: "silent", scope: { first: 3 } } },
  { text: "late=700@2", want: { kind: "late", ms: 700, scope: { requests: [2] } } },
  { text: "late=700@2,5", want: { kind: "late", ms: 700, scope: { requests: [2, 5] } } },
  { text: "wrong_checksum%10", want: { kind: "wrong_checksum", scope: { every: 10 } } },
  { text: "noise_before=x0403/25201", want: { kind: "noise_before", noise: "0403", target: 25201 } },
  { text: "noise_inside=5", want: { kind: "noise_inside", noise: 5 } },
  { text: "truncated=20:1/write", want: { kind: "truncated", bytes: 20, scope: { first: 1 }, target: "write" } },
  { text: "bit_flip=-1", want: { kind: "bit_flip", bit: -1 } },
  { text: "exception=2", want: { kind: "exception", code: 2 } },
];

for (const { text, want } of TEXTS) {
  test(`fault text ${text} is read and written back`, () => {
    assert.deepEqual(parseFault(text), want);
    assert.equal(faultText(want), text);
  });
}

for (const text of ["", "silly", "silent=3", "late", "late=x0403", "late=5:", "silent@", "silent/both", "exception"]) {
  test(`fault text "${text}" is refused`, () => {
    assert.throws(() => parseFault(text), UsageError);
  });
}

test("a fault target may be a hexadecimal tag", () => {
  assert.deepEqual(parseFault("silent/0xab"), { kind: "silent", target: 0xab });
});

const SCOPES: { text: string; hits: number[] }[] = [
  { text: "silent", hits: [1, 2, 3, 4, 5, 6] },
  { text: "silent:2", hits: [1, 2] },
  { text: "silent%3", hits: [3, 6] },
  { text: "silent@2,5", hits: [2, 5] },
  { text: "silent/write", hits: [] },
  { text: "silent:1/read", hits: [1] },
  { text: "silent/25201", hits: [1, 2, 3, 4, 5, 6] },
  { text: "silent/15201", hits: [] },
];

for (const { text, hits } of SCOPES) {
  test(`of six reads ${text} hits ${hits.join(", ") || "none"}`, () => {
    const script = new FaultScript([parseFault(text)]);
    const got = [1, 2, 3, 4, 5, 6].filter(() => script.next(READ).length > 0);
    assert.deepEqual(got, hits);
  });
}

test("a fault counts only the requests of its target", () => {
  const script = new FaultScript([parseFault("silent@1/write")]);
  assert.deepEqual(
    [READ, READ, WRITE, WRITE].map((info) => script.next(info).length),
    [0, 0, 1, 0],
  );
});

const REQUEST = fromHex("0403627100014f8c");
const ANSWER = fromHex("04030200030000");

/** Bytes that leave, with W for a wait, X for a dropped port, F for a flood. */
function shape(steps: readonly Step[]): string {
  return steps
    .map((step) =>
      step.kind === "bytes"
        ? `${toHex(step.bytes)}${step.pauseMs ? `/${step.pauseMs}` : ""}`
        : step.kind === "wait"
          ? `W${step.ms}`
          : step.kind === "flood"
            ? `F${step.ms}`
            : "X",
    )
    .join(" ");
}

const PLANS: { faults: string[]; want: string; lateMs?: number }[] = [
  { faults: [], want: "04030200030000" },
  { faults: ["silent"], want: "" },
  { faults: ["late=700"], want: "04030200030000", lateMs: 700 },
  { faults: ["noise_before=x00ff"], want: "00ff04030200030000" },
  { faults: ["noise_inside=x00ff"], want: "04030200ff00030000" },
  { faults: ["noise_after=x00ff"], want: "0403020003000000ff" },
  { faults: ["noise_before=x00ff", "noise_after=xaa"], want: "00ff04030200030000aa" },
  { faults: ["truncated=3"], want: "040302" },
  { faults: ["truncated=0"], want: "" },
  { faults: ["echo"], want: "0403627100014f8c04030200030000" },
  { faults: ["echo", "silent"], want: "0403627100014f8c" },
  { faults: ["duplicate"], want: "0403020003000004030200030000" },
  { faults: ["drop_port=2"], want: "0403 X" },
  { faults: ["drop_port"], want: "X" },
  { faults: ["bit_flip=0"], want: "84030200030000" },
  { faults: ["bit_flip=13"], want: "04070200030000" },
  { faults: ["bit_flip=-1"], want: "04030200030001" },
  { faults: ["split=4"], want: "04030200030000/4" },
  { faults: ["hole=100"], want: "040302 W100 00030000" },
  { faults: ["flood=50"], want: "F50" },
];

for (const { faults, want, lateMs = 0 } of PLANS) {
  test(`an answer under ${faults.join(" and ") || "no fault"} leaves as intended`, () => {
    const plan = planAnswer(ANSWER, REQUEST, faults.map(parseFault), seededBytes(1));
    assert.equal(shape(plan.steps), want);
    assert.equal(plan.lateMs, lateMs);
  });
}

test("faults of the device's own making reach it as a twist", () => {
  const faults = ["exception=2", "extra_registers=3", "wrong_slave", "wrong_checksum", "freeze", "zeros"];
  assert.deepEqual(twistOf(faults.map(parseFault)), {
    exception: 2,
    registers: 3,
    wrongSlave: true,
    wrongChecksum: true,
    freeze: true,
    zeros: true,
  });
  assert.deepEqual(twistOf([parseFault("fewer_registers=2")]), { registers: -2 });
});

test("every kind of fault appears in a test of this folder", () => {
  const inPlans = PLANS.flatMap(({ faults }) => faults.map((text) => parseFault(text).kind));
  const ofDevice = [
    "exception",
    "extra_registers",
    "fewer_registers",
    "wrong_slave",
    "wrong_checksum",
    "freeze",
    "zeros",
  ];
  assert.deepEqual([...new Set([...inPlans, ...ofDevice])].sort(), [...FAULT_KINDS].sort());
});

test("noise is the same for the same seed and another for another", () => {
  assert.equal(toHex(seededBytes(7)(32)), toHex(seededBytes(7)(32)));
  assert.notEqual(toHex(seededBytes(7)(32)), toHex(seededBytes(8)(32)));
  assert.equal(planAnswer(ANSWER, REQUEST, [parseFault("noise_before=5")], seededBytes(7)).steps[0]?.kind, "bytes");
});

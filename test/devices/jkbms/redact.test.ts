import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../../lib/codec/hex.ts";
import { decodeRecords } from "../../../lib/devices/jkbms/decode.ts";
import { buildFrame, buildRequest, COMMAND, parseReply } from "../../../lib/devices/jkbms/frame.ts";
import { parsePbFrame } from "../../../lib/devices/jkbms/pb-frame.ts";
import { withoutSecrets } from "../../../lib/devices/jkbms/redact.ts";
import { answerOf, answerWithAck, capture, GOOD_4E57 } from "./captures.ts";
import { join } from "./random.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const holds = (bytes: Uint8Array, text: string) => toHex(bytes).includes(toHex(ascii(text)));
const nw01 = answerOf(capture("nw01"));

test("a recorded answer without its password is still the same answer", () => {
  for (const one of GOOD_4E57) {
    const blank = withoutSecrets(answerOf(one));
    assert.ok(!holds(blank, "1234"), one.name);
    assert.deepEqual(
      decodeRecords(parseReply(blank, one.name).data, one.name),
      decodeRecords(parseReply(answerOf(one), one.name).data, one.name),
    );
  }
});

test("the bytes given are not changed", () => {
  const before = toHex(nw01);
  withoutSecrets(nw01);
  assert.equal(toHex(nw01), before);
});

test("glued answers with noise between them", () => {
  const blank = withoutSecrets(join([0xff], nw01, [0x4e], nw01));
  assert.ok(!holds(blank, "1234"));
  assert.equal(blank.length, 2 * nw01.length + 2);
});

test("cut and damaged answers: no whole password at any cut, with any damage", () => {
  for (let length = 0; length <= nw01.length; length++) {
    assert.ok(!holds(withoutSecrets(nw01.subarray(0, length)), "1234"), `cut at ${length}`);
  }
  const damaged = nw01.slice();
  damaged[20] = 0;
  assert.ok(!holds(withoutSecrets(damaged), "1234"));
});

test("requests and single answers that carry a password", () => {
  const secret = ascii("s3cr3tword");
  for (const bytes of [
    buildRequest(COMMAND.write, 0xb2, secret),
    buildRequest(COMMAND.write, 0xb2, ascii("s3cr3t")),
    buildRequest(COMMAND.password, 0xb2, secret),
    buildRequest(COMMAND.password, 0, secret),
    buildFrame({ command: COMMAND.password, data: secret }),
    buildFrame({ command: COMMAND.read, data: join([0xb2], secret), source: 0, transport: 1 }),
  ]) {
    assert.ok(holds(bytes, "s3cr3t"));
    assert.ok(!holds(withoutSecrets(bytes), "3cr3t"));
    assert.ok(!holds(withoutSecrets(bytes.subarray(0, bytes.length - 2)), "3cr3t"), "cut");
  }
});

test("the device information frame loses its passwords and keeps its sum", () => {
  const about = answerWithAck(capture("pb01"));
  const blank = withoutSecrets(about);
  assert.ok(holds(about, "1234\0\0\0\0\0\0\0\0\0\0\0\0") && holds(about, "4096"));
  assert.ok(!holds(blank, "1234\0") && !holds(blank, "4096"));
  assert.equal(parsePbFrame(blank, "pb01").address, 1);
  assert.ok(holds(blank, "31213480085"));
  for (let length = 0; length < about.length; length++) {
    assert.ok(!holds(withoutSecrets(about.subarray(0, length)), "4096"), `cut at ${length}`);
  }
});

test("frames without secrets stay as they are", () => {
  const status = answerWithAck(capture("pb03"));
  assert.deepEqual(withoutSecrets(status), status);
  const request = buildRequest(COMMAND.read_all);
  assert.deepEqual(withoutSecrets(request), request);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { failureText } from "../../lib/base/failure/failure.ts";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import {
  explainRest,
  readRequest,
  registersOf,
  scanAnswer,
  withCrc,
  writeMultipleRequest,
  writeSingleRequest,
} from "../../lib/modbus/frame.ts";

const misc = JSON.parse(readFileSync("test/captures/pv1800/frames-write-and-misc.json", "utf8")) as {
  frames: { role: string; hex: string; ack?: string }[];
};
const hexOf = (text: string) => text.replaceAll(" ", "").toLowerCase();

const asked = readRequest(4, 25201, 3);
const answer = withCrc([4, 3, 6, 0, 3, 0, 230, 19, 136]);

describe("requests", () => {
  it("equal every recorded write", () => {
    let seen = 0;
    for (const { role, hex, ack } of misc.frames) {
      const write = /(FC06|FC16|write) .*?(\d{5})=(\d+)/.exec(role);
      if (!write) continue;
      seen++;
      const addr = Number(write[2]);
      const value = Number(write[3]);
      const request = role.startsWith("FC06")
        ? writeSingleRequest(4, addr, value)
        : writeMultipleRequest(4, addr, [value]);
      assert.equal(toHex(request.bytes), hexOf(hex), role);
      const reply = fromHex(ack ?? (request.functionCode === 6 ? hex : "04 10 4E 8D 00 01 86 9F"));
      assert.equal(scanAnswer(reply, request).state, "answer", role);
    }
    assert.equal(seen, 17);
  });
  it("equal every recorded read", () => {
    for (const { role, hex } of misc.frames) {
      const read = /(\d{4,5}) x(\d+)/.exec(role);
      if (!read) continue;
      const slave = role.includes("slave 1") ? 1 : 4;
      assert.equal(toHex(readRequest(slave, Number(read[1]), Number(read[2])).bytes), hexOf(hex), role);
    }
  });
  it("refuse what Modbus cannot say", () => {
    const wrong: (() => unknown)[] = [
      () => readRequest(4, 1, 0),
      () => readRequest(4, 1, 126),
      () => readRequest(4, 65535, 2),
      () => readRequest(0, 1, 1),
      () => readRequest(248, 1, 1),
      () => readRequest(4, 1.5, 1),
      () => writeSingleRequest(4, 1, 65536),
      () => writeSingleRequest(4, 1, -1),
      () => writeMultipleRequest(4, 1, []),
    ];
    for (const build of wrong) assert.throws(build, RangeError);
  });
});

describe("scanAnswer", () => {
  it("takes the recorded answer of five registers", () => {
    const frame = fromHex(misc.frames.find((f) => f.role === "generic response 5 regs")?.hex ?? "");
    const scan = scanAnswer(frame, readRequest(1, 2000, 5));
    assert.equal(scan.state, "answer");
    assert.deepEqual(scan.state === "answer" && [...registersOf(scan.frame)], [10, 11, 12, 13, 14]);
  });
  it("reads every recorded exception", () => {
    for (const { role, hex } of misc.frames.filter((f) => f.role.startsWith("exception"))) {
      const scan = scanAnswer(fromHex(hex), asked);
      assert.equal(scan.state === "exception" && scan.code, Number(/code (\d)/.exec(role)?.[1]));
    }
  });
  it("is partial at every byte until the last one came", () => {
    for (let length = 0; length < answer.length; length++) {
      assert.equal(scanAnswer(answer.subarray(0, length), asked).state, "partial", `after ${length} bytes`);
    }
    assert.equal(scanAnswer(answer, asked).state, "answer");
  });

  const noises = ["00ff", "04", "0403", "0483020000", "040306", "ff", "04030604030604"];
  for (const noise of noises) {
    it(`steps over the noise ${noise}`, () => {
      const scan = scanAnswer(Buffer.concat([fromHex(noise), answer]), asked);
      assert.ok(scan.state === "answer");
      assert.equal(scan.noise, noise.length / 2);
      assert.deepEqual([...registersOf(scan.frame)], [3, 230, 5000]);
    });
  }
  it("counts bytes behind the answer", () => {
    const scan = scanAnswer(Buffer.concat([answer, fromHex("00ff55")]), asked);
    assert.ok(scan.state === "answer");
    assert.equal(scan.trailing, 3);
  });
  it("skips the own echo, and never takes it for an answer", () => {
    assert.equal(scanAnswer(asked.bytes, asked).state, "partial");
    const scan = scanAnswer(Buffer.concat([asked.bytes, answer]), asked);
    assert.ok(scan.state === "answer" && scan.echo);
    const write = writeMultipleRequest(4, 20105, [1]);
    assert.equal(scanAnswer(write.bytes, write).state, "partial");
    const single = writeSingleRequest(4, 20105, 1);
    assert.equal(scanAnswer(single.bytes, single, { echoing: true }).state, "partial");
    assert.equal(scanAnswer(Buffer.concat([single.bytes, single.bytes]), single, { echoing: true }).state, "answer");
  });

  const whole: { name: string; bytes: Uint8Array; kind: string; text: RegExp }[] = [
    {
      name: "fewer registers",
      bytes: withCrc([4, 3, 2, 0, 1]),
      kind: "short",
      text: /1 registers instead of 3; second master\?/,
    },
    { name: "more registers", bytes: withCrc([4, 3, 8, 0, 1, 0, 2, 0, 3, 0, 4]), kind: "long", text: /4 registers/ },
    { name: "another slave", bytes: withCrc([5, 3, 6, 0, 1, 0, 2, 0, 3]), kind: "foreign", text: /slave 5/ },
    { name: "another slave's exception", bytes: withCrc([5, 0x83, 2]), kind: "foreign", text: /slave 5/ },
    { name: "another function", bytes: writeSingleRequest(4, 20105, 1).bytes, kind: "foreign", text: /function 6/ },
    {
      name: "another master's request",
      bytes: readRequest(4, 15201, 21).bytes,
      kind: "foreign",
      text: /another master/,
    },
    { name: "a broken checksum", bytes: answer.with(4, 9), kind: "corrupt", text: /checksum/ },
  ];
  for (const { name, bytes, kind, text } of whole) {
    it(`refuses ${name} at once`, () => {
      const scan = scanAnswer(bytes, asked);
      assert.ok(scan.state === "bad");
      assert.equal(scan.refusal.kind, kind);
      assert.match(failureText(scan.refusal.what), text);
    });
  }
  it("refuses the acknowledgement of another write", () => {
    const scan = scanAnswer(writeSingleRequest(4, 20105, 0).bytes, writeSingleRequest(4, 20105, 1));
    assert.equal(scan.state === "bad" && scan.refusal.kind, "foreign");
  });
  it("lets a probe step over whole frames of older requests", () => {
    const late = withCrc([4, 3, 8, 0, 1, 0, 2, 0, 3, 0, 4]);
    assert.equal(scanAnswer(late, asked, { skipFrames: true }).state, "partial");
    assert.equal(scanAnswer(Buffer.concat([late, answer]), asked, { skipFrames: true }).state, "answer");
  });
});

describe("explainRest", () => {
  it("tells cut, foreign and shapeless rests apart", () => {
    assert.equal(explainRest(new Uint8Array(), asked), null);
    assert.equal(explainRest(asked.bytes, asked), null);
    assert.equal(explainRest(answer.subarray(0, 7), asked)?.kind, "short");
    const cut = explainRest(answer.subarray(0, 7), asked);
    assert.match(cut ? failureText(cut.what) : "", /7 of 11 bytes/);
    assert.equal(explainRest(Uint8Array.of(4, 3, 40, 1, 2), asked)?.kind, "long");
    assert.equal(explainRest(Uint8Array.of(9, 9, 9), asked)?.kind, "corrupt");
    const foreign = Buffer.concat([Uint8Array.of(0), withCrc([5, 3, 2, 0, 1])]);
    assert.equal(explainRest(foreign, asked)?.kind, "foreign");
  });
});

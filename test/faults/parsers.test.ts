import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame, ConfigError } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { exampleConfig } from "../../lib/config/example.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { configSchema } from "../../lib/config/schema.ts";
import type { BmsSample } from "../../lib/devices/bms/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { decodeStatus, imageFromFrameData } from "../../lib/devices/jkbms/pb-decode.ts";
import { parsePbFrame } from "../../lib/devices/jkbms/pb-frame.ts";
import { RECORDS } from "../../lib/devices/jkbms/records.ts";
import { sampleFromPbStatus, sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { explainRest, readRequest, registersOf, scanAnswer, withCrc } from "../../lib/modbus/frame.ts";
import { START, takeLines } from "../../lib/orders/file-lines.ts";
import { bmsOrders, inverterOrders } from "../../lib/orders/order-table.ts";
import { parseOrder } from "../../lib/orders/parse.ts";
import { LARGEST_PAYLOAD, readCommand } from "../../lib/publish/homeassistant/command.ts";
import { judgeBms } from "../../lib/view/judge-bms.ts";
import { speech } from "../../lib/words/index.ts";
import { messageRefusal } from "../../lib/words/message-values.ts";
import { answerOf, answerWithAck, GOOD_4E57, GOOD_PB } from "../devices/jkbms/captures.ts";
import { Chance, SEED, tries } from "../support/campaign.ts";

const TRIES = tries(3_000, 1_000_000);

interface Passed {
  /** Damaged answers whose checksum was right all the same. */
  checksum: number;
  /** Of these: stored with a value that the undamaged answer does not have. */
  values: number;
}

/** Reads damaged answers; anything but a refusal that says what is wrong is a defect. */
function readDamaged(good: readonly Uint8Array[], read: (bytes: Uint8Array) => BmsSample): Passed {
  const chance = new Chance();
  const truths = good.map((bytes) => judgeBms(read(bytes)).sample);
  const passed: Passed = { checksum: 0, values: 0 };
  for (let n = 0; n < TRIES; n++) {
    const index = chance.below(good.length);
    const whole = good[index] as Uint8Array;
    const bytes = chance.below(20) === 0 ? chance.bytes(chance.below(400)) : chance.damaged(whole);
    // Damage around a frame that is still whole is no damage.
    if (Buffer.from(bytes).includes(Buffer.from(whole))) continue;
    let sample: BmsSample;
    try {
      sample = read(bytes);
    } catch (error) {
      assert.ok(error instanceof BadFrame, `seed ${SEED}, try ${n}: ${(error as Error).stack}`);
      continue;
    }
    passed.checksum++;
    const judged = judgeBms(sample);
    if (judged.refusal === null && hasOtherValue(judged.sample, truths[index] as BmsSample)) passed.values++;
  }
  return passed;
}

function hasOtherValue(sample: BmsSample, truth: BmsSample): boolean {
  const differs = (a: unknown, b: unknown) => a !== null && a !== undefined && b !== null && a !== b;
  const cells = sample.cells.some((mv, at) => differs(mv, truth.cells[at]));
  return (
    cells ||
    Object.entries(truth).some(
      ([key, value]) => typeof value === "number" && differs(sample[key as keyof BmsSample], value),
    )
  );
}

test("damaged 4E57 answers are refused with a reason, or read", (t) => {
  const passed = readDamaged(GOOD_4E57.map(answerOf), (bytes) =>
    sampleFromRecords(decodeRecords(parseReply(bytes, "fuzz").data, "fuzz"), "fuzz"),
  );
  t.diagnostic(
    `seed ${SEED}: of ${TRIES} ${passed.checksum} passed the checksum, ${passed.values} with a value of their own`,
  );
});

test("damaged PB answers are refused with a reason, or read", (t) => {
  const status = GOOD_PB.filter((one) => answerOf(one)[4] === 2).map(answerWithAck);
  assert.ok(status.length > 0);
  const passed = readDamaged(status, (bytes) => {
    const frame = parsePbFrame(bytes, "fuzz");
    if (frame.type !== 2) throw new BadFrame("foreign", said("another block"));
    return sampleFromPbStatus(decodeStatus(imageFromFrameData(frame.data)), "fuzz");
  });
  t.diagnostic(
    `seed ${SEED}: of ${TRIES} ${passed.checksum} passed the checksum, ${passed.values} with a value of their own`,
  );
});

test("damaged Modbus answers: what is taken is the answer, within what was asked", (t) => {
  const chance = new Chance();
  let passed = 0;
  for (let n = 0; n < TRIES; n++) {
    const count = 1 + chance.below(60);
    const asked = readRequest(4, 25_200, count);
    const answer = withCrc([4, 3, 2 * count, ...chance.bytes(2 * count)]);
    const bytes = chance.below(20) === 0 ? chance.bytes(chance.below(200)) : chance.damaged(answer);
    const options = { echoing: chance.below(2) === 0, skipFrames: chance.below(2) === 0 };
    const found = scanAnswer(bytes, asked, options);
    explainRest(bytes, asked, options.echoing);
    if (found.state !== "answer") continue;
    assert.equal(registersOf(found.frame).length, count, `seed ${SEED}, try ${n}`);
    if (!Buffer.from(bytes).includes(Buffer.from(answer))) passed++;
  }
  t.diagnostic(`seed ${SEED}: of ${TRIES} damaged answers ${passed} had a right checksum`);
});

test("a command file of any bytes is cut into lines, each refused with a reason or an order of the table", () => {
  const chance = new Chance();
  const tables = [inverterOrders(), bmsOrders(RECORDS)];
  const words = [
    "20105=0",
    "20113=>50",
    "ongrid_switch=on for 30m",
    "charge_mosfet=off",
    "20511=",
    "=",
    "\ufeff20105=1",
    "# note",
    "20105=1 life 3m by batmon",
  ];
  for (let n = 0; n < TRIES; n++) {
    const text = Array.from({ length: 1 + chance.below(4) }, () => chance.pick(words)).join(
      chance.pick(["\n", "\r\n", "\r", ""]),
    );
    const bytes = chance.damaged(new TextEncoder().encode(text));
    const { lines } = takeLines(bytes, START, true);
    for (const line of lines) {
      const order = parseOrder(line.text, { table: chance.pick(tables) });
      if (order !== null && !("refused" in order)) assert.ok(Number.isInteger(order.raw), `seed ${SEED}, try ${n}`);
    }
  }
});

test("an MQTT message of any bytes on any topic is a command that is offered, or refused in a short sentence", () => {
  const chance = new Chance();
  const encode = (text: string) => new TextEncoder().encode(text);
  const rules = {
    topics: { station: "home", base: "solar", prefix: "homeassistant" },
    controls: new Map([["inverter", new Set(["ongrid_switch", "grid_charge_current_limit"])]]),
    now: 1_800_000_000,
    max_age_s: 120,
    undated_refused: false,
  };
  const topics = [
    "solar/inverter/ongrid_switch/set",
    "solar/inverter/no_such/set",
    "solar/#",
    "solar/../../etc/set",
  ].map(encode);
  const payloads = [
    "ON",
    "2.0",
    '{"value":"OFF","ts":1800000000}',
    '{"__proto__":{"value":1}}',
    "[".repeat(300),
    "1e400",
  ].map(encode);
  for (let n = 0; n < TRIES; n++) {
    const topic = Buffer.from(
      chance.below(3) === 0 ? chance.damaged(chance.pick(topics)) : chance.pick(topics),
    ).toString();
    const payload = chance.below(3) === 0 ? chance.bytes(chance.below(600)) : chance.damaged(chance.pick(payloads));
    const read = readCommand({ topic, payload, retain: chance.below(4) === 0 }, rules);
    if (read === null) continue;
    if ("refused" in read) {
      const said = messageRefusal(speech("en").message_refused, read.refused);
      assert.ok(said.length > 0 && said.length < 400, `seed ${SEED}, try ${n}`);
    } else {
      assert.ok(rules.controls.get(read.device)?.has(read.key), `seed ${SEED}, try ${n}`);
      assert.ok(payload.length <= LARGEST_PAYLOAD && /^[\w.+-]{1,64}$/.test(read.value), `seed ${SEED}, try ${n}`);
    }
  }
});

test("a configuration of any bytes is one, or refused with file and reason", () => {
  const chance = new Chance();
  const lines = exampleConfig()
    .split("\n")
    .filter((line) => line.trim() !== "");
  const schema = Object.keys(configSchema.parse({}));
  for (let n = 0; n < TRIES / 10; n++) {
    const from = chance.below(lines.length);
    const text = [
      `${chance.pick(schema)}:`,
      ...lines.slice(from, from + 1 + chance.below(12)).map((line) => line.replace(/^(\s*)# ?/, "$1")),
    ].join("\n");
    const bytes =
      chance.below(10) === 0 ? chance.bytes(chance.below(300)) : chance.damaged(new TextEncoder().encode(text));
    try {
      parseConfig(Buffer.from(bytes).toString(), "config.yaml");
    } catch (error) {
      assert.ok(error instanceof ConfigError, `seed ${SEED}, try ${n}: ${(error as Error).stack}`);
      assert.match(error.message, /^config\.yaml(:\d+)?: /);
    }
  }
});

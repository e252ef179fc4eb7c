/** Errors of ports, devices and simulators as they are thrown, read in Russian. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StationError } from "../../lib/base/errors.ts";
import { fromHex } from "../../lib/codec/hex.ts";
import { decodeCells } from "../../lib/devices/jbd/jbd-decode.ts";
import { openBms } from "../../lib/devices/jkbms/client.ts";
import { pbRangeGuard } from "../../lib/devices/jkbms/client-modbus.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { checkWrite } from "../../lib/devices/jkbms/write-check.ts";
import { pastedFrames } from "../../lib/devices/pasted-hex.ts";
import { assertAllowed } from "../../lib/devices/pv1800/blocks.ts";
import { withCrc } from "../../lib/modbus/frame.ts";
import { RtuMaster } from "../../lib/modbus/rtu-master.ts";
import { TcpMaster } from "../../lib/modbus/tcp-master.ts";
import { acceptAdvice } from "../../lib/poll/identity.ts";
import { openWire, parsePort } from "../../lib/port/open.ts";
import { parseFault } from "../../lib/sim/fault.ts";
import { simulatedBms } from "../../lib/sim/simulated-bms.ts";
import { parseWriteBehaviour } from "../../lib/sim/write-behaviour.ts";
import { Refused } from "../../lib/view/refusal.ts";
import { parseMoment, parseSpan } from "../../lib/view/time-span.ts";
import { speech } from "../../lib/words/index.ts";
import { tellFailure } from "../../lib/words/tell-failure.ts";
import { WIRE_FAILURES_RU } from "../../lib/words/wire-failures-ru.ts";
import { FakeWire } from "../modbus/fake-wire.ts";

const HERE = { now: 1_790_000_000, time_zone: "Europe/Moscow" };
const STRANGER = { code: "other_machine", evidence: [{ key: "serial_number", raw: "B", expected: "A" }] } as const;

/** A master whose device answers so after 1 ms; nothing: it is silent. */
function asked(answer?: Uint8Array): Promise<unknown> {
  const wire = new FakeWire(() => (answer ? [{ after_ms: 1, bytes: answer }] : []));
  return new RtuMaster(wire, { clock: wire, timeout_ms: 30 }).readHoldingRegisters(4, 25201, 2);
}

const silentBms = (): Promise<unknown> => {
  const wire = new FakeWire(() => []);
  return openBms(wire, { clock: wire, first_byte_ms: 30, protocol: "4e57" }).then((client) => client.readSample());
};

const TOLD: readonly (readonly [told: string, work: () => unknown])[] = [
  ["порт «ttyUSB0» — ни путь вроде /dev/ttyUSB0, ни tcp://host:port", () => parsePort("ttyUSB0")],
  ["/dev/ttyNONE: такого устройства нет; вставлен ли адаптер?", () => openWire({ port: "/dev/ttyNONE", baud: 9600 })],
  ["/dev/null: это не последовательный порт", () => openWire({ port: "/dev/null", baud: 9600 })],
  ["tcp://127.0.0.1:1: в соединении отказано", () => openWire({ port: "tcp://127.0.0.1:1", baud: 9600 })],
  ["x — не адрес Modbus/TCP (нужен modbus-tcp://host:port)", () => new TcpMaster("x")],
  ["fake (адрес 4) не отвечает 30 мс (3 попытки)", () => asked()],
  ["fake (адрес 4), чтение 25201-25202: исключение 2 (такого регистра нет)", () => asked(withCrc([4, 0x83, 2]))],
  [
    "fake (адрес 4), чтение 25201-25202: ответило устройство с адресом 5; второй ведущий? (3 попытки)",
    () => asked(withCrc([5, 3, 4, 0, 0, 0, 0])),
  ],
  ["fake не отвечает 30 мс (3 попытки)", silentBms],
  [
    "регистры 20016-20017: нельзя, 20017-20100 никогда не трогаем: от этого инвертор может выключиться",
    () => assertAllowed(20016, 2),
  ],
  ["регистр 0x1610: в блоке команд 0x1600 ничего не трогаем", () => pbRangeGuard(0x1610, 2)],
  ["запись: запись 80 (смещение 3) стоит дважды", () => decodeRecords(fromHex("800001800001"), "запись")],
  [
    "запись: вернулся запрос, а не ответ",
    () => parseReply(fromHex("4e5700130000000006030000000000006800000129"), "запись"),
  ],
  ["плата: ячейки в 3 байтах: так не бывает", () => decodeCells(fromHex("0f450f"), "плата")],
  ["low_soc_alarm: 200 вне допустимого: от 0 до 80 %", () => checkWrite("4e57", "low_soc_alarm", 200, {})],
  ["«zz» — не шестнадцатеричное число; нужны байты вроде 04 03 4e 89, как их печатает -vv", () => pastedFrames(["zz"])],
  [
    "/dev/ttyUSB0: ответ отвергнут: это не то устройство, которое известно под этим именем; serial_number = B, а не A; " +
      "если устройство заменили, подтвердите: pv1800-dump --accept-machine; двум устройствам на линии нужны свои имена и порты",
    () => {
      throw new Refused(STRANGER, "/dev/ttyUSB0", acceptAdvice("inverter"));
    },
  ],
  ["симулятора «daly» нет", () => simulatedBms("daly", {})],
  ["сбой late: late нужно значение, например late=100", () => parseFault("late")],
  ["поведение при записи rounds: rounds нужно значение (step)", () => parseWriteBehaviour("rounds")],
  [
    "«nov» — не время; может быть, now? годится now, 36h (тому назад), 14:05, 2026-11-22, " +
      '"2026-11-22 18:30" (время Europe/Moscow), 2026-11-22T17:30:00Z или секунды UTC',
    () => parseMoment("nov", HERE),
  ],
  [
    "«today..yesterday» — не промежуток; нужно ОТ..ДО, например 2026-06-01..2026-06-07",
    () => parseSpan("today..yesterday", HERE),
  ],
];

for (const [told, work] of TOLD) {
  test(`in Russian: ${told}`, async () => {
    await assert.rejects(
      async () => work(),
      (error: unknown) => {
        assert.ok(error instanceof StationError, String(error));
        assert.equal(tellFailure(error.failure, speech("ru")), told);
        return true;
      },
    );
  });
}

/** What has no Russian name: protocols, programs, what is typed, and the forms of what is typed. */
const NAMES = new Set(
  "BMS Modbus TCP UTC DIP pty socat pid vv tcp modbus host port dev ttyUSB0 dialout now today yesterday cmd id value capture from to unlock accept machine KIND VALUE TARGET".split(
    " ",
  ),
);

test("a Russian sentence has no English words", () => {
  for (const [code, text] of Object.entries(WIRE_FAILURES_RU)) {
    const words = text.replace(/\{[^}]*\}/g, " ").match(/[A-Za-z0-9]+/g) ?? [];
    const strange = words.filter((word) => /[A-Za-z]\d*[A-Za-z]/.test(word) && !NAMES.has(word));
    assert.deepEqual(strange, [], code);
  }
});

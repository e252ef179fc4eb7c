/** The checksum of a PB frame has 8 bits: one damaged frame in 256 passes it. What becomes of those, up to the grid switch. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame } from "../../lib/base/errors.ts";
import { wireFromRaw } from "../../lib/codec/values.ts";
import { decodeStatus, imageFromFrameData } from "../../lib/devices/jkbms/pb-decode.ts";
import { buildPbFrame, PB_FRAME_BYTES, PB_HEADER_BYTES } from "../../lib/devices/jkbms/pb-frame.ts";
import { PB_CELLS } from "../../lib/devices/jkbms/pb-registers.ts";
import { PB_STATUS } from "../../lib/devices/jkbms/pb-status.ts";
import { sampleFromPbStatus } from "../../lib/devices/jkbms/sample.ts";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import type { GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import { averageBms, type JudgedBms, judgeBms } from "../../lib/view/judge-bms.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { bmsRecord } from "../../lib/view/records.ts";
import { answerOf, GOOD_PB } from "../devices/jkbms/captures.ts";
import { inverterSample, T0 } from "../rules/grid-switch-station.ts";
import { Chance, SEED, tries } from "../support/campaign.ts";

const STATUS_TYPE = 2;
const CELLS = 8;
/** Answers of one sample: the device is asked five times. */
const POLLS = 5;
/** A minute each, before and after the damaged answer. */
const BEFORE = 40;
const AFTER = 12;

/** Situations in which a step of a value would matter, on and off the grid. */
const SITUATIONS = [
  { on_grid: false, soc: 60, mv: 3300, milliamps: -8_000, pv: 900 },
  { on_grid: false, soc: 60, mv: 3300, milliamps: -8_000, pv: 0 },
  { on_grid: false, soc: 32, mv: 3255, milliamps: -8_000, pv: 900 },
  { on_grid: false, soc: 30, mv: 3230, milliamps: -8_000, pv: 900 },
  { on_grid: false, soc: 97, mv: 3440, milliamps: 10_000, pv: 1500 },
  { on_grid: true, soc: 60, mv: 3300, milliamps: 0, pv: 1200 },
  { on_grid: true, soc: 89, mv: 3345, milliamps: 5_000, pv: 100 },
  { on_grid: true, soc: 29, mv: 3240, milliamps: 0, pv: 0 },
] as const;
type Situation = (typeof SITUATIONS)[number];

const recorded = GOOD_PB.map(answerOf).find((frame) => frame[4] === STATUS_TYPE) as Uint8Array;

/** What the BMS says in a minute: a current that never changed would be that of a BMS which is frozen. */
function frameOf({ soc, mv, milliamps }: Situation, minute: number): Uint8Array {
  const data = recorded.slice(PB_HEADER_BYTES, PB_FRAME_BYTES - 1);
  const view = new DataView(data.buffer, data.byteOffset);
  for (let cell = 0; cell < CELLS; cell++) view.setUint16(PB_CELLS.offset + 2 * cell, mv, true);
  view.setUint32(PB_STATUS.pack_voltage.offset, CELLS * mv, true);
  view.setUint16(PB_STATUS.pack_voltage_coarse.offset, (CELLS * mv) / 10, true);
  view.setInt32(
    PB_STATUS.battery_current.offset,
    wireFromRaw(PB_STATUS.battery_current, milliamps + 40 * (minute % 7)),
    true,
  );
  view.setUint8(PB_STATUS.soc.offset, soc);
  return buildPbFrame(STATUS_TYPE, data);
}

/** Null: refused. */
function judged(frame: Uint8Array): JudgedBms | null {
  const data = frame.subarray(PB_HEADER_BYTES, PB_FRAME_BYTES - 1);
  try {
    const answer = sampleFromPbStatus(decodeStatus(imageFromFrameData(data)), "pb");
    const verdict = judgeBms(answer, { cell_count: CELLS });
    return verdict.refusal === null ? verdict : null;
  } catch (error) {
    assert.ok(error instanceof BadFrame);
    return null;
  }
}

/** A damaged frame whose sum is right all the same: as one in 256 is by chance. */
function passing(frame: Uint8Array, chance: Chance): Uint8Array {
  const damaged = chance.damaged(frame.subarray(PB_HEADER_BYTES, PB_FRAME_BYTES - 1));
  return buildPbFrame(STATUS_TYPE, damaged);
}

/** Minutes of one situation; the state before the damaged answer is kept, the minutes after it can be lived again. */
class Minutes {
  /** Of the minute of the damage. */
  readonly frame: Uint8Array;
  readonly good: JudgedBms;
  readonly #bms: BmsInput[] = [];
  readonly #inverter: InverterInput[] = [];
  readonly #state: GridSwitchState | null = null;
  readonly truth: string;
  readonly #parameters = { ...DEFAULTS, cell_count: CELLS };

  constructor(readonly situation: Situation) {
    this.frame = frameOf(situation, BEFORE);
    this.good = this.#answer(BEFORE);
    for (let minute = 0; minute < BEFORE; minute++) {
      const at = T0 + 60 * minute;
      this.#bms.push(this.#record(at, Array(POLLS).fill(this.#answer(minute))));
      this.#inverter.push(this.#machine(at));
      const decided = this.#decide(at, this.#bms, this.#inverter, this.#state);
      this.#state = decided.state;
    }
    this.truth = this.after(this.good);
  }

  /** What is ordered in the minutes after an answer: "7:off", or nothing. */
  after(answer: JudgedBms): string {
    const bms = [...this.#bms];
    const inverter = [...this.#inverter];
    let state = this.#state;
    for (let minute = 0; minute < AFTER; minute++) {
      const at = T0 + 60 * (BEFORE + minute);
      // The damaged answer is the newest of its minute: what is not averaged is taken from it.
      const answers = Array<JudgedBms>(POLLS).fill(this.#answer(BEFORE + minute));
      if (minute === 0) answers[POLLS - 1] = answer;
      bms.push(this.#record(at, answers));
      inverter.push(this.#machine(at));
      const { decision, state: next } = this.#decide(at, bms, inverter, state);
      state = next;
      if (decision.action.kind !== "none") return `${minute}:${decision.action.value ? "on" : "off"}`;
    }
    return "";
  }

  #answer(minute: number): JudgedBms {
    return judged(frameOf(this.situation, minute)) as JudgedBms;
  }

  #record(at: number, answers: readonly JudgedBms[]): BmsInput {
    return bmsRecord({ at, device: "bms", sample: averageBms(answers, 0).sample });
  }

  #machine(at: number): InverterInput {
    const { on_grid, pv, mv } = this.situation;
    const battery_voltage = (CELLS * mv) / 1000;
    return inverterSample(at, { ongrid_switch: on_grid, pv_power: pv, battery_voltage, battery_class: 24 });
  }

  #decide(now: number, bms: BmsInput[], inverter: InverterInput[], state: GridSwitchState | null) {
    const { decision, state: next } = decide({
      ...{ now, state, parameters: this.#parameters, mode: "auto" as const },
      samples: { bms: bms.slice(-BEFORE), inverter: inverter.slice(-BEFORE) },
    });
    return { decision, state: JSON.parse(JSON.stringify(next)) as GridSwitchState };
  }
}

test(`PB frames that are damaged and pass their checksum change no decision (seed ${SEED})`, (t) => {
  const chance = new Chance();
  const situations = SITUATIONS.map((situation) => new Minutes(situation));
  t.diagnostic(situations.map(({ truth }) => truth || "-").join(" "));
  const count = { passed: 0, believed: 0, decisions: 0 };
  const changed: string[] = [];
  for (let n = tries(150, 20_000); n > 0; n--) {
    const minutes = chance.pick(situations);
    const frame = passing(minutes.frame, chance);
    if (Buffer.from(frame).equals(Buffer.from(minutes.frame))) continue;
    count.passed++;
    const answer = judged(frame);
    if (answer === null || JSON.stringify(answer.sample) === JSON.stringify(minutes.good.sample)) continue;
    count.believed++;
    const now = minutes.after(answer);
    if (now !== minutes.truth) {
      count.decisions++;
      changed.push(`${JSON.stringify(minutes.situation)}: "${minutes.truth}" became "${now}"`);
    }
  }
  t.diagnostic(`of ${count.passed} that passed the sum ${count.believed} were believed with another value`);
  assert.deepEqual(changed, []);
});

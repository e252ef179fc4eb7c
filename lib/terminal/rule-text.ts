/** One rule of the grid switch as it stood, in words: what it saw and what it asks. */
import { doubtReason } from "../page/doubts.ts";
import type { RuleId } from "../rules/grid-switch/rule-ids.ts";
import type { RuleFacts, RuleResult } from "../rules/grid-switch/types.ts";
import type { Speech } from "../words/index.ts";
import { inside } from "../words/sentence.ts";

/** A rule with its figures as numbers; `w`: the words. */
interface Told {
  readonly met: boolean | null;
  readonly value: number | null;
  readonly limit: number;
  readonly facts: RuleFacts;
  readonly w: Speech["why"]["rules"];
  readonly speech: Speech;
}
type Maker = (told: Told) => string;

const MINUTE_S = 60;
const seconds = (minutes: number | null | undefined): number | null =>
  minutes === null || minutes === undefined ? null : minutes * MINUTE_S;

/** " (not believed: sent 65535 V, outside what is possible)" where a value is missing for that. */
function notBelieved({ facts, w, speech }: Told): string {
  return facts.doubt ? w.not_believed(doubtReason(facts.doubt, speech)) : "";
}

function unknownText(told: Told): string {
  return `${told.w.unknown(told.facts.unknown ?? "")}${notBelieved(told)}`;
}

/** What is said of a value that is known; that it is not, and why, otherwise. */
function ifKnown(told: Told, make: (value: number) => string): string {
  const { value, facts } = told;
  return facts.unknown !== undefined || value === null ? unknownText(told) : make(value);
}

const fresh =
  (kind: "bms" | "inverter"): Maker =>
  ({ value, limit, w }) =>
    w.fresh(kind, seconds(value), limit * MINUTE_S);

function faultText({ facts, w }: Told): string {
  const found = (facts.faults ?? []).map(({ device, label, bit }) => w.faults.one(device, label, bit));
  const all = facts.discharging_on === false ? [...found, w.faults.cut_off] : found;
  if (all.length > 0) return w.faults.found(all);
  return facts.untold ? w.faults.untold(facts.untold) : w.faults.none;
}

function hotText(told: Told): string {
  const { facts, w } = told;
  if (facts.hot) return w.hot(facts.hot.part, facts.hot.temperature);
  return facts.unknown === undefined ? w.temperatures : unknownText(told);
}

function sensorsText(told: Told): string {
  const { volts, doubt } = told.facts;
  const { sensors: w } = told.w;
  if (volts) return w.apart(volts.bms, volts.inverter);
  return doubt ? `${w.disagree}: ${inside(told.speech.field(doubt.key))}${notBelieved(told)}` : w.agree;
}

function cellsText(told: Told): string {
  const { facts, value, limit, w, speech } = told;
  if (facts.silent) return w.silent(facts.silent);
  const doubt = facts.doubt ? `: ${inside(speech.field(facts.doubt.key))}${notBelieved(told)}` : "";
  return `${w.cells(value ?? 0, limit)}${doubt}`;
}

function blindText({ value, facts, w }: Told): string {
  const { by_inverter, last_soc, grace, repeats, inverter_age } = facts;
  return [
    w.blind.ages(seconds(value), seconds(inverter_age), repeats === true),
    by_inverter === undefined ? "" : w.blind.by_inverter(by_inverter),
    last_soc === undefined ? "" : w.blind.last_soc(last_soc),
    grace ? w.blind.grace : "",
  ].join("");
}

function lowCellText({ value, limit, facts, w }: Told): string {
  const { level, cell, panic = limit } = facts;
  if (level === "nonsense" && cell) return w.low_cell.nonsense(cell.device, cell.cell);
  if (level === "terminal") return w.low_cell.terminal(value, panic, limit);
  if (level === undefined || value === null) return w.low_cell.none;
  const name = cell ? w.low_cell.lowest(cell.device, cell.cell) : w.low_cell.mean;
  return w.low_cell.level(name, value, panic, limit);
}

function reserveText({ value, limit, facts, w }: Told): string {
  const { soc_by, spell, least_spell, held = 0, hold = 0 } = facts;
  return [
    w.reserve.soc(value, limit),
    soc_by ? w.reserve[`by_${soc_by}`] : "",
    w.reserve.held(held, hold),
    spell === undefined ? "" : w.reserve.spell(spell, least_spell ?? 0),
  ].join("");
}

function sunText({ value, limit, facts, w }: Told): string {
  const { soc = null, start_soc: start = null, held = 0, hold = 0, fill_hours } = facts;
  const text = w.sun({ pv: value, needed: Number.isNaN(limit) ? null : limit, soc, start, held, hold });
  return fill_hours === undefined ? text : `${text}${w.fill_hours(fill_hours)}`;
}

const plan: Maker = ({ value, w }) => w.plan((value ?? 0) >= 0, Math.abs(value ?? 0));
const original: Maker = ({ value, facts, w }) =>
  value === null ? w.no_data : w.original(value, facts.pv ?? 0, facts.battery ?? 0, facts.counter ?? 0);

const TEXTS: Readonly<Record<RuleId, Maker>> = {
  S1: faultText,
  S2: blindText,
  S3: lowCellText,
  S4: hotText,
  S5: reserveText,
  G1: ({ value, facts: { full = null, held = 0, hold = 0 }, w }) => w.full(full, value, held, hold),
  G2: sunText,
  G3: ({ value, limit, facts, w }) => w.dusk(facts.dark === true, facts.armed === true, value, limit),
  P1: plan,
  P2: plan,
  F: original,
  N: original,
  mode: ({ w }) => w.owner_off,
  fresh_bms: fresh("bms"),
  fresh_inverter: fresh("inverter"),
  samples: ({ value, limit, facts, w }) => w.samples(value ?? 0, facts.window ?? 0, limit),
  cells: cellsText,
  current: (told) => ifKnown(told, told.w.current),
  charge: (told) => ifKnown(told, (soc) => told.w.charge(soc, told.facts.soc_source ?? null)),
  sensors: sensorsText,
  faults: faultText,
  bms_switches: ({ facts, w }) => w.bms_switches(facts.charging_on ?? null, facts.discharging_on ?? null),
  position: (told) => (told.met === null ? unknownText(told) : told.w.position(told.met)),
  grid: (told) => ifKnown(told, (volts) => told.w.grid(volts, told.limit)),
  physical: ({ met, w }) => w.physical(met === true),
  temperature: hotText,
  load: (told) => ifKnown(told, (watts) => told.w.load(watts, told.limit)),
  lock: ({ value, facts, w }) => (value === 0 ? w.not_locked : w.locked(value ?? 0, facts.lock_cause ?? null)),
  manual: ({ value, w }) => w.manual(value ?? 0),
  dwell: ({ value, limit, w }) => w.dwell(value ?? 0, limit),
  budget: ({ value, limit, w }) => w.budget(value ?? 0, limit),
  clock: ({ met, w }) => w.clock(met === true),
};

const figure = (value: RuleResult["value"]): number | null => (typeof value === "number" ? value : null);

/** The sentence of a rule; one that an earlier edition stored holds it itself. */
export function ruleText(rule: RuleResult, speech: Speech): string {
  const { facts, text }: { readonly facts?: RuleFacts; readonly text?: string } = rule;
  if (facts === undefined) return text ?? "";
  const limit = figure(rule.threshold) ?? Number.NaN;
  return TEXTS[rule.id]({ met: rule.met, value: figure(rule.value), limit, facts, w: speech.why.rules, speech });
}

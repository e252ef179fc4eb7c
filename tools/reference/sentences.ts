/** What the owner reads in each situation, in every language: a page to read aloud. Made by the rules and the catalogue themselves. */

import { FAILURES, type FailureCode } from "../../lib/base/failure/failure.ts";
import type { Effect } from "../../lib/codec/effects.ts";
import { plain } from "../../lib/orders/reasons.ts";
import { alertSentence } from "../../lib/publish/alert-text.ts";
import { ALERT_IDS } from "../../lib/rules/alerts/definitions.ts";
import { type HeadlineInput, headlineOf } from "../../lib/rules/headline.ts";
import type { DecisionValues, GuardCode } from "../../lib/words/alert-values.ts";
import { LANGUAGE_CODES, type Speech, speech } from "../../lib/words/index.ts";
import { ORDERS } from "../../lib/words/orders-en.ts";
import { alertExample } from "./alert-examples.ts";
import { DAY, NIGHT, NOW, planOf, QUIET, ZONE } from "./evening.ts";
import { ORDER_REASONS } from "./order-examples.ts";

export interface Situation {
  readonly group: "headline" | "grid switch" | "alert" | "order" | "effect";
  readonly name: string;
  readonly tell: (speech: Speech) => string;
  /** Of a reason to stay on the grid, its code. */
  readonly guard?: string | null;
  /** Words that somebody typed, and the sentence quotes. */
  readonly typed?: readonly string[];
}

const ON = { on_grid: true, work_state: "bypass" };
const AT_NIGHT_ON = { ...ON, live: { ...NIGHT, battery: 0, grid: 940 } };
const LOST = { id: "grid_lost", severity: "critical", since: NOW - 4200 } as const;
const LOW = { id: "cell_low", severity: "warning", since: NOW - 600 } as const;

const HEADLINES: Readonly<Record<string, Partial<HeadlineInput>>> = {
  "evening on the battery": {},
  "the plan foresees more load": { plan: planOf({}, 1800) },
  "below the reserve": { live: { ...NIGHT, soc: 24 } },
  "the charge is not known": { live: { ...NIGHT, soc: null, capacity: null } },
  "one of two packs is silent": {
    live: { ...NIGHT, capacity: null, packs: { answer: 1, of: 2 } },
    alerts: [{ ...LOW, id: "device_silent" }],
  },
  "sun charges": { live: DAY, plan: planOf({ full_at: NOW + 4800 }, 900, 2400) },
  "sun feeds the house, the battery rests": { live: { ...DAY, sun: 900, battery: 0, soc: 100 } },
  "sun and battery": { live: { ...NIGHT, sun: 500, battery: -420 } },
  "night on the grid": AT_NIGHT_ON,
  "the grid charges the battery": { ...ON, live: { ...NIGHT, battery: 800, grid: 1750 } },
  "on the grid with sun": { ...ON, live: { ...DAY, grid: 300, battery: 0 } },
  "feeding in": { ...ON, live: { ...DAY, sun: 3800, grid: -1500, battery: 0, soc: 100 } },
  "feeding in while charging is off": {
    ...ON,
    live: { ...DAY, grid: -400, battery: 0 },
    alerts: [{ ...LOW, id: "feed_in" }],
  },
  "the plan leaves the grid in the morning": {
    ...AT_NIGHT_ON,
    followed: true,
    plan: planOf({ next_switch: { at: NOW + 12 * 3600 + 2400, on_grid: false } }),
  },
  "outage at night": { ...ON, grid_voltage: 0, live: { ...NIGHT, soc: 24 }, alerts: [LOST] },
  "outage that the rules have not seen yet, in the sun": {
    ...ON,
    grid_voltage: 0,
    live: { ...DAY, battery: 300 },
    plan: planOf({}, 900, 2400),
  },
  "outage, and the battery is low": {
    ...ON,
    grid_voltage: 0,
    live: { ...NIGHT, soc: 12 },
    alerts: [LOST, { ...LOW, id: "soc_low" }],
  },
  "a low cell and more": { alerts: [LOW, { ...LOW, id: "cell_spread" }] },
  "a cell nearly empty": {
    live: { ...NIGHT, soc: 9 },
    alerts: [{ ...LOW, id: "cell_emergency", severity: "critical" }],
  },
  "the rules are dead for two days": { ...AT_NIGHT_ON, judgement: { state: "old", at: NOW - 172_800, age_s: 172_800 } },
  "the rules run by another clock": { ...AT_NIGHT_ON, judgement: { state: "future", at: NOW + 9000, age_s: null } },
  "the inverter is silent": {
    ...{ inverter: "silent", inverter_last_at: NOW - 15_600, on_grid: null, work_state: null, grid_voltage: null },
    live: { ...NIGHT, sun: null, house: null, grid: null, battery: null },
  },
  "the inverter has stopped": { work_state: "stop", live: { ...NIGHT, house: 0, battery: 0 } },
  "the position of the switch is not known": { on_grid: null, work_state: null, live: { ...NIGHT, grid: null } },
  "fresh station": {
    inverter: "never",
    inverter_last_at: null,
    on_grid: null,
    live: { ...NIGHT, soc: null, house: null },
  },
  "fresh station, only the BMS answers": {
    inverter: "never",
    inverter_last_at: null,
    on_grid: null,
    live: { ...NIGHT, house: null },
  },
};

const FACTS = { acts: true, soc: 67, reserve: 30, lowest_cell: 3.2871, pv: 2345.6, pv_needed: 1804.4 };
type Winner = DecisionValues["winner"];
const leaves = (winner: Winner): DecisionValues => ({ ...FACTS, on_grid: true, wish: false, winner, guard: null });
const returns = (winner: Winner): DecisionValues => ({
  ...FACTS,
  on_grid: false,
  wish: true,
  winner,
  guard: null,
  soc: 29,
  lowest_cell: 3.02,
});
const stays = (code: GuardCode, value: number | string | null = null, limit: number | null = null): DecisionValues => ({
  ...{ ...FACTS, pv: 234.6 },
  ...{ on_grid: true, wish: null, winner: "stay", guard: { code, value, limit } },
});

const DECISIONS: Readonly<Record<string, DecisionValues>> = {
  ...Object.fromEntries(
    (["S1", "S2", "S3", "S4", "S5", "N"] as const).map((winner) => [`${winner}: back to the grid`, returns(winner)]),
  ),
  ...Object.fromEntries(
    (["G1", "G2", "G3", "P1", "P2", "F"] as const).map((winner) => [`${winner}: off the grid`, leaves(winner)]),
  ),
  "the owner wants the grid": returns("mode"),
  "the owner wants to leave it": leaves("mode"),
  "by order": returns("order"),
  "somebody else switched": returns("foreign"),
  "nothing calls for the grid": { ...FACTS, on_grid: false, wish: null, winner: "stay", guard: null },
  "position not known": { ...FACTS, on_grid: null, wish: null, winner: "stay", guard: null },
  "no reason to leave": stays("no_reason"),
  reserve: stays("reserve", 24, 30),
  "only observing": stays("observe"),
  "only observing, off the grid": { ...returns("S5"), acts: false },
  "mode on-grid": stays("mode"),
  "no automatic switching": stays("manual_off"),
  "BMS stale": stays("fresh_bms", 16, 5),
  "BMS never heard": stays("fresh_bms"),
  "inverter stale": stays("fresh_inverter", 16, 5),
  "too few readings": stays("samples", 2, 5),
  "cells missing": stays("cells", 15, 16),
  "current not known": stays("current"),
  "charge not known": stays("charge"),
  "sensors disagree": stays("sensors"),
  "switch not known": stays("position"),
  fault: stays("faults", 1),
  "switches of the BMS": stays("bms_switches"),
  "weak grid": stays("grid", 176),
  "relay and switch": stays("physical", "on/off"),
  temperature: stays("temperature"),
  load: stays("load", 4312, 3600),
  "after an emergency": stays("lock", 42),
  "hands off": stays("manual", 90),
  "not long enough": stays("dwell", 4, 15),
  budget: stays("budget", 11),
  "clock set": stays("clock"),
  "a setting out of range": stays("parameters"),
  "order refused": stays("order_refused"),
  "order failed": stays("order_failed"),
  "order not confirmed": stays("order_unconfirmed"),
  "order given up": stays("order_gave_up"),
  "order under way": stays("order_under_way"),
};

export const SITUATIONS: readonly Situation[] = [
  ...Object.entries(HEADLINES).map(([name, input]): Situation => {
    const headline = headlineOf({ ...QUIET, ...input });
    return { group: "headline", name, tell: (one) => one.headline(headline, ZONE) };
  }),
  ...Object.entries(DECISIONS).map(
    ([name, values]): Situation => ({
      group: "grid switch",
      name,
      guard: values.guard?.code ?? null,
      tell: (one) => one.decision(values),
    }),
  ),
  ...ALERT_IDS.map((id): Situation => {
    const values = alertExample(id);
    return {
      group: "alert",
      name: id.replaceAll("_", " "),
      tell: (one) => alertSentence(id, values, { speech: one, packs: 2 }),
    };
  }),
  ...ORDER_REASONS.map((one): Situation => ({ group: "order", ...one })),
  ...(Object.keys(ORDERS.effects) as Effect[]).map(
    (code): Situation => ({
      group: "effect",
      name: code.replaceAll("_", " "),
      tell: (one) => `${one.orders.effects[code]}.`,
    }),
  ),
];

const HEADS = {
  headline: "The station in one sentence",
  "grid switch": "Why the grid switch stands as it does",
  alert: "Alerts, as they are raised in a station of two packs",
  order: "Why an order ended as it did",
  effect: "What the write of a setting does, where its name does not say it",
} as const;

/** A table with a column for each language. */
function languageTable(first: string, rows: readonly { name: string; tell: (speech: Speech) => string }[]): string {
  const cell = (text: string): string => plain(text.replaceAll("|", "\\|"));
  const lines = rows.map(
    ({ name, tell }) => `| ${name} | ${LANGUAGE_CODES.map((code) => cell(tell(speech(code)))).join(" | ")} |`,
  );
  const columns = [first, ...LANGUAGE_CODES];
  return `| ${columns.join(" | ")} |\n|${columns.map(() => "---").join("|")}|\n${lines.join("\n")}\n`;
}

/** The sentence of a failure with the names of its values in the place of values. */
function withNames(sentence: string): string {
  return sentence.replace(
    /\{(\w+)(?:\|[^}]*)?(\|[^}|]*)?\}/g,
    (_, name: string, form = "") => `‹${name}›${form.replace("|", " ")}`,
  );
}

/** docs/reference/sentences.md */
export function sentencesPage(generated: string): string {
  const sections = Object.entries(HEADS).map(([group, head]) => {
    const rows = SITUATIONS.filter((one) => one.group === group);
    return `## ${head}\n\n${languageTable("Situation", rows)}`;
  });
  const failures = (Object.keys(FAILURES) as FailureCode[])
    // Nothing but the words of something else.
    .filter((code) => /\p{L}/u.test(FAILURES[code].replaceAll(/\{[^}]*\}/g, "")))
    .map((code) => ({ name: `\`${code}\``, tell: (one: Speech) => withNames(one.failures[code]) }));
  return `${generated}
# What the owner reads

Every sentence about the house, by situation, made by the rules and the catalogue themselves. Read a new one aloud before it goes in: no code,
no name of a variable, no figure finer than it is known.

${sections.join("\n")}
## What fails, as commands say it

‹Names› stand for what is known of the case, which may be a sentence of this table itself.

${languageTable("Code", failures)}`;
}

/** Puts a stored decision into a few plain lines. */
import { isoTime, localStamp } from "../../base/local-time.ts";
import { orderWords } from "./commands.ts";
import { distanceText } from "./distance.ts";
import type { Decision, RuleResult } from "./types.ts";

function mark(rule: RuleResult): string {
  return rule.met === null ? "?" : rule.met ? "yes" : "no";
}

function age(seconds: number | null): string {
  return seconds === null ? "missing" : `${Math.round(seconds)} s old`;
}

function show(value: number | null, unit: string): string {
  return value === null ? "unknown" : `${value} ${unit}`;
}

function actionLine(decision: Decision): string {
  if (decision.action.kind === "none") return "no order";
  return `order: ${decision.action.value ? "connect to the grid" : "leave the grid"} (valid for ${decision.action.life_s} s)`;
}

/** Local where the zone is known: the time that was asked for is local too. */
function moment(at: number, time_zone: string | undefined): string {
  return time_zone === undefined ? isoTime(at) : localStamp(at, time_zone);
}

/** The decision for people: what was done, why, on which data, and how far the other choice was; `rules` adds one line each. */
export function explainDecision(decision: Decision, options: { rules?: boolean; time_zone?: string } = {}): string[] {
  const { inputs } = decision;
  const position = decision.on_grid === null ? "unknown" : decision.on_grid ? "on the grid" : "off the grid";
  const lines = [
    `${moment(decision.at, options.time_zone)}  ${position}, mode ${decision.mode}, rules ${decision.policy}: ${actionLine(decision)}`,
    `why: [${decision.winner}] ${decision.reason}`,
    `other choice: ${distanceText(decision.distance)}`,
    `data: BMS ${age(inputs.bms_age_s)}, inverter ${age(inputs.inverter_age_s)}, ${inputs.samples} BMS samples${inputs.doubted?.length ? `, not believed: ${inputs.doubted.join(", ")}` : ""}`,
    `charge ${show(inputs.soc, "%")} (by ${inputs.soc_source ?? "nothing"}), lowest cell ${show(inputs.lowest_cell, "V")}, PV ${show(inputs.pv_mean, "W")}, load ${show(inputs.load_mean, "W")}, PV needed ${show(inputs.sun_needed, "W")}`,
  ];
  if (decision.order && decision.action.kind === "none") lines.push(`order: ${orderWords(decision.order)}`);
  if (decision.repaired?.length) lines.push(`memory: replaced ${decision.repaired.join(", ")}`);
  if (decision.charger_action) lines.push(`order: charger source ${decision.charger_action.value}`);
  if (decision.flags.length > 0) lines.push(`flags: ${decision.flags.join(", ")}`);
  if (options.rules) {
    for (const rule of decision.rules) lines.push(`  ${rule.id.padEnd(14)} ${mark(rule).padEnd(3)} ${rule.text}`);
  }
  return lines;
}
